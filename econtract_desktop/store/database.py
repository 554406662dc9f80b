"""The encrypted database: SQLCipher with a raw 256-bit key, WAL, `synchronous=FULL`; durable when a write returns.

Several processes (window and command line) may use one profile at once; SQLite's own locks order their writes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlcipher3 import dbapi2

from econtract_core.rules.errors import DiskFull, EcontractError, InternalError, StoreInUse, StoreUnreadable
from econtract_desktop.store.disk import disk_error, private_folder
from econtract_desktop.store.schema import MIGRATIONS

T = TypeVar("T")
Row = tuple[Any, ...]

# Primary result codes (sqlite.org/rescode.html).
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
_PAUSE = 0.05


class Database:
    """One connection, used by any thread, one at a time. Raises StoreUnreadable, StoreInUse, DiskFull."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        patience: float = 10.0,
        trace: Callable[[str], None] | None = None,
        migrations: Sequence[Sequence[str]] = MIGRATIONS,
    ) -> None:
        """Open or create, check every page, bring the schema up to date. `patience`: seconds to wait for another process.
        `trace` hears each SQL statement before it runs (with its values: for tests and diagnosis, never for a log)."""
        private_folder(path.parent)
        self._path = path
        self._migrations = migrations
        self._lock = threading.RLock()
        self._closed = False
        _touch(path)
        until = time.monotonic() + patience
        while True:
            try:
                self._connection = self._open(key, patience, trace)
                return
            except StoreInUse:
                # Turning WAL on, and recovering after a crash, need the file alone and do not wait by themselves.
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Every row of a query."""
        with self._lock, self._typed():
            return list(self._connection.execute(sql, tuple(values)))

    @contextmanager
    def write(self) -> Iterator[Callable[..., list[Row]]]:
        """A transaction: gives a function that runs one statement. Durable when the block ends; undone when it raises."""
        with self._lock, self._typed():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._run
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """More than once is fine."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()

    def _run(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        return list(self._connection.execute(sql, tuple(values)))

    def _open(self, key: bytes, patience: float, trace: Callable[[str], None] | None) -> Any:
        with self._typed():
            connection = dbapi2.connect(
                str(self._path), timeout=patience, isolation_level=None, check_same_thread=False
            )
        try:
            with self._typed():
                connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to standard error
                connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
                if trace is not None:  # after the key, which is in the text of its statement
                    connection.set_trace_callback(trace)
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                for pragma in ("synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
                    connection.execute(f"PRAGMA {pragma}")
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
                if found != ("ok",):
                    raise StoreUnreadable(str(found), path=str(self._path))
                self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: Any) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(self._migrations):
            raise StoreUnreadable("made by a newer program", path=str(self._path))
        if version == len(self._migrations):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker.
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for number in range(version, len(self._migrations)):
                for statement in self._migrations[number]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _typed(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except dbapi2.Error as problem:
            raise _typed_error(problem, self._path) from problem


def _typed_error(problem: Exception, path: Path) -> EcontractError:
    code = getattr(problem, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in (_BUSY, _LOCKED):
        return StoreInUse(str(problem), path=str(path))
    if primary == _FULL:
        return DiskFull(path=str(path))
    if primary in (_NOTADB, _CORRUPT, _CANTOPEN, _READONLY, _IOERR):
        return StoreUnreadable(str(problem), path=str(path))
    return InternalError(str(problem), where="store")


def _touch(path: Path) -> None:
    """Only this user may read it; SQLite gives its own files beside it the same rights."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except PermissionError as problem:
        raise StoreUnreadable(problem.strerror or "", path=str(path)) from None
    except OSError as problem:
        raise disk_error(problem, path) from None
