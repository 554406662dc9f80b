"""Delegations 委任 and the operations on them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from econtract_core.messages.base import Identifier, Line, Message, Moment, Text
from econtract_core.rules.delegation import Action, State, Work

_Identifiers = Annotated[tuple[Identifier, ...], Field(max_length=200)]


class ReachData(Message):
    """What an agent may do; None: no limit in this dimension. Both days are within, by Japan's calendar; yen with tax."""

    works: Annotated[tuple[Work, ...], Field(max_length=len(Work))]
    first_day: date
    last_day: date
    body_ids: _Identifiers | None = None
    case_ids: _Identifiers | None = None
    most: int | None = None
    sub_delegation: bool = False


class PersonData(Message):
    """`represents`: the representative 代表者 of the firm, who needs no delegation."""

    user_id: Identifier
    name: Line
    role: Line
    represents: bool


class EndData(Message):
    """`by` "" where it ended by itself."""

    at: Moment
    action: Action
    by: Text
    reason: Text


class DelegationData(Message):
    """One delegation as it is now; with `parent_id` a sub-delegation 復委任. `bodies`: names, `case_numbers`: 契約番号 of those it is limited
    to, in the order of `reach`. A body is told of itself and its own cases only. `allowed`: what the reader may do with it."""

    delegation_id: Identifier
    organization_id: Identifier
    organization: Line
    grantor: PersonData
    agent: PersonData
    reach: ReachData
    bodies: tuple[Line, ...] = ()
    case_numbers: tuple[Line, ...] = ()
    parent_id: Identifier | None
    state: State
    proposed_by: Identifier
    active_since: Moment | None
    ended: EndData | None
    revision: int
    allowed: tuple[Action, ...]


class DelegationList(Message):
    """`people`: those of the reader's own firm."""

    delegations: tuple[DelegationData, ...]
    people: tuple[PersonData, ...] = ()


class ProposeDelegation(Message):
    """A delegation, offered by who grants it or asked for by `agent_id`. Without `parent_id` the representative grants it, else the
    agent of that one. The operation's object is the new delegation, its identifier made by the client."""

    kind: Literal["delegation.propose"] = "delegation.propose"
    agent_id: Identifier
    reach: ReachData
    parent_id: Identifier | None = None


class ActOnDelegation(Message):
    """accept, decline, revoke, resign"""

    kind: Literal["delegation.act"] = "delegation.act"
    action: Action
    reason: Text = ""


DelegationPayload = ProposeDelegation | ActOnDelegation
