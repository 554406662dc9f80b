"""Private copies of files under their SHA-256 (`files/ab/<sha256>`): whole and durable, or not there; checked each time."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from uuid import uuid4

from econtract_core.rules.errors import FileNotReadable
from econtract_desktop.store.disk import disk_error, private_folder, sync_folder

_CHUNK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
_OLD = 24 * 3600.0  # seconds after which what a killed program left half done is swept away


class ContentFiles:
    """Thread-safe; several processes may use one folder. Raises DiskFull, FileNotWritable."""

    def __init__(self, root: Path) -> None:
        self._root = root
        private_folder(root)
        self._sweep()

    def add(self, source: Path) -> str:
        """Copy; the SHA-256 (hex) of what was copied. Raises FileNotReadable."""
        fresh = self._root / f"{uuid4().hex}.part"
        try:
            digest = self._copy(source, fresh)
            target = self.place(digest)
            if self.path(digest) is None:
                private_folder(target.parent)
                fresh.replace(target)
                sync_folder(target.parent)
                sync_folder(self._root)
        except OSError as problem:
            raise disk_error(problem, fresh) from None
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
        return digest

    def path(self, digest: str) -> Path | None:
        """The copy with this SHA-256 if its bytes are still that. One that is not is moved to `broken/` and counts as none."""
        place = self.place(digest)
        try:
            with place.open("rb") as file:
                found = file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        if found == digest:
            return place
        self._put_aside(place)
        return None

    def place(self, digest: str) -> Path:
        """Where the copy with this SHA-256 stands, or would."""
        if not _HASH.fullmatch(digest):
            raise ValueError("not a SHA-256 in hex")  # a defect: names of files come from messages that were checked
        return self._root / digest[:2] / digest

    def _copy(self, source: Path, fresh: Path) -> str:
        """Hashes what it writes, not what the source may be a moment later."""
        digest = sha256()
        try:
            reading = source.open("rb")
        except OSError as problem:
            raise FileNotReadable(path=str(source), problem=problem.strerror or type(problem).__name__) from None
        with reading, open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:  # noqa: PTH123
            while chunk := _read(reading, source):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        return digest.hexdigest()

    def _put_aside(self, place: Path) -> None:
        """Kept, because it may be all that is left of something."""
        with suppress(OSError):
            aside = self._root / "broken"
            aside.mkdir(mode=0o700, exist_ok=True)
            place.replace(aside / f"{place.name}.{uuid4().hex[:8]}")

    def _sweep(self) -> None:
        for part in (*self._root.glob("*.part"), *self._root.glob("??/*.part")):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > _OLD:
                    part.unlink()


def _read(reading, source: Path) -> bytes:  # type: ignore[no-untyped-def]
    try:
        return bytes(reading.read(_CHUNK))
    except OSError as problem:
        raise FileNotReadable(path=str(source), problem=problem.strerror or type(problem).__name__) from None
