"""The contractor asks for an inspection (完成, 指定部分, 既済部分) or an approval (中間前払金の認定), tells of repairs, hands over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.inspection import Action, Kind
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.services.procedures import ProcedureTools, paper_file

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData
    from econtract_core.messages.procedures import ClaimData


class RequestInspection:
    """`name`: a request's id, or a case (then its newest request). Each call raises what the server refuses with, and OfflineQueued,
    LoginRequired, NotFound; signing also what the card and the signer raise."""

    def __init__(self, tools: ProcedureTools) -> None:
        self._tools = tools

    def prepare(self, name: str, kind: Kind, claim: ClaimData) -> CaseData:
        """検査・認定請求を作り始める: a draft, seen by nobody else."""
        from econtract_core.messages.procedures import BeginInspection

        case = self._tools.cases.find(name)
        payload = BeginInspection(case_id=case.case_id, inspection_kind=kind, claim=claim)
        return self._tools.send(self._tools.ids.new(), 0, payload)

    def amend(self, name: str, claim: ClaimData) -> CaseData:
        """Another claim in a draft."""
        from econtract_core.messages.procedures import AmendInspection

        case, request = self._tools.request(name)
        payload = AmendInspection(case_id=case.case_id, claim=claim)
        return self._tools.send(request.request_id, request.revision, payload)

    def sign(self, name: str, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> CaseData:
        """Sign the request's PDF."""
        return self._sign(name, Action.SIGN, file, card_and_pin)

    def notify_repair(self, name: str, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> CaseData:
        """修補の完了を通知する: the clock starts again."""
        return self._sign(name, Action.NOTIFY_REPAIR, file, card_and_pin)

    def hand_over(self, name: str, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> CaseData:
        """引渡書を提出する: after a passed completion or designated part."""
        from econtract_core.messages.procedures import SubmitHandover

        case, request = self._tools.request(name)
        paper = self._tools.papers.sign(file, card_and_pin)
        payload = SubmitHandover(case_id=case.case_id, file=paper_file(paper, "handover"))
        revision = request.handover.revision if request.handover is not None else 0
        return self._tools.send(request.request_id, revision, payload, (paper.sha256,))

    def act(self, name: str, action: Action, reason: str = "") -> CaseData:
        """submit, edit, redraft, receive_result, withdraw; by the officer receive, return."""
        from econtract_core.messages.procedures import ActOnInspection

        case, request = self._tools.request(name)
        payload = ActOnInspection(case_id=case.case_id, action=action, reason=reason)
        return self._tools.send(request.request_id, request.revision, payload)

    def _sign(self, name: str, action: Action, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> CaseData:
        from econtract_core.messages.procedures import SignInspection

        case, request = self._tools.request(name)
        paper = self._tools.papers.sign(file, card_and_pin)
        payload = SignInspection(case_id=case.case_id, action=action, file=paper_file(paper, action.value))  # type: ignore[arg-type]
        return self._tools.send(request.request_id, request.revision, payload, (paper.sha256,))
