"""The contractor gives guarantees 保証 and asks for money 請求書: five kinds, checked before anything is signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.clocks import Fault
from econtract_core.rules.invoice import InvoiceAction
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.services.procedures import ProcedureTools, paper_file

if TYPE_CHECKING:
    from datetime import date

    from econtract_core.messages.cases import CaseData
    from econtract_core.messages.procedures import AddGuarantee, InvoiceData, QualifiedData


class PrepareInvoice:
    """`name`: an invoice's id, or a case (then its newest invoice). Raises as `RequestInspection`."""

    def __init__(self, tools: ProcedureTools) -> None:
        self._tools = tools

    def prepare(
        self, name: str, kind: InvoiceKind, amount: int, subject: str = "", qualified: QualifiedData | None = None
    ) -> CaseData:
        """請求書を作り始める: a draft, seen by nobody else. `amount` in yen with tax; `subject` the passed request it is for."""
        from econtract_core.messages.procedures import DraftInvoice

        case = self._tools.cases.find(name)
        payload = DraftInvoice(
            case_id=case.case_id, invoice_kind=kind, amount=amount, subject=subject, qualified=qualified
        )
        return self._tools.send(self._tools.ids.new(), 0, payload)

    def amend(self, name: str, amount: int, qualified: QualifiedData | None = None) -> CaseData:
        """Another amount, other words, in a draft."""
        from econtract_core.messages.procedures import AmendInvoice

        case, invoice = self._tools.invoice(name)
        payload = AmendInvoice(case_id=case.case_id, amount=amount, qualified=qualified)
        return self._tools.send(invoice.invoice_id, invoice.revision, payload)

    def check(self, name: str) -> tuple[CaseData, InvoiceData]:
        """What may be asked for now, and what must come first."""
        return self._tools.invoice(name)

    def sign(self, name: str, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> CaseData:
        """Sign the invoice's PDF."""
        from econtract_core.messages.procedures import SignInvoice

        case, invoice = self._tools.invoice(name)
        paper = self._tools.papers.sign(file, card_and_pin)
        payload = SignInvoice(case_id=case.case_id, file=paper_file(paper, "invoice"))
        return self._tools.send(invoice.invoice_id, invoice.revision, payload, (paper.sha256,))

    def act(
        self,
        name: str,
        action: InvoiceAction,
        reason: str = "",
        fault: Fault = Fault.SLIGHT,
        on: date | None = None,
    ) -> CaseData:
        """submit, correct, discard; by the officer receive, reject (reason and whose fault), pay (with the day)."""
        from econtract_core.messages.procedures import ActOnInvoice

        case, invoice = self._tools.invoice(name)
        payload = ActOnInvoice(case_id=case.case_id, action=action, reason=reason, fault=fault, on=on)
        return self._tools.send(invoice.invoice_id, invoice.revision, payload)

    def guarantee(self, name: str, facts: dict[str, object]) -> CaseData:
        """保証を届け出る. `facts`: AddGuarantee's fields. Raises ValueInvalid naming the field."""
        case = self._tools.cases.find(name)
        return self._tools.send(self._tools.ids.new(), 0, _guarantee(case.case_id, facts))


def _guarantee(case_id: str, facts: dict[str, object]) -> AddGuarantee:
    from econtract_core.messages.procedures import AddGuarantee
    from econtract_desktop.services.checked import checked

    return checked(AddGuarantee, {**facts, "case_id": case_id, "kind": "guarantee.add"})
