"""法人番号 and its check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.numbers import corporate_number, corporate_number_is_valid

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
