"""Challenges (used once) and sessions (only the token's hash is kept)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from econtract_server.repository.tables import challenge, session


@dataclass(frozen=True)
class SessionRow:
    user_id: str
    certificate_sha256: str
    issued: datetime
    last_seen: datetime


def add_challenge(connection: Connection, challenge_id: str, nonce: str, expires: datetime, now: datetime) -> int:
    """Sweeps out what is too old. How many are open now."""
    connection.execute(delete(challenge).where(challenge.c.expires < _text(now)))
    connection.execute(insert(challenge).values(challenge_id=challenge_id, nonce=nonce, expires=_text(expires)))
    return int(connection.execute(select(func.count()).select_from(challenge)).scalar() or 0)


def take_challenge(connection: Connection, challenge_id: str, now: datetime) -> str | None:
    """The nonce, removed for good, whatever comes of it; None where it is unknown, used or too old."""
    query = delete(challenge).where(challenge.c.challenge_id == challenge_id)
    found = connection.execute(query.returning(challenge.c.nonce, challenge.c.expires)).first()
    if found is None or found.expires < _text(now):
        return None
    return str(found.nonce)


def add_session(connection: Connection, token_sha256: str, row: SessionRow, ended_before: datetime) -> None:
    """Sweeps out sessions issued before `ended_before`: they have reached their absolute end."""
    connection.execute(delete(session).where(session.c.issued < _text(ended_before)))
    connection.execute(
        insert(session).values(
            token_sha256=token_sha256,
            user_id=row.user_id,
            certificate_sha256=row.certificate_sha256,
            issued=_text(row.issued),
            last_seen=_text(row.last_seen),
        )
    )


def find_session(connection: Connection, token_sha256: str) -> SessionRow | None:
    found = connection.execute(select(session).where(session.c.token_sha256 == token_sha256)).first()
    if found is None:
        return None
    issued, seen = datetime.fromisoformat(found.issued), datetime.fromisoformat(found.last_seen)
    return SessionRow(found.user_id, found.certificate_sha256, issued, seen)


def touch_session(connection: Connection, token_sha256: str, now: datetime) -> None:
    where = session.c.token_sha256 == token_sha256
    connection.execute(update(session).where(where).values(last_seen=_text(now)))


def end_session(connection: Connection, token_sha256: str) -> None:
    connection.execute(delete(session).where(session.c.token_sha256 == token_sha256))


def _text(moment: datetime) -> str:
    """Always as long, so that texts sort as times do."""
    return moment.isoformat(timespec="microseconds")
