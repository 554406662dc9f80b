"""Files that were signed while no timestamp service answered: entered, shown with their deadline, completed later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from econtract_core.evidence.next_list import next_update
from econtract_core.identity import read_holder
from econtract_core.rules.errors import EcontractError, TimestampUnreachable
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import Revocation, SignedDocument
from econtract_desktop.ports.waiting_timestamps import WaitingFile, WaitingTimestamps
from econtract_desktop.services.extend_documents import ExtendDocuments

WARN_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Completed:
    """What became of a file that waited: `document`, or the `problem` it goes on waiting with."""

    waiting: WaitingFile
    document: SignedDocument | None
    problem: EcontractError | None


class TimestampWaiting:
    """`revocation` should answer from what is kept: it is asked just when the network is away."""

    def __init__(
        self, waiting: WaitingTimestamps, extend: ExtendDocuments, revocation: Revocation, clock: Clock
    ) -> None:
        self._waiting = waiting
        self._extend = extend
        self._revocation = revocation
        self._clock = clock

    def enter(self, document: SignedDocument, certificate: bytes, level: str) -> None:
        """Let a file wait for what `level` lacks."""
        crls, _ = self._revocation.for_certificates((certificate,))
        waiting = WaitingFile(
            file=document.output,
            sha256=document.sha256,
            level=level,
            signed_at=document.signed_at,
            not_after=read_holder(certificate).not_after,
            next_list=next_update(crls),
        )
        self._waiting.add(waiting)

    def files(self) -> tuple[WaitingFile, ...]:
        """Earliest deadline first."""
        return self._waiting.files()

    def warnings(self) -> tuple[WaitingFile, ...]:
        """Those whose deadline is near or past."""
        return tuple(w for w in self._waiting.files() if w.deadline - self._clock.now() <= WARN_BEFORE)

    def forget(self, file: Path) -> None:
        """It is to wait no more."""
        self._waiting.remove(file)

    def complete(self, progress: Progress) -> tuple[Completed, ...]:
        """Add to each file what it lacks; at the program's start, or when the network is back. What fails goes on waiting.
        Where no service answers, the others are not tried. Raises Cancelled between files."""
        files = self._waiting.files()
        done: list[Completed] = []
        unreachable: EcontractError | None = None
        for number, waiting in enumerate(files):
            progress.check()
            progress.step("timestamp", number, len(files), waiting.file.name)
            document, problem = (None, unreachable) if unreachable else self._one(waiting)
            if isinstance(problem, TimestampUnreachable):
                unreachable = problem
            done.append(Completed(waiting, document, problem))
        progress.step("done", len(files), len(files))
        return tuple(done)

    def one(self, file: Path) -> SignedDocument | None:
        """Add to one file (absolute) what it waits for; None where it does not wait. Raises as extending does."""
        waiting = next((w for w in self._waiting.files() if w.file == file), None)
        return self._extend.one(file, waiting.level) if waiting is not None else None

    def _one(self, waiting: WaitingFile) -> tuple[SignedDocument | None, EcontractError | None]:
        try:
            return self._extend.one(waiting.file, waiting.level), None
        except EcontractError as problem:
            return None, problem
