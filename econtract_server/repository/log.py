"""Operations' final answers (so that sending twice is harmless) and the append-only, hash-chained audit log."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from econtract_server.repository.tables import audit, audit_head, operation

_FIRST = "0" * 64


@dataclass(frozen=True)
class Final:
    """An operation's final answer and whose it was."""

    user_id: str
    body_sha256: str
    status: int
    answer: str


@dataclass(frozen=True)
class Entry:
    """What the log says of one operation."""

    at: datetime
    user_id: str
    deed: str
    object_id: str
    operation_id: str
    body_sha256: str
    status: int
    answer_sha256: str


def begin(connection: Connection) -> None:
    """Operations follow one another: the next waits here until this one's transaction has ended. (SQLite has one writer
    anyway; elsewhere the row is locked.)"""
    connection.execute(select(audit_head.c.number).with_for_update()).one()


def find_operation(connection: Connection, operation_id: str) -> Final | None:
    found = connection.execute(select(operation).where(operation.c.operation_id == operation_id)).first()
    return Final(found.user_id, found.body_sha256, found.status, found.answer) if found is not None else None


def add(connection: Connection, entry: Entry, answer: str) -> None:
    """The operation's final answer and the next link of the log: each row holds the hash of the one before."""
    connection.execute(
        insert(operation).values(
            operation_id=entry.operation_id,
            user_id=entry.user_id,
            body_sha256=entry.body_sha256,
            status=entry.status,
            answer=answer,
        )
    )
    head = connection.execute(select(audit_head)).one()
    row: dict[str, object] = {field.name: getattr(entry, field.name) for field in fields(entry)}
    row |= {"at": entry.at.isoformat(), "number": head.number + 1, "previous": head.own}
    own = _hash(row)
    connection.execute(insert(audit).values(**row, own=own))
    connection.execute(update(audit_head).values(number=head.number + 1, own=own))


def first_broken_link(connection: Connection) -> int | None:
    """The number of the first row that is not as it was written, is missing, or tells of another answer than the one that
    is kept; None: all whole. An operation that no row tells of counts as a row after the last."""
    previous, number = _FIRST, 0
    with closing(_rows(connection)) as rows:
        for row, kept in rows:
            number += 1
            own = row.pop("own")
            if row["number"] != number or row["previous"] != previous or own != _hash(row) or not _tells(row, kept):
                return number
            previous = str(own)
    head = connection.execute(select(audit_head.c.number, audit_head.c.own)).first()
    told = select(audit.c.operation_id)
    untold = connection.execute(select(operation.c.operation_id).where(operation.c.operation_id.not_in(told))).first()
    whole = head is not None and (head.number, head.own) == (number, previous) and untold is None
    return None if whole else number + 1


def _rows(connection: Connection) -> Generator[tuple[dict[str, object], Final | None]]:
    """Each row of the log with the answer that is kept for it."""
    query = (
        select(
            audit,
            operation.c.user_id.label("kept_user_id"),
            operation.c.body_sha256.label("kept_body_sha256"),
            operation.c.status.label("kept_status"),
            operation.c.answer.label("kept_answer"),
        )
        .outerjoin(operation, operation.c.operation_id == audit.c.operation_id)
        .order_by(audit.c.number)
    )
    with connection.execute(query.execution_options(yield_per=1000)) as result:
        for found in result:
            row = {column.name: found._mapping[column.name] for column in audit.columns}
            there = found.kept_answer is not None
            kept = Final(found.kept_user_id, found.kept_body_sha256, found.kept_status, found.kept_answer)
            yield row, kept if there else None


def _tells(row: dict[str, object], kept: Final | None) -> bool:
    """The row speaks of this very answer."""
    if kept is None:
        return False
    answer = sha256(kept.answer.encode()).hexdigest()
    found = (kept.user_id, kept.body_sha256, kept.status, answer)
    return found == tuple(row[name] for name in ("user_id", "body_sha256", "status", "answer_sha256"))


def _hash(row: dict[str, object]) -> str:
    return sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
