"""Private copies made while a document is still being read, so that signing it begins with what takes long already done."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from pathlib import Path

from econtract_core.rules.errors import EcontractError
from econtract_desktop.crypto.pades.private_copy import PrivateCopy

_AT_MOST = 4
_Seen = tuple[int, int, int]  # size, time of the last change, file number


class ReadyCopies:
    """A few copies by the file they are of. Thread-safe. A file that has changed since is not taken for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: OrderedDict[Path, tuple[_Seen, PrivateCopy]] = OrderedDict()

    def make(self, source: Path, folder: Path) -> None:
        """Copy `source` into `folder`. What goes wrong shows when the file is signed."""
        seen = _seen(source)
        with self._lock:
            known = self._copies.get(source)
        if seen is None or (known is not None and known[0] == seen):
            return
        with contextlib.suppress(EcontractError):
            copy = PrivateCopy.ahead(source, folder)
            old: list[PrivateCopy] = []
            with self._lock:
                if source in self._copies:
                    old.append(self._copies.pop(source)[1])
                self._copies[source] = (seen, copy)
                while len(self._copies) > _AT_MOST:
                    old.append(self._copies.popitem(last=False)[1][1])
            for one in old:
                one.__exit__(None, None, None)

    def take(self, source: Path, output: Path) -> PrivateCopy:
        """The copy for `output`, made now where there is none of the file as it is. Raises as PrivateCopy."""
        with self._lock:
            found = self._copies.pop(source, None)
        if found is None:
            return PrivateCopy(source, output)
        seen, copy = found
        try:
            if seen == _seen(source) and copy.give_to(output):
                return copy
        except BaseException:
            copy.__exit__(None, None, None)
            raise
        copy.__exit__(None, None, None)
        return PrivateCopy(source, output)

    def close(self) -> None:
        """Throw away what was not used."""
        with self._lock:
            left = [copy for _, copy in self._copies.values()]
            self._copies.clear()
        for copy in left:
            copy.__exit__(None, None, None)


def _seen(source: Path) -> _Seen | None:
    try:
        state = source.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino
