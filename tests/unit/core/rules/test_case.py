from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.case import Case, CaseKind, Contact
from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.money import format_yen

GOOD = {
    "case_id": "c1",
    "number": "2026-83-0153",
    "title": "令和8年度 国道20号〇〇橋補修工事",
    "kind": CaseKind.WORKS,
    "place": "東京都",
    "body_id": "b1",
    "contractor_ids": ("k1",),
    "amount": 148_500_000,
    "tax": 13_500_000,
    "term_from": None,
    "term_to": date(2027, 6, 30),
}


def test_a_good_case():
    assert Case(**GOOD).contacts == ()


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("title", "  ", "title"),
        ("contractor_ids", (), "contractor_ids"),
        ("contractor_ids", ("k1", "k1"), "contractor_ids"),
        ("amount", 0, "amount"),
        ("tax", 148_500_000, "amount"),
        ("tax", -1, "amount"),
        ("term_from", date(2027, 7, 1), "term_to"),
    ],
)
def test_a_bad_value_is_named(field, value, named):
    with pytest.raises(ValueInvalid) as caught:
        Case(**{**GOOD, field: value})
    assert caught.value.facts["field"] == named


@pytest.mark.parametrize(
    "email", ["a@example,jp", "a@example", "@example.jp", "a b@example.jp", "a@example.jp ", "あ@example.jp"]
)
def test_an_address_that_cannot_arrive_is_refused(email):
    with pytest.raises(ValueInvalid):
        Contact("山田 太郎", email)


def test_a_contact_needs_a_name():
    with pytest.raises(ValueInvalid):
        Contact("　", "a@example.jp")
    assert Contact("山田 太郎", "a@example.jp").phone == ""


@given(st.integers(min_value=0, max_value=10**14))
def test_yen_reads_back(amount):
    assert int(format_yen(amount).removesuffix("円").replace(",", "")) == amount
