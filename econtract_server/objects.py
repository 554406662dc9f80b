"""Files by their SHA-256 in a local folder: written once, never changed, published only when whole and on the disk."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from econtract_core.rules.errors import BlobMissing, DocumentAltered, DocumentTooLarge, ServerBusy

_NAME = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming-"
_STALE = 24 * 3600  # seconds after which an upload that was broken off by a crash is swept out
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO)


def is_sha256(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


class Incoming:
    """A file that is arriving. `finish` publishes it; leaving the `with` block without that throws it away. One thread at a
    time."""

    def __init__(self, objects: Objects, sha256: str, largest: int) -> None:
        self._objects = objects
        self._wanted = sha256
        self._largest = largest
        self._hash = hashlib.sha256()
        self.size = 0
        try:
            handle, name = tempfile.mkstemp(dir=objects.folder, prefix=_INCOMING)
        except OSError as problem:
            raise _trouble(problem) from problem
        self._file = os.fdopen(handle, "wb")
        self._path = Path(name)

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full disk once more; what had arrived goes away in any case
            self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, data: bytes) -> None:
        """Raises DocumentTooLarge, ServerBusy (disk full)."""
        self.size += len(data)
        if self.size > self._largest:
            raise DocumentTooLarge(size=self.size, limit=self._largest)
        self._hash.update(data)
        try:
            self._file.write(data)
        except OSError as problem:
            raise _trouble(problem) from problem

    def finish(self, length: int) -> None:
        """`length`: what the sender announced. Raises DocumentAltered where the bytes are not what they are called,
        ServerBusy (disk full)."""
        found = self._hash.hexdigest()
        if found != self._wanted or length != self.size:
            raise DocumentAltered(file=self._wanted, expected=self._wanted, found=found)
        target = self._objects.path(self._wanted)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            target.parent.mkdir(exist_ok=True)
            if not target.exists():  # somebody else was first: the same bytes, and written once
                self._path.replace(target)
                _settle(target.parent)
                _settle(self._objects.folder)
        except OSError as problem:
            raise _trouble(problem) from problem


class Objects:
    """Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where it stands, or would stand. Raises BlobMissing for what is no hash."""
        if not is_sha256(sha256):
            raise BlobMissing(sha256=sha256)
        return self.folder / sha256[:2] / sha256

    def find(self, sha256: str) -> Path:
        """Raises BlobMissing."""
        path = self.path(sha256)
        if not path.is_file():
            raise BlobMissing(sha256=sha256)
        return path

    def receive(self, sha256: str, largest: int) -> Incoming:
        """Raises ServerBusy (disk full)."""
        return Incoming(self, sha256, largest)

    def is_whole(self, sha256: str) -> bool:
        """Reads the file again."""
        try:
            with self.path(sha256).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def sweep(self) -> int:
        """Throw away what crashes left half-written. How many there were."""
        oldest = time.time() - _STALE
        stale = [p for p in self.folder.glob(f"{_INCOMING}*") if p.stat().st_mtime < oldest]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)


def _settle(folder: Path) -> None:
    """A rename is on the disk only when its folder is (POSIX; Windows knows no such thing)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _trouble(problem: OSError) -> Exception:
    if problem.errno in _PASSING:
        return ServerBusy(f"files: {errno.errorcode[problem.errno]}", retry_after=60)
    return problem
