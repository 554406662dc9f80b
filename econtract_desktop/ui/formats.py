"""Dates, amounts and sizes as this language writes them. Legal days are Japan's, whatever the PC's zone."""

from __future__ import annotations

from datetime import date, datetime

from econtract_core.rules.dates import era_date, in_japan, long_date
from econtract_core.rules.money import format_yen
from econtract_desktop.texts import Texts

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KANJI = "月火水木金土日"


class Formats:
    """Thread-safe."""

    def __init__(self, texts: Texts) -> None:
        self._ja = texts.language == "ja"

    def day(self, day: date) -> str:
        """2026年11月24日(火) · Tue 24 Nov 2026"""
        if self._ja:
            return long_date(day)
        return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"

    def plain_day(self, day: date) -> str:
        """2028年3月31日 · 31 Mar 2028"""
        return f"{day.year}年{day.month}月{day.day}日" if self._ja else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def short_day(self, day: date) -> str:
        """11月25日(水) · Wed 25 Nov"""
        if self._ja:
            return f"{day.month}月{day.day}日({_KANJI[day.weekday()]})"
        return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"

    def month(self, day: date) -> str:
        """2028年3月 · Mar 2028"""
        return f"{day.year}年{day.month}月" if self._ja else f"{_MONTHS[day.month - 1]} {day.year}"

    def era(self, day: date) -> str:
        """令和9年6月30日 · 30 Jun 2027"""
        return era_date(day) if self._ja else self.plain_day(day)

    def moment(self, moment: datetime) -> str:
        """11月20日 10:05 · 20 Nov 10:05, on Japan's clock"""
        here = in_japan(moment)
        day = f"{here.month}月{here.day}日" if self._ja else f"{here.day} {_MONTHS[here.month - 1]}"
        return f"{day} {here:%H:%M}"

    def moment_day(self, moment: datetime) -> str:
        """11月20日 · 20 Nov"""
        return self.moment(moment).rpartition(" ")[0]

    def until(self, moment: datetime) -> str:
        """11月25日(水) 17:00 · Wed 25 Nov 17:00"""
        here = in_japan(moment)
        return f"{self.short_day(here.date())} {here:%H:%M}"

    def deadline(self, moment: datetime) -> str:
        """2026年11月25日 17:00 · 25 Nov 2026 17:00: it may be years away"""
        here = in_japan(moment)
        return f"{self.plain_day(here.date())} {here:%H:%M}"

    def clock(self, moment: datetime) -> str:
        """14:02, on Japan's clock"""
        return f"{in_japan(moment):%H:%M}"

    def money(self, amount: int) -> str:
        """148,500,000円 · ¥148,500,000"""
        return format_yen(amount) if self._ja else f"¥{amount:,}"

    def size(self, size: int) -> str:
        """As file managers show it."""
        return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(round(size / 1000), 1):,} KB"

    def fingerprint(self, sha256: str) -> str:
        """9f3a 21c7 5d08 … 6be2 0b4e"""
        groups = [sha256[i : i + 4] for i in range(0, len(sha256), 4)]
        return " ".join([*groups[:3], "…", *groups[-2:]]) if len(groups) > 6 else sha256
