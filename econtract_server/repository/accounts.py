"""Accounts of people who registered or renewed themselves; what follows for their cards, names and firms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from econtract_core.rules.card_door import Known
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import RevisionConflict, ValueInvalid
from econtract_core.rules.registration import Account
from econtract_server.repository.once import insert_new
from econtract_server.repository.plain import from_json, to_json
from econtract_server.repository.registry import represents
from econtract_server.repository.tables import account, audit, case_party, certificate, organization, user

_FIRST_NUMBER = 1_000_000_001  # 受注者番号: ten digits


@dataclass(frozen=True)
class NewUser:
    user_id: str
    organization_id: str
    name: str
    role: str


@dataclass(frozen=True)
class UserRow:
    """A person as shown, with the firm."""

    user_id: str
    name: str
    role: str
    organization_id: str
    organization: str
    corporate_number: str
    contractor_number: str | None
    side: Side


def find(connection: Connection, user_id: str) -> Account | None:
    """None for who has none: registered by the operator, card never renewed."""
    found = connection.execute(select(account.c.data).where(account.c.user_id == user_id)).scalar()
    return from_json(Account, found) if found is not None else None


def with_card(connection: Connection, certificate_sha256: str) -> Account | None:
    """Whose application, registration or former card this is; the one that lives before those that were undone or merged."""
    every = [from_json(Account, row.data) for row in connection.execute(select(account.c.data))]
    mine = [a for a in every if certificate_sha256 in {c.certificate_sha256 for c in a.cards}]
    mine.sort(key=lambda a: a.state.value in ("UNDONE", "MERGED"))
    return mine[0] if mine else None


def in_states(connection: Connection, states: tuple[str, ...]) -> tuple[tuple[Account, str | None], ...]:
    """(account, the body that looks at it) by user."""
    query = select(account.c.data, account.c.body_id).where(account.c.state.in_(states)).order_by(account.c.user_id)
    return tuple((from_json(Account, row.data), row.body_id) for row in connection.execute(query))


def body_of(connection: Connection, user_id: str) -> str | None:
    found = connection.execute(select(account.c.body_id).where(account.c.user_id == user_id)).scalar()
    return str(found) if found is not None else None


def save(connection: Connection, saved: Account, seen: int | None, body_id: str | None = None) -> None:
    """`seen` None: a new one. Raises RevisionConflict where another writer came between."""
    values = {"state": saved.state.value, "revision": saved.revision, "data": to_json(saved)}
    if seen is None:
        connection.execute(insert(account).values(user_id=saved.user_id, body_id=body_id, **values))
        return
    where = (account.c.user_id == saved.user_id, account.c.revision == seen)
    if connection.execute(update(account).where(*where).values(**values)).rowcount != 1:
        raise RevisionConflict(expected=seen, found=None)


def add_user(connection: Connection, new: NewUser) -> None:
    connection.execute(
        insert(user).values(
            user_id=new.user_id, organization_id=new.organization_id, display_name=new.name, role=new.role
        )
    )


def rename(connection: Connection, user_id: str, name: str, role: str, at: datetime) -> None:
    """From now on; what was done before keeps the name it was done under. "" as it is."""
    found = connection.execute(select(user).where(user.c.user_id == user_id)).one()
    values: dict[str, object] = {"role": role or found.role}
    if name and name != found.display_name:
        former = [*(found.former_names or ()), [found.display_name, at.isoformat()]]
        values |= {"display_name": name, "former_names": former}
    connection.execute(update(user).where(user.c.user_id == user_id).values(**values))


def user_row(connection: Connection, user_id: str) -> UserRow | None:
    query = (
        select(user, organization)
        .join(organization, organization.c.organization_id == user.c.organization_id)
        .where(user.c.user_id == user_id)
    )
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    return UserRow(
        user_id=found["user_id"],
        name=found["display_name"],
        role=found["role"],
        organization_id=found["organization_id"],
        organization=found["name"],
        corporate_number=found["corporate_number"],
        contractor_number=found["contractor_number"],
        side=Side(found["side"]),
    )


def every_user(connection: Connection) -> tuple[str, ...]:
    return tuple(sorted(connection.execute(select(user.c.user_id)).scalars()))


def admit(connection: Connection, certificate_sha256: str, user_id: str) -> None:
    """This card opens this account from now on. Raises ValueInvalid where it opens another."""
    if insert_new(connection, certificate, sha256=certificate_sha256, user_id=user_id):
        return
    found = connection.execute(select(certificate).where(certificate.c.sha256 == certificate_sha256)).one()
    if found.retired_at is None and found.user_id != user_id:
        raise ValueInvalid(field="card", problem="another's")
    where = certificate.c.sha256 == certificate_sha256
    connection.execute(update(certificate).where(where).values(user_id=user_id, retired_at=None))


def retire_cards(connection: Connection, user_id: str, at: datetime, keep: str = "") -> None:
    """All of this person's but one open nothing from now on."""
    where = (certificate.c.user_id == user_id, certificate.c.retired_at.is_(None), certificate.c.sha256 != keep)
    connection.execute(update(certificate).where(*where).values(retired_at=at.isoformat()))


