"""Sign files on this PC that belong to no case: any number, with one card, through any interruption."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.evidence.asic.kinds import is_asic_e
from econtract_core.rules.errors import (
    Cancelled,
    CertificateMissing,
    DiskFull,
    DocumentAltered,
    LoginRequired,
    OutputExists,
    TimestampError,
    UsageError,
    WrongCard,
)
from econtract_desktop.ports.card import Cards, CardSelector, CardToken
from econtract_desktop.ports.clock import Clock, Ids
from econtract_desktop.ports.lanes import Lanes
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinPurpose, PinRequest
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import SignedDocument, Signer, SignOptions, Verifier
from econtract_desktop.ports.signing_journal import Fate, SigningJournal, SigningJournals
from econtract_desktop.services.plain_files import readable, sha256_of, writing_problem
from econtract_desktop.services.signing_run import RunTools, SigningRun, Wanted
from econtract_desktop.services.timestamp_waiting import TimestampWaiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PDF = b"%PDF-"
_HEAD = 1024  # bytes in which a PDF says what it is (ISO 32000-2 7.5.2)
_CONTAINER = ".asice"
_ADDED = 64 * 1024  # bytes a signature adds, with all that belongs to it


@dataclass(frozen=True)
class SignedFiles:
    """`documents` in the order of the files. `pins_asked` and `signatures_made`: in this run. `repeated_card_operations`: how
    often the card had to sign again what it had signed or begun to sign before the program died, over all runs. `forecast_pins`:
    how many PINs the card wants for what this run signs. `timestamp_problem`: why files wait for their timestamps."""

    documents: tuple[SignedDocument, ...]
    pins_asked: int
    signatures_made: int
    repeated_card_operations: int = 0
    forecast_pins: int = 0
    resumed: bool = False
    timestamp_problem: TimestampError | None = None


@dataclass(frozen=True)
class Order:
    """What is to be signed in one go. `job` (hex digits) names it: the same name, the same documents. Outputs lie in `folder`.
    `certificate`: SHA-256 (hex) of the only one that may sign, any where empty. `server`: who gets it, for the PIN dialog."""

    job: str
    documents: tuple[Wanted, ...]
    folder: Path
    options: SignOptions
    certificate: str = ""
    server: str = ""


@dataclass(frozen=True)
class SignDocumentsTools:
    """What signing takes from the world."""

    cards: Cards
    signer: Signer
    verifier: Verifier
    journals: SigningJournals
    lanes: Lanes
    clock: Clock
    ids: Ids


class SignDocuments:
    def __init__(self, tools: SignDocumentsTools, waiting: TimestampWaiting) -> None:
        self._tools = tools
        self._waiting = waiting

    def sign(
        self,
        files: tuple[Path, ...],
        folder: Path,
        options: SignOptions,
        card_and_pin: tuple[CardSelector, PinPrompt],
        progress: Progress,
        *,
        anew: bool = False,
    ) -> SignedFiles:
        """Sign into `folder`: each PDF under its own name, each ASiC-E container with one more signature, all other files (with
        `options.container` PDFs too) as one ASiC-E.

        Everything is checked before the PIN is asked. Called again with the same arguments after any interruption it goes on: a
        document that has its signature gets no second one, and none the card has made is made again. `anew`: what an earlier
        run left half done is forgotten. Where no timestamp service answers, files are kept and wait (`State`).

        Raises what checking, the card and the signer raise; Cancelled where the person stopped it; StoreInUse where the same
        is under way already; DocumentAltered where a source was changed after it was signed; WrongCard where another card began.
        """
        wanted = _wanted(files, folder.absolute(), options)
        order = Order(_job(wanted, options, card_and_pin[0]), tuple(wanted), folder.absolute(), options)
        return self.carry_out(order, card_and_pin, progress, anew=anew)

    def titles(self, files: tuple[Path, ...], folder: Path, options: SignOptions) -> tuple[str, ...]:
        """What comes out of these files, in the order of `sign`, as its steps call it. Raises UsageError as `sign`."""
        return tuple(document.title for document in _wanted(files, folder.absolute(), options))

    def carry_out(
        self,
        order: Order,
        card_and_pin: tuple[CardSelector, PinPrompt],
        progress: Progress,
        *,
        anew: bool = False,
        done: Callable[[SignedFiles], None] = lambda _files: None,
    ) -> SignedFiles:
        """As `sign`, for documents that have their places already. `done` is called with the result before the journal goes:
        what it writes is there whenever the journal is not."""
        selector, prompt = card_and_pin
        with self._opened(order.job, anew) as journal:
            stage = f".econtract-{order.job[:12]}-"
            _clear(order.folder, stage)
            plan = self._plan(order.documents, journal, progress)
            place = order.folder / f"{stage}{self._tools.ids.new()[-12:]}.part"
            if plan.signed or plan.unsigned:
                _make_room(place, [w for w, _ in plan.signed] + plan.unsigned)
            work = _Work(self._tools, self._waiting, journal, order, _Counting(prompt))
            try:
                files = work.run(plan, selector, place, progress)
            finally:
                _clear(order.folder, stage)
            done(files)
            return files

    @contextmanager
    def alone(self, job: str) -> Iterator[None]:
        """Nobody else works on what became of this job, and no journal of it is left. Raises StoreInUse where somebody does."""
        journal = self._tools.journals.open(job)
        try:
            yield
            journal.finish()
        finally:
            journal.close()

    @contextmanager
    def _opened(self, job: str, anew: bool) -> Iterator[SigningJournal]:
        """The journal; gone where everything was done, or nothing was begun."""
        journal = self._tools.journals.open(job, anew=anew)
        try:
            yield journal
            journal.finish()
        except BaseException:
            if journal.certificate is None:
                journal.finish()
            raise
        finally:
            journal.close()

    def _plan(self, wanted: tuple[Wanted, ...], journal: SigningJournal, progress: Progress) -> _Plan:
        """Check everything that can be checked before the PIN, and see how far an earlier run came."""
        plan = _Plan([document.name for document in wanted], [], [], [], [])
        for number, document in enumerate(wanted):
            progress.check()
            progress.step("check", number, len(wanted), document.title)
            fate = journal.fate(document.name)
            there = _in_place(document, fate)
            if there is not None:
                (plan.done if fate.verified else plan.placed).append((document, there))
                continue
            if document.output.exists():
                raise OutputExists(path=str(document.output))
            for source in document.sources:
                self._tools.signer.check_signable(readable(source))
            checked = replace(document, sha256={str(source): sha256_of(source) for source in document.sources})
            if fate.signature is not None:
                _check_unchanged(checked, fate)
                plan.signed.append((checked, fate))
            else:
                plan.unsigned.append(checked)
        return plan


@dataclass
class _Plan:
    """`names`: in order. `done`: verified under its name. `placed`: under its name. `signed`: the journal has the signature.
    `unsigned`: the card's turn."""

    names: list[str]
    done: list[tuple[Wanted, SignedDocument]]
    placed: list[tuple[Wanted, SignedDocument]]
    signed: list[tuple[Wanted, Fate]]
    unsigned: list[Wanted]


