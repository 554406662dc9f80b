"""What a file is, told by its headers alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import setuptools
from hypothesis import given
from hypothesis import strategies as st

from econtract_desktop.card.drivers.module_files import ModuleFile, examine, examine_bytes
from tests.fakes import module_files as make


def test_windows_modules() -> None:
    assert examine_bytes(make.pe()) == ModuleFile("windows", 64, "x86-64", True, True, ("KERNEL32.dll",))
    assert examine_bytes(make.pe(bits=32)) == ModuleFile("windows", 32, "x86", True, True, ("KERNEL32.dll",))
    assert examine_bytes(make.pe(exports=("DllMain", "Other"), imports=())).entry is False
    assert examine_bytes(make.pe(exports=())).entry is False
    assert examine_bytes(make.pe(machine=0xAA64)).machine == "arm64"
    assert not examine_bytes(make.pe(library=False)).library
    assert examine_bytes(make.pe(imports=("a.dll", "b.dll"))).needs == ("a.dll", "b.dll")


def test_real_windows_programs() -> None:
    """setuptools carries real ones."""
    folder = Path(setuptools.__file__).parent
    assert examine(folder / "cli-32.exe").bits == 32
    found = examine(folder / "cli-64.exe")
    assert (found.system, found.bits, found.library) == ("windows", 64, False)
    assert "KERNEL32.dll" in found.needs


def test_apple_modules() -> None:
    assert examine_bytes(make.macho()) == ModuleFile("macos", 64, "arm64", True, None)
    assert examine_bytes(make.macho(bits=32)).bits == 32
    assert not examine_bytes(make.macho(kind=2)).library
    assert examine_bytes(make.fat_macho()) == ModuleFile("macos", 0, "x86-64 arm64", True, None)


def test_linux_files() -> None:
    library = next(Path("/usr/lib").glob("*/libc.so.6"), None) or next(Path("/lib").glob("*/libc.so.6"), None)
    if library is None:
        pytest.skip("no glibc on this machine")
    found = examine(library)
    assert (found.system, found.library, found.entry) == ("linux", True, False)
    program = examine(Path("/bin/ls").resolve())
    assert (program.system, program.library) == ("linux", False)
    assert "libc.so.6" in program.needs


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ",
        b"MZ" + bytes(100),
        b"\x7fELF",
        b"\x7fELF\2\1" + bytes(60),
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"#!/bin/sh",
        make.pe()[:0x300],
    ],
)
def test_what_is_no_library(data: bytes) -> None:
    found = examine_bytes(data)
    assert not found.library
    assert found.entry is not True


def test_a_module_cut_off_anywhere() -> None:
    whole = make.pe()
    for length in range(len(whole)):
        examine_bytes(whole[:length])


@given(st.integers(0, 2000), st.binary(max_size=8))
def test_a_damaged_module(place: int, change: bytes) -> None:
    for whole in (make.pe(), make.pe(bits=32), make.fat_macho()):
        data = bytearray(whole)
        at = place % len(data)
        data[at : at + len(change)] = change
        examine_bytes(bytes(data))
