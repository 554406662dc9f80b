"""Timestamps that are still missing: completed by the window itself, at its start, when the network is back, and from time to time.

A contract is sent as soon as all of its timestamps are there. Nobody needs to do anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from econtract_core.rules.errors import EcontractError, LoginRequired, TimestampError
from econtract_desktop.ports.waiting_timestamps import WaitingFile
from econtract_desktop.ui.session import Session
from econtract_desktop.ui.tasks import Endings, Task, TaskProgress, Tasks

if TYPE_CHECKING:
    from econtract_desktop.services.desk import Desk
    from econtract_desktop.services.sign_contract import Went
    from econtract_desktop.services.signed_contracts import Signed

_EVERY = 120_000  # ms


@dataclass(frozen=True)
class Stamps:
    """`files`: earliest deadline first; `warned`: those whose deadline is near or past. `contracts`: signed and not sent yet.
    `went`: contracts that were sent or refused since the window opened, the last word on each. `proven`: files that got their
    timestamps since the window opened, with them."""

    files: tuple[WaitingFile, ...] = ()
    warned: frozenset[Path] = frozenset()
    contracts: tuple[Signed, ...] = ()
    went: tuple[Went, ...] = ()
    proven: tuple[tuple[Path, datetime], ...] = ()
    problem: EcontractError | None = None

    def contract(self, contract_id: str) -> Signed | None:
        """What of this contract is signed and not sent yet."""
        return next((signed for signed in self.contracts if signed.contract_id == contract_id), None)

    def arrived(self, contract_id: str) -> Went | None:
        """The last word on a contract that waited."""
        return next((went for went in self.went if went.signed.contract_id == contract_id), None)


class WaitingStamps(QObject):
    """GUI thread; the work goes through tasks. One round at a time, and none while a card signs."""

    changed = Signal()

    def __init__(self, session: Session, desk: Desk, tasks: Tasks) -> None:
        super().__init__()
        self._session = session
        self._desk = desk
        self._tasks = tasks
        self.now = Stamps()
        self._task: Task[Stamps] | None = None
        self._online: bool | None = None
        self._who = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self.complete)
        self.listen()

    def listen(self) -> None:
        """To the session, whose listeners were all sent away."""
        self._session.changed.connect(self._follow)

    def start(self) -> None:
        """The window opens."""
        self._timer.start()
        self.complete()

    def stop(self) -> None:
        """The window goes."""
        self._timer.stop()
        if self._task is not None:
            self._task.forget()

    def complete(self) -> None:
        """Try now."""
        if self._session.busy_card or (self._task is not None and self._task.running):
            return
        logged_in = self._session.known.who is not None
        desk, before = self._desk, self.now
        self._task = self._tasks.start(
            lambda progress: _round(desk, before, progress, logged_in=logged_in),
            Endings(done=self._done, failed=lambda _error: None),
        )

    def _follow(self) -> None:
        """The line is back, or somebody has logged in."""
        known = self._session.known
        who = known.who.user_id if known.who is not None else ""
        back = known.online is True and self._online is False
        came = who not in ("", self._who)
        self._online, self._who = known.online, who
        if back or came:
            QTimer.singleShot(0, self.complete)

    def _done(self, stamps: Stamps) -> None:
        changed = stamps != self.now
        for went in stamps.went:
            if went.case is not None and went not in self.now.went:
                self._session.keep(went.case)
        before, self.now = self.now, stamps
        if stamps.problem is not None or stamps.proven != before.proven:
            self._session.told_timestamp("warn" if stamps.problem is not None else "ok")
        if changed:
            self.changed.emit()


def _round(desk: Desk, before: Stamps, progress: TaskProgress, *, logged_in: bool) -> Stamps:
    """In a worker: the timestamps, then the contracts they were missing for, then what is left."""
    waiting = desk.timestamp_waiting
    done = waiting.complete(progress) if waiting.files() else ()
    proven = tuple(
        (each.waiting.file, each.document.timestamp)
        for each in done
        if each.document is not None and each.document.timestamp is not None
    )
    problem = next((each.problem for each in done if isinstance(each.problem, TimestampError)), None)
    went: tuple[Went, ...] = ()
    contracts: tuple[Signed, ...] = ()
    if logged_in:
        try:
            went = desk.sign_contract.go_on(progress)
        except LoginRequired:
            went = ()
        contracts = desk.sign_contract.waiting()
    told = tuple(each for each in went if each.case is not None or each.problem is not None)
    ids = {each.signed.contract_id for each in told}
    kept = tuple(each for each in before.went if each.signed.contract_id not in ids)
    return Stamps(
        files=waiting.files(),
        warned=frozenset(each.file for each in waiting.warnings()),
        contracts=contracts,
        went=(*kept, *told),
        proven=(*before.proven, *proven),
        problem=problem,
    )
