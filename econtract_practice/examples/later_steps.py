"""Steps of what follows a contract's conclusion."""

from __future__ import annotations

from typing import Literal
from uuid import uuid4

from econtract_core.messages import procedures as later
from econtract_core.rules import handover, inspection
from econtract_core.rules.dates import in_japan
from econtract_core.rules.inspection import Kind, Result
from econtract_core.rules.invoice import InvoiceAction
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_practice.examples.contract_steps import ContractSteps, Steps
from econtract_practice.people import CONTRACTOR, INSPECTOR, OFFICER, Member


class LaterSteps(ContractSteps):
    """Of one case's requests, handovers and invoices."""

    def _draft_request(self) -> Steps:
        self.object_id = uuid4().hex
        today = in_japan(self.record.office.now()).date()
        claim = later.ClaimData(completed_on=today)
        if self.request_kind is not Kind.COMPLETION:
            claim = later.ClaimData(progress=50_000_000)
        payload = later.BeginInspection(case_id=self.case_id, inspection_kind=self.request_kind, claim=claim)
        return self._did(CONTRACTOR, payload)

    def _request(self, member: Member, action: inspection.Action, reason: str = "") -> Steps:
        return self._did(member, later.ActOnInspection(case_id=self.case_id, action=action, reason=reason))

    def _request_paper(
        self,
        member: Member,
        action: Literal[inspection.Action.SIGN, inspection.Action.ISSUE_RESULT, inspection.Action.NOTIFY_REPAIR],
    ) -> Steps:
        file = yield from self._paper(member, action.value.replace("_", " ").upper())
        self._do(member, later.SignInspection(case_id=self.case_id, action=action, file=file))

    def _inspect(self, result: Result) -> Steps:
        today = in_japan(self.record.office.now()).date()
        asked = "支承部の塗装に剥離があるため、補修すること。" if result is Result.REPAIRS else ""
        progress = 50_000_000 if self.request_kind is not Kind.COMPLETION else None
        found = later.InspectedData(on=today, result=result, progress=progress, repairs=asked)
        return self._did(INSPECTOR, later.RecordInspection(case_id=self.case_id, inspected=found))

    def _hand_over(self) -> Steps:
        file = yield from self._paper(CONTRACTOR, "HANDOVER NOTE")
        self._do(CONTRACTOR, later.SubmitHandover(case_id=self.case_id, file=file), revision=0)

    def _answer_handover(
        self, action: Literal[handover.Action.ACCEPT, handover.Action.RETURN], reason: str = ""
    ) -> Steps:
        self._do(OFFICER, later.AnswerHandover(case_id=self.case_id, action=action, reason=reason), revision=1)
        yield from ()

    def _paid(self) -> Steps:
        assert self.case is not None
        assert self.case.procedures is not None
        way = (InvoiceAction.SIGN, InvoiceAction.SUBMIT, InvoiceAction.RECEIVE, InvoiceAction.PAY)
        yield from self._invoice(InvoiceKind.FINAL, self.case.procedures.payments.rest, way)

    def _invoice(self, kind: InvoiceKind, amount: int, actions: tuple[InvoiceAction, ...]) -> Steps:
        self.object_id = uuid4().hex
        self._do(CONTRACTOR, later.DraftInvoice(case_id=self.case_id, invoice_kind=kind, amount=amount))
        for action in actions:
            if action is InvoiceAction.SIGN:
                file = yield from self._paper(CONTRACTOR, f"INVOICE {kind.value}")
                self._do(CONTRACTOR, later.SignInvoice(case_id=self.case_id, file=file))
                continue
            officer = action in (InvoiceAction.RECEIVE, InvoiceAction.REJECT, InvoiceAction.PAY)
            reason = "振込先の口座名義が登録と異なります。" if action is InvoiceAction.REJECT else ""
            payload = later.ActOnInvoice(case_id=self.case_id, action=action, reason=reason)
            self._do(OFFICER if officer else CONTRACTOR, payload)
