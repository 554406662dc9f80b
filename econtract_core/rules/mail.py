"""Who is told by e-mail about which deed. Mail only helps: its lateness or loss changes no clock (facts.md 3.6; product.md "Case").

A deed is an operation's kind, with its action where it has one: "contract.act.submit". Every deed has a row; a new one without a row
fails a test. Addresses are the case's contacts 連絡先情報 of each organisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from econtract_core.rules.contract import Contract, State
from econtract_core.rules.dates import in_japan


class Told(StrEnum):
    NOBODY = "nobody"
    BODY = "body"  # 発注機関
    LEAD = "lead"  # the contractor that acts: of a joint venture the lead 代表事業者
    FIRMS = "firms"  # every member of the joint venture
    OTHERS = "others"  # every party but the one that acted


_N, _B, _L, _F, _O = Told.NOBODY, Told.BODY, Told.LEAD, Told.FIRMS, Told.OTHERS
DEEDS: dict[str, Told] = {
    "case.register": _F,  # facts.md 3.1: mail to the contractor
    "case.contacts": _N,
    "contract.begin": _N,  # a draft is the body's own until it is offered
    "contract.correct": _N,
    "contract.offer": _F,
    "contract.act.review": _N,
    "contract.act.return": _O,
    "contract.act.submit": _O,
    "contract.act.send_back": _F,
    "contract.act.withdraw": _F,
    "contract.act.terminate": _O,
    "contract.act.move_to_paper": _F,
    "contract.sign.sign": _O,  # the next member of a joint venture, and the body, see how far it is
    "contract.sign.countersign": _F,  # 契約締結
    "inspection.begin": _N,
    "inspection.amend": _N,
    "inspection.act.edit": _N,
    "inspection.act.submit": _B,
    "inspection.act.receive": _L,
    "inspection.act.return": _L,
    "inspection.act.redraft": _N,
    "inspection.act.receive_result": _B,
    "inspection.act.withdraw": _B,
    "inspection.sign.sign": _N,
    "inspection.sign.issue_result": _L,
    "inspection.sign.notify_repair": _B,
    "inspection.record": _B,  # the officer issues the result
    "handover.submit": _B,
    "handover.answer.accept": _L,
    "handover.answer.return": _L,
    "guarantee.add": _B,
    "guarantee.confirm": _L,
    "invoice.draft": _N,
    "invoice.amend": _N,
    "invoice.sign": _N,
    "invoice.act.submit": _B,
    "invoice.act.receive": _L,
    "invoice.act.reject": _L,
    "invoice.act.pay": _L,
    "invoice.act.correct": _N,
    "invoice.act.discard": _N,
    # Of no case, so nobody's contacts: these wait where their people look (委任, 登録).
    "delegation.propose": _N,
    "delegation.act.accept": _N,
    "delegation.act.decline": _N,
    "delegation.act.revoke": _N,
    "delegation.act.resign": _N,
    "registration.act.approve": _N,
    "registration.act.return": _N,
    "registration.act.approve_renewal": _N,
    "registration.act.return_renewal": _N,
}
SIGNATURE_DUE, CLOCK_DUE = "reminder.signature", "reminder.clock"
REMINDERS = (SIGNATURE_DUE, CLOCK_DUE)


def deed_name(kind: str, action: str | None) -> str:
    return f"{kind}.{action}" if action else kind


def told(deed: str, body_id: str, contractor_ids: tuple[str, ...], actor_organization_id: str) -> tuple[str, ...]:
    """The organisations that are told, in a fixed order. Unknown deeds are nobody's."""
    whom = DEEDS.get(deed, Told.NOBODY)
    parties = (body_id, *contractor_ids)
    found = {
        Told.NOBODY: (),
        Told.BODY: (body_id,),
        Told.LEAD: contractor_ids[:1],
        Told.FIRMS: contractor_ids,
        Told.OTHERS: tuple(one for one in parties if one != actor_organization_id),
    }[whom]
    return tuple(found)


@dataclass(frozen=True)
class Settings:
    """Days before, and the hour is the worker's. Unverified: no figure of the real system is known (facts.md 1.5)."""

    before_deadline: int = 3
    before_clock: int = 3


@dataclass(frozen=True)
class Reminder:
    """`key`: sent once under it. `due`: Japan's day."""

    key: str
    kind: str
    organizations: tuple[str, ...]
    due: date


@dataclass(frozen=True)
class RunningClock:
    """A legal clock that runs: of what, until when (None: it stands still), and whose it is to act."""

    object_id: str
    due: date | None
    organization_id: str


def signature_reminders(
    contracts: tuple[Contract, ...], now: datetime, settings: Settings = Settings()
) -> tuple[Reminder, ...]:
    """To the firms that have not signed, when a contract's deadline is near. Once a version."""
    found = []
    for contract in contracts:
        open_ = contract.state in (State.OFFERED, State.UNDER_REVIEW, State.SIGNING)
        if not open_ or contract.deadline is None or not contract.unsigned_contractors:
            continue
        if contract.deadline - timedelta(days=settings.before_deadline) <= now <= contract.deadline:
            key = f"{SIGNATURE_DUE}:{contract.contract_id}:{contract.version}"
            due = in_japan(contract.deadline).date()
            found.append(Reminder(key, SIGNATURE_DUE, contract.unsigned_contractors, due))
    return tuple(found)


def clock_reminders(
    clocks: tuple[RunningClock, ...], today: date, settings: Settings = Settings()
) -> tuple[Reminder, ...]:
    """To who must act, when a legal clock (支払遅延防止法5条, 6条) is near its end, and once more when it has passed."""
    found = []
    for clock in clocks:
        if clock.due is None or today < clock.due - timedelta(days=settings.before_clock):
            continue
        late = "late" if today > clock.due else "near"
        key = f"{CLOCK_DUE}:{clock.object_id}:{clock.due.isoformat()}:{late}"
        found.append(Reminder(key, CLOCK_DUE, (clock.organization_id,), clock.due))
    return tuple(found)
