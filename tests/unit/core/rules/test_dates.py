from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.dates import (
    era_date,
    era_year,
    fiscal_year,
    fiscal_year_days,
    fiscal_year_number,
    in_japan,
    legal_day,
    long_date,
    parse_date,
)
from econtract_core.rules.errors import ValueInvalid


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


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和8年11月22日", date(2026, 11, 22)),
        ("R8.11.22", date(2026, 11, 22)),
        ("R8-11-22", date(2026, 11, 22)),
        (" R８/１１/２２　", date(2026, 11, 22)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("令和1年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("H1.1.8", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("S元.12.25", date(1926, 12, 25)),
        ("2026年11月22日", date(2026, 11, 22)),
        ("2026-11-22", date(2026, 11, 22)),
        ("2026/1/2", date(2026, 1, 2)),
    ],
)
def test_a_date_is_read(text, day):
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "令和8年11月22",
        "R8.11/22",
        "R8.11.22日",
        "R8年11.22",
        "8.11.22",
        "令和0年5月1日",
        "令和8年2月29日",
        "令和8年13月1日",
        "令和元年4月30日",
        "平成31年5月1日",
        "昭和元年12月24日",
        "T15.1.1",
        "0000-01-01",
        "2026-11-22T00:00",
        "9" * 1000,
    ],
)
def test_no_date(text):
    with pytest.raises(ValueInvalid) as caught:
        parse_date(text)
    assert caught.value.facts == {"field": "date", "problem": text[:40]}


def test_an_older_contracts_date_beyond_its_era():
    assert parse_date("平成32年3月31日", strict=False) == date(2020, 3, 31)
    with pytest.raises(ValueInvalid):
        parse_date("平成0年3月31日", strict=False)


@given(st.dates(min_value=date(1926, 12, 25), max_value=date(2117, 12, 31)))
def test_both_ways(day):
    assert parse_date(era_date(day)) == parse_date(day.isoformat()) == day
    first, last = fiscal_year_days(fiscal_year_number(day))
    assert first <= day <= last


def test_fiscal_years_and_legal_days():
    assert fiscal_year_days(2026) == (date(2026, 4, 1), date(2027, 3, 31))
    assert [fiscal_year_number(date(2027, m, 1)) for m in (3, 4)] == [2026, 2027]
    assert legal_day(datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert legal_day(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)) == date(2026, 4, 1)
