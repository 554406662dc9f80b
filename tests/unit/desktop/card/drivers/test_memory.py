"""Which module read which card: kept, found again, and worth nothing when broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.rules.errors import FileNotWritable
from econtract_desktop.card.drivers.memory import NAME, DriverMemory

ATR, OTHER = "3B00", "3b01"


def test_the_last_module_comes_first(tmp_path: Path) -> None:
    memory = DriverMemory(tmp_path / "profile")
    memory.keep("/one.so", ATR, "aa")
    memory.keep("/two.so", ATR, "bb")
    assert memory.modules(("3b00",)) == ("/two.so", "/one.so")
    assert memory.modules((), ("aa",)) == ("/one.so",)
    memory.keep("/three.so", ATR, "aa")
    assert memory.modules(("3b00",)) == ("/three.so", "/two.so")


def test_nobody_is_found_by_nothing(tmp_path: Path) -> None:
    memory = DriverMemory(tmp_path)
    memory.keep("/one.so", "", "aa")
    assert memory.modules(("",), ("",)) == ()
    assert memory.modules((OTHER,)) == ()


def test_forgetting(tmp_path: Path) -> None:
    memory = DriverMemory(tmp_path)
    memory.keep("/one.so", ATR, "")
    memory.drop("/other.so")
    assert memory.modules(("3b00",)) == ("/one.so",)
    memory.drop("/one.so")
    assert memory.all() == ()


def test_only_so_many(tmp_path: Path) -> None:
    memory = DriverMemory(tmp_path)
    for n in range(60):
        memory.keep(f"/{n}.so", f"3b{n:02x}", "")
    assert len(memory.all()) == 50
    assert memory.all()[0].module == "/59.so"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"cards": [1]}',
        b'{"cards": [{"module": 1, "atr": "", "certificate_sha256": ""}]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_an_empty_one(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    memory = DriverMemory(tmp_path)
    assert memory.all() == ()
    memory.keep("/one.so", ATR, "")
    assert memory.modules(("3b00",)) == ("/one.so",)


def test_a_place_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileNotWritable):
        DriverMemory(tmp_path / "file").keep("/one.so", ATR, "")
