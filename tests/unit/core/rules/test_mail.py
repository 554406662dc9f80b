"""Who is told by e-mail, and when somebody is reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from econtract_core.messages.cases import Operation
from econtract_core.rules import mail
from econtract_core.rules.contract import Contract, ContractKind, State
from econtract_core.rules.mail import RunningClock, Told
from econtract_server.services.mail_texts import has_words

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
CONTRACT = Contract("k", "c", ContractKind.ORIGINAL, 0, "body", ("lead", "second"))
OFFERED = replace(CONTRACT, state=State.OFFERED, version=2, deadline=NOW + timedelta(days=2))


def _deeds() -> set[str]:
    """Every deed of every kind of operation, from the messages themselves."""
    found = set()
    for kind in get_args(Operation.model_fields["payload"].annotation):
        name, action = kind.model_fields["kind"].default, kind.model_fields.get("action")
        if action is None:
            found.add(name)
            continue
        values = get_args(action.annotation) or tuple(action.annotation)
        found |= {mail.deed_name(name, value.value) for value in values}
    return found


# What a kind's action may say by its type and never does: the system's own, and those that bring a file.
_NEVER = {
    "delegation.act.lapse",
    "delegation.act.expire",
    *(
        f"contract.act.{a}"
        for a in ("offer", "sign", "countersign", "conclude", "timestamp", "lapse", "correct", "complete", "archive")
    ),
    *(f"inspection.act.{a}" for a in ("sign", "inspect", "issue_result", "notify_repair")),
    "invoice.act.sign",
}


def test_every_deed_has_a_row() -> None:
    assert _deeds() - _NEVER <= set(mail.DEEDS)
    assert set(mail.DEEDS) <= _deeds() | _NEVER


def test_what_is_told_has_words() -> None:
    told = {deed for deed, whom in mail.DEEDS.items() if whom is not Told.NOBODY}
    assert {deed for deed in told if not has_words(deed)} == set()
    assert all(has_words(kind) for kind in mail.REMINDERS)


@pytest.mark.parametrize(
    ("deed", "actor", "wanted"),
    [
        ("contract.offer", "body", ("lead", "second")),
        ("contract.sign.sign", "second", ("body", "lead")),
        ("contract.act.submit", "lead", ("body", "second")),
        ("inspection.act.submit", "lead", ("body",)),
        ("invoice.act.pay", "body", ("lead",)),
        ("invoice.draft", "lead", ()),
        ("something.new", "lead", ()),
    ],
)
def test_who_is_told(deed: str, actor: str, wanted: tuple[str, ...]) -> None:
    assert mail.told(deed, "body", ("lead", "second"), actor) == wanted


def test_a_signature_is_reminded_of_near_its_deadline_only() -> None:
    (reminder,) = mail.signature_reminders((OFFERED,), NOW)
    assert (reminder.organizations, reminder.due) == (("lead", "second"), date(2026, 11, 26))
    assert reminder.key == "reminder.signature:k:2"
    for other in (
        replace(OFFERED, deadline=None),
        replace(OFFERED, deadline=NOW + timedelta(days=4)),
        replace(OFFERED, deadline=NOW - timedelta(seconds=1)),
        replace(OFFERED, state=State.CONCLUDED),
        CONTRACT,
    ):
        assert mail.signature_reminders((other,), NOW) == ()


def test_a_clock_is_told_near_its_end_and_once_more_when_late() -> None:
    today = date(2026, 11, 24)

    def keys(due: date | None) -> list[str]:
        return [r.key for r in mail.clock_reminders((RunningClock("r", due, "body"),), today)]

    assert keys(None) == []
    assert keys(date(2026, 11, 28)) == []
    assert keys(date(2026, 11, 27)) == ["reminder.clock:r:2026-11-27:near"]
    assert keys(today) == ["reminder.clock:r:2026-11-24:near"]
    assert keys(date(2026, 11, 23)) == ["reminder.clock:r:2026-11-23:late"]
