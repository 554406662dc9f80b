"""Who there is: organisations, users, certificates."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Table, insert, select, update

from econtract_core.rules.contract import Actor, Side
from econtract_core.rules.errors import NotFound
from econtract_server.repository.tables import certificate, organization, user


@dataclass(frozen=True)
class Member:
    """A registered person with the certificate they came with."""

    user_id: str
    display_name: str
    role: str
    organization_id: str
    organization: str
    side: Side
    contractor_number: str | None
    certificate_sha256: str

    @property
    def actor(self) -> Actor:
        return Actor(self.side, self.organization_id, self.user_id, self.certificate_sha256)


def member(connection: Connection, certificate_sha256: str) -> Member | None:
    """Whose certificate this is; None where nobody's."""
    found = connection.execute(
        select(user, organization)
        .join(certificate, certificate.c.user_id == user.c.user_id)
        .join(organization, organization.c.organization_id == user.c.organization_id)
        .where(certificate.c.sha256 == certificate_sha256)
    ).first()
    if found is None:
        return None
    return Member(
        found.user_id,
        found.display_name,
        found.role,
        found.organization_id,
        found.name,
        Side(found.side),
        found.contractor_number,
        certificate_sha256,
    )


def organization_name(connection: Connection, organization_id: str) -> str:
    """Raises NotFound."""
    query = select(organization.c.name).where(organization.c.organization_id == organization_id)
    name = connection.execute(query).scalar()
    if name is None:
        raise NotFound(wanted=organization_id)
    return str(name)


def organization_side(connection: Connection, organization_id: str) -> Side | None:
    query = select(organization.c.side).where(organization.c.organization_id == organization_id)
    side = connection.execute(query).scalar()
    return Side(side) if side is not None else None


def user_name(connection: Connection, user_id: str) -> str:
    query = select(user.c.display_name).where(user.c.user_id == user_id)
    return str(connection.execute(query).scalar() or "-")


def seed(connection: Connection, organizations: list[dict[str, str]], users: list[dict[str, str]]) -> None:
    """Add or bring up to date; running it twice changes nothing."""
    for row in organizations:
        _put(connection, organization, "organization_id", row)
    for row in users:
        known = {k: row[k] for k in ("user_id", "organization_id", "display_name", "role")}
        _put(connection, user, "user_id", known)
        _put(connection, certificate, "sha256", {"sha256": row["certificate_sha256"], "user_id": row["user_id"]})


def _put(connection: Connection, table: Table, key: str, row: dict[str, str]) -> None:
    where = table.c[key] == row[key]
    if connection.execute(select(table.c[key]).where(where)).first() is None:
        connection.execute(insert(table).values(**row))
    else:
        connection.execute(update(table).where(where).values(**row))
