"""Writing ZIP: as others read it, the same bytes for the same input, ZIP64 where it must be."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_desktop.crypto.asic.zip_writer import ZipWriter
from econtract_desktop.crypto.new_file import NewFile

WHEN = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)


def write(path: Path, entries: list[tuple[str, list[bytes], int]], when: datetime = WHEN) -> bytes:
    with NewFile(path) as file:
        writer = ZipWriter(file, when)
        for name, blocks, expected in entries:
            assert writer.add(name, blocks, expected) == sum(map(len, blocks))
        writer.finish()
        file.publish()
    return path.read_bytes()


def test_as_others_read_it(tmp_path: Path) -> None:
    write(tmp_path / "a.zip", [("mimetype", [b"a/b"], 3), ("図面.dwg", [b"1" * 9, b"2"], 10), ("empty", [], 0)])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        found = {e.filename: archive.read(e) for e in archive.infolist()}
        assert {e.date_time for e in archive.infolist()} == {(2026, 11, 23, 12, 34, 56)}
    assert found == {"mimetype": b"a/b", "図面.dwg": b"1" * 9 + b"2", "empty": b""}
    with ZipReader(tmp_path / "a.zip") as reader:
        assert [e.name for e in reader.entries] == list(found)
        assert all(e.bare for e in reader.entries)


def test_the_same_bytes_again(tmp_path: Path) -> None:
    entries = [("a", [b"1"], 1)]
    once = write(tmp_path / "1.zip", entries)
    assert write(tmp_path / "2.zip", entries) == once
    assert write(tmp_path / "3.zip", entries, WHEN.replace(year=2027)) != once


@pytest.mark.parametrize("year", [1970, 2200])
def test_times_that_ms_dos_does_not_know(tmp_path: Path, year: int) -> None:
    write(tmp_path / "a.zip", [("a", [b"1"], 1)], WHEN.replace(year=year))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.infolist()[0].date_time[0] in (1980, 2107)


def test_an_entry_that_is_expected_to_be_large(tmp_path: Path) -> None:
    write(tmp_path / "a.zip", [("a", [b"1" * 50], 5 << 30), ("b", [b"2"], 1)])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert [archive.read(n) for n in "ab"] == [b"1" * 50, b"2"]
    with ZipReader(tmp_path / "a.zip") as reader:
        assert [reader.read(e, 99) for e in reader.entries] == [b"1" * 50, b"2"]


def test_as_many_entries_as_need_zip64(tmp_path: Path) -> None:
    write(tmp_path / "a.zip", [(f"{n}", [], 0) for n in range(65_540)])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert len(archive.infolist()) == 65_540


@pytest.mark.slow
def test_more_than_four_gigabytes(tmp_path: Path) -> None:
    """Sizes, places and the directory beyond 32 bits. The blocks are zeros, written to a file that is thrown away."""
    block = bytes(1 << 24)

    def zeros() -> Iterator[bytes]:
        for _ in range(260):
            yield block

    path = tmp_path / "large.zip"
    with NewFile(path) as file:
        writer = ZipWriter(file, WHEN)
        assert writer.add("large", zeros(), 260 << 24) == 260 << 24
        writer.add("after", [b"1"], 1)
        writer.finish()
        file.publish()
    with zipfile.ZipFile(path) as archive:
        assert archive.read("after") == b"1"
        assert archive.getinfo("large").file_size == 260 << 24
    with ZipReader(path) as reader:
        assert [e.size for e in reader.entries] == [260 << 24, 1]
        assert reader.read(reader.entries[1], 9) == b"1"
    path.unlink()
