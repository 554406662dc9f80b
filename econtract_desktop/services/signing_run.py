"""One run over many documents: the card on the caller's thread, everything that waits for disk or network beside it.

What happens to a document, in order; a process that dies between any two steps goes on there (`ports/signing_journal.py`):
prepared → asked → signed (durable) → timestamped in a folder of the run's own → publishing (durable) → under its name → verified.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import (
    Cancelled,
    DriverHung,
    EcontractError,
    SelfCheckFailed,
    TimestampError,
)
from econtract_desktop.ports.card import CardSignature, CardToken
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.lanes import Lanes, Pending
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import SignedDocument, Signer, Signing, SignOptions, State, Verifier
from econtract_desktop.ports.signing_journal import SigningJournal
from econtract_desktop.services.plain_files import take_name

T = TypeVar("T")
_AHEAD = 4  # documents prepared before the card is ready for them
_STAMPING = 16  # documents that wait for their timestamps at once
_OPEN = 24  # private copies at once, whatever they wait for
_LOOK = 0.1  # seconds between two looks whether the person wants to stop
_GRACE = 1.5  # seconds for what is under way, where the person wants to stop
_SILENT = 3  # times in a row that no timestamp service answered; the rest is not kept waiting for them


@dataclass(frozen=True)
class Wanted:
    """One document of a run. Paths are absolute. `sha256`: of each source as it was checked. `called`: its title, where it is not
    the file's name."""

    sources: tuple[Path, ...]
    output: Path
    sha256: Mapping[str, str]
    called: str = ""

    @property
    def name(self) -> str:
        """What it is called in the journal: outputs of a run lie in one folder."""
        return self.output.name

    @property
    def title(self) -> str:
        return self.called or self._file_name

    @property
    def _file_name(self) -> str:
        return self.sources[0].name if len(self.sources) == 1 else self.output.name


@dataclass(frozen=True)
class RunTools:
    """What a run takes from the world. `enter` puts a finished file that lacks something on the list of those that wait."""

    signer: Signer
    verifier: Verifier
    lanes: Lanes
    clock: Clock
    journal: SigningJournal
    enter: Callable[[SignedDocument], None]


