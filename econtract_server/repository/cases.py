"""Cases and contracts as the rules have them, one row each. Sorted here: each database has an order of texts of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, insert, or_, select, update

from econtract_core.rules.case import Case
from econtract_core.rules.contract import Contract
from econtract_core.rules.errors import NotFound, RevisionConflict, ValueInvalid
from econtract_server.repository.plain import from_json, to_json
from econtract_server.repository.tables import case, case_party, contract, contract_file


def add_case(connection: Connection, added: Case, first: Contract) -> None:
    """A new case with its contract. Raises ValueInvalid where its id, or its number at this body, is taken."""
    same_number = (case.c.body_id == added.body_id) & (case.c.number == added.number)
    taken = select(case.c.case_id).where(or_(case.c.case_id == added.case_id, same_number))
    found = connection.execute(taken).scalars().all()
    if found:
        field, value = ("object_id", added.case_id) if added.case_id in found else ("number", added.number)
        raise ValueInvalid(field=field, problem=f"{value}: taken")
    connection.execute(
        insert(case).values(
            case_id=added.case_id, number=added.number, body_id=added.body_id, revision=1, data=to_json(added)
        )
    )
    for organization_id in (added.body_id, *added.contractor_ids):
        connection.execute(insert(case_party).values(case_id=added.case_id, organization_id=organization_id))
    connection.execute(insert(contract).values(contract_id=first.contract_id, **_row(first)))


def add_contract(connection: Connection, added: Contract) -> None:
    """A new contract of a case that is there. Raises ValueInvalid where its id is taken."""
    taken = select(contract.c.contract_id).where(contract.c.contract_id == added.contract_id)
    if connection.execute(taken).first() is not None:
        raise ValueInvalid(field="object_id", problem=f"{added.contract_id}: taken")
    connection.execute(insert(contract).values(contract_id=added.contract_id, **_row(added)))


def find_case(connection: Connection, case_id: str, organization_id: str) -> tuple[Case, int]:
    """(case, revision), for a party of it. Raises NotFound for everybody else too: that it exists is nobody's business."""
    query = (
        select(case.c.data, case.c.revision)
        .join(case_party, case_party.c.case_id == case.c.case_id)
        .where(case.c.case_id == case_id, case_party.c.organization_id == organization_id)
    )
    found = connection.execute(query).first()
    if found is None:
        raise NotFound(wanted=case_id)
    return from_json(Case, found.data), found.revision


def cases_of(connection: Connection, organization_id: str) -> list[tuple[Case, int]]:
    """(case, revision) of those the organisation is a party of, by number."""
    query = (
        select(case.c.data, case.c.revision)
        .join(case_party, case_party.c.case_id == case.c.case_id)
        .where(case_party.c.organization_id == organization_id)
    )
    found = [(from_json(Case, row.data), row.revision) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (one[0].number, one[0].case_id))


def every(connection: Connection) -> tuple[Case, ...]:
    """Of all bodies, by number."""
    found = [from_json(Case, row.data) for row in connection.execute(select(case.c.data))]
    return tuple(sorted(found, key=lambda one: (one.number, one.case_id)))


def save_case(connection: Connection, saved: Case, seen: int) -> None:
    """As revision `seen` + 1. Raises RevisionConflict where another writer came between."""
    where = (case.c.case_id == saved.case_id, case.c.revision == seen)
    done = connection.execute(update(case).where(*where).values(revision=seen + 1, data=to_json(saved)))
    if done.rowcount != 1:
        raise RevisionConflict(expected=seen, found=None)


def contracts_of(connection: Connection, case_id: str) -> list[Contract]:
    query = select(contract.c.data).where(contract.c.case_id == case_id)
    return _contracts(connection, query)


def contracts_of_party(connection: Connection, organization_id: str) -> list[Contract]:
    """The contracts of every case the organisation is a party of."""
    query = (
        select(contract.c.data)
        .join(case_party, case_party.c.case_id == contract.c.case_id)
        .where(case_party.c.organization_id == organization_id)
    )
    return _contracts(connection, query)


def find_contract(connection: Connection, contract_id: str, organization_id: str) -> Contract:
    """For a party of its case. Raises NotFound."""
    query = (
        select(contract.c.data)
        .join(case_party, case_party.c.case_id == contract.c.case_id)
        .where(contract.c.contract_id == contract_id, case_party.c.organization_id == organization_id)
    )
    found = _contracts(connection, query)
    if not found:
        raise NotFound(wanted=contract_id)
    return found[0]


def save_contract(connection: Connection, saved: Contract, seen: int) -> None:
    """Also remembers every file it ever named, for download and for `check`. Raises RevisionConflict where it is no longer at
    revision `seen`."""
    where = (contract.c.contract_id == saved.contract_id, contract.c.revision == seen)
    if connection.execute(update(contract).where(*where).values(**_row(saved))).rowcount != 1:
        raise RevisionConflict(expected=seen, found=None)
    query = select(contract_file.c.sha256).where(contract_file.c.contract_id == saved.contract_id)
    known = set(connection.execute(query).scalars())
    for sha256 in sorted({s for d in saved.documents for s in (d.sha256, d.current_sha256)} - known):
        connection.execute(insert(contract_file).values(contract_id=saved.contract_id, sha256=sha256))


def has_file(connection: Connection, contract_id: str, sha256: str) -> bool:
    where = (contract_file.c.contract_id == contract_id, contract_file.c.sha256 == sha256)
    return connection.execute(select(contract_file.c.sha256).where(*where)).first() is not None


def every_file(connection: Connection) -> set[str]:
    """Each file that any contract ever named."""
    return set(connection.execute(select(contract_file.c.sha256)).scalars())


def _contracts(connection: Connection, query: Select[Any]) -> list[Contract]:
    found = [from_json(Contract, row.data) for row in connection.execute(query)]
    return sorted(found, key=lambda one: one.contract_id)


def _row(saved: Contract) -> dict[str, object]:
    return {"case_id": saved.case_id, "state": saved.state.value, "revision": saved.revision, "data": to_json(saved)}
