"""A download in the making: `.part` beside its destination, hashed as it grows, renamed only when whole, right and durable."""

from __future__ import annotations

import errno
import os
import threading
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from econtract_core.rules.errors import DiskFull, DocumentAltered, EcontractError, FileNotWritable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class PartFile:
    """One attempt at one file. A context manager: left unfinished it keeps what came, for the next attempt to go on from.

    Only one attempt may append to a part, so each works under a name of its own and takes an older part over by renaming it.
    Raises DiskFull, FileNotWritable.
    """

    def __init__(self, destination: Path, wanted: str) -> None:
        self._destination = destination
        self._wanted = wanted
        self._left = destination.with_name(destination.name + ".part")
        self._own = destination.with_name(f"{destination.name}.{os.getpid()}-{threading.get_ident()}.part")
        self._digest = sha256()
        self._file: BinaryIO | None = None
        self.size = 0

    def __enter__(self) -> PartFile:
        try:
            self._destination.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._left.replace(self._own)
            except FileNotFoundError:
                self._own.unlink(missing_ok=True)
            self._file = self._own.open("a+b")
            self._file.seek(0)
            while chunk := self._file.read(1 << 20):
                self._count(chunk)
        except OSError as problem:
            self._close()
            raise disk_error(problem, self._destination) from None
        return self

    def restart(self) -> None:
        """Throw away what came before."""
        assert self._file is not None
        try:
            self._file.truncate(0)
        except OSError as problem:
            raise disk_error(problem, self._destination) from None
        self._digest = sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append."""
        assert self._file is not None
        try:
            self._file.write(chunk)
        except OSError as problem:
            raise disk_error(problem, self._destination) from None
        self._count(chunk)

    def finish(self) -> None:
        """Check, make durable, rename. Raises DocumentAltered, and then nothing of it is kept."""
        assert self._file is not None
        found = self._digest.hexdigest()
        if found != self._wanted:
            self._close()
            self._own.unlink(missing_ok=True)
            raise DocumentAltered(file=self._destination.name, expected=self._wanted, found=found)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._close()
            self._own.replace(self._destination)
            _sync_folder(self._destination.parent)
        except OSError as problem:
            raise disk_error(problem, self._destination) from None

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self._close()
            if self.size:
                self._own.replace(self._left)
            else:
                self._own.unlink(missing_ok=True)
        except OSError:
            return  # finished, or its folder is gone: what it was for has been said already

    def _count(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.size += len(chunk)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def disk_error(problem: OSError, path: Path) -> EcontractError:
    """DiskFull or FileNotWritable."""
    if problem.errno in _FULL:
        return DiskFull(path=str(path))
    return FileNotWritable(path=str(path), problem=problem.strerror or type(problem).__name__)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows does that with the file's own flush."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
