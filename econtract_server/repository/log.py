"""Operations' final answers (so that sending twice is harmless) and the append-only, hash-chained audit log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select

from econtract_server.repository.tables import audit, operation

_FIRST = "0" * 64


@dataclass(frozen=True)
class Final:
    user_id: str
    body_sha256: str
    status: int
    answer: str


def find_operation(connection: Connection, operation_id: str) -> Final | None:
    found = connection.execute(select(operation).where(operation.c.operation_id == operation_id)).first()
    return Final(found.user_id, found.body_sha256, found.status, found.answer) if found is not None else None


def add_operation(connection: Connection, operation_id: str, final: Final) -> None:
    connection.execute(
        insert(operation).values(
            operation_id=operation_id,
            user_id=final.user_id,
            body_sha256=final.body_sha256,
            status=final.status,
            answer=final.answer,
        )
    )


def add_audit(
    connection: Connection, at: datetime, user_id: str, deed: str, object_id: str, body_sha256: str, status: int
) -> None:
    """The next link: each row holds the hash of the one before."""
    last = connection.execute(select(audit.c.number, audit.c.own).order_by(audit.c.number.desc()).limit(1)).first()
    row: dict[str, object] = {
        "number": last.number + 1 if last else 1,
        "at": at.isoformat(),
        "user_id": user_id,
        "deed": deed,
        "object_id": object_id,
        "body_sha256": body_sha256,
        "status": status,
        "previous": last.own if last else _FIRST,
    }
    connection.execute(insert(audit).values(**row, own=_hash(row)))


def first_broken_link(connection: Connection) -> int | None:
    """The number of the first audit row that is not as it was written, or whose neighbour is missing; None: all whole."""
    previous, number = _FIRST, 0
    for found in connection.execute(select(audit).order_by(audit.c.number)):
        row = dict(found._mapping)
        own = row.pop("own")
        if row["number"] != number + 1 or row["previous"] != previous or own != _hash(row):
            return int(row["number"])
        previous, number = own, row["number"]
    return None


def _hash(row: dict[str, object]) -> str:
    return sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
