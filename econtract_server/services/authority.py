"""Who may act for a firm: its representative, or an agent within a delegation that covers the act.

The rules are `econtract_core.rules.delegation`; here each operation is told what it is: which work, on which case, for how much,
and when. Officers need no delegation. Source: facts.md 1.4 D5, 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from econtract_core.messages import procedures as said
from econtract_core.messages.cases import ActOnContract, Operation, SetContacts, SignContract
from econtract_core.rules import delegation as rules
from econtract_core.rules.case import Case
from econtract_core.rules.contract import Contract, ContractKind, Side
from econtract_core.rules.contracts_of_case import current_terms
from econtract_core.rules.delegation import Act, BodyRules, Delegations, Person, Work
from econtract_core.rules.errors import NotDelegated, NotFound
from econtract_core.rules.guarantee import GuaranteeKind
from econtract_core.rules.money import Yen
from econtract_server.repository import cases, delegations
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.services.deed import Deed, VerifiedFiles

_WITHIN = timedelta(seconds=1)  # a timestamp tells a second (RFC 3161 genTime), a deed its microsecond
Contracts = tuple[Contract, ...]
_WORKS: dict[type, Work] = {
    said.BeginInspection: Work.INSPECTION,
    said.AmendInspection: Work.INSPECTION,
    said.ActOnInspection: Work.INSPECTION,
    said.SignInspection: Work.INSPECTION,
    said.SubmitHandover: Work.INSPECTION,
    said.DraftInvoice: Work.INVOICE,
    said.AmendInvoice: Work.INVOICE,
    said.SignInvoice: Work.INVOICE,
    said.ActOnInvoice: Work.INVOICE,
}


@dataclass
class Authority:
    """One member's, within one transaction; what a body accepts is looked up once."""

    session: Session
    member: Member
    _bodies: dict[str, BodyRules] = field(default_factory=dict)
    _ours: Delegations | None = None

    def covering(self, deed: Deed, verified: VerifiedFiles | None) -> str | None:
        """The delegation that covers this operation; None where none is needed. A signature counts at the moment its timestamp
        proves, anything else when it arrived. Raises NotDelegated, NotFound."""
        if not self.is_needed:
            return None
        what = self._what(deed.operation)
        if what is None:
            return None  # no agent's act: the deed itself says who may do it
        found: str | None = None
        for at in verified.signed_at if verified is not None else ():
            try:
                found = self._check(what, at)
            except NotDelegated:
                found = self._check(what, min(at + _WITHIN, deed.at))
        return found if verified is not None and verified.signed_at else self._check(what, deed.at)

    def reaches(self, operation: Operation) -> bool:
        """Whether the member could ever have been allowed to do this. False too where there is nothing to do it to."""
        if not self.is_needed:
            return True
        try:
            what = self._what(operation)
        except NotFound:
            return False
        return what is None or any(rules.reaches(self._person, act, self._delegations()) for act in what)

    def allows(self, work: Work, at: datetime, case: Case, contracts: Contracts, one: Contract | None = None) -> bool:
        """Whether the member may do that work in this case at that moment, as far as delegation goes. `one`: the contract it is
        done to."""
        if not self.is_needed:
            return True
        act = Act(work, case.body_id, case.case_id, _amount(case, contracts, one))
        return rules.may(self._person, act, at, self._delegations(), self._accepted(case.body_id)).allowed

    @property
    def is_needed(self) -> bool:
        return self.member.side is Side.CONTRACTOR and not self.member.represents

    def _check(self, what: tuple[Act, ...], at: datetime) -> str | None:
        """Of several acts any one will do."""
        *others, last = what
        ours = self._delegations()
        for act in others:
            found = rules.may(self._person, act, at, ours, self._accepted(act.body_id))
            if found.allowed:
                return found.delegation_id
        return rules.check_may(self._person, last, at, ours, self._accepted(last.body_id))

    def _what(self, operation: Operation) -> tuple[Act, ...] | None:
        """What it is that is done; None for what no agent does. Raises NotFound."""
        payload: Any = operation.payload
        if isinstance(payload, ActOnContract | SignContract):
            contract = cases.find_contract(self.session, operation.object_id, self.member.organization_id)
            return self._acts(contract.case_id, (work_of(contract),), contract)
        if isinstance(payload, SetContacts):
            return self._acts(operation.object_id, tuple(Work))
        if isinstance(payload, said.AddGuarantee):
            first = payload.guarantee_kind is GuaranteeKind.CONTRACT
            return self._acts(payload.case_id, (Work.CONTRACT if first else Work.INVOICE,))
        work = _WORKS.get(type(payload))
        return self._acts(payload.case_id, (work,)) if work is not None else None

    def _acts(self, case_id: str, works: tuple[Work, ...], contract: Contract | None = None) -> tuple[Act, ...]:
        case, _ = cases.find_case(self.session, case_id, self.member.organization_id)
        amount = _amount(case, tuple(cases.contracts_of(self.session, case_id)), contract)
        return tuple(Act(work, case.body_id, case_id, amount) for work in works)

    @property
    def _person(self) -> Person:
        return person_of(self.member)

    def _delegations(self) -> Delegations:
        if self._ours is None:
            self._ours = delegations.of_firm(self.session, self.member.organization_id)
        return self._ours

    def _accepted(self, body_id: str) -> BodyRules:
        if body_id not in self._bodies:
            self._bodies[body_id] = delegations.accepted_by(self.session, body_id)
        return self._bodies[body_id]


def person_of(member: Member) -> Person:
    """Who acts, for the rules of delegation."""
    return Person(member.user_id, member.organization_id, member.represents)


def work_of(contract: Contract) -> Work:
    """What signing it is."""
    return Work.UNIT_PRICE if contract.kind is ContractKind.UNIT_PRICE else Work.CONTRACT


def _amount(case: Case, contracts: Contracts, changed_by: Contract | None) -> Yen:
    """The contract amount now; where a change is at hand, the larger of now and then."""
    now = current_terms(case, contracts).amount
    return max(now, now + changed_by.change.amount) if changed_by is not None else now
