"""Cases and contracts as one person may see them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import datetime

from econtract_core.messages.cases import (
    CaseData,
    ChangeData,
    ContactData,
    ContractData,
    DeedData,
    DocumentData,
    Party,
    SeatData,
    SignatureData,
    TermsData,
)
from econtract_core.rules.case import Case
from econtract_core.rules.contract import (
    Contract,
    ContractKind,
    Deed,
    Side,
    Signature,
    allowed_actions,
    whose_turn,
)
from econtract_core.rules.contracts_of_case import CaseSettings, current_terms, unit_price_due
from econtract_core.rules.dates import in_japan
from econtract_core.rules.delegation import Work
from econtract_core.rules.joint_venture import Line, order_board
from econtract_core.rules.procedures import Procedures
from econtract_server.repository import cases, procedures, registry
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.services.authority import Authority, work_of
from econtract_server.services.files import is_hidden
from econtract_server.services.procedure_views import Eyes, ProcedureViews


class Views:
    """One member's eyes, within one transaction; a name is looked up once."""

    def __init__(self, session: Session, member: Member, now: datetime) -> None:
        self._session = session
        self._now = now
        self._member = member
        self._authority = Authority(session, member)
        self._organizations: dict[str, str] = {}
        self._users: dict[str, registry.Names] = {}

    def case(self, case_id: str) -> CaseData:
        """Raises NotFound."""
        found, revision = cases.find_case(self._session, case_id, self._member.organization_id)
        later = procedures.find(self._session, case_id)
        return self._case(found, revision, (cases.contracts_of(self._session, case_id), later))

    def cases(self) -> tuple[CaseData, ...]:
        """Those the member's organisation is a party of."""
        contracts: defaultdict[str, list[Contract]] = defaultdict(list)
        for contract in cases.contracts_of_party(self._session, self._member.organization_id):
            contracts[contract.case_id].append(contract)
        found = cases.cases_of(self._session, self._member.organization_id)
        later = procedures.of_party(self._session, self._member.organization_id)
        return tuple(
            self._case(case, revision, (contracts[case.case_id], later.get(case.case_id, Procedures())))
            for case, revision in found
        )

    def _case(self, case: Case, revision: int, rest: tuple[list[Contract], Procedures]) -> CaseData:
        contracts, later = tuple(rest[0]), rest[1]
        names = (self._organization, self._user)
        works = frozenset(work for work in Work if self._authority.allows(work, self._now, case, contracts))
        eyes = Eyes(self._member, in_japan(self._now).date(), works)
        views = ProcedureViews(case, contracts, later, eyes, names)
        return CaseData(
            case_id=case.case_id,
            number=case.number,
            title=case.title,
            kind=case.kind,
            place=case.place,
            body=self._party(case.body_id),
            contractors=tuple(self._party(organization_id) for organization_id in case.contractor_ids),
            amount=case.amount,
            tax=case.tax,
            term_from=case.term_from,
            term_to=case.term_to,
            contacts=tuple(ContactData(**asdict(c)) for c in case.contacts),
            revision=revision,
            contracts=tuple(self._contract(case, contract, contracts) for contract in contracts),
            terms=TermsData(**asdict(current_terms(case, contracts))),
            unit_price_due=unit_price_due(contracts, CaseSettings()) if _agrees_prices(contracts) else None,
            procedures=views.data(),
        )

    def _contract(self, case: Case, contract: Contract, all_: tuple[Contract, ...]) -> ContractData:
        may = self._authority.allows(work_of(contract), self._now, case, all_, contract)
        hidden = is_hidden(contract, self._member)
        signatures = [(s, None) for s in contract.signatures] + [(s, v) for v, s in contract.void_signatures]
        return ContractData(
            contract_id=contract.contract_id,
            case_id=contract.case_id,
            kind=contract.kind,
            number=contract.number,
            state=contract.state,
            version=contract.version,
            revision=contract.revision,
            deadline=contract.deadline,
            concluded_at=contract.concluded_at,
            documents=() if hidden else tuple(DocumentData(**asdict(d)) for d in contract.documents),
            signatures=tuple(self._signature(s, version) for s, version in signatures),
            unsigned_contractor_ids=contract.unsigned_contractors,
            history=tuple(self._deed(deed) for deed in contract.history),
            allowed=allowed_actions(contract, self._member.actor) if may else (),
            turn=whose_turn(contract),
            change=ChangeData(**asdict(contract.change)),
            corrects_id=contract.corrects_id,
            corrected_by_id=contract.corrected_by_id,
            board=tuple(self._seat(line) for line in order_board(contract)),
        )

    def _seat(self, line: Line) -> SeatData:
        return SeatData(
            organization_id=line.organization_id,
            organization=self._organization(line.organization_id),
            is_lead=line.is_lead,
            seat=line.seat,
            signed_at=line.signed_at,
        )

    def _signature(self, signature: Signature, void_version: int | None) -> SignatureData:
        return SignatureData(
            side=signature.side,
            organization_id=signature.organization_id,
            organization=self._organization(signature.organization_id),
            user=self._user(signature.user_id, signature.signed_at),
            certificate_sha256=signature.certificate_sha256,
            signed_at=signature.signed_at,
            files=dict(signature.files),
            void_version=void_version,
            delegation_id=signature.delegation_id,
        )

    def _deed(self, deed: Deed) -> DeedData:
        system = deed.side is Side.SYSTEM
        return DeedData(
            at=deed.at,
            action=deed.action,
            side=deed.side,
            organization="-" if system else self._organization(deed.organization_id),
            user="-" if system else self._user(deed.user_id, deed.at),
            version=deed.version,
            reason=deed.reason,
        )

    def _party(self, organization_id: str) -> Party:
        number = registry.corporate_number(self._session, organization_id)
        name = self._organization(organization_id)
        return Party(organization_id=organization_id, organization=name, corporate_number=number)

    def _organization(self, organization_id: str) -> str:
        if organization_id not in self._organizations:
            self._organizations[organization_id] = registry.organization_name(self._session, organization_id)
        return self._organizations[organization_id]

    def _user(self, user_id: str, at: datetime) -> str:
        """As the person was called then."""
        if user_id not in self._users:
            self._users[user_id] = registry.names_of(self._session, user_id)
        return self._users[user_id].at(at)


def _agrees_prices(contracts: tuple[Contract, ...]) -> bool:
    """総価契約単価合意方式: only where an agreement was begun, since nothing else says that the case has one."""
    return any(contract.kind is ContractKind.UNIT_PRICE for contract in contracts)
