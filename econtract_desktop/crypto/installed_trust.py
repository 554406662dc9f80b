"""The trust anchors installed on this PC, read once and again when the folders change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from econtract_core.evidence.trust import Limit, TrustStore
from econtract_core.evidence.trust_package import AnchorSet
from econtract_core.rules.errors import TrustMissing


class InstalledTrust:
    """Call it for the TrustStore of all given folders together. Thread-safe. Raises TrustMissing where none holds any."""

    def __init__(self, *directories: Path, listed: Callable[[], AnchorSet | None] = lambda: None) -> None:
        """`listed`: the signed list in force, besides the folders."""
        self._directories = directories
        self._listed = listed
        self._list: AnchorSet | None = None
        self._lock = threading.Lock()
        self._state: tuple[tuple[str, int, int], ...] | None = None
        self._store: TrustStore | None = None

    def __call__(self) -> TrustStore:
        state, listed = self._look(), self._listed()
        with self._lock:
            if self._store is None or state != self._state or listed is not self._list:
                self._store = self._load(listed)
                self._state, self._list = state, listed
            return self._store

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        files = [f for d in self._directories if d.is_dir() for f in d.iterdir() if f.is_file()]
        return tuple(sorted((str(f), s.st_mtime_ns, s.st_size) for f in files for s in (f.stat(),)))

    def _load(self, listed: AnchorSet | None) -> TrustStore:
        stores = []
        if listed is not None:
            limits = {a.certificate: Limit(a.purposes, a.distrusted_after) for a in listed.anchors}
            stores.append(TrustStore.limited(limits))
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
