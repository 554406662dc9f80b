"""A new file gets its name whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from econtract_core.rules.errors import DiskFull, FileNotReadable, FileNotWritable, OutputExists
from econtract_desktop.crypto.new_file import NewFile, blocks_of, unwritable


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    with NewFile(tmp_path / "deep/a") as file:
        file.append(b"hello")
        file.patch(0, b"j")
        file.append(b"!")
        assert file.path_to_read().read_bytes() == b"jello!"
        assert not (tmp_path / "deep/a").exists()
        file.publish()
    assert (tmp_path / "deep/a").read_bytes() == b"jello!"
    with NewFile(tmp_path / "deep/b") as file:
        file.append(b"hello")
    assert names(tmp_path / "deep") == ["a"]


def test_what_stands_there(tmp_path: Path) -> None:
    there = tmp_path / "a"
    there.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        NewFile(there)
    with NewFile(there, replace=True) as file:
        file.append(b"new")
        file.publish()
    assert there.read_bytes() == b"new"
    with NewFile(tmp_path / "b") as file:
        (tmp_path / "b").write_bytes(b"meanwhile")
        with pytest.raises(OutputExists):
            file.publish()
    assert (tmp_path / "b").read_bytes() == b"meanwhile"
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")
def test_as_readable_as_any_other_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with NewFile(tmp_path / "a") as file:
            file.publish()
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileNotWritable):
        NewFile(tmp_path / "file/a")
    with pytest.raises(FileNotReadable):
        list(blocks_of(tmp_path))
    assert isinstance(unwritable(OSError(errno.ENOSPC, "full"), tmp_path), DiskFull)
    assert isinstance(unwritable(OSError(errno.EIO, "broken"), tmp_path), FileNotWritable)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk(tmp_path: Path) -> None:
    with NewFile(tmp_path / "a") as file:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, file._file.fileno())
        os.close(full)
        with pytest.raises(DiskFull):
            file.append(bytes(1 << 20))
    assert names(tmp_path) == []
