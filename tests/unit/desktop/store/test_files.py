"""Private copies of files: whole or not there, whatever happens to the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from econtract_core.rules.errors import FileNotReadable, FileNotWritable
from econtract_desktop.store.files import ContentFiles


@pytest.fixture
def files(tmp_path: Path) -> ContentFiles:
    return ContentFiles(tmp_path / "files")


def _source(tmp_path: Path, data: bytes) -> Path:
    source = tmp_path / "source"
    source.write_bytes(data)
    return source


def test_a_broken_copy_is_put_aside_not_deleted(files: ContentFiles, tmp_path: Path) -> None:
    digest = files.add(_source(tmp_path, b"whole"))
    files.place(digest).write_bytes(b"broken")
    assert files.path(digest) is None
    assert files.path(digest) is None
    (aside,) = (tmp_path / "files" / "broken").iterdir()
    assert aside.name.startswith(digest)
    assert aside.read_bytes() == b"broken"


def test_only_its_user_may_read_it(files: ContentFiles, tmp_path: Path) -> None:
    place = files.place(files.add(_source(tmp_path, b"private")))
    assert place.stat().st_mode & 0o077 == 0
    assert place.parent.stat().st_mode & 0o077 == 0


def test_nothing_half_done_is_left(files: ContentFiles, tmp_path: Path) -> None:
    files.add(_source(tmp_path, b"1"))
    assert not list((tmp_path / "files").rglob("*.part"))
    with pytest.raises(FileNotReadable):
        files.add(tmp_path)  # a folder
    assert not list((tmp_path / "files").rglob("*.part"))


def test_old_halves_are_swept_and_young_ones_left(files: ContentFiles, tmp_path: Path) -> None:
    root = tmp_path / "files"
    (root / "ab").mkdir()
    halves = [root / "old.part", root / "ab" / "old.part", root / "young.part"]
    for half in halves:
        half.write_bytes(b"half")
    for half in halves[:2]:
        os.utime(half, (0, 0))
    ContentFiles(root)
    assert [half.exists() for half in halves] == [False, False, True]


def test_what_is_no_hash_is_our_defect(files: ContentFiles) -> None:
    for name in ("", "../../etc/passwd", "A" * 64, "0" * 63):
        with pytest.raises(ValueError, match="SHA-256"):
            files.path(name)


def test_many_add_the_same_file_at_once(files: ContentFiles, tmp_path: Path) -> None:
    source = _source(tmp_path, b"x" * 200_000)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(files.add(source))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [sha256(b"x" * 200_000).hexdigest()] * 6
    assert files.path(found[0]) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on a file's size to set")
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the write fails in the middle, as there."""
    source = _source(tmp_path, b"x" * 300_000)
    script = """
import resource, signal, sys
from pathlib import Path
from econtract_core.rules.errors import DiskFull
from econtract_desktop.store.files import ContentFiles
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    ContentFiles(Path(sys.argv[1])).add(Path(sys.argv[2]))
except DiskFull as error:
    print(error.code)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "files"), str(source)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "ED-PC-1004"
    assert not [file for file in (tmp_path / "files").rglob("*") if file.is_file()]


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"in the way")
    with pytest.raises(FileNotWritable):
        ContentFiles(tmp_path / "files")