class SigningRun:
    """A context manager; one thread uses it. Left by an error, what the card has signed is still brought to its end where that
    does not take the person's patience; `journal` has the rest."""

    def __init__(self, tools: RunTools, options: SignOptions, place: tuple[Path, int], progress: Progress) -> None:
        """`place`: a folder of this run's own on the outputs' disk, and how many documents there are."""
        self._tools = tools
        self._options = options
        self._stage, self._total = place
        self._progress = progress
        self._lanes = ExitStack()
        self._prepare = tools.lanes.open("prepare", 1)
        self._finish = tools.lanes.open("finish", _STAMPING)
        self._ahead: deque[tuple[Wanted, datetime, Pending[Signing]]] = deque()
        self._finishing: deque[tuple[Wanted, Pending[SignedDocument], Signing | None]] = deque()
        self._stopped = False
        self._silences = 0
        self._stamped = False
        self._number = 0
        self.done: dict[str, SignedDocument] = {}
        self.made = 0  # signatures by the card
        self.timestamp_problem: TimestampError | None = None

    def __enter__(self) -> SigningRun:
        for lane in (self._finish, self._prepare):
            self._lanes.enter_context(lane)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        try:
            if isinstance(value, EcontractError) and not isinstance(value, Cancelled):
                self._rescue()
            elif value is not None:
                self._rescue(_GRACE)
        finally:
            self._stopped = True
            self._lanes.close()
            self._close_rest()

    def sign(self, card: CardToken, documents: Iterable[Wanted]) -> None:
        """Let the card sign each, in order. Raises as the card, the signer and the journal do, and Cancelled between two."""
        certificate = card.certificate.der
        ahead = 1 if card.certificate.pin_each_time else _AHEAD
        for wanted, when, signing in self._prepared(documents, certificate, lambda _w: self._tools.clock.now(), ahead):
            with ExitStack() as undo:
                undo.enter_context(signing)
                self._progress.step("card-sign", len(self.done), self._total, wanted.title)
                signing.signed(self._ask(card, wanted, when, signing.to_sign))
                undo.pop_all()
            self._hand_over(wanted, signing)

    def place(self, documents: Iterable[tuple[Wanted, CardSignature, datetime]], certificate: bytes) -> list[Wanted]:
        """Put signatures the card made in an earlier run into their documents. Those that a signature no longer fits (another
        version of this program lays it out in another way) are returned: the card must sign them again."""
        known = {wanted.name: (signature, when) for wanted, signature, when in documents}
        wanted_ones = [wanted for wanted, _, _ in documents]
        misfits = []
        for wanted, _, signing in self._prepared(wanted_ones, certificate, lambda w: known[w.name][1], _AHEAD):
            with ExitStack() as undo:
                undo.enter_context(signing)
                try:
                    signing.signed(known[wanted.name][0])
                except SelfCheckFailed:
                    misfits.append(wanted)
                    continue
                undo.pop_all()
            self._hand_over(wanted, signing)
        return misfits

    def verify(self, wanted: Wanted, document: SignedDocument) -> None:
        """Verify what an earlier run left under its name."""
        self._finishing.append((wanted, self._finish.start(lambda: self._verified(wanted, document)), None))

    def settle(self) -> None:
        """Wait until everything is under its name and verified. Raises what went wrong with the first."""
        while self._finishing:
            self._collect(self._finishing[0][1])

    # --- on the caller's thread ---------------------------------------------------------------------------------------

    def _prepared(
        self, documents: Iterable[Wanted], certificate: bytes, when_of: Callable[[Wanted], datetime], ahead: int
    ) -> Iterator[tuple[Wanted, datetime, Signing]]:
        """Each document made ready, `ahead` of them before their turn."""
        waiting = iter(documents)
        while True:
            while len(self._ahead) < ahead and (wanted := next(waiting, None)) is not None:
                when = when_of(wanted).replace(microsecond=0)
                self._ahead.append((wanted, when, self._start_preparing(wanted, certificate, when)))
            if not self._ahead:
                return
            while len(self._finishing) >= _OPEN - _AHEAD:
                self._collect(self._finishing[0][1])
            self._progress.check()
            self._await(self._ahead[0][2])
            wanted, when, pending = self._ahead.popleft()
            yield wanted, when, pending.result()

    def _start_preparing(self, wanted: Wanted, certificate: bytes, when: datetime) -> Pending[Signing]:
        self._number += 1
        staged = self._stage / f"{self._number}{wanted.output.suffix}"
        signer, options = self._tools.signer, self._options
        return self._prepare.start(lambda: signer.prepare(wanted.sources, staged, certificate, options, when))

    def _ask(self, card: CardToken, wanted: Wanted, when: datetime, message: bytes) -> CardSignature:
        journal = self._tools.journal
        journal.asked(wanted.name, wanted.sha256, when)
        try:
            signature = card.sign(message)
        except DriverHung:
            raise  # nobody knows whether the card has signed
        except EcontractError:
            journal.refused(wanted.name)
            raise
        journal.signed(wanted.name, signature)
        self.made += 1
        return signature

    def _hand_over(self, wanted: Wanted, signing: Signing) -> None:
        self._finishing.append((wanted, self._finish.start(lambda: self._finished(wanted, signing)), signing))
        self._collect(None)

    def _collect(self, pending: Pending[SignedDocument] | None) -> None:
        """Pass on what has ended, after waiting for `pending`."""
        if pending is not None:
            self._await(pending)
        while self._finishing and self._finishing[0][1].wait(0):
            wanted, finished, _ = self._finishing.popleft()
            self.done[wanted.name] = finished.result()
            self._progress.step("done", len(self.done), self._total, wanted.title)

    def _await(self, pending: Pending[T]) -> None:
        while not pending.wait(_LOOK):
            self._progress.check()

    def _rescue(self, patience: float | None = None) -> None:
        """What the card has signed is worth finishing, whatever went wrong with another document."""
        for _, finished, _ in self._finishing:
            if patience is None:
                self._await(finished)
            elif patience > 0 and not finished.wait(min(patience, _LOOK)):
                patience -= _LOOK

    def _close_rest(self) -> None:
        """What was prepared or signed and will not be finished now; what a lane still works on closes itself."""
        for _, _, pending in self._ahead:
            if pending.wait(_GRACE):
                _close(pending)
        for _, finished, signing in self._finishing:
            if signing is not None and finished.wait(0):
                signing.__exit__(None, None, None)

    # --- in the lanes -------------------------------------------------------------------------------------------------

    def _finished(self, wanted: Wanted, signing: Signing) -> SignedDocument:
        with signing:
            self._progress.step("timestamp", len(self.done), self._total, wanted.title)
            staged = self._completed(signing)
            document = replace(staged, inputs=wanted.sources, output=wanted.output)
            if self._stopped:
                raise Cancelled()
            self._tools.journal.publishing(wanted.name, document)
            take_name(staged.output, wanted.output)
            self._tools.journal.in_place(wanted.name)
        self._progress.step("placed", len(self.done), self._total, wanted.title)
        return self._verified(wanted, document)

    def _completed(self, signing: Signing) -> SignedDocument:
        """With its timestamp, or without where no service answers: the card's signature is never thrown away for that. A
        service that has answered in this run is asked a second time."""
        tries = 2 if self._stamped else 1
        while tries and self._silences < _SILENT:
            try:
                document = signing.complete()
            except TimestampError as problem:
                tries -= 1
                if not tries:
                    self.timestamp_problem = problem
                    self._silences += 1
            else:
                self._silences, self._stamped = 0, True
                return document
        return signing.keep()

    def _verified(self, wanted: Wanted, document: SignedDocument) -> SignedDocument:
        self._progress.step("verify", len(self.done), self._total, wanted.title)
        away = document.state is State.TIMESTAMP_WAITING  # the network is
        verdict = self._tools.verifier.verify(document.output, offline=away)
        if verdict.verdict in (Verdict.TOTAL_FAILED, Verdict.NO_SIGNATURE):
            document.output.unlink(missing_ok=True)
            raise SelfCheckFailed(file=str(wanted.output), problem=str(verdict.sub_indication or verdict.verdict))
        if document.state is not State.COMPLETE:
            self._tools.enter(document)
        self._tools.journal.verified(wanted.name)
        return document


def _close(pending: Pending[Signing]) -> None:
    try:
        signing = pending.result()
    except EcontractError:
        return  # it never came to be
    signing.__exit__(None, None, None)
