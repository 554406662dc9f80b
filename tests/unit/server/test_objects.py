"""Files by their hash: whole, written once, or not there."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.errors import BlobMissing, DocumentAltered, DocumentTooLarge
from econtract_server.objects import Objects, is_sha256

DATA = b"contract" * 1000
NAME = sha256(DATA).hexdigest()


def _put(objects: Objects, data: bytes = DATA, name: str = NAME, length: int | None = None) -> None:
    with objects.receive(name, 1_000_000) as incoming:
        incoming.add(data[:100])
        incoming.add(data[100:])
        incoming.finish(len(data) if length is None else length)


def _files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


def test_what_arrived_is_found(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "files")
    with pytest.raises(BlobMissing):
        objects.find(NAME)
    _put(objects)
    assert objects.find(NAME).read_bytes() == DATA
    assert objects.is_whole(NAME)
    assert _files(tmp_path) == [NAME]


def test_it_is_written_once(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    _put(objects)
    before = objects.find(NAME).stat()
    _put(objects)
    after = objects.find(NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert _files(tmp_path) == [NAME]


@pytest.mark.parametrize(("data", "length"), [(DATA + b"x", None), (DATA[:-1], None), (DATA, 1), (b"", None)])
def test_anything_else_leaves_nothing(tmp_path: Path, data: bytes, length: int | None) -> None:
    with pytest.raises(DocumentAltered):
        _put(Objects(tmp_path), data, length=length)
    assert _files(tmp_path) == []


def test_broken_off_or_too_large_leaves_nothing(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    with objects.receive(NAME, 1_000_000) as incoming:
        incoming.add(DATA)
    with pytest.raises(DocumentTooLarge), objects.receive(NAME, 10) as incoming:
        incoming.add(DATA)
    assert _files(tmp_path) == []


def test_an_altered_file_is_noticed(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    _put(objects)
    objects.find(NAME).write_bytes(DATA[:-1] + b"!")
    assert not objects.is_whole(NAME)


def test_what_a_crash_left_is_swept_out_after_a_day(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    _put(objects)
    old, new = tmp_path / "incoming-old", tmp_path / "incoming-new"
    for path in (old, new):
        path.write_bytes(b"half")
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    os.utime(objects.find(NAME), (yesterday, yesterday))
    assert objects.sweep() == 1
    assert _files(tmp_path) == sorted([NAME, "incoming-new"])


@given(st.text(max_size=70))
def test_only_hashes_are_names(name: str) -> None:
    if not is_sha256(name):
        with pytest.raises(BlobMissing):
            Objects.path(Objects.__new__(Objects), name)
