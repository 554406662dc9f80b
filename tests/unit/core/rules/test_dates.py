from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.dates import era_date, era_year, fiscal_year, in_japan, long_date


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2020, 1, 1), "令和2年1月1日"),
        (date(2026, 11, 22), "令和8年11月22日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1900, 1, 1), "1900年1月1日"),
    ],
)
def test_era_date(day, text):
    assert era_date(day) == text


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2027, 3, 31), "令和8年度"), (date(2027, 4, 1), "令和9年度"), (date(2019, 4, 1), "令和元年度")],
)
def test_fiscal_year(day, text):
    assert fiscal_year(day) == text


def test_long_date_has_the_right_weekday():
    assert long_date(date(2026, 11, 22)) == "2026年11月22日(日)"


def test_the_legal_day_is_japans():
    assert in_japan(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)).date() == date(2026, 4, 1)
    with pytest.raises(ValueError, match="time zone"):
        in_japan(datetime(2026, 3, 31))  # noqa: DTZ001


@given(st.dates(min_value=date(1927, 1, 1)))
def test_era_years_never_go_backwards_within_an_era(day):
    assert era_date(day).startswith(era_year(day))
