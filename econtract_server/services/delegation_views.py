"""Delegations as one person may see them: a firm's people all of their firm's, a body those that reach it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from functools import cached_property, partial

from econtract_core.messages.delegations import DelegationData, DelegationList, EndData, PersonData, ReachData
from econtract_core.rules import delegation as rules
from econtract_core.rules.case import Case
from econtract_core.rules.contract import Side
from econtract_core.rules.delegation import Delegation, Reach
from econtract_server.repository import cases, delegations, registry
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.services.authority import person_of


class DelegationViews:
    """One member's eyes, within one transaction."""

    def __init__(self, session: Session, member: Member, now: datetime) -> None:
        self._session = session
        self._member = member
        self._now = now
        self._people: dict[str, dict[str, PersonData]] = {}

    def all(self) -> DelegationList:
        """Open ones first, then by their first day."""
        if self._member.side is Side.CONTRACTOR:
            firm = self._member.organization_id
            return DelegationList(
                delegations=self._of(firm, lambda _: True), people=tuple(self._people_of(firm).values())
            )
        found = (self._of(firm, partial(self._reaches, ours)) for firm, ours in sorted(self._our_cases.items()))
        return DelegationList(delegations=tuple(one for of_firm in found for one in of_firm))

    def one(self, delegation_id: str) -> DelegationData:
        """Of the member's own firm."""
        found = rules.find(self._as_of_now(self._member.organization_id), delegation_id)
        return self._data(found)

    def _of(self, firm: str, wanted: Callable[[Delegation], bool]) -> tuple[DelegationData, ...]:
        found = [one for one in self._as_of_now(firm) if wanted(one)]
        found.sort(key=lambda one: (one.ended is not None, one.reach.first_day, one.delegation_id))
        return tuple(self._data(one) for one in found)

    def _as_of_now(self, firm: str) -> rules.Delegations:
        return rules.expire(delegations.of_firm(self._session, firm), self._now)

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        """The reader's."""
        return tuple(case for case, _ in cases.cases_of(self._session, self._member.organization_id))

    @cached_property
    def _numbers(self) -> dict[str, str]:
        return {case.case_id: case.number for case in self._cases}

    @cached_property
    def _our_cases(self) -> dict[str, set[str]]:
        """A body's cases, by the firms in them."""
        found: dict[str, set[str]] = {}
        for case in self._cases:
            for firm in case.contractor_ids:
                found.setdefault(firm, set()).add(case.case_id)
        return found

    def _reaches(self, our_cases: set[str], one: Delegation) -> bool:
        """What nobody has accepted yet is the firm's own."""
        if one.active_since is None:
            return False
        bodies, cases_ = one.reach.body_ids, one.reach.case_ids
        ours = bodies is None or self._member.organization_id in bodies
        return ours and (cases_ is None or bool(our_cases & set(cases_)))

    def _data(self, one: Delegation) -> DelegationData:
        firm = one.organization_id
        mine = self._member.side is Side.CONTRACTOR
        reach = one.reach if mine else self._ours_of(one.reach)
        return DelegationData(
            delegation_id=one.delegation_id,
            organization_id=firm,
            organization=registry.organization_name(self._session, firm),
            grantor=self._person(firm, one.grantor_id),
            agent=self._person(firm, one.agent_id),
            reach=ReachData(**asdict(reach)),
            bodies=tuple(registry.organization_name(self._session, body_id) for body_id in reach.body_ids or ()),
            case_numbers=tuple(self._numbers[case_id] for case_id in reach.case_ids or ()),
            parent_id=one.parent_id,
            state=one.state,
            proposed_by=one.proposed_by,
            active_since=one.active_since,
            ended=EndData(
                at=one.ended.at,
                action=one.ended.action,
                by=registry.user_name(self._session, one.ended.by_user_id) if one.ended.by_user_id else "",
                reason=one.ended.reason,
            )
            if one.ended is not None
            else None,
            revision=one.revision,
            allowed=rules.allowed_actions(one, person_of(self._member)),
        )

    def _ours_of(self, reach: Reach) -> Reach:
        """What a body is told of it: which others there are is not its business."""
        body_ids, case_ids = reach.body_ids, reach.case_ids
        return replace(
            reach,
            body_ids=(self._member.organization_id,) if body_ids is not None else None,
            case_ids=tuple(c for c in case_ids if c in self._numbers) if case_ids is not None else None,
        )

    def _person(self, firm: str, user_id: str) -> PersonData:
        known = self._people_of(firm).get(user_id)
        if known is not None:
            return known
        return PersonData(user_id=user_id, name=registry.user_name(self._session, user_id), role="-", represents=False)

    def _people_of(self, firm: str) -> dict[str, PersonData]:
        if firm not in self._people:
            found = registry.people(self._session, firm)
            self._people[firm] = {one.user_id: PersonData(**asdict(one)) for one in found}
        return self._people[firm]
