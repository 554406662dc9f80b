"""CardWatch: every change of readers and cards, told at once.

PC/SC is asked to wake us (SCardGetStatusChange with the pseudo reader for new readers), on a thread of its own. It outlives the
service: when that goes, everything is told as removed, and when it comes back, as inserted. Practice cards have no reader; their
files are looked at five times a second, and only where there are such cards. Source: PC/SC part 5; winscard.h.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from econtract_desktop.card.worker import FILE_SUFFIXES
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import CardEvent

_LOOK_EVERY = 0.2  # seconds, at files
_ASK_AGAIN = 0.5  # seconds, for a service that is not there
_LONGEST_SLEEP = 60_000  # milliseconds in one call to PC/SC
_NEW_READERS = "\\\\?PnP?\\Notification"
_COUNTER = 16  # the high word counts insertions and removals

Heard = Callable[[CardEvent], None]


class ReaderWatch:
    """`ports.card.CardWatch`: PC/SC and practice cards together."""

    def __init__(self, settings: Settings) -> None:
        self._places = tuple(place for card in settings.cards if (place := _place(card)) is not None)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._waiting: list[Any] = []  # the PC/SC context that may have to be woken
        self._telling = threading.Lock()

    def start(self, heard: Heard) -> None:
        self.stop()
        over = self._over = threading.Event()
        waiting: list[Any] = []
        self._waiting = waiting

        def tell(event: CardEvent) -> None:
            with self._telling:  # one thing after the other, whoever saw it
                if not over.is_set():
                    heard(event)

        works = [lambda: _watch_readers(tell, over, waiting)]
        if self._places:
            works.append(lambda: _watch_files(self._places, tell, over))
        self._threads = [threading.Thread(target=work, name="card-watch", daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            while thread is not threading.current_thread() and thread.is_alive():
                _wake(self._waiting)  # again and again: it may have been on its way into the call
                thread.join(0.02)
        self._threads = []


@dataclass(frozen=True)
class _Seen:
    """A reader as PC/SC last told of it."""

    state: int
    atr: str | None
    present: bool


def _watch_readers(tell: Heard, over: threading.Event, waiting: list[Any]) -> None:
    try:
        from smartcard import scard
    except ImportError:  # no PC/SC library on this machine
        return
    known: dict[str, _Seen] = {}
    while not over.is_set():
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if result == scard.SCARD_S_SUCCESS:
            waiting.append(context)
            try:
                _follow(scard, context, known, tell, over)
            finally:
                waiting.clear()
                scard.SCardReleaseContext(context)
        _told(known, {}, tell)
        known = {}
        over.wait(_ASK_AGAIN)


def _follow(scard: Any, context: Any, known: dict[str, _Seen], tell: Heard, over: threading.Event) -> None:
    """Until the service goes or somebody stops. `known` is kept up to date."""
    new_readers = scard.SCARD_STATE_UNAWARE
    while not over.is_set():
        result, names = scard.SCardListReaders(context, [])
        if result not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_READERS_AVAILABLE):
            return
        asked = [(name, known[name].state if name in known else scard.SCARD_STATE_UNAWARE) for name in names or ()]
        asked.append((_NEW_READERS, new_readers))
        fresh = any(name not in known for name in names or ()) or len(known) != len(names or ())
        result, states = scard.SCardGetStatusChange(context, 0 if fresh else _LONGEST_SLEEP, asked)
        if result not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
            if result != scard.SCARD_E_CANCELLED:
                return
            continue
        now = {}
        for name, state, atr in states:
            if name == _NEW_READERS:
                new_readers = state & ~scard.SCARD_STATE_CHANGED
            elif not state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_IGNORE):
                present = bool(state & scard.SCARD_STATE_PRESENT)
                told = bytes(atr).hex() if present and atr else None
                now[name] = _Seen(state & ~scard.SCARD_STATE_CHANGED, told, present)
        _told(known, now, tell)
        known.clear()
        known.update(now)


def _told(before: dict[str, _Seen], now: dict[str, _Seen], tell: Heard) -> None:
    """A reader before its card when they come, a card before its reader when they go."""
    moment = time.monotonic()
    for name in before.keys() - now.keys():
        if before[name].present:
            tell(CardEvent("card", "removed", name, moment))
        tell(CardEvent("reader", "removed", name, moment))
    for name, seen in sorted(now.items()):
        old = before.get(name)
        if old is None:
            tell(CardEvent("reader", "inserted", name, moment))
        was_in = old is not None and old.present
        # Out and in again between two looks: the counter went on by two, though the card seems never to have gone.
        swapped = old is not None and was_in and seen.present and (seen.state >> _COUNTER) != (old.state >> _COUNTER)
        if was_in and (swapped or not seen.present):
            tell(CardEvent("card", "removed", name, moment))
        if seen.present and (swapped or not was_in):
            tell(CardEvent("card", "inserted", name, moment, seen.atr))


def _wake(waiting: list[Any]) -> None:
    for context in tuple(waiting):
        from smartcard import scard

        scard.SCardCancel(context)


def _watch_files(places: tuple[tuple[str, Path], ...], tell: Heard, over: threading.Event) -> None:
    before: set[str] = set()
    while True:
        now = {name for name, place in places if place.exists()}
        moment = time.monotonic()
        for name in sorted(before - now):
            tell(CardEvent("card", "removed", name, moment))
        for name in sorted(now - before):
            tell(CardEvent("card", "inserted", name, moment))
        before = now
        if over.wait(_LOOK_EVERY):
            return


def _place(card: CardSettings) -> tuple[str, Path] | None:
    """(name, what lies on the disk while a practice card is in): the file, or SoftHSM's token folder."""
    if card.module.lower().endswith(FILE_SUFFIXES):
        return card.module, Path(card.module)
    configuration = dict(card.environment).get("SOFTHSM2_CONF")
    folder = Path(configuration).parent / "tokens" if configuration else None
    return (str(folder), folder) if folder is not None else None
