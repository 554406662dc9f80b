"""FakeWatch: the port CardWatch in memory; a test says what happens."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from econtract_desktop.ports.card import CardEvent


class FakeWatch:
    """Events are told from a thread of its own, as the real one's."""

    def __init__(self, readers: tuple[str, ...]) -> None:
        self.readers = readers
        self._cards: dict[str, str] = {}
        self._events: queue.Queue[CardEvent | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def start(self, heard: Callable[[CardEvent], None]) -> None:
        self.stop()
        self._events = events = queue.Queue()
        for reader in self.readers:
            self._tell("reader", "inserted", reader)
            if reader in self._cards:
                self._tell("card", "inserted", reader)
        self._thread = threading.Thread(target=lambda: [heard(e) for e in iter(events.get, None)], daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._events.put(None)
            self._thread.join()
            self._thread = None

    def insert(self, reader: str, atr: str) -> None:
        self._cards[reader] = atr
        self._tell("card", "inserted", reader)

    def remove(self, reader: str) -> None:
        del self._cards[reader]
        self._tell("card", "removed", reader)

    def _tell(self, kind: str, change: str, reader: str) -> None:
        atr = self._cards.get(reader) if kind == "card" else None
        self._events.put(CardEvent(kind, change, reader, time.monotonic(), atr))
