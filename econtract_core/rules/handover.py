"""Handover note 引渡書: after a passed completion (or designated part) the contractor hands the works over, the officer accepts.

`DRAFT → SUBMITTED → ACCEPTED | RETURNED`. Source: product.md "HandoverNote"; facts.md 2.2 rows 14, 18 (the officer takes delivery at
once on request [B66]), 3.3 ([D]).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from econtract_core.rules.errors import ConditionMissing, NotYourTurn, ValueInvalid, WrongSigner
from econtract_core.rules.inspection import Actor, InspectionRequest, Kind, Paper, Role
from econtract_core.rules.joint_venture import check_lead
from econtract_core.rules.machine import Machine, Row, row


class State(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    RETURNED = "RETURNED"


class Action(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    RETURN = "return"


MACHINE: Machine[State, Action, Role] = Machine(
    (
        row(Action.SUBMIT, (State.DRAFT, State.RETURNED), State.SUBMITTED, Role.CONTRACTOR),
        row(Action.ACCEPT, (State.SUBMITTED,), State.ACCEPTED, Role.OFFICER),
        row(Action.RETURN, (State.SUBMITTED,), State.RETURNED, Role.OFFICER, needs_reason=True),
    )
)


@dataclass(frozen=True)
class Deed:
    at: datetime
    action: Action
    user_id: str
    reason: str = ""
    paper: Paper | None = None


@dataclass(frozen=True)
class HandoverNote:
    """One 引渡書; `request_id` the passed inspection it follows. `handed_over_on` is set with its acceptance."""

    request_id: str
    body_id: str
    contractor_ids: tuple[str, ...]
    state: State = State.DRAFT
    revision: int = 0
    handed_over_on: date | None = None
    history: tuple[Deed, ...] = ()


def begin(request: InspectionRequest, existing: tuple[HandoverNote, ...]) -> HandoverNote:
    """Raises ConditionMissing where the inspection has not passed, is of no kind that is handed over, or was followed by one."""
    if not request.passed or request.kind not in (Kind.COMPLETION, Kind.DESIGNATED):
        raise ConditionMissing(condition="inspection_passed")
    if any(note.request_id == request.request_id for note in existing):
        raise ConditionMissing(condition="one_handover")
    return HandoverNote(request.request_id, request.body_id, request.contractor_ids)


def check(note: HandoverNote, action: Action, actor: Actor, reason: str = "") -> Row[State, Action, Role]:
    """The table's row, if this actor may make the step now. Raises NotYourTurn, NotAllowedNow, ReasonMissing."""
    step = MACHINE.check(note.state, action, actor.role, reason)
    if actor.role is Role.CONTRACTOR:
        check_lead(note.contractor_ids, actor.organization_id, action.value)
    elif actor.organization_id != note.body_id:
        raise NotYourTurn(action=action.value, side=actor.role.value)
    return step


def act(
    note: HandoverNote, action: Action, actor: Actor, at: datetime, reason: str = "", paper: Paper | None = None
) -> HandoverNote:
    """Submit (with the signed note), accept, return. Raises as `check`, and WrongSigner, ValueInvalid."""
    step = check(note, action, actor, reason)
    if (action is Action.SUBMIT) != (paper is not None):
        raise ValueInvalid(field="paper", problem="a submission brings one, nothing else does")
    if paper is not None and paper.signer_certificate_sha256 != actor.certificate_sha256:
        raise WrongSigner(wanted=actor.certificate_sha256, seen=paper.signer_certificate_sha256)
    return replace(
        note,
        state=step.after(note.state),
        revision=note.revision + 1,
        history=(*note.history, Deed(at, action, actor.user_id, reason.strip(), paper)),
    )


def accepted_on(note: HandoverNote, day: date) -> HandoverNote:
    """引渡年月日, with the acceptance. Raises ConditionMissing before it."""
    if note.state is not State.ACCEPTED:
        raise ConditionMissing(condition="handover_accepted")
    return replace(note, handed_over_on=day)
