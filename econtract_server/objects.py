"""Files by their SHA-256 in a local folder: written once, never changed, published only when whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from econtract_core.rules.errors import BlobMissing, DocumentAltered, DocumentTooLarge


class Incoming:
    """A file that is arriving. `finish` publishes it; leaving the `with` block without that throws it away."""

    def __init__(self, objects: Objects, sha256: str, largest: int) -> None:
        self._objects = objects
        self._wanted = sha256
        self._largest = largest
        self._hash = hashlib.sha256()
        self._size = 0
        handle, name = tempfile.mkstemp(dir=objects.folder, prefix="incoming-")
        self._file = os.fdopen(handle, "wb")
        self._path = Path(name)

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, data: bytes) -> None:
        """Raises DocumentTooLarge."""
        self._size += len(data)
        if self._size > self._largest:
            raise DocumentTooLarge(size=self._size, limit=self._largest)
        self._hash.update(data)
        self._file.write(data)

    def finish(self, length: int | None) -> None:
        """`length`: what the sender announced. Raises DocumentAltered where the bytes are not what they are called."""
        found = self._hash.hexdigest()
        if found != self._wanted or length not in (None, self._size):
            raise DocumentAltered(file=self._wanted, expected=self._wanted, found=found)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        target = self._objects.path(self._wanted)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._path.chmod(0o440)
        self._path.replace(target)


class Objects:
    """Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def find(self, sha256: str) -> Path:
        """Raises BlobMissing."""
        path = self.path(sha256)
        if not path.is_file():
            raise BlobMissing(sha256=sha256)
        return path

    def receive(self, sha256: str, largest: int) -> Incoming:
        return Incoming(self, sha256, largest)

    def is_whole(self, sha256: str) -> bool:
        """Reads the file again."""
        try:
            with self.path(sha256).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except OSError:
            return False
