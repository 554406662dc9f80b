"""Joint venture 共同企業体: every member signs the contract and its changes, the lead submits and acts for all afterwards.

Source: product.md "People"; facts.md 1.5 K7, 3.1 and 4 row 13 (all members sign [B36]; the order of signing is [D], unverified: a
setting of the contract, `lead_signs_last`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from econtract_core.rules.contract import Action, Actor, Contract, Side, State, allowed_actions
from econtract_core.rules.errors import NotYourTurn


class Seat(StrEnum):
    """Where a member stands in this version."""

    SIGNED = "signed"
    TIMESTAMP_PENDING = "timestamp_pending"
    NEXT = "next"  # may sign now
    WAITING = "waiting"  # others come first
    RETURNED = "returned"  # gave this version back; waits for a new one


@dataclass(frozen=True)
class Line:
    """One member on the order board. `reason`: why it gave the version back. `void_versions`: versions it signed in vain."""

    organization_id: str
    is_lead: bool
    seat: Seat
    signed_at: datetime | None = None
    user_id: str = ""
    reason: str = ""
    void_versions: tuple[int, ...] = ()


def order_board(contract: Contract) -> tuple[Line, ...]:
    """Who has signed and who has not, the lead first; a contract of one firm has one line.

    A member who returns sends the whole version back: the others' signatures are void with it (facts.md 3.1 [D]).
    """
    return tuple(_line(contract, organization_id) for organization_id in contract.contractor_ids)


def _line(contract: Contract, organization_id: str) -> Line:
    is_lead = organization_id == contract.lead_id
    void = tuple(v for v, s in contract.void_signatures if s.organization_id == organization_id)
    for signature in contract.signatures:
        if signature.side is Side.CONTRACTOR and signature.organization_id == organization_id:
            seat = Seat.TIMESTAMP_PENDING if signature.timestamp_pending else Seat.SIGNED
            return Line(organization_id, is_lead, seat, signature.signed_at, signature.user_id, "", void)
    back = contract.last_return
    if back is not None and contract.state is State.DRAFTING and back.organization_id == organization_id:
        return Line(organization_id, is_lead, Seat.RETURNED, None, back.user_id, back.reason, void)
    member = Actor(Side.CONTRACTOR, organization_id, "", "")
    seat = Seat.NEXT if Action.SIGN in allowed_actions(contract, member) else Seat.WAITING
    return Line(organization_id, is_lead, seat, void_versions=void)


def check_lead(contractor_ids: tuple[str, ...], organization_id: str, action: str) -> None:
    """After conclusion the lead acts for all: inspections, invoices, handover. Raises NotYourTurn.

    Source: facts.md 1.5 K7 [B36].
    """
    if not contractor_ids or organization_id != contractor_ids[0]:
        raise NotYourTurn(action=action, side="lead")
