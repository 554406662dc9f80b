"""What the operator tells, one row each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, or_, select, update

from econtract_core.rules.bulletin import Bulletin
from econtract_core.rules.errors import NotFound, ValueInvalid
from econtract_server.repository.plain import from_json, to_json
from econtract_server.repository.tables import bulletin


def add(connection: Connection, added: Bulletin) -> None:
    """Raises ValueInvalid where its id is taken."""
    taken = select(bulletin.c.bulletin_id).where(bulletin.c.bulletin_id == added.bulletin_id)
    if connection.execute(taken).first() is not None:
        raise ValueInvalid(field="bulletin_id", problem=f"{added.bulletin_id}: taken")
    connection.execute(insert(bulletin).values(bulletin_id=added.bulletin_id, kind=added.kind.value, **_row(added)))


def end(connection: Connection, bulletin_id: str, at: datetime) -> Bulletin:
    """As it is then: it ends now, or (where it has not begun) never was. What is over stays as it ended. Raises NotFound."""
    found = connection.execute(select(bulletin.c.data).where(bulletin.c.bulletin_id == bulletin_id)).first()
    if found is None:
        raise NotFound(wanted=bulletin_id)
    known = from_json(Bulletin, found.data)
    if known.ends is not None and known.ends <= at:
        return known
    ended = replace(known, begins=min(known.begins, at), ends=at)
    connection.execute(update(bulletin).where(bulletin.c.bulletin_id == bulletin_id).values(**_row(ended)))
    return ended


def not_over(connection: Connection, at: datetime) -> tuple[Bulletin, ...]:
    """Those that have not ended, by when they begin."""
    return _read(connection, at)


def every(connection: Connection) -> tuple[Bulletin, ...]:
    return _read(connection, None)


def _read(connection: Connection, at: datetime | None) -> tuple[Bulletin, ...]:
    query = select(bulletin.c.data).order_by(bulletin.c.begins, bulletin.c.bulletin_id)
    if at is not None:
        query = query.where(or_(bulletin.c.ends.is_(None), bulletin.c.ends > _moment(at)))
    return tuple(from_json(Bulletin, row.data) for row in connection.execute(query))


def _row(saved: Bulletin) -> dict[str, object]:
    ends = _moment(saved.ends) if saved.ends is not None else None
    return {"begins": _moment(saved.begins), "ends": ends, "data": to_json(saved)}


def _moment(at: datetime) -> str:
    """In UTC and always with microseconds, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
