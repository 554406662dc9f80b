"""The signed list of trust anchors: the one inside the program, and the one taken over last, in the profile.

What lies in the profile is verified from the program's keys each time it is read: who can write there must not thereby decide
whom this PC trusts.
"""

from __future__ import annotations

import os
import secrets
import threading
from datetime import datetime
from pathlib import Path

from econtract_core.evidence.trust_package import LARGEST, AnchorSet, Roots, next_set, read_package, read_roots
from econtract_core.rules.errors import TrustPackageError, TrustPackageUnsigned
from econtract_desktop.store.disk import disk_error, one_at_a_time, private_folder, sync_folder

_ROOTS, _LIST, _LOCK = "roots.json", "anchors.json", "anchors.lock"
_PATIENCE = 10.0  # seconds
_State = tuple[tuple[int, int] | None, ...]


class KeptAnchors:
    """`ports.trust.TrustAnchors`."""

    def __init__(self, program: Path, profile: Path) -> None:
        """`program`: the folder with the program's keys (roots.json) and its list (anchors.json); `profile`: where updates are
        kept."""
        self._program = program
        self._folder = profile / "trust"
        self._lock = threading.Lock()
        self._state: _State | None = None
        self._set: AnchorSet | None = None

    def in_force(self) -> AnchorSet | None:
        files = (self._program / _ROOTS, self._program / _LIST, self._folder / _LIST)
        state = tuple(_stamp(file) for file in files)
        with self._lock:
            if state != self._state:
                self._set, self._state = self._look(files[1:]), state
            return self._set

    def read(self, package: bytes) -> AnchorSet:
        return read_package(package, self._known())

    def update(self, package: bytes, now: datetime) -> AnchorSet:
        private_folder(self._folder)
        with one_at_a_time(self._folder / _LOCK, _PATIENCE):
            with self._lock:
                self._state = None  # another process may have written within the clock's grain
            found = next_set(package, self._roots(), self.in_force(), now)
            self._write(package)
        with self._lock:
            self._state = None
        return found

    def _known(self) -> Roots:
        """The newest keys known here."""
        roots, in_force = self._roots(), self.in_force()
        return in_force.roots if in_force is not None and in_force.roots.version > roots.version else roots

    def _roots(self) -> Roots:
        """The program's own. Raises TrustPackageUnsigned where it has none: then nobody may sign."""
        data = _bytes(self._program / _ROOTS)
        if data is None:
            raise TrustPackageUnsigned("this program has no keys for updates", signed=0, needed=2)
        return read_roots(data)

    def _look(self, files: tuple[Path, ...]) -> AnchorSet | None:
        best: AnchorSet | None = None
        for file in files:
            data = _bytes(file)
            if data is None:
                continue
            try:
                found = read_package(data, self._roots())
            except TrustPackageError:
                continue
            if best is None or (found.roots.version, found.serial) > (best.roots.version, best.serial):
                best = found
        return best

    def _write(self, package: bytes) -> None:
        target = self._folder / _LIST
        fresh = self._folder / f"{_LIST}.{secrets.token_hex(8)}"
        try:
            with fresh.open("xb") as stream:
                stream.write(package)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(target)
            sync_folder(self._folder)
        except OSError as problem:
            fresh.unlink(missing_ok=True)
            raise disk_error(problem, target) from None


def _bytes(file: Path) -> bytes | None:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError:
        return None


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
