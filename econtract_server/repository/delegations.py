"""Delegations, one row each, by firm."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from econtract_core.rules.delegation import BodyRules, Delegation, Delegations
from econtract_core.rules.errors import NotFound, RevisionConflict
from econtract_server.repository.plain import from_json, to_json
from econtract_server.repository.tables import delegation, organization


def of_firm(connection: Connection, organization_id: str) -> Delegations:
    """All it ever had, by identifier."""
    query = select(delegation.c.data).where(delegation.c.organization_id == organization_id)
    found = [from_json(Delegation, row.data) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda one: one.delegation_id))


def firm_of(connection: Connection, delegation_id: str) -> str | None:
    query = select(delegation.c.organization_id).where(delegation.c.delegation_id == delegation_id)
    found = connection.execute(query).scalar()
    return str(found) if found is not None else None


def save(connection: Connection, before: Delegations, after: Delegations) -> None:
    """What differs. Raises RevisionConflict where one is no longer as it was in `before`."""
    seen = {one.delegation_id: one for one in before}
    for one in after:
        known = seen.get(one.delegation_id)
        if known == one:
            continue
        values = {"revision": one.revision, "data": to_json(one)}
        if known is None:
            new = {"delegation_id": one.delegation_id, "organization_id": one.organization_id}
            connection.execute(insert(delegation).values(**new, **values))
            continue
        where = (delegation.c.delegation_id == one.delegation_id, delegation.c.revision == known.revision)
        if connection.execute(update(delegation).where(*where).values(**values)).rowcount != 1:
            raise RevisionConflict(expected=known.revision, found=None)


def accepted_by(connection: Connection, organization_id: str) -> BodyRules:
    """What this body accepts."""
    query = select(organization.c.delegations).where(organization.c.organization_id == organization_id)
    found = connection.execute(query).scalar()
    return from_json(BodyRules, found) if found else BodyRules()


def set_accepted(connection: Connection, organization_id: str, accepts: BodyRules) -> None:
    """Raises NotFound."""
    where = organization.c.organization_id == organization_id
    if connection.execute(update(organization).where(where).values(delegations=to_json(accepts))).rowcount != 1:
        raise NotFound(wanted=organization_id)
