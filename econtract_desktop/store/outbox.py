"""The outbox: what a user did and the server has not yet answered for good. In order, each operation once."""

from __future__ import annotations

import json
from datetime import datetime

from econtract_desktop.ports.store import Queued
from econtract_desktop.store.database import Database, Row

_COLUMNS = "operation_id, kind, object_id, operation, files, created, state, tries, error_code, error_facts"


class LocalOutbox:
    """`ports.store.Outbox` in the database. Thread-safe; other processes see the same rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: Queued) -> None:
        """See the port. An operation that is there already stays as it is: an operation_id is never used twice."""
        values = (
            row.operation_id,
            row.kind,
            row.object_id,
            row.operation,
            json.dumps(row.files),
            row.created.isoformat(),
            row.state,
            row.tries,
            row.error_code,
            row.error_facts,
        )
        marks = ", ".join("?" * len(values))
        with self._database.write() as run:
            run(f"INSERT INTO outbox ({_COLUMNS}) VALUES ({marks}) ON CONFLICT (operation_id) DO NOTHING", values)  # noqa: S608

    def rows(self) -> tuple[Queued, ...]:
        found = self._database.read(f"SELECT {_COLUMNS} FROM outbox ORDER BY place")  # noqa: S608
        return tuple(_queued(row) for row in found)

    def mark(
        self, operation_id: str, state: str, error_code: str | None = None, error_facts: str | None = None
    ) -> None:
        """See the port. A row that is gone (another process got its answer) stays gone."""
        with self._database.write() as run:
            run(
                "UPDATE outbox SET state = ?, error_code = ?, error_facts = ?, tries = tries + 1 WHERE operation_id = ?",
                (state, error_code, error_facts, operation_id),
            )

    def done(self, operation_id: str) -> None:
        """See the port. Twice is fine."""
        with self._database.write() as run:
            run("DELETE FROM outbox WHERE operation_id = ?", (operation_id,))


def _queued(row: Row) -> Queued:
    operation_id, kind, object_id, operation, files, created, state, tries, error_code, error_facts = row
    return Queued(
        operation_id,
        kind,
        object_id,
        operation,
        tuple(json.loads(files)),
        datetime.fromisoformat(created),
        state,
        tries,
        error_code,
        error_facts,
    )
