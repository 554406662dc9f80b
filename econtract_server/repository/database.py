"""The database: made ready by the migrations, one short transaction a request."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import OperationalError

from econtract_core.rules.errors import ServerBusy
from econtract_server.repository.tables import identity

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


class Database:
    """Thread-safe. `writing()` begins at once as a writer, so that two writers wait for one another instead of failing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)

    def migrate(self) -> None:
        """Bring the tables to this program's version."""
        settings = Config()
        settings.set_main_option("script_location", str(_MIGRATIONS))
        with self.engine.begin() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises ServerBusy where another writer holds the database too long."""
        try:
            with self.engine.begin() as connection:
                if self.engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
        except OperationalError as problem:
            raise ServerBusy(type(problem.orig).__name__, retry_after=1) from problem

    def who_am_i(self) -> tuple[str, str]:
        """(server id, epoch): made once, kept for ever; a restored backup gets a new epoch by hand."""
        with self.writing() as connection:
            known = {row.name: row.value for row in connection.execute(select(identity))}
            for name in ("server_id", "epoch"):
                if name not in known:
                    known[name] = secrets.token_hex(12)
                    connection.execute(insert(identity).values(name=name, value=known[name]))
        return known["server_id"], known["epoch"]

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are ours to begin
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
