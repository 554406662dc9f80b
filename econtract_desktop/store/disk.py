"""Writing so that it stays: errors of the disk as typed ones, renames made durable, one owner at a time."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from econtract_core.rules.errors import DiskFull, EcontractError, FileNotWritable, StoreInUse

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PAUSE = 0.02


def disk_error(problem: OSError, path: Path) -> EcontractError:
    """DiskFull or FileNotWritable."""
    if problem.errno in _FULL:
        return DiskFull(path=str(path))
    return FileNotWritable(path=str(path), problem=problem.strerror or type(problem).__name__)


def private_folder(path: Path) -> None:
    """Make a folder only this user may look into. Raises DiskFull, FileNotWritable."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise disk_error(problem, path) from None


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; Windows does that with the file's own flush."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def one_at_a_time(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file `path`; the system frees it even when this process is killed. For making keys and new databases only:
    in daily use SQLite's own locks suffice. Raises StoreInUse after `patience` seconds."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise disk_error(problem, path) from None
    try:
        until = time.monotonic() + patience
        while not _try_lock(handle):
            if time.monotonic() > until:
                raise StoreInUse(path=str(path))
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)  # frees the lock


def held(path: Path) -> int:
    """Hold the lock file `path` until the descriptor that is returned is closed, by this process or by its end. The file may be
    removed while it is held. Raises StoreInUse at once where another process holds it."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise disk_error(problem, path) from None
        if not _try_lock(handle):
            os.close(handle)
            raise StoreInUse(path=str(path))
        if _is_still(handle, path):
            return handle
        os.close(handle)  # removed by who held it before, between our opening and our locking it


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
