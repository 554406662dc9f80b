"""Sign a contract (the contractor) or countersign and so conclude it (the officer), with the card of who is logged in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from econtract_core.evidence.verdict import DocumentVerdict, Verdict
from econtract_core.rules.contract import Action
from econtract_core.rules.errors import (
    CertificateMissing,
    LoginRequired,
    NotAllowedNow,
    RevisionConflict,
    SelfCheckFailed,
    SignatureInvalid,
    WrongCard,
)
from econtract_desktop.ports.card import Cards, CardSelector, CardToken
from econtract_desktop.ports.pin import PinPrompt, PinPurpose
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.signer import Signer, SignOptions, Verifier
from econtract_desktop.ports.store import Store
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.log_in import LogIn
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.account import Who
    from econtract_core.messages.cases import CaseData, ContractData, DocumentData


@dataclass(frozen=True)
class SignedContract:
    case: CaseData
    contract_id: str
    documents: tuple[str, ...]  # titles
    signatures_made: int  # fewer than documents where an interrupted run is taken up again
    arrived_at: str  # the server's receipt time, ISO 8601


@dataclass(frozen=True)
class SignTools:
    """What signing takes from the world."""

    server: Server
    cards: Cards
    store: Store
    signer: Signer
    verifier: Verifier


class SignContract:
    def __init__(self, tools: SignTools, cases: Cases, files: FilesOfContract, log_in: LogIn, operate: Operate) -> None:
        self._tools = tools
        self._cases = cases
        self._files = files
        self._log_in = log_in
        self._operate = operate

    def sign(
        self,
        name: str,
        selector: CardSelector,
        prompt: PinPrompt,
        progress: Progress,
        seen: frozenset[str] | None = None,
    ) -> SignedContract:
        """Sign every document that needs it, verify each in full, keep it, send it.

        `seen`: SHA-256 of the documents, as they were offered, that the person has looked at; what was offered anew meanwhile is
        never signed unseen: RevisionConflict. None: whoever asks answers for that. Taken up again after an interruption it makes no second signature. Raises WrongCard where the card in the reader is
        not the one that is logged in (before the PIN where its certificate shows, else before the signature).
        """
        from econtract_core.messages.cases import SignContract as SignPayload

        who = self._log_in.who()
        case, contract = self._cases.contract(name)
        action = _action(contract)
        waiting = [d for d in contract.documents if d.needs_signature]
        if seen is not None and not {d.sha256 for d in waiting} <= seen:
            raise RevisionConflict(expected="-", found=contract.revision)
        self._check_before(contract, waiting, progress)
        signed, made = self._sign_all(contract, waiting, who, (selector, prompt), progress)
        payload = SignPayload(action=action, files=signed)
        progress.step("send", len(waiting), len(waiting), case.title)
        answer = self._operate.perform(contract.contract_id, contract.revision, payload, tuple(signed.values()))
        return SignedContract(
            answer.case, contract.contract_id, tuple(d.title for d in waiting), made, answer.arrived_at.isoformat()
        )

    def _check_before(self, contract: ContractData, documents: list[DocumentData], progress: Progress) -> None:
        """Everything that can be known before the PIN is asked."""
        paths = self._files.fetch_all(contract, progress)
        for i, document in enumerate(documents):
            progress.step("check", i, len(documents), document.title)
            path = paths[document.document_id]
            self._tools.signer.check_signable(path)
            if document.current_sha256 != document.sha256:
                self._check_earlier(document, path)

    def _check_earlier(self, document: DocumentData, path: Path) -> None:
        """Earlier signatures must hold. (That they are all that was added, `fetch_all` has seen.)"""
        verdict = self._tools.verifier.verify(path)
        if verdict.verdict in (Verdict.TOTAL_FAILED, Verdict.NO_SIGNATURE):
            raise SignatureInvalid(
                file=document.title, verdict=verdict.verdict.value, sub_indication=verdict.sub_indication or ""
            )

    def _sign_all(
        self,
        contract: ContractData,
        documents: list[DocumentData],
        who: Who,
        card_and_pin: tuple[CardSelector, PinPrompt],
        progress: Progress,
    ) -> tuple[dict[str, str], int]:
        known = {d.document_id: self._kept(contract, d, who) for d in documents}
        signed = {document_id: sha256 for document_id, sha256 in known.items() if sha256 is not None}
        todo = [d for d in documents if d.document_id not in signed]
        if not todo:
            return signed, 0
        selector, prompt = card_and_pin
        with self._tools.cards.open(selector, progress) as card:
            purpose = PinPurpose("sign", tuple(d.title for d in todo), self._tools.server.origin)
            _check_card(card, who, hidden_is_fine=True)
            card.log_in(prompt, purpose)
            _check_card(card, who)
            for document in todo:
                progress.check()
                signed[document.document_id] = self._sign_one(contract, document, (card, who), progress)
        return signed, len(todo)

    def _sign_one(
        self, contract: ContractData, document: DocumentData, signer: tuple[CardToken, Who], progress: Progress
    ) -> str:
        card, who = signer
        total = len(contract.documents)
        done = contract.documents.index(document)
        with tempfile.TemporaryDirectory(prefix="econtract-") as folder:
            output = Path(folder) / f"{document.document_id}.pdf"
            progress.step("card-sign", done, total, document.title)
            source = self._files.fetch(contract, document.current_sha256)
            result = self._tools.signer.sign(source, output, card, SignOptions(level="B-T"))
            # Kept before it is verified in full: a card signature is never lost to a slow network.
            sha256 = self._tools.store.add_file(output)
            self._tools.store.keep_setting(_key(contract, document, who), sha256)
            progress.step("verify", done, total, document.title)
            _accept(self._tools.verifier.verify(output), document, result.level)
            progress.step("done", done + 1, total, document.title)
        return sha256

    def _kept(self, contract: ContractData, document: DocumentData, who: Who) -> str | None:
        """The signed form an interrupted run left, if it is whole and still verifies."""
        sha256 = self._tools.store.setting(_key(contract, document, who))
        path = self._tools.store.file(sha256) if sha256 else None
        if path is None or self._tools.verifier.verify(path).verdict in (Verdict.TOTAL_FAILED, Verdict.NO_SIGNATURE):
            return None
        return sha256


def _action(contract: ContractData) -> Literal[Action.SIGN, Action.COUNTERSIGN]:
    if Action.SIGN in contract.allowed:
        return Action.SIGN
    if Action.COUNTERSIGN in contract.allowed:
        return Action.COUNTERSIGN
    raise NotAllowedNow(action=Action.SIGN.value, state=contract.state.value)


def _key(contract: ContractData, document: DocumentData, who: Who) -> str:
    return f"signed:{contract.contract_id}:{document.current_sha256}:{who.certificate_sha256}"


def _check_card(card: CardToken, who: Who, *, hidden_is_fine: bool = False) -> None:
    try:
        seen = card.certificate.sha256
    except (LoginRequired, CertificateMissing):
        if hidden_is_fine:
            return
        raise
    if seen != who.certificate_sha256:
        raise WrongCard(wanted=who.certificate_sha256, seen=seen)


def _accept(verdict: DocumentVerdict, document: DocumentData, level: str) -> None:
    """A fresh signature must be whole. INDETERMINATE for want of revocation data alone is told later, not thrown away."""
    if verdict.verdict is Verdict.TOTAL_FAILED or not verdict.signatures or not verdict.signatures[-1].intact:
        raise SelfCheckFailed(file=document.title, problem=f"{verdict.verdict} {verdict.sub_indication or ''} {level}")
