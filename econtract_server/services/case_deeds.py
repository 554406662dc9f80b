"""What can be done with a case: register it, set its contacts."""

from __future__ import annotations

from dataclasses import replace

from econtract_core.messages.cases import RegisterCase, SetContacts
from econtract_core.rules.case import Case, Contact
from econtract_core.rules.contract import Contract, ContractKind, Side
from econtract_core.rules.errors import NotYourTurn, RevisionConflict, ValueInvalid
from econtract_server.repository import cases, registry
from econtract_server.services.deed import Deed

_LONGEST_CASE_ID = 60  # a contract's identifier is the case's with a suffix


def register(deed: Deed, payload: RegisterCase) -> str:
    """The new case, with its original contract in DRAFTING. Raises NotYourTurn, ValueInvalid, RevisionConflict."""
    if deed.member.side is not Side.OFFICER:
        raise NotYourTurn(action="register", side=Side.OFFICER.value)
    if deed.operation.base_revision != 0:
        raise RevisionConflict(expected=deed.operation.base_revision, found=0)
    if len(deed.operation.object_id) > _LONGEST_CASE_ID:
        raise ValueInvalid(field="object_id", problem=f"longer than {_LONGEST_CASE_ID}")
    for organization_id in payload.contractor_ids:
        if registry.organization_side(deed.session, organization_id) is not Side.CONTRACTOR:
            raise ValueInvalid(field="contractor_ids", problem=organization_id)
    case = Case(
        case_id=deed.operation.object_id,
        number=payload.number,
        title=payload.title,
        kind=payload.case_kind,
        place=payload.place,
        body_id=deed.member.organization_id,
        contractor_ids=payload.contractor_ids,
        amount=payload.amount,
        tax=payload.tax,
        term_from=payload.term_from,
        term_to=payload.term_to,
    )
    first = Contract(
        contract_id=f"{case.case_id}-C0",
        case_id=case.case_id,
        kind=ContractKind.ORIGINAL,
        number=0,
        body_id=case.body_id,
        contractor_ids=case.contractor_ids,
    )
    cases.add_case(deed.session, case, first)
    return case.case_id


def set_contacts(deed: Deed, payload: SetContacts) -> str:
    """連絡先情報 of one's own organisation, all of them anew; the others' stay. Raises NotFound, RevisionConflict, ValueInvalid."""
    case, revision = cases.find_case(deed.session, deed.operation.object_id, deed.member.organization_id)
    if deed.operation.base_revision != revision:
        raise RevisionConflict(expected=deed.operation.base_revision, found=revision)
    own = deed.member.organization_id
    others = tuple(c for c in case.contacts if c.organization_id not in ("", own))
    contacts = tuple(Contact(c.name, c.email, c.phone, own) for c in payload.contacts)
    cases.save_case(deed.session, replace(case, contacts=others + contacts), revision)
    return case.case_id
