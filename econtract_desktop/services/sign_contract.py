"""Sign a contract (the contractor) or countersign and so conclude it (the officer), with the card of who is logged in.

The card signs over the journalled run; what it signed is kept at once, waits for its timestamps where no service answers, and
is sent when all of them are there: by whoever calls `go_on` then.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.contract import Action
from econtract_core.rules.errors import (
    Cancelled,
    EcontractError,
    EnvironmentProblem,
    FileNotReadable,
    LoginRequired,
    NetworkError,
    NotAllowedNow,
    OfflineQueued,
    RevisionConflict,
    SignatureInvalid,
    StoreInUse,
    TimestampError,
)
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.signer import SignOptions, Verifier
from econtract_desktop.ports.store import Store
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.log_in import LogIn
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.plain_files import writing_problem
from econtract_desktop.services.sign_documents import Order, SignDocuments, SignedFiles
from econtract_desktop.services.signed_contracts import Signed, SignedContracts, SignedFile
from econtract_desktop.services.signing_run import Wanted
from econtract_desktop.services.timestamp_waiting import TimestampWaiting

if TYPE_CHECKING:
    from econtract_core.messages.account import Who
    from econtract_core.messages.cases import CaseData, ContractData, DocumentData

_OPTIONS = SignOptions(level="B-T", form_field=False)


@dataclass(frozen=True)
class SignedContract:
    """`signatures_made`: fewer than documents where an interrupted run is taken up again. `arrived_at`: the server's receipt time, ISO 8601;
    "" where it was not sent, because timestamps wait: `files` tells which, `timestamp_problem` why."""

    case: CaseData
    contract_id: str
    documents: tuple[str, ...]  # titles
    signatures_made: int
    arrived_at: str
    files: tuple[SignedFile, ...] = ()
    timestamp_problem: TimestampError | None = None


@dataclass(frozen=True)
class Went:
    """What became of a contract that waited to be sent: `case` as the server has it now, or the `problem`; neither: it goes on
    waiting."""

    signed: Signed
    case: CaseData | None = None
    problem: EcontractError | None = None


@dataclass(frozen=True)
class SignTools:
    """What signing takes from the world. `folder`: the profile's own, where signed files wait until they are sent."""

    server: Server
    store: Store
    verifier: Verifier
    documents: SignDocuments
    waiting: TimestampWaiting
    folder: Path


