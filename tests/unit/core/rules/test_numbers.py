"""法人番号 and its check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.findings import RuleFinding, Weight, refusals
from econtract_core.rules.numbers import (
    NumberShapes,
    contractor_number_findings,
    corporate_number,
    corporate_number_is_valid,
    guarantee_number_findings,
    qualified_number_findings,
)

BASES = st.text(alphabet="0123456789", min_size=12, max_size=12)


def test_the_published_example() -> None:
    assert corporate_number("123456789012") == "7123456789012"
    assert corporate_number_is_valid("7123456789012")


@pytest.mark.parametrize(
    "number", ["", "712345678901", "71234567890123", "8123456789012", "７123456789012", "0123456789012"]
)
def test_no_such_number(number: str) -> None:
    assert not corporate_number_is_valid(number)


@pytest.mark.parametrize("base", ["", "12345678901", "1234567890123", "12345678901a", "１23456789012"])
def test_no_such_base(base: str) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        corporate_number(base)


@given(BASES, st.integers(0, 12), st.integers(1, 8))
def test_one_wrong_digit_is_found_unless_it_is_nine_apart(base: str, place: int, by: int) -> None:
    number = corporate_number(base)
    assert corporate_number_is_valid(number)
    digit = int(number[place])
    other = number[:place] + str((digit + by) % 10) + number[place + 1 :]
    weight = 1 if place == 0 or (13 - place) % 2 else 2
    if other != number and place and weight * (int(other[place]) - digit) % 9:
        assert not corporate_number_is_valid(other)


def test_a_qualified_number_with_a_wrong_check_digit_is_only_a_warning() -> None:
    assert qualified_number_findings("T7123456789012") == ()
    found = qualified_number_findings("T8123456789012")
    assert found == (RuleFinding("number.qualified.check-digit", Weight.WARNING, None, "T8123456789012"),)
    assert refusals(found) == ()


@pytest.mark.parametrize("number", ["", "T", "7123456789012", "t7123456789012", "T71234567890123", "T７123456789012"])
def test_a_qualified_number_of_another_shape_is_refused(number: str) -> None:
    found = qualified_number_findings(number)
    assert found == refusals(found) == (RuleFinding("number.qualified.shape", Weight.REFUSAL, None, number),)


def test_a_guarantees_numbers_and_a_key_that_is_told_to_nobody() -> None:
    shapes = NumberShapes()
    assert guarantee_number_findings("2026-000123", "Ab12-Cd34", shapes) == ()
    found = guarantee_number_findings("", "secret key", shapes)
    assert [f.name for f in found] == ["number.guarantee.shape", "number.guarantee-key.shape"]
    assert "secret" not in repr(found)
    assert guarantee_number_findings("1", "2", NumberShapes("1", "2")) == ()


def test_a_contractors_number() -> None:
    assert contractor_number_findings("C-000123", NumberShapes()) == ()
    found = contractor_number_findings("C 1", NumberShapes())
    assert [(f.name, f.weight, f.value) for f in found] == [("number.contractor.shape", Weight.REFUSAL, "C 1")]
