"""Which invoices become JP PINT, and why others do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from econtract_core.messages.cases import CaseData, Party
from econtract_core.messages.procedures import (
    InvoiceData,
    PaymentsData,
    ProcedureDeed,
    ProceduresData,
    QualifiedData,
    RateData,
)
from econtract_core.rules.case import CaseKind
from econtract_core.rules.errors import ConditionMissing, ValueInvalid
from econtract_core.rules.invoice import InvoiceState
from econtract_core.rules.money import RateKind
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_desktop.services.electronic_invoice import electronic_invoice
from econtract_practice.people import CONTRACTOR, OFFICER

TODAY = date(2026, 11, 24)
SAID: dict[str, Any] = {
    "issuer": CONTRACTOR.person.organization,
    "number": f"T{CONTRACTOR.person.corporate_number}",
    "recipient": OFFICER.person.organization,
    "delivered_on": TODAY,
    "subject": "橋補修工事 完成代金",
    "totals": (RateData(kind=RateKind.STANDARD, percent=10, net=100_000_000, tax=10_000_000),),
}


def made(said: QualifiedData | None, history: tuple[ProcedureDeed, ...] = (), firm: str = "") -> Any:
    invoice = InvoiceData(
        invoice_id="i2",
        kind=InvoiceKind.FINAL,
        amount=110_000_000,
        subject="",
        state=InvoiceState.DRAFT,
        revision=0,
        received=None,
        paid_on=None,
        reasons=(),
        qualified=said,
        paper=None,
        history=history,
        allowed=(),
        clock=None,
        limit=110_000_000,
        missing=(),
    )
    other = invoice.model_copy(update={"invoice_id": "i1"})
    payments = PaymentsData(asked=0, paid=0, rest=110_000_000, closed=False)
    number = firm or CONTRACTOR.person.corporate_number
    case = CaseData(
        case_id="c",
        number="2026-83-0153",
        title="橋補修工事",
        kind=CaseKind.WORKS,
        place="東京都",
        body=Party(
            organization_id="b",
            organization=OFFICER.person.organization,
            corporate_number=OFFICER.person.corporate_number,
        ),
        contractors=(Party(organization_id="o", organization=CONTRACTOR.person.organization, corporate_number=number),),
        amount=110_000_000,
        tax=10_000_000,
        term_from=None,
        term_to=TODAY,
        contacts=(),
        revision=0,
        contracts=(),
        procedures=ProceduresData(invoices=(other, invoice), payments=payments),
    )
    return electronic_invoice(case, invoice, TODAY)


def test_a_qualified_invoice_says_the_same_as_its_paper() -> None:
    one, findings = made(QualifiedData(**SAID))
    assert (one.number, one.issued_on, one.amount, findings) == ("2026-83-0153-02", TODAY, 110_000_000, ())
    assert (one.seller.tax_number, one.buyer.tax_number) == (SAID["number"], "")
    assert one.buyer.corporate_number == OFFICER.person.corporate_number
    at = datetime(2026, 12, 1, 20, tzinfo=UTC)
    deed = ProcedureDeed(at=at, action="submit", organization="x", user="y")
    assert made(QualifiedData(**SAID), (deed,))[0].issued_on == date(2026, 12, 2), "Japan's day of its submission"


def test_a_doubtful_number_is_told_and_written() -> None:
    _, findings = made(QualifiedData(**SAID | {"number": "T1234567890124"}))
    assert [one.name for one in findings] == ["number.qualified.check-digit"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "1234567890123"}, "number.qualified.shape"),
        ({"recipient": " "}, "invoice.recipient.missing"),
        ({"delivered_on": None}, "invoice.delivered-on.missing"),
        ({"exempt": True}, "exempt"),
        ({"subject": "工事\x0b"}, "text"),
        ({"totals": (RateData(kind=RateKind.STANDARD, percent=10, net=1, tax=0),)}, "invoice.amount.differs"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueInvalid) as wrong:
        made(QualifiedData(**SAID | change))
    assert wrong.value.facts["field"] == field


def test_without_its_words_or_a_corporate_number_there_is_none() -> None:
    with pytest.raises(ConditionMissing, match="qualified_invoice"):
        made(None)
    with pytest.raises(ValueInvalid, match=r"contractor\.corporate_number"):
        made(QualifiedData(**SAID), firm="1234567890124")
