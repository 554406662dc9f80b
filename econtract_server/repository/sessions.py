"""Challenges and proofs (used once) and sessions (only the token's hash is kept)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, delete, func, insert, select, update

from econtract_server.repository.once import insert_new
from econtract_server.repository.tables import challenge, device_proof, door_ticket, session


@dataclass(frozen=True)
class SessionRow:
    user_id: str
    certificate_sha256: str
    device_key: str  # thumbprint
    issued: datetime
    last_seen: datetime
    card_ends: datetime | None = None


@dataclass(frozen=True)
class ChallengeRow:
    challenge_id: str
    nonce: str
    device_key: str  # thumbprint of who asked: nobody else may answer
    expires: datetime


@dataclass(frozen=True)
class TicketRow:
    """`certificate`: DER."""

    ticket_sha256: str
    certificate: bytes
    device_key: str
    expires: datetime


def add_challenge(connection: Connection, row: ChallengeRow, now: datetime) -> int:
    """Sweeps out what is too old. How many are open now."""
    _sweep(connection, challenge.c.challenge_id, challenge.c.expires, now)
    connection.execute(
        insert(challenge).values(
            challenge_id=row.challenge_id, nonce=row.nonce, device_key=row.device_key, expires=_text(row.expires)
        )
    )
    return int(connection.execute(select(func.count()).select_from(challenge)).scalar() or 0)


def take_challenge(connection: Connection, challenge_id: str, device_key: str, now: datetime) -> str | None:
    """The nonce, removed for good, whatever comes of it; None where it is unknown, used, too old or another device's."""
    query = delete(challenge).where(challenge.c.challenge_id == challenge_id)
    found = connection.execute(query.returning(challenge.c.nonce, challenge.c.device_key, challenge.c.expires)).first()
    if found is None or found.expires < _text(now) or found.device_key != device_key:
        return None
    return str(found.nonce)


def add_session(connection: Connection, token_sha256: str, row: SessionRow, ended_before: datetime) -> None:
    """Sweeps out sessions issued before `ended_before`: they have reached their absolute end."""
    _sweep(connection, session.c.token_sha256, session.c.issued, ended_before)
    connection.execute(
        insert(session).values(
            token_sha256=token_sha256,
            user_id=row.user_id,
            certificate_sha256=row.certificate_sha256,
            device_key=row.device_key,
            issued=_text(row.issued),
            last_seen=_text(row.last_seen),
            card_ends=_text(row.card_ends) if row.card_ends is not None else None,
        )
    )


def find_session(connection: Connection, token_sha256: str) -> SessionRow | None:
    found = connection.execute(select(session).where(session.c.token_sha256 == token_sha256)).first()
    if found is None:
        return None
    issued, seen = datetime.fromisoformat(found.issued), datetime.fromisoformat(found.last_seen)
    ends = datetime.fromisoformat(found.card_ends) if found.card_ends is not None else None
    return SessionRow(found.user_id, found.certificate_sha256, found.device_key, issued, seen, ends)


def touch_session(connection: Connection, token_sha256: str, now: datetime) -> None:
    where = session.c.token_sha256 == token_sha256
    connection.execute(update(session).where(where).values(last_seen=_text(now)))


def end_session(connection: Connection, token_sha256: str) -> None:
    connection.execute(delete(session).where(session.c.token_sha256 == token_sha256))


def add_ticket(connection: Connection, row: TicketRow, now: datetime) -> None:
    """Sweeps out what is too old."""
    _sweep(connection, door_ticket.c.ticket_sha256, door_ticket.c.expires, now)
    connection.execute(
        insert(door_ticket).values(
            ticket_sha256=row.ticket_sha256,
            certificate=b64encode(row.certificate).decode(),
            device_key=row.device_key,
            expires=_text(row.expires),
        )
    )


def find_ticket(connection: Connection, ticket_sha256: str, device_key: str, now: datetime) -> bytes | None:
    """The certificate (DER) it stands for; None where it is unknown, too old or another device's."""
    found = connection.execute(select(door_ticket).where(door_ticket.c.ticket_sha256 == ticket_sha256)).first()
    if found is None or found.expires < _text(now) or found.device_key != device_key:
        return None
    return b64decode(found.certificate)


def take_proof(connection: Connection, name: str, expires: datetime, now: datetime) -> bool:
    """Whether this proof comes for the first time. `name` is remembered until `expires`; sweeps out what is too old."""
    _sweep(connection, device_proof.c.name, device_proof.c.expires, now)
    return insert_new(connection, device_proof, name=name, expires=_text(expires))


def _sweep(connection: Connection, key: Column[str], moment: Column[str], before: datetime) -> None:
    """What another transaction holds is left to it: two that sweep never wait for one another."""
    old = select(key).where(moment < _text(before)).with_for_update(skip_locked=True)
    connection.execute(delete(key.table).where(key.in_(old)))


def _text(moment: datetime) -> str:
    """Always as long, so that texts sort as times do."""
    return moment.isoformat(timespec="microseconds")
