"""Days on which public offices are closed 行政機関の休日 (行政機関の休日に関する法律 昭和63年法律第91号, 1条).

Saturdays, Sundays, the holidays of 国民の祝日に関する法律 (昭和23年法律第178号; rules as in force since 2007), 29 December to 3 January.
2019, 2020 and 2021 moved days by special laws (天皇の即位の日… 平成30年法律第99号; オリンピック特措法). Not in facts.md: general
knowledge of the laws, checked against the published calendars of single years (see the tests).

The equinoxes are computed (approximation good for 1980–2099); the day itself is fixed in the 官報 of the February before. A later
special law goes into `OfficeCalendar.added` / `removed` until a release knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from econtract_core.rules.errors import ValueInvalid

FIRST_YEAR, LAST_YEAR = 2007, 2099
_DAY = timedelta(days=1)
_FIXED = (
    (1, 1, "元日"),
    (2, 11, "建国記念の日"),
    (4, 29, "昭和の日"),
    (5, 3, "憲法記念日"),
    (5, 4, "みどりの日"),
    (5, 5, "こどもの日"),
    (11, 3, "文化の日"),
    (11, 23, "勤労感謝の日"),
)
_MOVED: Mapping[str, Mapping[int, tuple[int, int]]] = MappingProxyType(
    {
        "海の日": MappingProxyType({2020: (7, 23), 2021: (7, 22)}),
        "スポーツの日": MappingProxyType({2020: (7, 24), 2021: (7, 23)}),
        "山の日": MappingProxyType({2020: (8, 10), 2021: (8, 8)}),
    }
)


def vernal_equinox(year: int) -> date:
    """春分の日 by the usual approximation, 1980–2099."""
    return date(year, 3, (20_843_100 + 242_194 * (year - 1980)) // 1_000_000 - (year - 1980) // 4)


def autumnal_equinox(year: int) -> date:
    """秋分の日 by the usual approximation, 1980–2099."""
    return date(year, 9, (23_248_800 + 242_194 * (year - 1980)) // 1_000_000 - (year - 1980) // 4)


def _monday(year: int, month: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (number - 1))


def _named(year: int) -> dict[date, str]:
    """The days that the law names (祝日), without substitutes."""
    days = {date(year, month, day): name for month, day, name in _FIXED}
    days[vernal_equinox(year)] = "春分の日"
    days[autumnal_equinox(year)] = "秋分の日"
    days[_monday(year, 1, 2)] = "成人の日"
    days[_monday(year, 9, 3)] = "敬老の日"
    yearly = {"海の日": _monday(year, 7, 3), "スポーツの日": _monday(year, 10, 2)}
    if year >= 2016:
        yearly["山の日"] = date(year, 8, 11)
    for name, usual in yearly.items():
        moved = _MOVED[name].get(year)
        days[date(year, *moved) if moved else usual] = "体育の日" if name == "スポーツの日" and year < 2020 else name
    if year >= 2020:
        days[date(year, 2, 23)] = "天皇誕生日"
    elif year <= 2018:
        days[date(year, 12, 23)] = "天皇誕生日"
    else:
        days[date(2019, 5, 1)] = "即位の日"
        days[date(2019, 10, 22)] = "即位礼正殿の儀の行われる日"
    return days


def national_holidays(year: int) -> dict[date, str]:
    """Every holiday of a year by its day: named ones, substitutes 振替休日 (3条2項) and days between two (国民の休日, 3条3項).

    Raises ValueInvalid outside 2007–2099.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueInvalid(field="day", problem=f"{year}: {FIRST_YEAR}–{LAST_YEAR}")
    named = _named(year)
    found = dict(named)
    for day in named:
        if day.weekday() == 6:
            substitute = day + _DAY
            while substitute in named:
                substitute += _DAY
            found[substitute] = "振替休日"
    for day in named:
        between = day + _DAY
        if between not in found and between + _DAY in named:
            found[between] = "国民の休日"
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class OfficeCalendar:
    """The office's days. `added`, `removed`: days that a later law or the office itself closed or opened."""

    added: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()

    def closed_because(self, day: date) -> str:
        """Why the office is closed on this day, in Japanese; "" where it is open. Raises ValueInvalid outside 2007–2099."""
        if day in self.removed:
            return ""
        holiday = national_holidays(day.year).get(day)
        if holiday:
            return holiday
        if (day.month, day.day) in ((12, 29), (12, 30), (12, 31), (1, 2), (1, 3)):
            return "年末年始"
        if day.weekday() >= 5:
            return "土曜日" if day.weekday() == 5 else "日曜日"
        return "休日" if day in self.added else ""

    def is_open(self, day: date) -> bool:
        """Whether the office works on this day."""
        return not self.closed_because(day)

    def next_open(self, day: date) -> date:
        """This day, or the first open one after it (民法142条; 行政機関の休日に関する法律2条)."""
        while not self.is_open(day):
            day += _DAY
        return day

    def previous_open(self, day: date) -> date:
        """This day, or the last open one before it."""
        while not self.is_open(day):
            day -= _DAY
        return day
