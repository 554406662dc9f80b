"""How much may be asked. Examples: 様式40-3 部分払計算書 (formulas) and the Board of Audit's report of 1948."""

from fractions import Fraction

import pytest

from econtract_core.rules.case import CaseKind
from econtract_core.rules.errors import ConditionMissing, ValueInvalid
from econtract_core.rules.payment_limits import (
    FiscalYear,
    Paid,
    PassedPart,
    PaymentTerms,
    WorkState,
    advance_limit,
    designated_limit,
    interim_limit,
    multi_year_limit,
    partial_limit,
    usual_terms,
)

TERMS = PaymentTerms()
WORK = WorkState(100_000_000)


def test_the_advance():
    assert advance_limit(WORK, usual_terms(CaseKind.WORKS)) == 40_000_000
    assert advance_limit(WORK, usual_terms(CaseKind.SERVICES)) == 30_000_000
    assert advance_limit(WorkState(9), TERMS) == 3  # cut, never rounded up


def test_the_interim_advance():
    assert interim_limit(WORK, Paid(40_000_000), TERMS) == 20_000_000
    assert interim_limit(WORK, Paid(45_000_000), TERMS) == 15_000_000
    assert interim_limit(WORK, Paid(10_000_000), TERMS) == 20_000_000
    assert interim_limit(WORK, Paid(70_000_000), TERMS) == 0
    assert interim_limit(WORK, Paid(), usual_terms(CaseKind.SERVICES)) == 0


def test_a_partial_payment_as_the_board_of_audit_counted_it():
    # 会計検査院 昭和23年度決算検査報告 148: contract 23,780,000, advance 7,134,000 (3/10), work done 5,957,113 → 3,574,267 yen.
    work = WorkState(23_780_000, partials=(PassedPart("p", 5_957_113),))
    assert partial_limit(work, Paid(7_134_000), "p", TERMS) == 3_574_267


def test_a_second_partial_counts_only_what_no_partial_covered():
    work = WorkState(100, partials=(PassedPart("a", 30), PassedPart("b", 50), PassedPart("c", 40)))
    assert partial_limit(work, Paid(20, 20), "b", TERMS) == 25  # 50 × (0.9 − 0.4)
    assert partial_limit(work, Paid(20, 20, ("a",)), "b", TERMS) == 10
    assert partial_limit(work, Paid(0, 0, ("b",)), "c", TERMS) == 0
    assert partial_limit(work, Paid(60, 40), "b", TERMS) == 0


def test_a_designated_part():
    # 出来高 × [1 − (前払金 + 中間前払金) / 請負代金額]
    work = WorkState(100_000_000, designated=(PassedPart("d", 30_000_000),))
    assert designated_limit(work, Paid(40_000_000, 20_000_000), "d") == 12_000_000
    assert designated_limit(work, Paid(40_000_000), "d") == 18_000_000
    assert designated_limit(work, Paid(), "d") == 30_000_000
    assert designated_limit(work, Paid(90_000_000, 20_000_000), "d") == 0


def test_several_years_with_an_advance():
    year = FiscalYear(40_000, 50_000, 100_000, received_before=36_000, excess=2_000, advance=20_000, partials=3_000)
    # ① 70,000×0.9 − (36,000 + 3,000) − [70,000 − 42,000] × 20,000/50,000 = 63,000 − 39,000 − 11,200
    assert multi_year_limit(70_000, year, TERMS) == 12_800
    # ② 30,000 − 23,000
    small = FiscalYear(40_000, 50_000, 30_000, received_before=36_000, excess=2_000, advance=20_000, partials=3_000)
    assert multi_year_limit(70_000, small, TERMS) == 7_000
    assert small.received == 23_000


def test_several_years_with_an_interim_advance_too():
    year = FiscalYear(40_000, 50_000, 100_000, received_before=36_000, excess=2_000, advance=15_000, interim=5_000)
    # ① 63,000 − 36,000 − (70,000 − 40,000) × (15,000 + 5,000)/50,000 = 27,000 − 12,000
    assert multi_year_limit(70_000, year, TERMS) == 15_000
    assert year.received == 20_000
    assert multi_year_limit(0, year, TERMS) == 0


def test_a_part_knows_its_year():
    year = FiscalYear(0, 50_000, 5_000)
    work = WorkState(100_000, partials=(PassedPart("p", 10_000, year),))
    assert partial_limit(work, Paid(), "p", TERMS) == 5_000


def test_a_part_that_has_not_passed():
    for limit in (lambda: partial_limit(WORK, Paid(), "x", TERMS), lambda: designated_limit(WORK, Paid(), "x")):
        with pytest.raises(ConditionMissing) as caught:
            limit()
        assert caught.value.facts == {"action": "limit", "condition": "part_passed"}


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: WorkState(0), "amount"),
        (lambda: PassedPart("p", -1), "value"),
        (lambda: FiscalYear(0, 0, 0), "planned"),
        (lambda: FiscalYear(-1, 1, 0), "planned_before"),
        (lambda: FiscalYear(0, 1, -1), "ceiling"),
        (lambda: PaymentTerms(advance=Fraction(11, 10)), "advance"),
        (lambda: PaymentTerms(interim=Fraction(-1, 10)), "interim"),
        (lambda: PaymentTerms(partial=Fraction(2)), "partial"),
    ],
)
def test_values_that_cannot_be(make, field):
    with pytest.raises(ValueInvalid) as caught:
        make()
    assert caught.value.facts["field"] == field


def test_values_at_the_edge():
    assert FiscalYear(0, 1, 0).received == 0
    assert PassedPart("p", 0).value == 0
    assert PaymentTerms(Fraction(0), Fraction(0), Fraction(1)).partial == 1
    assert WorkState(1).amount == 1
