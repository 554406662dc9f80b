"""Dates as Japanese forms print them: 西暦 with the weekday, and 和暦.

Source of the eras: 元号法; 令和 begins on 2019-05-01, 平成 on 1989-01-08, 昭和 on 1926-12-25. The first year is 元年.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")  # Japan has no summer time, so no time-zone data is needed
WEEKDAYS = "月火水木金土日"
_ERAS = ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"), (date(1926, 12, 25), "昭和"))


def era_date(day: date) -> str:
    """2026-11-22 → 「令和8年11月22日」; before 昭和 the Western year."""
    for begins, name in _ERAS:
        if day >= begins:
            year = day.year - begins.year + 1
            return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def era_year(day: date) -> str:
    """The 和暦 year alone: 「令和8年」."""
    return era_date(day).partition("年")[0] + "年"


def fiscal_year(day: date) -> str:
    """The public fiscal year (April to March) of a day: 「令和8年度」."""
    return era_year(date(day.year - (day.month < 4), 12, 31)) + "度"


def long_date(day: date) -> str:
    """2026-11-22 → 「2026年11月22日(日)」."""
    return f"{day.year}年{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"


def in_japan(moment: datetime) -> datetime:
    """The same moment on Japan's clock; legal days are Japan's. `moment` must know its zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(JST)