class SignContract:
    def __init__(self, tools: SignTools, cases: Cases, files: FilesOfContract, log_in: LogIn, operate: Operate) -> None:
        self._tools = tools
        self._cases = cases
        self._files = files
        self._log_in = log_in
        self._operate = operate
        self._kept = SignedContracts(tools.store)

    def sign(
        self,
        name: str,
        selector: CardSelector,
        prompt: PinPrompt,
        progress: Progress,
        seen: frozenset[str] | None = None,
    ) -> SignedContract:
        """Sign every document that needs it, verify each in full, keep it, and send it once all have their timestamps.

        `seen`: SHA-256 of the documents, as they were offered, that the person has looked at; what was offered anew meanwhile is
        never signed unseen: RevisionConflict. None: whoever asks answers for that. Taken up again after any interruption it
        goes on, and no document gets a second signature. Raises WrongCard where the card in the reader is
        not the one that is logged in (before the PIN where its certificate shows, else before the signature).
        """
        who = self._log_in.who()
        case, contract = self._cases.contract(name)
        action = _action(contract)
        waiting = [d for d in contract.documents if d.needs_signature]
        if seen is not None and not {d.sha256 for d in waiting} <= seen:
            raise RevisionConflict(expected="-", found=contract.revision)
        order = self._order(contract, waiting, who)
        signed, made, problem = self._kept.of(contract.contract_id), 0, None
        if signed is None or signed.job != order.job or not signed.whole or signed.refused:
            self._clear(signed)
            files = self._sign(case, contract, order, (selector, prompt), progress, action)
            made, problem = files.signatures_made, files.timestamp_problem
        signed = self._kept.of(contract.contract_id)
        assert signed is not None
        progress.step("send", len(waiting), len(waiting), case.title)
        with self._tools.documents.alone(order.job):
            went = self._send(signed, progress)
        if went is None:
            signed = self._kept.of(contract.contract_id) or signed
            return SignedContract(case, contract.contract_id, _titles(signed), made, "", signed.files, problem)
        return SignedContract(went.case, contract.contract_id, _titles(signed), made, went.at, went.signed.files)

    def waiting(self) -> tuple[Signed, ...]:
        """Contracts whose signatures are made and not yet sent."""
        return self._kept.all()

    def go_on(self, progress: Progress) -> tuple[Went, ...]:
        """Add the timestamps that are missing and send what has all of them. What the server refused for good is told once and
        waits for the person. Raises LoginRequired, Cancelled."""
        rows = [signed for signed in self._kept.all() if not signed.refused]
        if not rows:
            return ()
        who = self._log_in.who()
        return tuple(
            self._go_on_with(signed, progress) for signed in rows if signed.certificate == who.certificate_sha256
        )

    def _go_on_with(self, signed: Signed, progress: Progress) -> Went:
        progress.check()
        try:
            with self._tools.documents.alone(signed.job):
                went = self._send(signed, progress)
        except (NetworkError, OfflineQueued, TimestampError, StoreInUse):
            return Went(signed)
        except (LoginRequired, Cancelled):
            raise
        except EcontractError as problem:
            kept = self._kept.of(signed.contract_id)
            if kept is not None and not isinstance(problem, EnvironmentProblem):
                self._kept.keep(replace(kept, refused=problem.code))
            return Went(signed, problem=problem)
        return Went(went.signed, went.case) if went is not None else Went(signed)

    # --- signing ------------------------------------------------------------------------------------------------------

    def _order(self, contract: ContractData, documents: list[DocumentData], who: Who) -> Order:
        told = json.dumps(
            [contract.contract_id, [[d.document_id, d.current_sha256] for d in documents], who.certificate_sha256]
        )
        job = hashlib.sha256(told.encode()).hexdigest()[:32]
        folder = self._tools.folder / job
        wanted = tuple(
            Wanted((self._tools.store.file_place(d.current_sha256).absolute(),), folder / f"{number}.pdf", {}, d.title)
            for number, d in enumerate(documents)
        )
        return Order(job, wanted, folder, _OPTIONS, who.certificate_sha256, self._tools.server.origin)

    def _sign(
        self,
        case: CaseData,
        contract: ContractData,
        order: Order,
        card_and_pin: tuple[CardSelector, PinPrompt],
        progress: Progress,
        action: Action,
    ) -> SignedFiles:
        documents = [d for d in contract.documents if d.needs_signature]
        self._check_before(contract, documents, progress)
        try:
            order.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise writing_problem(order.folder, problem) from None

        def done(files: SignedFiles) -> None:
            made = tuple(
                SignedFile(d.document_id, d.title, d.current_sha256, f.output, f.signed_at, f.timestamp)
                for d, f in zip(documents, files.documents, strict=True)
            )
            self._kept.keep(Signed(contract.contract_id, case.title, order.job, action.value, order.certificate, made))

        return self._tools.documents.carry_out(order, card_and_pin, progress, done=done)

    def _check_before(self, contract: ContractData, documents: list[DocumentData], progress: Progress) -> None:
        """What the run does not check by itself before the PIN: earlier signatures must hold. (That they are all that was
        added, `fetch_all` has seen.)"""
        paths = self._files.fetch_all(contract, progress)
        for i, document in enumerate(documents):
            progress.step("check", i, len(documents), document.title)
            if document.current_sha256 == document.sha256:
                continue
            verdict = self._tools.verifier.verify(paths[document.document_id])
            if verdict.verdict in (Verdict.TOTAL_FAILED, Verdict.NO_SIGNATURE):
                raise SignatureInvalid(
                    file=document.title, verdict=verdict.verdict.value, sub_indication=verdict.sub_indication or ""
                )

    # --- sending ------------------------------------------------------------------------------------------------------

    def _send(self, signed: Signed, progress: Progress) -> _Arrived | None:
        """The case and when it arrived ("" where that was before). None: timestamps wait. Raises RevisionConflict where the contract has moved on."""
        from econtract_core.messages.cases import SignContract as SignPayload

        with suppress(TimestampError):
            self._stamped(signed, progress)
        kept = self._kept.of(signed.contract_id)
        if kept is None or any(file.proven_at is None for file in kept.files):
            return None
        signed = kept
        case, contract = self._cases.contract(signed.contract_id)
        hashes = {file.document_id: self._tools.store.add_file(file.file) for file in signed.files}
        if hashes.items() <= {d.document_id: d.current_sha256 for d in contract.documents}.items():
            self._sent(signed)  # it had arrived, and this program died before it heard of it
            return _Arrived(case, "", signed)
        offered = {d.document_id: d.current_sha256 for d in contract.documents if d.needs_signature}
        action = _action(contract)
        if offered != {file.document_id: file.offered for file in signed.files} or action.value != signed.action:
            raise RevisionConflict(expected="-", found=contract.revision)
        payload = SignPayload(action=action, files=hashes)
        try:
            answer = self._operate.perform(
                contract.contract_id, contract.revision, payload, tuple(dict.fromkeys(hashes.values()))
            )
        except (OfflineQueued, LoginRequired):
            self._sent(signed)  # the outbox has it
            raise
        self._sent(signed)
        return _Arrived(answer.case, answer.arrived_at.isoformat(), signed)

    def _stamped(self, signed: Signed, progress: Progress) -> None:
        """With the timestamps that came meanwhile, or can be had now. Raises TimestampError."""
        for file in signed.files:
            if file.proven_at is not None:
                continue
            if not file.file.is_file():
                raise FileNotReadable(path=str(file.file), problem="-")
            progress.step("timestamp", 0, len(signed.files), file.title)
            stamped = self._tools.waiting.one(file.file)
            if stamped is None:
                proven = self._tools.verifier.verify(file.file, offline=True).signatures
                at = proven[-1].proven_at if proven else None
            else:
                at = stamped.timestamp
            if at is not None:
                signed = self._kept.proven(signed, file.file, at)

    def _sent(self, signed: Signed) -> None:
        self._kept.forget(signed.contract_id)
        shutil.rmtree(self._tools.folder / signed.job, ignore_errors=True)

    def _clear(self, signed: Signed | None) -> None:
        """What was signed before, and is worth nothing now: another version, or refused by the server."""
        if signed is not None:
            for file in signed.files:
                self._tools.waiting.forget(file.file)
            self._sent(signed)


class _Arrived(NamedTuple):
    """`at`: "" where it had arrived before."""

    case: CaseData
    at: str
    signed: Signed


def _titles(signed: Signed) -> tuple[str, ...]:
    return tuple(file.title for file in signed.files)


def _action(contract: ContractData) -> Literal[Action.SIGN, Action.COUNTERSIGN]:
    if Action.SIGN in contract.allowed:
        return Action.SIGN
    if Action.COUNTERSIGN in contract.allowed:
        return Action.COUNTERSIGN
    raise NotAllowedNow(action=Action.SIGN.value, state=contract.state.value)
