"""LocalStore: what this PC keeps of cases, files and small facts; and `open_store`, the way in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from econtract_desktop.ports.store import KeptCase, KeptReceipt, Keys
from econtract_desktop.store.database import Database, Row
from econtract_desktop.store.disk import one_at_a_time
from econtract_desktop.store.files import ContentFiles
from econtract_desktop.store.keys import DATABASE
from econtract_desktop.store.outbox import LocalOutbox

FILES = "files"
_OPENING = "store.opening"
_RECEIPT = "operation_id, kind, object_id, case_id, arrived_at, receipt"
_COLUMNS = "case_id, number, title, data, seen_at"


class LocalStore:
    """`ports.store.Store` in the profile's folder. Thread-safe; several processes may use one profile."""

    def __init__(self, database: Database, files: ContentFiles) -> None:
        self._database = database
        self._files = files

    def keep_cases(self, cases: tuple[KeptCase, ...]) -> None:
        """See the port. All of them or, on an error, none."""
        with self._database.write() as run:
            for case in cases:
                run(
                    f"INSERT OR REPLACE INTO case_seen ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
                    (case.case_id, case.number, case.title, case.data, case.seen_at.isoformat()),
                )

    def cases(self) -> tuple[KeptCase, ...]:
        rows = self._database.read(f"SELECT {_COLUMNS} FROM case_seen ORDER BY number, case_id")  # noqa: S608
        return tuple(_kept(row) for row in rows)

    def case(self, case_id_or_number: str) -> KeptCase | None:
        """See the port. The identifier decides before the number."""
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM case_seen WHERE case_id = ? OR number = ? ORDER BY case_id = ? DESC, case_id",  # noqa: S608
            (case_id_or_number,) * 3,
        )
        return _kept(rows[0]) if rows else None

    def keep_receipt(self, receipt: KeptReceipt) -> None:
        values = (
            receipt.operation_id,
            receipt.kind,
            receipt.object_id,
            receipt.case_id,
            receipt.arrived_at.isoformat(),
            receipt.receipt,
        )
        with self._database.write() as run:
            run(f"INSERT INTO receipt ({_RECEIPT}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)  # noqa: S608

    def receipts(self, case_id: str) -> tuple[KeptReceipt, ...]:
        """See the port."""
        query = f"SELECT {_RECEIPT} FROM receipt WHERE case_id = ? ORDER BY arrived_at, operation_id"  # noqa: S608
        return tuple(_receipt(row) for row in self._database.read(query, (case_id,)))

    def setting(self, name: str) -> str | None:
        rows = self._database.read("SELECT value FROM setting WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def keep_setting(self, name: str, value: str | None) -> None:
        with self._database.write() as run:
            if value is None:
                run("DELETE FROM setting WHERE name = ?", (name,))
            else:
                run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))

    def add_file(self, source: Path) -> str:
        return self._files.add(source)

    def file(self, sha256: str) -> Path | None:
        return self._files.path(sha256)

    def file_place(self, sha256: str) -> Path:
        return self._files.place(sha256)

    def close(self) -> None:
        self._database.close()


def open_store(
    profile: Path, keys: Keys, *, patience: float = 10.0, trace: Callable[[str], None] | None = None
) -> tuple[LocalStore, LocalOutbox]:
    """Open a profile's store, made at the first time. Both close with the store. `patience`, `trace`: see `Database`.

    Raises StoreUnreadable (the files are left as they are), StoreInUse, DiskFull, FileNotWritable, KeyStoreUnavailable.
    """
    files = ContentFiles(profile / FILES)
    key = keys.store_key()
    with one_at_a_time(profile / _OPENING, patience):
        database = Database(profile / DATABASE, key, patience=patience, trace=trace)
    return LocalStore(database, files), LocalOutbox(database)


def _kept(row: Row) -> KeptCase:
    case_id, number, title, data, seen_at = row
    return KeptCase(case_id, number, title, data, datetime.fromisoformat(seen_at))


def _receipt(row: Row) -> KeptReceipt:
    operation_id, kind, object_id, case_id, arrived_at, receipt = row
    return KeptReceipt(operation_id, kind, object_id, case_id, datetime.fromisoformat(arrived_at), receipt)