class _Work:
    """One call of `sign` whose plan is made."""

    def __init__(
        self,
        tools: SignDocumentsTools,
        waiting: TimestampWaiting,
        journal: SigningJournal,
        order: Order,
        prompt: _Counting,
    ) -> None:
        self._tools = tools
        self._waiting = waiting
        self._journal = journal
        self._order = order
        self._prompt = prompt
        self._forecast = 0

    def run(self, plan: _Plan, selector: CardSelector, stage: Path, progress: Progress) -> SignedFiles:
        t = self._tools
        tools = RunTools(t.signer, t.verifier, t.lanes, t.clock, self._journal, self._enter)
        with SigningRun(tools, self._order.options, (stage, len(plan.names)), progress) as run:
            run.done.update({document.name: made for document, made in plan.done})
            try:
                self._go_on(run, plan, selector, progress)
            except Cancelled as stopped:
                raise Cancelled(stopped.detail, done=len(run.done), total=len(plan.names)) from None
        return SignedFiles(
            documents=tuple(run.done[name] for name in plan.names),
            pins_asked=self._prompt.asked,
            signatures_made=run.made,
            repeated_card_operations=sum(max(0, self._journal.fate(name).asked - 1) for name in plan.names),
            forecast_pins=self._forecast,
            resumed=self._journal.resumed,
            timestamp_problem=run.timestamp_problem,
        )

    def _go_on(self, run: SigningRun, plan: _Plan, selector: CardSelector, progress: Progress) -> None:
        for document, made in plan.placed:
            run.verify(document, made)
        unsigned = self._place(run, plan) + plan.unsigned
        if unsigned:
            with self._tools.cards.open(selector, progress) as card:
                self._log_in(card, unsigned, progress)
                run.sign(card, unsigned)
        run.settle()

    def _place(self, run: SigningRun, plan: _Plan) -> list[Wanted]:
        certificate = self._journal.certificate
        known = [(w, f.signature, f.when) for w, f in plan.signed if f.signature is not None and f.when is not None]
        return run.place(known, certificate) if known and certificate is not None else [w for w, _ in plan.signed]

    def _log_in(self, card: CardToken, unsigned: list[Wanted], progress: Progress) -> None:
        """Raises WrongCard where another card began this: before the PIN where its certificate shows."""
        began = self._journal.certificate
        wanted = self._order.certificate if began is None else hashlib.sha256(began).hexdigest()
        _check_card(card, wanted, hidden_is_fine=True)
        purpose = PinPurpose("sign", tuple(document.title for document in unsigned), self._order.server)
        card.log_in(self._prompt, purpose)
        _check_card(card, wanted)
        if began is None:
            self._journal.signer(card.certificate.der)
        self._forecast = len(unsigned) if card.certificate.pin_each_time else 1
        progress.step("pins", 0, self._forecast)

    def _enter(self, document: SignedDocument) -> None:
        certificate = self._journal.certificate
        assert certificate is not None
        self._waiting.enter(document, certificate, self._order.options.level)