def current_cards(connection: Connection, user_id: str) -> tuple[str, ...]:
    query = select(certificate.c.sha256).where(certificate.c.user_id == user_id, certificate.c.retired_at.is_(None))
    return tuple(sorted(connection.execute(query).scalars()))


def known_people(connection: Connection) -> tuple[Known, ...]:
    """Every person with a card of theirs, used or not, as the card door compares them; of firms only. Undone and merged ones are nobody."""
    cards: dict[str, list[str]] = {}
    for row in connection.execute(select(certificate.c.sha256, certificate.c.user_id, certificate.c.retired_at)):
        cards.setdefault(row.user_id, []).append(row.sha256)
    living = {}
    for row in connection.execute(select(account.c.user_id, account.c.state, account.c.data)):
        living[row.user_id] = row.state not in ("UNDONE", "MERGED")
        cards.setdefault(row.user_id, []).extend(c["certificate_sha256"] for c in row.data["cards"])
    query = (
        select(user, organization)
        .join(organization, organization.c.organization_id == user.c.organization_id)
        .order_by(user.c.user_id)
    )
    return tuple(
        Known(
            user_id=row["user_id"],
            organization_id=row["organization_id"],
            contractor_number=row["contractor_number"] or "",
            corporate_number=row["corporate_number"],
            firm=row["name"],
            person=row["display_name"],
            represents=represents(Side(row["side"]), row["role"]),
            certificates=tuple(dict.fromkeys(cards[row["user_id"]])),
        )
        for row in connection.execute(query).mappings()
        if row["user_id"] in cards and living.get(row["user_id"], True)
    )


def next_contractor_number(connection: Connection) -> str:
    """受注者番号, given by the server. The log's lock keeps two from getting the same."""
    known = connection.execute(select(organization.c.contractor_number)).scalars()
    taken = [
        int(number) for number in known if number and number.isdecimal() and len(number) == len(str(_FIRST_NUMBER))
    ]
    return str(max([_FIRST_NUMBER - 1, *taken]) + 1)


def give_number(connection: Connection, organization_id: str) -> None:
    """Where the firm has none yet."""
    where = (organization.c.organization_id == organization_id, organization.c.contractor_number.is_(None))
    number = next_contractor_number(connection)
    connection.execute(update(organization).where(*where).values(contractor_number=number))


def has_acted(connection: Connection, user_id: str) -> bool:
    """Whether anything was done with this account, apart from its own registration."""
    query = select(audit.c.number).where(audit.c.user_id == user_id, audit.c.deed.not_like("registration.%")).limit(1)
    return connection.execute(query).first() is not None


def bodies_of(connection: Connection, organization_id: str) -> set[str]:
    """With whom a firm has cases."""
    mine = select(case_party.c.case_id).where(case_party.c.organization_id == organization_id)
    query = (
        select(case_party.c.organization_id)
        .join(organization, organization.c.organization_id == case_party.c.organization_id)
        .where(case_party.c.case_id.in_(mine), organization.c.side == Side.OFFICER.value)
    )
    return set(connection.execute(query).scalars())
