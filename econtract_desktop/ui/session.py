"""Session: what the window knows now: who is logged in, the cases, the cards, the line. One for all screens, GUI thread.

Presenters listen to `changed`; everything that blocks goes through tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import QObject, QTimer, Signal

from econtract_core.rules.errors import EcontractError, LoginRequired, NetworkError
from econtract_desktop.ports.card import CardSelector, ReaderInfo, TokenInfo
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.ui.tasks import Endings, Task, TaskProgress, Tasks

if TYPE_CHECKING:
    from econtract_core.messages.account import Who
    from econtract_core.messages.cases import CaseData, ContractData
    from econtract_desktop.services.card_status import CardView
    from econtract_desktop.services.desk import Desk

T = TypeVar("T")
_SYNC_EVERY = 60_000  # ms
_SETTLE = 40  # ms: a card that goes in makes several events


@dataclass(frozen=True)
class CardsSeen:
    """What is in the readers."""

    readers: tuple[ReaderInfo, ...] = ()
    tokens: tuple[TokenInfo, ...] = ()
    views: tuple[CardView, ...] = ()


@dataclass(frozen=True)
class Known:
    """A picture of the moment. `online` None: not tried yet. `who` None with `asked`: nobody is logged in."""

    who: Who | None = None
    asked: bool = False
    cases: tuple[CaseData, ...] | None = None
    synced_at: datetime | None = None
    online: bool | None = None
    waiting: int = 0
    cards: CardsSeen | None = None
    timestamp: str = "off"  # ok, warn after a run told, off: nothing is known
    problem: EcontractError | None = None  # of the last sync, where it was more than a missing line


@dataclass(frozen=True)
class _Synced:
    cases: tuple[CaseData, ...]
    online: bool
    waiting: int
    at: datetime


class Session(QObject):
    """Asks the desk and remembers. `login_needed` when the server says that the session has ended."""

    changed = Signal()
    login_needed = Signal()

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        super().__init__()
        self._desk = desk
        self._tasks = tasks
        self.known = Known()
        self._running: dict[str, Task[object]] = {}
        self._clock = QTimer(self)
        self._clock.setInterval(_SYNC_EVERY)
        self._clock.timeout.connect(self.refresh)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE)
        self._settle.timeout.connect(self.look_at_cards)
        self._card_key = ""
        self.busy_card = False  # a signing run holds the card: readers are looked at afterwards

    def start(self) -> None:
        """Ask who is logged in, look at the cards, watch the readers."""
        self.start_again()
        self._tasks.start(
            lambda _p: self._desk.watch.start(lambda _event: self._tasks.post(self._settle.start)),
            Endings(done=lambda _none: None, failed=lambda _error: None),
        )
        self._clock.start()

    def start_again(self) -> None:
        """Ask anew who is logged in and which cards there are."""
        self._run("who", lambda _p: self._desk.log_in.who(), self._known_who, self._nobody)
        self.look_at_cards()

    def stop(self) -> None:
        """No more questions."""
        self._clock.stop()
        self._settle.stop()
        for task in self._running.values():
            task.forget()
        self._running.clear()

    def refresh(self) -> None:
        """Fetch the cases, or show them as last seen where there is no line."""
        if self.known.who is not None:
            self._run("sync", lambda _p: _sync(self._desk), self._synced, self._sync_failed)

    def look_at_cards(self) -> None:
        """What is in the readers, without a PIN."""
        if not self.busy_card:
            self._run(
                "cards",
                lambda _p: _cards(self._desk),
                lambda seen: self._now(replace(self.known, cards=seen)),
                lambda _error: None,
                lane="card",
            )

    def log_in(self, selector: CardSelector, prompt: PinPrompt, endings: Endings[Who]) -> Task[Who]:
        """With this card. On success the cases are fetched."""

        def done(who: Who) -> None:
            self._known_who(who)
            endings.done(who)

        return self._tasks.start(
            lambda _p: self._desk.log_in.log_in(selector, prompt), replace(endings, done=done), lane="card"
        )

    def log_out(self) -> None:
        """Ends the session here and there; drafts and the outbox stay."""
        self.known = replace(self.known, who=None, cases=None, asked=True)
        self._run("out", lambda _p: self._desk.log_in.log_out(), lambda _none: None, lambda _error: None)
        self.changed.emit()
        self.login_needed.emit()

    def keep(self, case: CaseData) -> None:
        """A service gave the newest word on a case."""
        others = tuple(c for c in self.known.cases or () if c.case_id != case.case_id)
        self._now(replace(self.known, cases=tuple(sorted((*others, case), key=lambda c: c.number))))

    def told_timestamp(self, tone: str) -> None:
        """A signing run has told how the timestamp service is: ok or warn."""
        self._now(replace(self.known, timestamp=tone))

    def find(self, contract_id: str) -> tuple[CaseData, ContractData] | None:
        """A contract with its case, as known now."""
        for case in self.known.cases or ():
            for contract in case.contracts:
                if contract.contract_id == contract_id:
                    return case, contract
        return None

    def selector(self) -> CardSelector:
        """The card of who is logged in: the certificate decides."""
        who = self.known.who
        return CardSelector(certificate=who.certificate_sha256) if who is not None else CardSelector()

    def own_card(self) -> CardView | None:
        """The card of who is logged in, if it is in a reader; else the first that is."""
        views = self.known.cards.views if self.known.cards is not None else ()
        who = self.known.who
        mine = [v for v in views if who is not None and v.certificate_sha256 == who.certificate_sha256]
        return next(iter(mine or views), None)

    def _now(self, known: Known) -> None:
        self.known = known
        self.changed.emit()

    def ended(self) -> None:
        """The server says that the session is over."""
        self._nobody(LoginRequired())

    def _known_who(self, who: Who) -> None:
        self._now(replace(self.known, who=who, asked=True, problem=None, online=True))
        self.refresh()

    def _nobody(self, error: EcontractError) -> None:
        # Without a line and without a known person there is the card door too: it says what is wrong.
        problem = None if isinstance(error, LoginRequired) else error
        online = False if isinstance(error, NetworkError) else self.known.online
        self._now(replace(self.known, who=None, asked=True, problem=problem, online=online))
        self.login_needed.emit()

    def _synced(self, synced: _Synced) -> None:
        at = synced.at if synced.online else self.known.synced_at
        self._now(
            replace(
                self.known,
                cases=synced.cases,
                online=synced.online,
                waiting=synced.waiting,
                synced_at=at,
                problem=None,
            )
        )

    def _sync_failed(self, error: EcontractError) -> None:
        if isinstance(error, LoginRequired):
            self._nobody(error)
        else:
            self._now(replace(self.known, problem=error))

    def _run(
        self,
        name: str,
        work: Callable[[TaskProgress], T],
        done: Callable[[T], None],
        failed: Callable[[EcontractError], None],
        lane: str = "any",
    ) -> None:
        """One of a kind at a time."""
        before = self._running.get(name)
        if before is None or not before.running:
            task = self._tasks.start(work, Endings(done=done, failed=failed), lane)
            self._running[name] = cast(Task[object], task)


def _sync(desk: Desk) -> _Synced:
    """In a worker: what waits goes out first, then the list comes in."""
    try:
        if desk.outbox.rows():
            desk.outbox.push()
        cases, online = desk.cases.refresh(), True
    except NetworkError:
        cases, online = desk.cases.kept(), False
    return _Synced(cases, online, len(desk.outbox.rows()), desk.now())


def _cards(desk: Desk) -> CardsSeen:
    """In the card lane."""
    raw = desk.card_status.raw()
    return CardsSeen(raw.readers, raw.tokens, desk.card_status.listing())
