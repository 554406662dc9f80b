"""Review a contract: see exactly what would be signed, what changed, what it hides; or give it back with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.evidence.verdict import Inspection
from econtract_core.rules.contract import Action
from econtract_core.rules.errors import ReasonMissing, RevisionConflict
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import Verifier
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData, ContractData, DocumentData


@dataclass(frozen=True)
class ReviewFile:
    """`path`: the very bytes to be signed. `previous`: the same document in the version before, where there was one."""

    document: DocumentData
    path: Path
    inspection: Inspection
    previous: Path | None

    @property
    def changed_from_previous(self) -> bool:
        return self.previous is not None and self.previous.name != self.document.sha256


@dataclass(frozen=True)
class Review:
    case: CaseData
    contract: ContractData
    files: tuple[ReviewFile, ...]


class ReviewContract:
    def __init__(self, cases: Cases, files: FilesOfContract, verifier: Verifier, operate: Operate) -> None:
        self._cases = cases
        self._files = files
        self._verifier = verifier
        self._operate = operate

    def open(self, name: str, progress: Progress) -> Review:
        """Fetch and check every file; the first opening tells the server that the review has begun (when one may)."""
        case, contract = self._cases.contract(name)
        paths = self._files.fetch_all(contract, progress)
        reviewed = []
        for i, document in enumerate(contract.documents):
            progress.step("inspect", i, len(contract.documents), document.title)
            path = paths[document.document_id]
            previous = self._files.previous(contract, document)
            reviewed.append(ReviewFile(document, path, self._verifier.inspect(path), previous))
        if Action.REVIEW in contract.allowed:
            case = self._act(contract, Action.REVIEW)
            contract = next(c for c in case.contracts if c.contract_id == contract.contract_id)
        return Review(case, contract, tuple(reviewed))

    def give_back(self, name: str, reason: str, version: int | None = None) -> CaseData:
        """差し戻す: from review by the contractor, from submission by the officer. `version`: the one the person has looked at;
        another one is not given back: RevisionConflict. Raises ReasonMissing."""
        if not reason.strip():
            raise ReasonMissing(action=Action.RETURN.value)
        _, contract = self._cases.contract(name)
        if version not in (None, contract.version):
            raise RevisionConflict(expected=version, found=contract.version)
        action = Action.SEND_BACK if Action.SEND_BACK in contract.allowed else Action.RETURN
        return self._act(contract, action, reason)

    def submit(self, name: str) -> CaseData:
        """提出する: the lead hands in what every member has signed."""
        _, contract = self._cases.contract(name)
        return self._act(contract, Action.SUBMIT)

    def withdraw(self, name: str, reason: str) -> CaseData:
        """取り下げる: by the officer, before anybody has signed."""
        if not reason.strip():
            raise ReasonMissing(action=Action.WITHDRAW.value)
        _, contract = self._cases.contract(name)
        return self._act(contract, Action.WITHDRAW, reason)

    def _act(self, contract: ContractData, action: Action, reason: str = "") -> CaseData:
        from econtract_core.messages.cases import ActOnContract

        payload = ActOnContract(action=action, reason=reason)
        return self._operate.perform(contract.contract_id, contract.revision, payload).case
