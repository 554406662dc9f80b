"""What a file is before anybody loads it: a library, for which system and how many bits, with PKCS#11's entry point or not.

Reads headers only (PE/COFF, ELF, Mach-O); any bytes give an answer, and nothing is executed. Source: Microsoft PE format, System V
ABI (ELF), Mach-O loader.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

ENTRY_POINT = "C_GetFunctionList"  # PKCS #11 v2.20, 11.4; the one function a module must export
LARGEST = 1 << 27  # bytes read of one file
_MOST_NAMES = 50_000
_MOST_SECTIONS = 2_000
_LONGEST_NAME = 512
_MACHINES_PE = {0x014C: ("x86", 32), 0x8664: ("x86-64", 64), 0xAA64: ("arm64", 64), 0x01C4: ("arm", 32)}
_MACHINES_ELF = {3: "x86", 62: "x86-64", 183: "arm64", 40: "arm", 243: "riscv", 21: "ppc64"}
_MACHINES_MACHO = {7: "x86", 0x01000007: "x86-64", 0x0100000C: "arm64", 12: "arm"}


@dataclass(frozen=True)
class ModuleFile:
    """`system`: windows, linux, macos, "" for anything else. `bits` 0: unknown, or several in one file. `entry`: the entry point
    is exported; None where the headers do not tell. `needs`: libraries it links to."""

    system: str = ""
    bits: int = 0
    machine: str = ""
    library: bool = False
    entry: bool | None = None
    needs: tuple[str, ...] = ()


def examine(path: Path) -> ModuleFile:
    """Raises OSError where the file cannot be read."""
    with path.open("rb") as source:
        return examine_bytes(source.read(LARGEST))


def examine_bytes(data: bytes) -> ModuleFile:
    """Never raises: what makes no sense is not a library."""
    try:
        if data[:2] == b"MZ":
            return _pe(data)
        if data[:4] == b"\x7fELF":
            return _elf(data)
        return _macho(data)
    except (struct.error, IndexError, ValueError, OverflowError):
        return ModuleFile()


def _pe(data: bytes) -> ModuleFile:
    (start,) = struct.unpack_from("<I", data, 0x3C)
    if data[start : start + 4] != b"PE\0\0":
        return ModuleFile()
    machine, sections, _, _, _, optional, flags = struct.unpack_from("<HHIIIHH", data, start + 4)
    name, bits = _MACHINES_PE.get(machine, (f"{machine:#x}", 0))
    header = start + 24
    (magic,) = struct.unpack_from("<H", data, header)
    tables = header + (112 if magic == 0x20B else 96)
    (count,) = struct.unpack_from("<I", data, tables - 4)
    places = [struct.unpack_from("<II", data, tables + 8 * n) for n in range(min(count, 2))]
    layout = _Sections(data, header + optional, min(sections, _MOST_SECTIONS))
    exports = _pe_exports(data, layout, places[0][0]) if places and places[0][0] else ()
    needs = _pe_imports(data, layout, places[1][0]) if len(places) > 1 and places[1][0] else ()
    return ModuleFile("windows", bits, name, bool(flags & 0x2000), ENTRY_POINT in exports, needs)


class _Sections:
    """Where an address of the loaded image lies in the file."""

    def __init__(self, data: bytes, start: int, count: int) -> None:
        self._table: list[tuple[int, int, int, int]] = [
            struct.unpack_from("<IIII", data, start + 40 * n + 8) for n in range(count)
        ]

    def place(self, address: int) -> int:
        """Raises ValueError where no section holds it."""
        for virtual_size, virtual, raw_size, raw in self._table:
            if virtual <= address < virtual + max(virtual_size, raw_size):
                return raw + address - virtual
        raise ValueError("no section")


def _pe_exports(data: bytes, layout: _Sections, address: int) -> frozenset[str]:
    directory = layout.place(address)
    (count,) = struct.unpack_from("<I", data, directory + 24)
    (names,) = struct.unpack_from("<I", data, directory + 32)
    table = layout.place(names) if count else 0
    found = set()
    for n in range(min(count, _MOST_NAMES)):
        (name,) = struct.unpack_from("<I", data, table + 4 * n)
        found.add(_text(data, layout.place(name)))
    return frozenset(found)


def _pe_imports(data: bytes, layout: _Sections, address: int) -> tuple[str, ...]:
    place, found = layout.place(address), []
    for n in range(512):
        name = struct.unpack_from("<IIIII", data, place + 20 * n)[3]
        if not name:
            break
        found.append(_text(data, layout.place(name)))
    return tuple(found)


def _elf(data: bytes) -> ModuleFile:
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    kind, machine = struct.unpack_from(order + "HH", data, 16)
    bits = 64 if wide else 32
    sections = _elf_sections(data, order, wide=wide)
    symbols = next((s for s in sections if s[0] == 11), None)  # SHT_DYNSYM
    dynamic = next((s for s in sections if s[0] == 6), None)  # SHT_DYNAMIC
    entry = None if symbols is None else _elf_defines(data, order, symbols, sections, wide=wide)
    needs, program = ((), False) if dynamic is None else _elf_needs(data, order, dynamic, sections, wide=wide)
    library = kind == 3 and not program  # ET_DYN is a library and a position-independent program alike
    return ModuleFile("linux", bits, _MACHINES_ELF.get(machine, str(machine)), library, entry, needs)


def _elf_sections(data: bytes, order: str, *, wide: bool) -> list[tuple[int, int, int, int]]:
    """(type, offset, size, link) of each."""
    (offset,) = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)
    size, count = struct.unpack_from(order + "HH", data, 58 if wide else 46)
    found = []
    for n in range(min(count, _MOST_SECTIONS)):
        form = "IIQQQQI" if wide else "IIIIIII"
        fields = struct.unpack_from(order + form, data, offset + size * n)
        found.append((fields[1], fields[4], fields[5], fields[6]))
    return found


def _elf_defines(
    data: bytes,
    order: str,
    symbols: tuple[int, int, int, int],
    sections: list[tuple[int, int, int, int]],
    *,
    wide: bool,
) -> bool:
    """Is the entry point among the symbols this file defines (not only asks for)?"""
    _, offset, size, link = symbols
    strings = sections[link][1]
    step, form = (24, "IBBHQQ") if wide else (16, "IIIBBH")
    wanted = ENTRY_POINT.encode() + b"\0"
    for place in range(offset, min(offset + size, offset + step * _MOST_NAMES), step):
        fields = struct.unpack_from(order + form, data, place)
        name, section = fields[0], fields[3] if wide else fields[5]
        if section and data[strings + name : strings + name + len(wanted)] == wanted:
            return True
    return False


def _elf_needs(
    data: bytes,
    order: str,
    dynamic: tuple[int, int, int, int],
    sections: list[tuple[int, int, int, int]],
    *,
    wide: bool,
) -> tuple[tuple[str, ...], bool]:
    """(libraries it links to, is a program)."""
    _, offset, size, link = dynamic
    step, form = (16, "QQ") if wide else (8, "II")
    found, program = [], False
    for place in range(offset, min(offset + size, offset + step * 1000), step):
        tag, value = struct.unpack_from(order + form, data, place)
        if tag == 1:  # DT_NEEDED
            found.append(_text(data, sections[link][1] + value))
        elif tag == 0x6FFFFFFB:  # DT_FLAGS_1
            program = bool(value & 0x08000000)  # DF_1_PIE
    return tuple(found), program


def _macho(data: bytes) -> ModuleFile:
    """Several machines in one file (fat) are told by their names; symbols are left to the loader."""
    (magic,) = struct.unpack_from(">I", data, 0)
    if magic == 0xCAFEBABE:
        (count,) = struct.unpack_from(">I", data, 4)
        if not 0 < count < 20:  # a Java class has the same first bytes
            return ModuleFile()
        kinds = [struct.unpack_from(">I", data, 8 + 20 * n)[0] for n in range(count)]
        return ModuleFile("macos", 0, " ".join(_MACHINES_MACHO.get(kind, str(kind)) for kind in kinds), library=True)
    order = {0xCEFAEDFE: "<", 0xCFFAEDFE: "<", 0xFEEDFACE: ">", 0xFEEDFACF: ">"}.get(magic)
    if order is None:
        return ModuleFile()
    kind, _, file_type = struct.unpack_from(order + "III", data, 4)
    bits = 64 if magic in (0xCFFAEDFE, 0xFEEDFACF) else 32
    return ModuleFile("macos", bits, _MACHINES_MACHO.get(kind, str(kind)), file_type in (6, 8))


def _text(data: bytes, place: int) -> str:
    end = data.find(b"\0", place, place + _LONGEST_NAME)
    return data[place : end if end >= 0 else place + _LONGEST_NAME].decode("ascii", "replace")