class _Counting:
    """Counts how often the person was asked."""

    def __init__(self, prompt: PinPrompt) -> None:
        self._prompt = prompt
        self.asked = 0

    def ask(self, request: PinRequest) -> PinBuffer:
        self.asked += 1
        return self._prompt.ask(request)


def _wanted(files: tuple[Path, ...], folder: Path, options: SignOptions) -> list[Wanted]:
    """What comes out of these files. Raises UsageError where two would have one name."""
    sources = [file.absolute() for file in files]
    alone = [s for s in sources if is_asic_e(s) or (not options.container and _is_pdf(s))]
    together = tuple(source for source in sources if source not in alone)
    wanted = [Wanted((source,), folder / source.name, {}) for source in alone]
    if together:
        wanted.append(Wanted(together, folder / f"{together[0].stem}{_CONTAINER}", {}))
    named = [document.name.casefold() for document in wanted] + [f"/{s}" for s in together]
    twice = next((name for i, name in enumerate(named) if name in named[:i]), None)
    if twice is not None:
        raise UsageError(problem=f"{twice}: twice")
    return wanted


def _is_pdf(source: Path) -> bool:
    """By its name or its beginning: a broken PDF is to be refused as one."""
    if source.suffix.lower() == ".pdf":
        return True
    try:
        with source.open("rb") as file:
            return _PDF in file.read(_HEAD)
    except OSError:
        return False  # reading it will say so


def _job(wanted: list[Wanted], options: SignOptions, selector: CardSelector) -> str:
    """The same for the same arguments. What is in the sources is compared document by document."""
    outputs = [([str(source) for source in document.sources], str(document.output)) for document in wanted]
    told = json.dumps([outputs, asdict(options), (selector.certificate or "").lower()], sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _in_place(document: Wanted, fate: Fate) -> SignedDocument | None:
    """What an earlier run left under its name. Raises DocumentAltered where something else has come to stand there."""
    if fate.verified:
        return fate.published[-1]  # from then on it was the person's: moved, renamed, sent
    if not fate.published or not document.output.exists():
        return None
    sha256 = sha256_of(document.output)
    for made in fate.published:
        if made.sha256 == sha256:
            return made
    if fate.in_place:
        raise DocumentAltered(file=str(document.output), expected=fate.published[-1].sha256, found=sha256)
    return None


def _check_unchanged(document: Wanted, fate: Fate) -> None:
    """Raises DocumentAltered: the card signed what the source was then."""
    for source, sha256 in document.sha256.items():
        expected = fate.sources.get(source, "")
        if sha256 != expected:
            raise DocumentAltered("it was changed after it was signed", file=source, expected=expected, found=sha256)


def _check_card(card: CardToken, wanted: str, *, hidden_is_fine: bool = False) -> None:
    """Raises WrongCard where it is another card than the one with the certificate of this SHA-256; "" is any."""
    if not wanted:
        return
    try:
        seen = card.certificate.sha256
    except (LoginRequired, CertificateMissing):
        if hidden_is_fine:
            return
        raise
    if seen != wanted:
        raise WrongCard(wanted=wanted, seen=seen)


def _make_room(stage: Path, wanted: list[Wanted]) -> None:
    """The folder the run works in, where there is room for all of it. Raises FileNotWritable, DiskFull: before the PIN, not after
    half of the documents."""
    try:
        stage.mkdir(parents=True)
        needed = sum(source.stat().st_size + _ADDED for document in wanted for source in document.sources)
        if shutil.disk_usage(stage).free < needed:
            raise DiskFull(path=str(stage.parent))
    except OSError as problem:
        raise writing_problem(stage.parent, problem) from None


def _clear(folder: Path, prefix: str) -> None:
    """Take away what a run left half done."""
    for left in folder.glob(f"{prefix}*.part"):
        shutil.rmtree(left, ignore_errors=True)
