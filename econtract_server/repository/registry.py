"""Who there is: organisations, users, certificates."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, exists, select, update

from econtract_core.rules.contract import Actor, Side
from econtract_core.rules.errors import SettingsUnreadable
from econtract_server.repository.once import insert_new
from econtract_server.repository.tables import certificate, organization, user

_INSPECTOR = ("検査職員", "inspector")
_REPRESENTATIVE = ("代表者", "representative")


@dataclass(frozen=True)
class Organization:
    organization_id: str
    name: str
    side: Side
    corporate_number: str
    contractor_number: str | None = None


@dataclass(frozen=True)
class User:
    user_id: str
    organization_id: str
    display_name: str
    role: str
    certificate_sha256: str


@dataclass(frozen=True)
class Names:
    """What an account's holder is called; `former`: (name, until when), the oldest first."""

    now: str
    former: tuple[tuple[str, datetime], ...] = ()

    def at(self, moment: datetime) -> str:
        """What was done before a change of representative keeps the name it was done under."""
        return next((name for name, until in self.former if moment < until), self.now)


@dataclass(frozen=True)
class Person:
    """One of an organisation's registered people."""

    user_id: str
    name: str
    role: str
    represents: bool


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
    card_ends: datetime | None = None  # None: not known

    def only_reads(self, at: datetime) -> bool:
        """期限切れ: the card opens the records, and changes nothing (facts.md 3.4)."""
        return self.card_ends is not None and at > self.card_ends

    @property
    def is_inspector(self) -> bool:
        """検査職員: records inspections, and does nothing of what an officer does."""
        return self.role in _INSPECTOR

    @property
    def represents(self) -> bool:
        """代表者 of a firm: acts for it without a delegation."""
        return represents(self.side, self.role)

    @property
    def actor(self) -> Actor:
        return Actor(self.side, self.organization_id, self.user_id, self.certificate_sha256)


def represents(side: Side, role: str) -> bool:
    """Whether this role is a firm's representative's."""
    return side is Side.CONTRACTOR and role in _REPRESENTATIVE


def member(connection: Connection, certificate_sha256: str) -> Member | None:
    """Whose certificate this is; None where nobody's."""
    found = connection.execute(
        select(user, organization.c.name, organization.c.side, organization.c.contractor_number)
        .join(certificate, certificate.c.user_id == user.c.user_id)
        .join(organization, organization.c.organization_id == user.c.organization_id)
        .where(certificate.c.sha256 == certificate_sha256, certificate.c.retired_at.is_(None))
    ).first()
    if found is None:
        return None
    return Member(
        user_id=found.user_id,
        display_name=found.display_name,
        role=found.role,
        organization_id=found.organization_id,
        organization=found.name,
        side=Side(found.side),
        contractor_number=found.contractor_number,
        certificate_sha256=certificate_sha256,
    )


def organization_name(connection: Connection, organization_id: str) -> str:
    """ "-" where nobody is registered under it."""
    query = select(organization.c.name).where(organization.c.organization_id == organization_id)
    return str(connection.execute(query).scalar() or "-")


def corporate_number(connection: Connection, organization_id: str) -> str:
    """法人番号; "" where there is none."""
    query = select(organization.c.corporate_number).where(organization.c.organization_id == organization_id)
    return str(connection.execute(query).scalar() or "")


def organizations(connection: Connection) -> tuple[Organization, ...]:
    """All of them, by name."""
    columns = [organization.c[field.name] for field in fields(Organization)]
    rows = connection.execute(select(*columns)).mappings()
    found = (Organization(**{**row, "side": Side(row["side"])}) for row in rows)
    return tuple(sorted(found, key=lambda one: (one.name, one.organization_id)))


def organization_side(connection: Connection, organization_id: str) -> Side | None:
    query = select(organization.c.side).where(organization.c.organization_id == organization_id)
    side = connection.execute(query).scalar()
    return Side(side) if side is not None else None


def people(connection: Connection, organization_id: str) -> tuple[Person, ...]:
    """Those of one organisation who have a card that is in use, by identifier."""
    query = (
        select(user.c.user_id, user.c.display_name, user.c.role, organization.c.side)
        .join(organization, organization.c.organization_id == user.c.organization_id)
        .where(user.c.organization_id == organization_id, _has_card())
        .order_by(user.c.user_id)
    )
    return tuple(
        Person(row.user_id, row.display_name, row.role, represents(Side(row.side), row.role))
        for row in connection.execute(query)
    )


def _has_card() -> ColumnElement[bool]:
    return exists().where(certificate.c.user_id == user.c.user_id, certificate.c.retired_at.is_(None))


def names_of(connection: Connection, user_id: str) -> Names:
    """ "-" where nobody is registered under it."""
    query = select(user.c.display_name, user.c.former_names).where(user.c.user_id == user_id)
    found = connection.execute(query).first()
    if found is None:
        return Names("-")
    return Names(found.display_name, tuple((name, datetime.fromisoformat(at)) for name, at in found.former_names or ()))


def user_name(connection: Connection, user_id: str) -> str:
    """As the person is called now. "-" where nobody is registered under it."""
    return names_of(connection, user_id).now


def seed(connection: Connection, organizations: list[Organization], users: list[User]) -> None:
    """Add or bring up to date; running it twice changes nothing. Raises SettingsUnreadable where a certificate is another
    user's already, or an organisation has another side than before: deeds on record hang on both."""
    for known in organizations:
        if organization_side(connection, known.organization_id) not in (None, known.side):
            raise SettingsUnreadable(path="seed", problem=f"{known.organization_id}: another side than before")
        row = {field.name: getattr(known, field.name) for field in fields(known)}
        _put(connection, organization, "organization_id", row | {"side": known.side.value})
    for person in users:
        owner = member(connection, person.certificate_sha256)
        if owner is not None and owner.user_id != person.user_id:
            raise SettingsUnreadable(path="seed", problem=f"{person.user_id}: the certificate is {owner.user_id}'s")
        row = {field.name: getattr(person, field.name) for field in fields(person)}
        fingerprint = row.pop("certificate_sha256")
        _put(connection, user, "user_id", row)
        _put(connection, certificate, "sha256", {"sha256": fingerprint, "user_id": person.user_id})


def _put(connection: Connection, table: Table, key: str, row: dict[str, object]) -> None:
    if not insert_new(connection, table, **row):
        connection.execute(update(table).where(table.c[key] == row[key]).values(**row))
