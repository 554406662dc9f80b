"""FakeStore, FakeOutbox, FakeKeys: this PC's memory, in memory (files in a folder the test gives)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from econtract_core.rules.errors import FileNotReadable
from econtract_desktop.ports.store import KeptCase, KeptReceipt, Queued


class FakeStore:
    """`ports.store.Store`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cases: dict[str, KeptCase] = {}
        self._receipts: dict[str, KeptReceipt] = {}
        self._settings: dict[str, str] = {}

    def keep_cases(self, cases: tuple[KeptCase, ...]) -> None:
        self._cases.update({case.case_id: case for case in cases})

    def cases(self) -> tuple[KeptCase, ...]:
        return tuple(sorted(self._cases.values(), key=lambda case: (case.number, case.case_id)))

    def case(self, case_id_or_number: str) -> KeptCase | None:
        named = [case for case in self.cases() if case_id_or_number == case.number]
        return self._cases.get(case_id_or_number) or (named[0] if named else None)

    def keep_receipt(self, receipt: KeptReceipt) -> None:
        self._receipts.setdefault(receipt.operation_id, receipt)

    def receipts(self, case_id: str) -> tuple[KeptReceipt, ...]:
        mine = (receipt for receipt in self._receipts.values() if receipt.case_id == case_id)
        return tuple(sorted(mine, key=lambda receipt: (receipt.arrived_at, receipt.operation_id)))

    def setting(self, name: str) -> str | None:
        return self._settings.get(name)

    def keep_setting(self, name: str, value: str | None) -> None:
        if value is None:
            self._settings.pop(name, None)
        else:
            self._settings[name] = value

    def add_file(self, source: Path) -> str:
        try:
            data = source.read_bytes()
        except OSError as problem:
            raise FileNotReadable(path=str(source), problem=str(problem.strerror)) from None
        digest = sha256(data).hexdigest()
        self.file_place(digest).parent.mkdir(parents=True, exist_ok=True)
        self.file_place(digest).write_bytes(data)
        return digest

    def file(self, sha256: str) -> Path | None:
        place = self.file_place(sha256)
        return place if place.is_file() and _hash(place) == sha256 else None

    def file_place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def close(self) -> None:
        pass


class FakeOutbox:
    """`ports.store.Outbox`."""

    def __init__(self) -> None:
        self._rows: dict[str, Queued] = {}

    def add(self, row: Queued) -> None:
        self._rows.setdefault(row.operation_id, row)

    def rows(self) -> tuple[Queued, ...]:
        return tuple(self._rows.values())

    def mark(
        self, operation_id: str, state: str, error_code: str | None = None, error_facts: str | None = None
    ) -> None:
        row = self._rows.get(operation_id)
        if row is not None:
            self._rows[operation_id] = replace(
                row, state=state, error_code=error_code, error_facts=error_facts, tries=row.tries + 1
            )

    def done(self, operation_id: str) -> None:
        self._rows.pop(operation_id, None)


class FakeKeys:
    """`ports.store.Keys`."""

    def __init__(self, key: bytes = bytes(range(32))) -> None:
        self._key = key

    def store_key(self) -> bytes:
        return self._key


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
