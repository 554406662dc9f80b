"""Libraries as files: PE/COFF and Mach-O written header by header, for systems this one cannot build for."""

from __future__ import annotations

import struct

_BASE = 0x1000  # where the one section is loaded; it lies in the file at _RAW
_RAW = 0x400


def pe(
    exports: tuple[str, ...] = ("C_GetFunctionList",),
    imports: tuple[str, ...] = ("KERNEL32.dll",),
    *,
    bits: int = 64,
    machine: int | None = None,
    library: bool = True,
) -> bytes:
    """A PE file with one section that holds the export and import tables."""
    section = bytearray(0x28)
    names = []
    for name in exports:
        names.append(_BASE + len(section))
        section += name.encode() + b"\0"
    table = _BASE + len(section)
    section += struct.pack(f"<{len(names)}I", *names)
    struct.pack_into("<III", section, 20, len(names), len(names), 0)
    struct.pack_into("<I", section, 32, table)
    libraries = []
    for name in imports:
        libraries.append(_BASE + len(section))
        section += name.encode() + b"\0"
    descriptors = _BASE + len(section)
    for place in libraries:
        section += struct.pack("<IIIII", 1, 0, 0, place, 1)
    section += bytes(20)
    optional = (112 if bits == 64 else 96) + 16
    head = bytearray(b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + bytes(0x40))
    kind = machine if machine is not None else 0x8664 if bits == 64 else 0x014C
    head += b"PE\0\0" + struct.pack("<HHIIIHH", kind, 1, 0, 0, 0, optional, 0x2022 if library else 0x0022)
    head += struct.pack("<H", 0x20B if bits == 64 else 0x10B) + bytes(optional - 16 - 2 - 4) + struct.pack("<I", 2)
    head += struct.pack("<IIII", _BASE if exports else 0, 0x28, descriptors if imports else 0, 20 * len(imports))
    head += b".rdata\0\0" + struct.pack("<IIII", len(section), _BASE, len(section), _RAW) + bytes(16)
    return bytes(head).ljust(_RAW, b"\0") + bytes(section)


def macho(*, bits: int = 64, kind: int = 6) -> bytes:
    machine = 0x0100000C if bits == 64 else 7
    return struct.pack("<IIIIII", 0xFEEDFACF if bits == 64 else 0xFEEDFACE, machine, 0, kind, 0, 0)


def fat_macho() -> bytes:
    return (
        struct.pack(">II", 0xCAFEBABE, 2)
        + struct.pack(">IIIII", 0x01000007, 3, 0, 0, 0)
        + struct.pack(">IIIII", 0x0100000C, 0, 0, 0, 0)
    )
