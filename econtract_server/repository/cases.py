"""Cases and contracts as the rules have them, one row each."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from econtract_core.rules.case import Case
from econtract_core.rules.contract import Contract
from econtract_core.rules.errors import NotFound, ValueInvalid
from econtract_server.repository.plain import from_json, to_json
from econtract_server.repository.tables import case, case_party, contract, contract_file


def add_case(connection: Connection, added: Case, first: Contract) -> None:
    """A new case with its contract. Raises ValueInvalid where its id or number is taken."""
    try:
        connection.execute(
            insert(case).values(
                case_id=added.case_id, number=added.number, body_id=added.body_id, revision=1, data=to_json(added)
            )
        )
    except IntegrityError:
        raise ValueInvalid(field="number", problem=f"{added.number}: taken") from None
    for organization_id in (added.body_id, *added.contractor_ids):
        connection.execute(insert(case_party).values(case_id=added.case_id, organization_id=organization_id))
    connection.execute(insert(contract).values(contract_id=first.contract_id, **_row(first)))


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
    """By case number."""
    query = (
        select(case.c.data, case.c.revision)
        .join(case_party, case_party.c.case_id == case.c.case_id)
        .where(case_party.c.organization_id == organization_id)
        .order_by(case.c.number)
    )
    return [(from_json(Case, row.data), row.revision) for row in connection.execute(query)]


def save_case(connection: Connection, saved: Case, revision: int) -> None:
    where = case.c.case_id == saved.case_id
    connection.execute(update(case).where(where).values(revision=revision, data=to_json(saved)))


def contracts_of(connection: Connection, case_id: str) -> list[Contract]:
    query = select(contract.c.data).where(contract.c.case_id == case_id).order_by(contract.c.contract_id)
    return [from_json(Contract, row.data) for row in connection.execute(query)]


def find_contract(connection: Connection, contract_id: str, organization_id: str) -> Contract:
    """For a party of its case. Raises NotFound."""
    query = (
        select(contract.c.data)
        .join(case_party, case_party.c.case_id == contract.c.case_id)
        .where(contract.c.contract_id == contract_id, case_party.c.organization_id == organization_id)
    )
    found = connection.execute(query).first()
    if found is None:
        raise NotFound(wanted=contract_id)
    return from_json(Contract, found.data)


def save_contract(connection: Connection, saved: Contract) -> None:
    """Also remembers every file it ever named, for download and for `check`."""
    where = contract.c.contract_id == saved.contract_id
    connection.execute(update(contract).where(where).values(**_row(saved)))
    for sha256 in {s for d in saved.documents for s in (d.sha256, d.current_sha256)}:
        known = select(contract_file.c.sha256).where(
            contract_file.c.contract_id == saved.contract_id, contract_file.c.sha256 == sha256
        )
        if connection.execute(known).first() is None:
            connection.execute(insert(contract_file).values(contract_id=saved.contract_id, sha256=sha256))


def has_file(connection: Connection, contract_id: str, sha256: str) -> bool:
    where = (contract_file.c.contract_id == contract_id, contract_file.c.sha256 == sha256)
    return connection.execute(select(contract_file.c.sha256).where(*where)).first() is not None


def every_file(connection: Connection) -> set[str]:
    return set(connection.execute(select(contract_file.c.sha256)).scalars())


def _row(saved: Contract) -> dict[str, object]:
    return {"case_id": saved.case_id, "state": saved.state.value, "revision": saved.revision, "data": to_json(saved)}
