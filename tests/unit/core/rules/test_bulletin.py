"""What the operator tells: what an entry must have, who sees it when, and what a maintenance window closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from econtract_core.rules.bulletin import Audience, Bulletin, Function, Kind, Words, closed_until, is_open, is_shown
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import ValueInvalid

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOTICE = Bulletin("b", Kind.NOTICE, Words("お知らせ"), Words(""), AT - HOUR)
WINDOW = Bulletin("w", Kind.MAINTENANCE, Words("保守"), Words(""), AT - HOUR, AT + HOUR, function=Function.SYSTEM)


@pytest.mark.parametrize(
    ("base", "change", "field"),
    [
        (NOTICE, {"title": Words("  ")}, "title"),
        (NOTICE, {"begins": datetime(2026, 11, 24)}, "begins"),  # noqa: DTZ001 - what is refused
        (NOTICE, {"ends": datetime(2026, 11, 25)}, "begins"),  # noqa: DTZ001
        (NOTICE, {"ends": AT - 2 * HOUR}, "ends"),
        (NOTICE, {"function": Function.MAIL}, "function"),
        (WINDOW, {"function": None}, "function"),
        (WINDOW, {"ends": None}, "function"),
        (WINDOW, {"audience": Audience.OFFICERS}, "audience"),
        (NOTICE, {"audience": Audience.BODY}, "organization_id"),
        (NOTICE, {"organization_id": "o"}, "organization_id"),
        (NOTICE, {"link": "http://example.jp"}, "link"),
    ],
)
def test_what_cannot_be_told(base: Bulletin, change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueInvalid) as wrong:
        replace(base, **change)
    assert wrong.value.facts["field"] == field


def test_a_window_is_open_from_its_first_moment_to_just_before_its_last() -> None:
    assert not is_open(WINDOW, WINDOW.begins - timedelta(microseconds=1))
    assert is_open(WINDOW, WINDOW.begins)
    assert WINDOW.ends is not None
    assert is_open(WINDOW, WINDOW.ends - timedelta(microseconds=1))
    assert not is_open(WINDOW, WINDOW.ends)
    assert is_open(NOTICE, AT + 1000 * HOUR), "without an end it goes on"


def test_shown_from_its_beginning_a_window_before_it() -> None:
    soon = replace(NOTICE, begins=AT + HOUR)
    assert not is_shown(soon, AT, None, None)
    assert is_shown(replace(WINDOW, begins=AT + HOUR, ends=AT + 2 * HOUR), AT, None, None)
    assert not is_shown(replace(NOTICE, ends=AT), AT, None, None)


@pytest.mark.parametrize(
    ("audience", "seen_by"),
    [
        (Audience.ALL, {"nobody", "firm", "body", "other"}),
        (Audience.CONTRACTORS, {"firm"}),
        (Audience.OFFICERS, {"body", "other"}),
        (Audience.BODY, {"body"}),
    ],
)
def test_each_sees_what_is_meant_for_them(audience: Audience, seen_by: set[str]) -> None:
    entry = replace(NOTICE, audience=audience, organization_id="body" if audience is Audience.BODY else None)
    who = {
        "nobody": (None, None),
        "firm": (Side.CONTRACTOR, "firm"),
        "body": (Side.OFFICER, "body"),
        "other": (Side.OFFICER, "other"),
    }
    assert {name for name, (side, one) in who.items() if is_shown(entry, AT, side, one)} == seen_by


def test_closed_until_the_last_window_of_that_function_ends() -> None:
    longer = replace(WINDOW, bulletin_id="l", ends=AT + 3 * HOUR)
    later = replace(WINDOW, bulletin_id="n", begins=AT + HOUR, ends=AT + 9 * HOUR)
    mail = replace(WINDOW, bulletin_id="m", function=Function.MAIL, ends=AT + 5 * HOUR)
    every = (NOTICE, WINDOW, longer, later, mail)
    assert closed_until(every, Function.SYSTEM, AT) == longer.ends
    assert closed_until(every, Function.MAIL, AT) == mail.ends
    assert closed_until(every, Function.TIMESTAMP, AT) is None
