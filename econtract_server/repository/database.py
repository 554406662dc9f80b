"""The database, SQLite or PostgreSQL: made ready by the migrations, one short transaction a request.

On PostgreSQL several servers may work on one database. Reading is a snapshot (repeatable read), writing is read committed: who
changes what others change takes a lock first (`log.begin`) and then sees what they have left.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, TimeoutError

from econtract_core.rules.errors import ServerBusy, SettingsUnreadable
from econtract_server.repository.tables import identity

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
_WAIT = 15  # seconds for a writer's turn, or for a connection
_CONNECTIONS = 8
_STARTING = 600  # seconds a start waits for another server's, which may be migrating
_START = 0x65636F6E  # PostgreSQL's advisory lock of whoever starts
_PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")
# SQLSTATE: connection, deadlock and serialization, resources, lock timeout, idle too long, standby, shut down, system
_PASSING_STATES = ("08", "40", "53", "55P03", "25P03", "25006", "57", "58")


class Database:
    """Thread-safe. `writing()` begins at once as a writer, so that two writers wait for one another instead of failing."""

    def __init__(self, url: str) -> None:
        """Raises SettingsUnreadable."""
        self._engine = _engine(url)

    def migrate(self) -> None:
        """Bring the tables to this program's version, wholly or not at all. Raises SettingsUnreadable where the database cannot
        be reached or is of a version this program does not know."""
        settings = Config()
        settings.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        self._reach()
        with self.alone() as connection:
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
                yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Raises ServerBusy where another writer holds the database too long."""
        with _passing_troubles(), self._engine.begin() as connection:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """`writing` for what a starting server does: several may start at once. Raises ServerBusy."""
        with self.writing() as connection:
            if not self._sqlite:
                connection.execute(text(f"SET LOCAL lock_timeout = '{_STARTING}s'"))
                connection.execute(select(func.pg_advisory_xact_lock(_START)))
            yield connection

    def identity(self) -> tuple[str, str]:
        """(server id, epoch): made once, kept for ever; a restored backup gets a new epoch by hand."""
        with self.alone() as connection:
            known = {row.name: row.value for row in connection.execute(select(identity))}
            for name in ("server_id", "epoch"):
                if name not in known:
                    known[name] = secrets.token_hex(12)
                    connection.execute(insert(identity).values(name=name, value=known[name]))
        return known["server_id"], known["epoch"]

    def close(self) -> None:
        self._engine.dispose()

    def _reach(self) -> None:
        """Whoever starts a server is told what the database says; a client never is."""
        try:
            self._engine.connect().close()
        except OperationalError as problem:
            raise SettingsUnreadable(path="database_url", problem=str(problem.orig).split("\n")[0][:300]) from None

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
    except DBAPIError as problem:
        if not _passes(problem):
            raise
        raise ServerBusy(_name(problem), retry_after=2) from problem


def _passes(problem: DBAPIError) -> bool:
    name, state = getattr(problem.orig, "sqlite_errorname", None), getattr(problem.orig, "sqlstate", None)
    if name is not None:
        return str(name).startswith(_PASSING)
    if state is not None:
        return str(state).startswith(_PASSING_STATES)
    return problem.connection_invalidated or isinstance(problem, OperationalError)


def _name(problem: DBAPIError) -> str:
    return str(getattr(problem.orig, "sqlite_errorname", None) or type(problem.orig).__name__)


def _engine(url: str) -> Engine:
    # hide_parameters: values (names, nonces, hashes of tokens) never get into a message or a log.
    try:
        place = make_url(url)
        engine = create_engine(
            place,
            hide_parameters=True,
            pool_size=_CONNECTIONS,
            max_overflow=2 * _CONNECTIONS,
            pool_timeout=_WAIT,
            **_special(place),
        )
    except (ArgumentError, NoSuchModuleError, ImportError, TypeError) as problem:
        raise SettingsUnreadable(path="database_url", problem=type(problem).__name__) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _special(place: URL) -> dict[str, Any]:
    """Raises SettingsUnreadable for a database that is neither of the two."""
    dialect = place.get_dialect().name
    if dialect == "sqlite":
        return {"connect_args": {"timeout": _WAIT}}
    if dialect != "postgresql":
        raise SettingsUnreadable(path="database_url", problem=f"{dialect}: neither SQLite nor PostgreSQL")
    # A server that hangs in the middle of a transaction must not stop the others for ever. What the URL says goes over it.
    options = f"-c lock_timeout={_WAIT}s -c idle_in_transaction_session_timeout={4 * _WAIT}s"
    said = place.query.get("options", "")
    return {
        "connect_args": {"connect_timeout": _WAIT, "options": f"{options} {said}"},
        "isolation_level": "READ COMMITTED",
        "pool_pre_ping": True,
    }


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are ours to begin
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
