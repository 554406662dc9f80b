"""The database: made ready by the migrations, one short transaction a request."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, TimeoutError

from econtract_core.rules.errors import ServerBusy, SettingsUnreadable
from econtract_server.repository.tables import identity

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
_WAIT = 15  # seconds for a writer's turn, or for a connection
_CONNECTIONS = 8
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")


class Database:
    """Thread-safe. `writing()` begins at once as a writer, so that two writers wait for one another instead of failing."""

    def __init__(self, url: str) -> None:
        """Raises SettingsUnreadable."""
        self._engine = _engine(url)

    def migrate(self) -> None:
        """Bring the tables to this program's version, wholly or not at all. Raises SettingsUnreadable where the database is
        of a version this program does not know."""
        settings = Config()
        settings.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self.writing() as connection:
            settings.attributes["connection"] = connection
            try:
                command.upgrade(settings, "head")
            except CommandError as problem:
                raise SettingsUnreadable(path="database_url", problem=str(problem)) from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment's view of everything. Raises ServerBusy."""
        with _passing_troubles(), self._engine.connect() as connection:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN")
                yield connection
            else:
                yield connection.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises ServerBusy where another writer holds the database too long."""
        with _passing_troubles(), self._engine.begin() as connection:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def identity(self) -> tuple[str, str]:
        """(server id, epoch): made once, kept for ever; a restored backup gets a new epoch by hand."""
        with self.writing() as connection:
            known = {row.name: row.value for row in connection.execute(select(identity))}
            for name in ("server_id", "epoch"):
                if name not in known:
                    known[name] = secrets.token_hex(12)
                    connection.execute(insert(identity).values(name=name, value=known[name]))
        return known["server_id"], known["epoch"]

    def close(self) -> None:
        self._engine.dispose()

    @property
    def _sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"


@contextmanager
def _passing_troubles() -> Iterator[None]:
    """What goes away by itself becomes ServerBusy; a defect stays one."""
    try:
        yield
    except TimeoutError as problem:
        raise ServerBusy("no free connection", retry_after=2) from problem
    except OperationalError as problem:
        name = getattr(problem.orig, "sqlite_errorname", None)
        if name is not None and not name.startswith(_PASSING):
            raise
        raise ServerBusy(name or type(problem.orig).__name__, retry_after=2) from problem


def _engine(url: str) -> Engine:
    # hide_parameters: values (names, nonces, hashes of tokens) never get into a message or a log.
    special: dict[str, Any] = {"connect_args": {"timeout": _WAIT}} if url.startswith("sqlite") else {}
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            max_overflow=2 * _CONNECTIONS,
            pool_timeout=_WAIT,
            pool_pre_ping=not special,
            **special,
        )
    except (ArgumentError, NoSuchModuleError, ImportError, TypeError) as problem:
        raise SettingsUnreadable(path="database_url", problem=type(problem).__name__) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are ours to begin
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
