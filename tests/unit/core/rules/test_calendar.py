"""Closed days of public offices, against calendars published by the Cabinet Office (内閣府 「国民の祝日」について)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.calendar import (
    OfficeCalendar,
    autumnal_equinox,
    national_holidays,
    vernal_equinox,
)
from econtract_core.rules.errors import ValueInvalid

PUBLISHED = {
    2007: "1/1 1/8 2/11 2/12 3/21 4/29 4/30 5/3 5/4 5/5 7/16 9/17 9/23 9/24 10/8 11/3 11/23 12/23 12/24",
    2009: "1/1 1/12 2/11 3/20 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
    2015: "1/1 1/12 2/11 3/21 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
    2016: "1/1 1/11 2/11 3/20 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/22 10/10 11/3 11/23 12/23",
    2018: "1/1 1/8 2/11 2/12 3/21 4/29 4/30 5/3 5/4 5/5 7/16 8/11 9/17 9/23 9/24 10/8 11/3 11/23 12/23 12/24",
    2019: "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 11/4 11/23",
    2020: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
    2021: "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
    2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
    2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
}
OFFICE = OfficeCalendar()
DAYS = st.dates(date(2008, 1, 1), date(2098, 12, 31))


@pytest.mark.parametrize("year", PUBLISHED)
def test_a_published_year(year):
    assert [f"{d.month}/{d.day}" for d in national_holidays(year)] == PUBLISHED[year].split()


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2019, 5, 1), "即位の日"),
        (date(2019, 4, 30), "国民の休日"),
        (date(2019, 10, 14), "体育の日"),
        (date(2019, 10, 22), "即位礼正殿の儀の行われる日"),
        (date(2020, 7, 24), "スポーツの日"),
        (date(2018, 12, 23), "天皇誕生日"),
        (date(2020, 2, 23), "天皇誕生日"),
        (date(2026, 5, 6), "振替休日"),
        (date(2026, 9, 22), "国民の休日"),
        (date(2026, 12, 29), "年末年始"),
        (date(2026, 12, 31), "年末年始"),
        (date(2027, 1, 1), "元日"),
        (date(2027, 1, 3), "年末年始"),
        (date(2027, 1, 4), ""),
        (date(2026, 12, 28), ""),
        (date(2026, 11, 21), "土曜日"),
        (date(2026, 11, 22), "日曜日"),
        (date(2026, 11, 24), ""),
    ],
)
def test_why_closed(day, why):
    assert OFFICE.closed_because(day) == why
    assert OFFICE.is_open(day) is not bool(why)


@pytest.mark.parametrize("year", [2006, 2100])
def test_outside_its_years(year):
    with pytest.raises(ValueInvalid) as caught:
        national_holidays(year)
    assert caught.value.facts == {"field": "day", "problem": f"{year}: 2007–2099"}


# 国立天文台 暦要項: equinoxes of years whose day is unlike their neighbours'.
@pytest.mark.parametrize(("year", "spring", "autumn"), [(1980, 20, 23), (2012, 20, 22), (2023, 21, 23), (2024, 20, 22), (2025, 20, 23), (2026, 20, 23), (2030, 20, 23), (2099, 20, 23)])  # fmt: skip
def test_equinoxes(year, spring, autumn):
    assert (vernal_equinox(year).day, autumnal_equinox(year).day) == (spring, autumn)


def test_a_later_law():
    tuesday, holiday = date(2026, 11, 24), date(2026, 11, 23)
    office = OfficeCalendar(added=frozenset({tuesday}), removed=frozenset({holiday}))
    assert office.closed_because(tuesday) == "休日"
    assert office.is_open(holiday)
    assert office.next_open(tuesday) == date(2026, 11, 25)


def test_over_the_new_year():
    assert OFFICE.next_open(date(2026, 12, 29)) == date(2027, 1, 4)
    assert OFFICE.previous_open(date(2027, 1, 3)) == date(2026, 12, 28)


@given(DAYS)
def test_open_days_are_near_and_open(day):
    after, before = OFFICE.next_open(day), OFFICE.previous_open(day)
    assert before <= day <= after
    assert after - before <= timedelta(days=12)
    assert OFFICE.is_open(after)
    assert OFFICE.is_open(before)
    assert (after == day) == OFFICE.is_open(day) == (before == day)


@given(st.integers(2007, 2099))
def test_every_sunday_holiday_has_a_substitute(year):
    days = national_holidays(year)
    named = {d for d, n in days.items() if n not in ("振替休日", "国民の休日")}
    sundays = sum(d.weekday() == 6 for d in named)
    assert sum(n == "振替休日" for n in days.values()) == sundays
    assert 15 <= len(named) <= 17
