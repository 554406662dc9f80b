"""CardWatch: readers by PC/SC and practice cards by their files, looked at often, on a thread of its own.

Looking every 200 ms outlives any restart of the PC/SC service, which pyscard's own monitor threads do not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from econtract_desktop.card.readers import read_readers
from econtract_desktop.card.worker import FILE_SUFFIXES
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import CardEvent

_EVERY = 0.2  # seconds


class PollingWatch:
    """`ports.card.CardWatch`."""

    def __init__(self, settings: Settings) -> None:
        self._cards = settings.cards
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, heard: Callable[[CardEvent], None]) -> None:
        self.stop()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(heard, self._over), name="card-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None

    def _watch(self, heard: Callable[[CardEvent], None], over: threading.Event) -> None:
        before: dict[tuple[str, str], str | None] = {}
        while True:
            now = self._look()
            moment = time.monotonic()
            for kind, name in before.keys() - now.keys():
                heard(CardEvent(kind, "removed", name, moment))
            for kind, name in sorted(now.keys() - before.keys(), reverse=True):  # a reader before its card
                heard(CardEvent(kind, "inserted", name, moment, now[kind, name]))
            before = now
            if over.wait(_EVERY):
                return

    def _look(self) -> dict[tuple[str, str], str | None]:
        found: dict[tuple[str, str], str | None] = {}
        for reader in read_readers():
            found["reader", reader.name] = None
            if reader.present:
                found["card", reader.name] = reader.atr
        for card in self._cards:
            place = _place(card)
            if place is not None and place.exists():
                found["card", card.module if place == Path(card.module) else str(place)] = None
        return found


def _place(card: CardSettings) -> Path | None:
    """What lies on the disk while a practice card is in: the file, or SoftHSM's token folder."""
    if card.module.lower().endswith(FILE_SUFFIXES):
        return Path(card.module)
    configuration = dict(card.environment).get("SOFTHSM2_CONF")
    return Path(configuration).parent / "tokens" if configuration else None
