"""What CRL, OCSP and CA addresses answered, kept in files until it is out of date."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

_LARGEST = 32 * 1024 * 1024


class KeptAnswers:
    """One file an answer under the hash of its address; the file's modification time is when it ends. Thread-safe; a cache
    that cannot be written costs requests, never an error."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._memory: dict[str, tuple[bytes, datetime]] = {}

    def get(self, name: str, now: datetime) -> bytes | None:
        """The answer, unless it is out of date at `now`."""
        with self._lock:
            kept = self._memory.get(name)
        if kept is None:
            kept = self._read(name)
        if kept is None or kept[1] <= now:
            return None
        with self._lock:
            self._memory[name] = kept
        return kept[0]

    def put(self, name: str, data: bytes, until: datetime) -> None:
        with self._lock:
            self._memory[name] = (data, until)
        with contextlib.suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            number, temporary = tempfile.mkstemp(dir=self._directory, suffix=".part")
            with os.fdopen(number, "wb") as stream:
                stream.write(data)
            os.utime(temporary, (until.timestamp(), until.timestamp()))
            Path(temporary).replace(self._file(name))

    def _file(self, name: str) -> Path:
        return self._directory / hashlib.sha256(name.encode()).hexdigest()

    def _read(self, name: str) -> tuple[bytes, datetime] | None:
        try:
            file = self._file(name)
            state = file.stat()
            if state.st_size > _LARGEST:
                return None
            return file.read_bytes(), datetime.fromtimestamp(state.st_mtime, UTC)
        except OSError:
            return None
