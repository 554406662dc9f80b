"""What can be done with delegations 委任. The rules are `econtract_core.rules.delegation`; here they get the firm's facts."""

from __future__ import annotations

from econtract_core.messages.delegations import ActOnDelegation, ProposeDelegation, ReachData
from econtract_core.rules import delegation as rules
from econtract_core.rules.contract import Side
from econtract_core.rules.dates import in_japan
from econtract_core.rules.delegation import Delegation, Reach
from econtract_core.rules.errors import NotFound, NotYourTurn, RevisionConflict, ValueInvalid
from econtract_server.repository import cases, delegations, registry
from econtract_server.services.authority import person_of
from econtract_server.services.deed import Deed


def propose(deed: Deed, payload: ProposeDelegation) -> str:
    """The new delegation, offered by its grantor or asked for by its agent. Raises NotYourTurn, NotFound, RevisionConflict, ValueInvalid,
    DelegationTooWide, NotAllowedNow."""
    _only_firms(deed, "propose")
    if deed.operation.base_revision != 0:
        raise RevisionConflict(expected=deed.operation.base_revision, found=0)
    if delegations.firm_of(deed.session, deed.operation.object_id) is not None:
        raise ValueInvalid(field="delegation_id", problem="taken")
    people = {person.user_id: person for person in registry.people(deed.session, deed.member.organization_id)}
    if payload.agent_id not in people:
        raise NotFound(wanted=payload.agent_id)
    before = delegations.of_firm(deed.session, deed.member.organization_id)
    now = rules.expire(before, deed.at)
    representative = _representative(deed, people)
    grantor = representative
    if payload.parent_id is not None:
        known = [d for d in now if d.delegation_id == payload.parent_id]
        if not known:
            raise NotFound(wanted=payload.parent_id)
        grantor = known[0].agent_id
    fresh = Delegation(
        delegation_id=deed.operation.object_id,
        organization_id=deed.member.organization_id,
        grantor_id=grantor,
        agent_id=payload.agent_id,
        reach=_reach(deed, payload.reach),
        proposed_by=deed.member.user_id,
        parent_id=payload.parent_id,
    )
    if in_japan(deed.at).date() > fresh.reach.last_day:
        raise ValueInvalid(field="last_day", problem="in the past")
    delegations.save(deed.session, before, rules.propose(now, fresh, representative))
    return fresh.delegation_id


def act(deed: Deed, payload: ActOnDelegation) -> str:
    """Accept, decline, revoke, resign. Raises NotFound, RevisionConflict and what the rules raise."""
    delegation_id = deed.operation.object_id
    if delegations.firm_of(deed.session, delegation_id) != deed.member.organization_id:
        raise NotFound(wanted=delegation_id)
    before = delegations.of_firm(deed.session, deed.member.organization_id)
    seen = rules.find(before, delegation_id)
    if seen.revision != deed.operation.base_revision:
        raise RevisionConflict(expected=deed.operation.base_revision, found=seen.revision)
    now = rules.expire(before, deed.at)
    after = rules.act(now, delegation_id, payload.action, person_of(deed.member), deed.at, payload.reason)
    delegations.save(deed.session, before, after)
    return delegation_id


def _only_firms(deed: Deed, action: str) -> None:
    if deed.member.side is not Side.CONTRACTOR:
        raise NotYourTurn(action=action, side=Side.CONTRACTOR.value)


def _representative(deed: Deed, people: dict[str, registry.Person]) -> str:
    """Who grants: the one who asks, where that is a representative; else the firm's. Raises NotFound where it has none."""
    if deed.member.represents:
        return deed.member.user_id
    found = [person.user_id for person in people.values() if person.represents]
    if not found:
        raise NotFound(wanted="representative")
    return found[0]


def _reach(deed: Deed, data: ReachData) -> Reach:
    """Raises ValueInvalid, NotFound: only bodies there are, and cases of the firm's own."""
    for body_id in data.body_ids or ():
        if registry.organization_side(deed.session, body_id) is not Side.OFFICER:
            raise ValueInvalid(field="body_ids", problem=body_id)
    for case_id in data.case_ids or ():
        cases.find_case(deed.session, case_id, deed.member.organization_id)
    return Reach(
        works=tuple(dict.fromkeys(data.works)),
        first_day=data.first_day,
        last_day=data.last_day,
        body_ids=data.body_ids,
        case_ids=data.case_ids,
        most=data.most,
        sub_delegation=data.sub_delegation,
    )
