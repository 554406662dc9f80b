"""The trust anchors installed on this PC, read once and again when the folders change."""

from __future__ import annotations

import threading
from pathlib import Path

from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import TrustMissing


class InstalledTrust:
    """Call it for the TrustStore of all given folders together. Thread-safe. Raises TrustMissing where none holds any."""

    def __init__(self, *directories: Path) -> None:
        self._directories = directories
        self._lock = threading.Lock()
        self._state: tuple[tuple[str, int, int], ...] | None = None
        self._store: TrustStore | None = None

    def __call__(self) -> TrustStore:
        state = self._look()
        with self._lock:
            if self._store is None or state != self._state:
                self._store = self._load()
                self._state = state
            return self._store

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        files = [f for d in self._directories if d.is_dir() for f in d.iterdir() if f.is_file()]
        return tuple(sorted((str(f), s.st_mtime_ns, s.st_size) for f in files for s in (f.stat(),)))

    def _load(self) -> TrustStore:
        stores = []
        for directory in self._directories:
            try:
                stores.append(TrustStore.load(directory))
            except TrustMissing:
                continue
        if not stores:
            raise TrustMissing(path=", ".join(str(d) for d in self._directories))
        whole = stores[0]
        for store in stores[1:]:
            whole = whole.merged(store)
        return whole
