"""Cases and contracts as one person may see them."""

from __future__ import annotations

from dataclasses import asdict

from econtract_core.messages.cases import (
    CaseData,
    ContactData,
    ContractData,
    DeedData,
    DocumentData,
    Party,
    SignatureData,
)
from econtract_core.rules.case import Case
from econtract_core.rules.contract import (
    Contract,
    Deed,
    Side,
    Signature,
    State,
    allowed_actions,
    whose_turn,
)
from econtract_server.repository import cases, registry
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session


def case_data(session: Session, member: Member, case_id: str) -> CaseData:
    """Raises NotFound."""
    found, revision = cases.find_case(session, case_id, member.organization_id)
    return _case(session, member, found, revision)


def every_case(session: Session, member: Member) -> tuple[CaseData, ...]:
    """Those the member's organisation is a party of."""
    return tuple(_case(session, member, c, revision) for c, revision in cases.cases_of(session, member.organization_id))


def _case(session: Session, member: Member, case: Case, revision: int) -> CaseData:
    contracts = cases.contracts_of(session, case.case_id)
    return CaseData(
        case_id=case.case_id,
        number=case.number,
        title=case.title,
        kind=case.kind,
        place=case.place,
        body=_party(session, case.body_id),
        contractors=tuple(_party(session, organization_id) for organization_id in case.contractor_ids),
        amount=case.amount,
        tax=case.tax,
        term_from=case.term_from,
        term_to=case.term_to,
        contacts=tuple(ContactData(name=c.name, email=c.email, phone=c.phone) for c in case.contacts),
        revision=revision,
        contracts=tuple(_contract(session, member, contract) for contract in contracts),
    )


def _contract(session: Session, member: Member, contract: Contract) -> ContractData:
    # A draft that was never offered is the officer's own; so is one that is being mended after a return.
    hidden = member.side is Side.CONTRACTOR and contract.state is State.DRAFTING and contract.version == 0
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
        signatures=tuple(_signature(session, s, version) for s, version in signatures),
        unsigned_contractor_ids=contract.unsigned_contractors,
        history=tuple(_deed(session, deed) for deed in contract.history),
        allowed=allowed_actions(contract, member.actor),
        turn=whose_turn(contract),
    )


def _signature(session: Session, signature: Signature, void_version: int | None) -> SignatureData:
    return SignatureData(
        side=signature.side,
        organization_id=signature.organization_id,
        organization=registry.organization_name(session, signature.organization_id),
        user=registry.user_name(session, signature.user_id),
        certificate_sha256=signature.certificate_sha256,
        signed_at=signature.signed_at,
        files=dict(signature.files),
        void_version=void_version,
    )


def _deed(session: Session, deed: Deed) -> DeedData:
    system = deed.side is Side.SYSTEM
    return DeedData(
        at=deed.at,
        action=deed.action,
        side=deed.side,
        organization="-" if system else registry.organization_name(session, deed.organization_id),
        user="-" if system else registry.user_name(session, deed.user_id),
        version=deed.version,
        reason=deed.reason,
    )


def _party(session: Session, organization_id: str) -> Party:
    name = registry.organization_name(session, organization_id)
    return Party(organization_id=organization_id, organization=name)
