"""Unit-price agreements: exact arithmetic, and every way a table can be wrong is named."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules import unit_price as u
from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.unit_price import Agreement, Difference, Finding, Item, Method, Problem, Rounding, Settings

ROAD = (
    Item("1", "", 1, "道路改良"),
    Item("11", "1", 2, "道路土工"),
    Item("111", "11", 3, "掘削工"),
    Item("1111", "111", 4, "掘削", "m3", Decimal("10.5"), Decimal(101)),
    Item("1112", "111", 4, "積込", "m3", Decimal(2), Decimal(-3)),
)
INDIVIDUAL = Agreement(Method.INDIVIDUAL, ROAD, overheads=100)
WHOLE = tuple(replace(i, price=None, estimate=i.price) for i in ROAD)
COMPREHENSIVE = Agreement(Method.COMPREHENSIVE, WHOLE, overheads=100, ratio=Fraction(9, 10))
HALF_UP = Settings(price_rounding=Rounding.HALF_UP, amount_rounding=Rounding.HALF_UP, ratio_rounding=Rounding.HALF_UP)
UP = Settings(price_rounding=Rounding.UP, amount_rounding=Rounding.UP, ratio_rounding=Rounding.UP)


def test_individual_prices() -> None:
    assert u.unit_price(INDIVIDUAL, ROAD[3]) == 101
    assert u.line_amount(INDIVIDUAL, ROAD[3]) == 1060  # 1060.5
    assert u.line_amount(INDIVIDUAL, ROAD[3], HALF_UP) == 1061
    assert u.line_amount(INDIVIDUAL, ROAD[3], UP) == 1061
    assert u.sums(INDIVIDUAL) == {"1": 1054, "11": 1054, "111": 1054, "1111": 1060, "1112": -6}
    assert u.total(INDIVIDUAL) == 1154
    assert u.findings(INDIVIDUAL, 1154) == ()


def test_comprehensive_prices_are_the_estimate_times_the_ratio() -> None:
    assert u.unit_price(COMPREHENSIVE, WHOLE[3]) == 90  # 90.9
    assert u.unit_price(COMPREHENSIVE, WHOLE[3], HALF_UP) == 91
    assert u.unit_price(COMPREHENSIVE, WHOLE[3], replace(HALF_UP, price_places=1)) == Decimal("90.9")
    assert u.unit_price(COMPREHENSIVE, WHOLE[4]) == -2  # towards 0
    assert u.unit_price(COMPREHENSIVE, WHOLE[4], UP) == -3
    assert u.line_amount(COMPREHENSIVE, WHOLE[3]) == 945
    assert u.findings(COMPREHENSIVE, 945 - 4 + 100) == ()
    assert u.unit_price(replace(COMPREHENSIVE, ratio=None), WHOLE[3]) is None
    assert u.unit_price(COMPREHENSIVE, WHOLE[0]) is None


def test_the_ratio() -> None:
    assert u.contract_ratio(2, 3) == Fraction(66666, 100000)
    assert u.contract_ratio(2, 3, HALF_UP) == Fraction(66667, 100000)
    assert u.contract_ratio(1, 3, HALF_UP) == Fraction(33333, 100000)
    assert u.contract_ratio(1, 3, UP) == Fraction(33334, 100000)
    assert u.contract_ratio(1, 2, UP) == Fraction(1, 2)
    for tender, estimate in ((0, 1), (1, 0)):
        with pytest.raises(ValueInvalid):
            u.contract_ratio(tender, estimate)
    assert u.check_ratio(COMPREHENSIVE, 90, 100) == ()
    assert u.check_ratio(INDIVIDUAL, 1, 3) == ()
    assert u.check_ratio(COMPREHENSIVE, 91, 100) == (Finding(Problem.RATIO, "", "91/100", "9/10"),)


def with_item(at: int, **changed: object) -> Agreement:
    items = list(ROAD)
    items[at] = replace(items[at], **changed)  # type: ignore[arg-type]
    return replace(INDIVIDUAL, items=tuple(items))


def estimated(at: int, **changed: object) -> Agreement:
    items = list(WHOLE)
    items[at] = replace(items[at], **changed)  # type: ignore[arg-type]
    return replace(COMPREHENSIVE, items=tuple(items))


@pytest.mark.parametrize(
    ("agreement", "problems"),
    [
        (replace(INDIVIDUAL, items=()), [Problem.EMPTY]),
        (replace(INDIVIDUAL, items=ROAD[:1] * (u.MOST_ITEMS + 1)), [Problem.TOO_MANY]),
        (replace(INDIVIDUAL, items=(*ROAD, ROAD[4])), [Problem.DUPLICATE_CODE]),
        (with_item(4, code=""), [Problem.DUPLICATE_CODE]),
        (with_item(3, level=5), [Problem.LEVEL, Problem.PARENT_LEVEL, Problem.PRICE_GIVEN]),
        (with_item(0, level=0), [Problem.LEVEL, Problem.PARENT_LEVEL]),
        (with_item(3, parent_code="x"), [Problem.NO_PARENT]),
        (with_item(3, parent_code="11"), [Problem.PARENT_LEVEL]),
        (with_item(0, parent_code="1"), [Problem.PARENT_LEVEL]),
        (replace(INDIVIDUAL, items=ROAD[:3]), [Problem.NO_CHILDREN]),
        (with_item(1, name="　"), [Problem.NO_NAME]),
        (with_item(3, unit=" "), [Problem.NO_UNIT]),
        (with_item(3, quantity=None), [Problem.QUANTITY]),
        (with_item(3, quantity=Decimal(0)), [Problem.QUANTITY]),
        (with_item(3, quantity=Decimal(-1)), [Problem.QUANTITY]),
        (with_item(3, quantity=Decimal("NaN")), [Problem.QUANTITY]),
        (with_item(3, quantity=Decimal("1E+99999999")), [Problem.QUANTITY]),
        (with_item(3, quantity=Decimal("1" * 31)), [Problem.QUANTITY]),
        (with_item(3, price=None), [Problem.PRICE_MISSING]),
        (with_item(3, price=Decimal("-Infinity")), [Problem.PRICE_MISSING]),
        (estimated(3, estimate=None), [Problem.ESTIMATE_MISSING]),
        (estimated(3, price=Decimal(1)), [Problem.PRICE_GIVEN]),
        (with_item(0, quantity=Decimal(1)), [Problem.PRICE_GIVEN]),
        (with_item(3, amount=1061), [Problem.AMOUNT]),
        (with_item(3, amount=1060), []),
        (replace(INDIVIDUAL, ratio=Fraction(1)), [Problem.RATIO]),
        (replace(COMPREHENSIVE, ratio=None), [Problem.RATIO]),
        (replace(COMPREHENSIVE, ratio=None, items=tuple(replace(i, amount=1 if i.level == 4 else None) for i in WHOLE)), [Problem.RATIO]),
        (replace(COMPREHENSIVE, ratio=Fraction(0)), [Problem.RATIO]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(agreement: Agreement, problems: list[Problem]) -> None:
    price = 1041 if agreement.method is Method.COMPREHENSIVE else 1154
    assert [f.problem for f in u.findings(agreement, price)] == problems
    assert isinstance(u.total(agreement), int)  # whatever stands in it
    assert isinstance(sum(u.sums(agreement).values()), int)


def test_the_table_adds_up_to_the_contract_price() -> None:
    assert u.findings(INDIVIDUAL, 1155) == (Finding(Problem.TOTAL, "", "1155", "1154"),)
    assert u.findings(INDIVIDUAL, 1155, Settings(check_total=False)) == ()


def test_a_circle_and_a_missing_parent_end() -> None:
    ring = (replace(ROAD[1], parent_code="111"), replace(ROAD[2], parent_code="11"), *ROAD[3:])
    assert u.sums(replace(INDIVIDUAL, items=ring))["1111"] == 1060
    assert u.sums(replace(INDIVIDUAL, items=ROAD[2:]))["111"] == 1054


def test_what_a_change_makes_of_it() -> None:
    new = replace(
        INDIVIDUAL,
        items=(*ROAD[:3], replace(ROAD[3], price=Decimal(99), quantity=Decimal(1)), replace(ROAD[4], code="1113")),
    )
    assert u.differences(INDIVIDUAL, new) == (
        (Difference.PRICE, "1111"),
        (Difference.QUANTITY, "1111"),
        (Difference.ADDED, "1113"),
        (Difference.REMOVED, "1112"),
    )
    assert u.differences(INDIVIDUAL, INDIVIDUAL) == ()


PRICES = st.decimals(-(10**6), 10**6, places=2)


@given(st.lists(st.tuples(st.decimals(0, 10**4, places=3), PRICES), min_size=1, max_size=8), st.integers(0, 10**6))
def test_every_level_is_the_sum_of_the_one_below(lines: list[tuple[Decimal, Decimal]], overheads: int) -> None:
    details = tuple(Item(f"d{n}", "111", 4, "細別", "m", quantity, price) for n, (quantity, price) in enumerate(lines))
    agreement = Agreement(Method.INDIVIDUAL, (*ROAD[:3], *details), overheads)
    found = u.sums(agreement)
    assert found["1"] == found["11"] == found["111"] == sum(found[d.code] for d in details)
    assert u.total(agreement) == found["1"] + overheads
    for item in details:
        assert item.quantity is not None
        assert item.price is not None
        assert abs(found[item.code] - Fraction(item.quantity) * Fraction(item.price)) < 1
