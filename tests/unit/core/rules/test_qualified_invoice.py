"""適格請求書: six things, each named where it is missing."""

from dataclasses import replace
from datetime import date

import pytest

from econtract_core.rules.findings import RuleFinding, Weight
from econtract_core.rules.money import RateKind, RateTotal
from econtract_core.rules.qualified_invoice import QualifiedInvoice, qualified_findings

TOTAL = RateTotal(RateKind.STANDARD, 10, 135_000_000, 13_500_000)
GOOD = QualifiedInvoice(
    "株式会社〇〇建設", "T7123456789012", "国土交通省", date(2026, 11, 24), "橋補修工事", (TOTAL,), 148_500_000
)


def test_a_good_one():
    assert qualified_findings(GOOD) == ()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"issuer": "　"}, "invoice.issuer.missing"),
        ({"recipient": ""}, "invoice.recipient.missing"),
        ({"subject": ""}, "invoice.subject.missing"),
        ({"delivered_on": None}, "invoice.delivered-on.missing"),
        ({"totals": ()}, "invoice.totals.missing"),
        ({"amount": 148_500_001}, "invoice.amount.differs"),
        ({"number": ""}, "number.qualified.shape"),
        ({"totals": (replace(TOTAL, tax=13_500_002),), "amount": 148_500_002}, "invoice.tax.not-rounded-once"),
        ({"totals": (TOTAL, TOTAL), "amount": 297_000_000}, "invoice.rate.twice"),
    ],
)
def test_each_thing_missing_is_named_and_refused(change, name):
    (found,) = qualified_findings(replace(GOOD, **change))
    assert (found.name, found.weight) == (name, Weight.REFUSAL)


def test_a_check_digit_or_an_older_rate_is_only_told():
    assert [f.weight for f in qualified_findings(replace(GOOD, number="T8123456789012"))] == [Weight.WARNING]
    old = RateTotal(RateKind.STANDARD, 8, 100, 8)
    found = qualified_findings(replace(GOOD, totals=(old,), amount=108))
    assert found == (RuleFinding("invoice.rate.other", Weight.WARNING, 0, "8", "10"),)
    long_ago = qualified_findings(replace(GOOD, totals=(old,), amount=108, delivered_on=date(1988, 1, 1)))
    assert long_ago == (RuleFinding("invoice.rate.other", Weight.WARNING, 0, "8", "0"),)


def test_one_who_owes_no_tax():
    ordinary = replace(GOOD, number="", exempt=True, totals=(RateTotal(RateKind.STANDARD, 0, 100, 0),), amount=100)
    assert qualified_findings(ordinary) == ()
    wrong = replace(ordinary, number="T7123456789012", totals=(RateTotal(RateKind.STANDARD, 0, 90, 10),))
    assert qualified_findings(wrong) == (
        RuleFinding("invoice.number.of-exempt", Weight.REFUSAL, None, "T7123456789012"),
        RuleFinding("invoice.tax.of-exempt", Weight.REFUSAL, 0, "10"),
    )
