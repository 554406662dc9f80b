"""請求書 as an electronic invoice (JP PINT): the same facts as the signed PDF, for the body's accounting to read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import ConditionMissing, OutputExists, ValueInvalid
from econtract_core.rules.findings import RuleFinding, Weight, refusals
from econtract_core.rules.money import RateTotal
from econtract_core.rules.numbers import corporate_number_is_valid
from econtract_core.rules.qualified_invoice import QualifiedInvoice, qualified_findings
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.electronic_invoice import ElectronicInvoice, InvoiceFormat, Party
from econtract_desktop.services.plain_files import take_name, writing_problem
from econtract_desktop.services.procedures import ProcedureTools

if TYPE_CHECKING:
    from datetime import date

    from econtract_core.messages.cases import CaseData
    from econtract_core.messages.procedures import InvoiceData


class WriteElectronicInvoice:
    """Blocking."""

    def __init__(self, tools: ProcedureTools, written: InvoiceFormat, clock: Clock) -> None:
        self._tools = tools
        self._written = written
        self._clock = clock

    def write(self, name: str, output: Path) -> tuple[ElectronicInvoice, tuple[RuleFinding, ...]]:
        """`name`: an invoice's id, or a case (then its newest). What was written, and what is only doubtful about it.

        Raises NotFound; ConditionMissing where the invoice has no words of a 適格請求書; ValueInvalid naming what does not fit (also a
        contractor that owes no tax 免税事業者: JP PINT is for registered ones); OutputExists, FileNotWritable.
        """
        if output.exists():
            raise OutputExists(path=str(output))
        case, invoice = self._tools.invoice(name)
        made, findings = electronic_invoice(case, invoice, in_japan(self._clock.now()).date())
        _place(self._written.write(made), output)
        return made, findings


def electronic_invoice(
    case: CaseData, invoice: InvoiceData, today: date
) -> tuple[ElectronicInvoice, tuple[RuleFinding, ...]]:
    """(what the file says, warnings). It was issued on the day it was submitted, or today. Raises ConditionMissing, ValueInvalid."""
    said = invoice.qualified
    if said is None:
        raise ConditionMissing(condition="qualified_invoice")
    if said.exempt:
        raise ValueInvalid(field="exempt", problem="JP PINT is for registered issuers")
    unwritable = [text for text in (said.issuer, said.recipient, said.subject, case.number) if not _is_xml(text)]
    if unwritable:
        raise ValueInvalid(field="text", problem=ascii(unwritable[0])[:100])
    totals = tuple(RateTotal(t.kind, t.percent, t.net, t.tax) for t in said.totals)
    words = (said.issuer, said.number, said.recipient, said.delivered_on, said.subject)
    findings = qualified_findings(QualifiedInvoice(*words, totals, invoice.amount))
    wrong = refusals(findings)
    if wrong or said.delivered_on is None:
        raise ValueInvalid(field=wrong[0].name if wrong else "delivered_on", problem=wrong[0].value if wrong else "")
    submitted = [in_japan(deed.at).date() for deed in invoice.history if deed.action == "submit"]
    assert case.procedures is not None
    place = [one.invoice_id for one in case.procedures.invoices].index(invoice.invoice_id) + 1
    made = ElectronicInvoice(
        number=f"{case.number}-{place:02}",
        issued_on=submitted[-1] if submitted else today,
        due=invoice.clock.due if invoice.clock is not None else None,
        delivered_on=said.delivered_on,
        case_number=case.number,
        subject=said.subject,
        seller=_party(said.issuer, case.contractors[0].corporate_number, "contractor", said.number),
        buyer=_party(said.recipient, case.body.corporate_number, "body"),
        totals=totals,
        amount=invoice.amount,
    )
    return made, tuple(f for f in findings if f.weight is Weight.WARNING)


def _is_xml(text: str) -> bool:
    """Whether XML 1.0 can say it: no control characters, no lone surrogates, no U+FFFE."""
    return not any(
        (ord(c) < 32 and c not in "\t\n\r") or 0xD800 <= ord(c) < 0xE000 or ord(c) in (0xFFFE, 0xFFFF) for c in text
    )


def _party(name: str, corporate_number: str, field: str, tax_number: str = "") -> Party:
    """Raises ValueInvalid: the network finds nobody without a 法人番号."""
    if not corporate_number_is_valid(corporate_number):
        raise ValueInvalid(field=f"{field}.corporate_number", problem=corporate_number or "empty")
    return Party(name, corporate_number, tax_number)


def _place(data: bytes, output: Path) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=output.parent, prefix=".econtract-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            take_name(Path(fresh), output)
        finally:
            Path(fresh).unlink(missing_ok=True)
    except OSError as problem:
        raise writing_problem(output, problem) from None
