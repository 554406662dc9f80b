"""Dates as Japanese forms print and read them: 西暦 with the weekday, and 和暦; Japan's day of a moment; fiscal years.

Source of the eras: 元号法; 令和 begins on 2019-05-01, 平成 on 1989-01-08, 昭和 on 1926-12-25. The first year is 元年.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone

from econtract_core.rules.errors import ValueInvalid

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


def legal_day(moment: datetime) -> date:
    """Japan's day of a moment: what every clock counts in (facts.md 2.4: the server's receipt time is the legal time [D])."""
    return in_japan(moment).date()


_ERA_DATE = re.compile(
    r"(?P<era>令和|平成|昭和|[RHS])(?P<year>元|[0-9]{1,2})(?P<a>年|[./-])(?P<month>[0-9]{1,2})(?P<b>月|[./-])(?P<day>[0-9]{1,2})(?P<c>日?)"
)
_WESTERN_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?P<a>年|[./-])(?P<month>[0-9]{1,2})(?P<b>月|[./-])(?P<day>[0-9]{1,2})(?P<c>日?)"
)
_ERA_LETTERS = {"R": "令和", "H": "平成", "S": "昭和"}


def parse_date(text: str, *, strict: bool = True) -> date:
    """「令和8年11月22日」「R8.11.22」「2026年11月22日」「2026-11-22」 → the day. Full-width digits and outer spaces are read too.

    Strict: the day must lie in its era. Not strict: 「平成32年3月31日」 of an older contract is read on as 2020-03-31, as such dates
    stay valid after a change of era. Raises ValueInvalid(field="date").
    """
    plain = unicodedata.normalize("NFKC", text[:40]).strip()
    found = _ERA_DATE.fullmatch(plain) or _WESTERN_DATE.fullmatch(plain)
    if found is None:
        raise ValueInvalid(field="date", problem=text[:40])
    first, second, last = found["a"], found["b"], found["c"]
    written_out = (first, second, last) == ("年", "月", "日")
    if not written_out and (first != second or last):
        raise ValueInvalid(field="date", problem=text[:40])
    year = 1 if found["year"] == "元" else int(found["year"])
    era = found.groupdict().get("era")
    try:
        day = date(_era_begins(era).year + year - 1 if era else year, int(found["month"]), int(found["day"]))
    except ValueError:
        raise ValueInvalid(field="date", problem=text[:40]) from None
    if era and (year == 0 or (strict and not era_date(day).startswith(_ERA_LETTERS.get(era, era)))):
        raise ValueInvalid(field="date", problem=text[:40])
    return day


def _era_begins(era: str) -> date:
    return next(begins for begins, name in _ERAS if name == _ERA_LETTERS.get(era, era))


def fiscal_year_number(day: date) -> int:
    """The public fiscal year (財政法11条: April to March) of a day, by its first calendar year."""
    return day.year - (day.month < 4)


def fiscal_year_days(year: int) -> tuple[date, date]:
    """First and last day of a public fiscal year."""
    return date(year, 4, 1), date(year + 1, 3, 31)
