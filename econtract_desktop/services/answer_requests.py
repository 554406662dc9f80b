"""The body's side of inspections, handovers and guarantees: the inspector records, the officer tells the result and accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from econtract_core.rules import handover
from econtract_core.rules.errors import NotFound
from econtract_core.rules.inspection import Action
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.services.procedures import ProcedureTools, paper_file

if TYPE_CHECKING:
    from datetime import date

    from econtract_core.messages.cases import CaseData
    from econtract_core.messages.procedures import InspectedData


class AnswerRequests:
    """`name`: a request's id, or a case (then its newest request). Raises as `RequestInspection`."""

    def __init__(self, tools: ProcedureTools) -> None:
        self._tools = tools

    def record(self, name: str, inspected: InspectedData) -> CaseData:
        """検査結果を記録する: by the inspector 検査職員."""
        from econtract_core.messages.procedures import RecordInspection

        case, request = self._tools.request(name)
        payload = RecordInspection(case_id=case.case_id, inspected=inspected)
        return self._tools.send(request.request_id, request.revision, payload)

    def issue_result(self, name: str, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> CaseData:
        """結果通知書に署名して交付する."""
        from econtract_core.messages.procedures import SignInspection

        case, request = self._tools.request(name)
        paper = self._tools.papers.sign(file, card_and_pin)
        payload = SignInspection(
            case_id=case.case_id, action=Action.ISSUE_RESULT, file=paper_file(paper, Action.ISSUE_RESULT.value)
        )
        return self._tools.send(request.request_id, request.revision, payload, (paper.sha256,))

    def answer_handover(
        self,
        name: str,
        action: Literal[handover.Action.ACCEPT, handover.Action.RETURN],
        reason: str = "",
        on: date | None = None,
    ) -> CaseData:
        """引渡しを受ける (with the day), or give the note back with a reason."""
        from econtract_core.messages.procedures import AnswerHandover

        case, request = self._tools.request(name)
        if request.handover is None:
            raise NotFound(wanted=name)
        payload = AnswerHandover(case_id=case.case_id, action=action, reason=reason, on=on)
        return self._tools.send(request.request_id, request.handover.revision, payload)

    def confirm_guarantee(self, name: str) -> CaseData:
        """保証を確認した: a guarantee's id, or a case (then every guarantee that waits)."""
        from econtract_core.messages.procedures import ConfirmGuarantee

        case, found = self._tools.procedures(name)
        waiting = [g for g in found.guarantees if g.confirmed_on is None and name in (g.guarantee_id, *_names(case))]
        if not waiting:
            raise NotFound(wanted=name)
        for guarantee in waiting:
            payload = ConfirmGuarantee(case_id=case.case_id)
            case = self._tools.send(guarantee.guarantee_id, guarantee.revision, payload)
        return case


def _names(case: CaseData) -> tuple[str, str, str]:
    return case.case_id, case.number, case.title
