"""What follows a contract's conclusion, one row a case."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from econtract_core.rules.errors import RevisionConflict
from econtract_core.rules.procedures import Procedures
from econtract_server.repository.plain import from_json, to_json
from econtract_server.repository.tables import case_party, case_procedures, procedure_file


def find(connection: Connection, case_id: str) -> Procedures:
    """Empty where nothing has happened yet. Who may see the case is the caller's to know."""
    query = select(case_procedures.c.data).where(case_procedures.c.case_id == case_id)
    found = connection.execute(query).first()
    return from_json(Procedures, found.data) if found is not None else Procedures()


def of_party(connection: Connection, organization_id: str) -> dict[str, Procedures]:
    """By case, of every case the organisation is a party of."""
    query = (
        select(case_procedures.c.case_id, case_procedures.c.data)
        .join(case_party, case_party.c.case_id == case_procedures.c.case_id)
        .where(case_party.c.organization_id == organization_id)
    )
    return {row.case_id: from_json(Procedures, row.data) for row in connection.execute(query)}


def save(connection: Connection, case_id: str, after: Procedures, seen: int) -> None:
    """Also remembers every file they ever named. Raises RevisionConflict where it is no longer at revision `seen`."""
    values = {"revision": after.revision, "data": to_json(after)}
    if seen == 0:
        known = select(case_procedures.c.case_id).where(case_procedures.c.case_id == case_id)
        if connection.execute(known).first() is not None:
            raise RevisionConflict(expected=seen, found=None)
        connection.execute(insert(case_procedures).values(case_id=case_id, **values))
    else:
        where = (case_procedures.c.case_id == case_id, case_procedures.c.revision == seen)
        if connection.execute(update(case_procedures).where(*where).values(**values)).rowcount != 1:
            raise RevisionConflict(expected=seen, found=None)
    query = select(procedure_file.c.sha256).where(procedure_file.c.case_id == case_id)
    there = set(connection.execute(query).scalars())
    for sha256 in sorted({paper.sha256 for paper in after.papers} - there):
        connection.execute(insert(procedure_file).values(case_id=case_id, sha256=sha256))


def every_file(connection: Connection) -> set[str]:
    """Each file that any procedure ever named."""
    return set(connection.execute(select(procedure_file.c.sha256)).scalars())
