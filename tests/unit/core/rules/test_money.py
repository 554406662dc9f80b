"""Consumption tax: one rounding a rate, rates by day."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.money import (
    Line,
    RateKind,
    RateTotal,
    Rounding,
    TaxRate,
    TaxTerms,
    could_be_rounded_once,
    divided,
    format_yen,
    tax_on,
    tax_percent,
    tax_within,
    totals,
)

TODAY = date(2026, 11, 24)
YEN = st.integers(0, 10**13)


def test_format():
    assert format_yen(148_500_000) == "148,500,000円"


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(1989, 4, 1), 3),
        (date(1997, 3, 31), 3),
        (date(1997, 4, 1), 5),
        (date(2014, 3, 31), 5),
        (date(2014, 4, 1), 8),
        (date(2019, 9, 30), 8),
        (date(2019, 10, 1), 10),
        (TODAY, 10),
    ],
)
def test_the_standard_rate_by_day(day, percent):
    assert tax_percent(day) == percent


def test_the_reduced_rate_and_days_before_any():
    assert tax_percent(date(2019, 10, 1), RateKind.REDUCED) == 8
    for day, kind in ((date(1989, 3, 31), RateKind.STANDARD), (date(2019, 9, 30), RateKind.REDUCED)):
        with pytest.raises(ValueInvalid) as caught:
            tax_percent(day, kind)
        assert caught.value.facts == {"field": "tax_rate", "problem": f"{kind.value} {day}"}


@pytest.mark.parametrize(
    ("n", "d", "down", "half", "up"),
    [(10, 4, 2, 3, 3), (9, 4, 2, 2, 3), (11, 4, 2, 3, 3), (8, 4, 2, 2, 2), (0, 7, 0, 0, 0), (5, 1, 5, 5, 5)],
)
def test_dividing(n, d, down, half, up):
    assert divided(n, d) == divided(n, d, Rounding.DOWN) == down
    assert (divided(n, d, Rounding.HALF_UP), divided(n, d, Rounding.UP)) == (half, up)


@pytest.mark.parametrize(("n", "d"), [(-1, 3), (1, 0), (1, -1)])
def test_no_division(n, d):
    with pytest.raises(ValueInvalid) as caught:
        divided(n, d)
    assert caught.value.facts == {"field": "amount", "problem": f"{n} / {d}"}


def test_the_tax_of_a_works_contract():
    # 請負代金額 148,500,000円 (うち消費税額 13,500,000円)
    assert tax_within(148_500_000, 10) == tax_on(135_000_000, 10) == 13_500_000


def test_one_rounding_for_the_invoice_not_one_for_every_line():
    # Three lines of 15 yen: 1.5 each, 4.5 together. Rounded line by line it would be 3 (cut) or 6 (half up).
    lines = [Line("a", 15)] * 3
    assert totals(lines, TODAY, TaxTerms(includes_tax=False)) == (RateTotal(RateKind.STANDARD, 10, 45, 4),)
    up = totals(lines, TODAY, TaxTerms(includes_tax=False, rounding=Rounding.HALF_UP))
    assert up[0].tax == 5
    assert up[0].gross == 50


def test_each_rate_has_its_own_total():
    lines = [Line("茶", 108, RateKind.REDUCED), Line("工事", 110), Line("工事", 1)]
    found = totals(lines, TODAY, TaxTerms())
    assert found == (RateTotal(RateKind.STANDARD, 10, 101, 10), RateTotal(RateKind.REDUCED, 8, 100, 8))
    assert [t.gross for t in found] == [111, 108]


def test_an_exempt_contractor_has_no_tax_line():
    found = totals([Line("工事", 1000)], date(1980, 1, 1), TaxTerms(exempt=True))
    assert found == (RateTotal(RateKind.STANDARD, 0, 1000, 0),)
    with pytest.raises(ValueInvalid):
        totals([Line("工事", -1)], TODAY, TaxTerms(exempt=True))


def test_rounding_that_no_whole_gives():
    assert could_be_rounded_once(45, 4, 10)
    assert could_be_rounded_once(45, 5, 10)
    assert not could_be_rounded_once(45, 3, 10)
    assert not could_be_rounded_once(45, 6, 10)
    assert not could_be_rounded_once(-1, 0, 10)
    assert not could_be_rounded_once(0, -1, 10)
    assert could_be_rounded_once(0, 0, 10)
    # 111 yen with tax: 10.09 within; 100 + 11 comes from rounding that up, though the tax on 100 is 10.
    assert could_be_rounded_once(100, 11, 10)


@given(YEN, st.sampled_from([3, 5, 8, 10]), st.sampled_from(list(Rounding)))
def test_never_a_yen_away(amount, percent, mode):
    for exact, found in (
        (Fraction(amount * percent, 100), tax_on(amount, percent, mode)),
        (Fraction(amount * percent, 100 + percent), tax_within(amount, percent, mode)),
    ):
        assert abs(exact - found) < 1
        assert (found <= exact) if mode is Rounding.DOWN else True
        assert (found >= exact) if mode is Rounding.UP else True
        assert (abs(exact - found) <= Fraction(1, 2)) if mode is Rounding.HALF_UP else True


@given(
    st.lists(st.builds(Line, st.just("x"), YEN, st.sampled_from(list(RateKind))), max_size=6),
    st.sampled_from(list(Rounding)),
    st.booleans(),
)
def test_totals_lose_no_yen_and_can_be_judged(lines, mode, includes):
    found = totals(lines, TODAY, TaxTerms(includes, mode))
    shown = sum(t.gross if includes else t.net for t in found)
    assert shown == sum(line.price for line in lines)
    assert all(could_be_rounded_once(t.net, t.tax, t.percent) for t in found)


def test_every_rate_of_an_exempt_contractor_is_told_and_terms_are_kept() -> None:
    lines = (Line("工事", 110), Line("弁当", 108, RateKind.REDUCED))
    exempt = totals(lines, date(2026, 11, 24), TaxTerms(exempt=True))
    assert [(total.kind, total.net, total.tax) for total in exempt] == [
        (RateKind.STANDARD, 110, 0),
        (RateKind.REDUCED, 108, 0),
    ]
    only_reduced = totals(lines[1:], date(2026, 11, 24), TaxTerms())
    assert [total.kind for total in only_reduced] == [RateKind.REDUCED]
    own = TaxTerms(rates=(TaxRate(RateKind.STANDARD, 20, date(2026, 1, 1)),))
    assert totals(lines[:1], date(2026, 11, 24), own)[0].percent == 20
    rounded = {
        mode: totals((Line("工事", 105),), date(2026, 11, 24), TaxTerms(rounding=mode))[0].tax for mode in Rounding
    }
    assert rounded == {Rounding.DOWN: 9, Rounding.HALF_UP: 10, Rounding.UP: 10}
