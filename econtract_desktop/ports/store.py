"""Store, Outbox, Keys: what this PC keeps. Adapter: `store/` (encrypted SQLite and a folder of files). Thread-safe.

What was prepared is never lost: every write is durable when the call returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class KeptCase:
    """The server's last word on a case: `data` is the CaseData message as JSON. `seen_at` when it was fetched."""

    case_id: str
    number: str
    title: str
    data: str
    seen_at: datetime


@dataclass(frozen=True)
class KeptReceipt:
    """A proof of arrival 到達証明 of an operation of ours, as the server sealed it (`econtract_core.evidence.receipt`)."""

    operation_id: str
    kind: str
    object_id: str
    case_id: str
    arrived_at: datetime
    receipt: str


class Store(Protocol):
    """Raises StoreUnreadable, StoreInUse, DiskFull."""

    def keep_cases(self, cases: tuple[KeptCase, ...]) -> None: ...

    def cases(self) -> tuple[KeptCase, ...]:
        """By case number."""
        ...

    def case(self, case_id_or_number: str) -> KeptCase | None: ...

    def keep_receipt(self, receipt: KeptReceipt) -> None:
        """Twice is fine; the first one stays."""
        ...

    def receipts(self, case_id: str) -> tuple[KeptReceipt, ...]:
        """By time."""
        ...

    def setting(self, name: str) -> str | None:
        """Small facts: server id, session, who was logged in."""
        ...

    def keep_setting(self, name: str, value: str | None) -> None:
        """None forgets it."""
        ...

    def add_file(self, source: Path) -> str:
        """Take a private copy of a file; its SHA-256 (hex)."""
        ...

    def file(self, sha256: str) -> Path | None:
        """The private copy, its bytes checked against the hash; None where there is none (a broken copy counts as none)."""
        ...

    def file_place(self, sha256: str) -> Path:
        """Where a download of this file should land (the adapter's own folder)."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Queued:
    """A row of the outbox. `operation` is the Operation message as JSON; `files` the SHA-256 of files to upload first.

    `state`: "waiting" (never sent), "unknown" (sent, no answer: 送信確認中), "refused" (final; `error_code` says why).
    Done rows leave the outbox.
    """

    operation_id: str
    kind: str
    object_id: str
    operation: str
    files: tuple[str, ...]
    created: datetime
    state: str
    tries: int
    error_code: str | None
    error_facts: str | None  # JSON


class Outbox(Protocol):
    def add(self, row: Queued) -> None: ...

    def rows(self) -> tuple[Queued, ...]:
        """In the order they were added."""
        ...

    def mark(
        self, operation_id: str, state: str, error_code: str | None = None, error_facts: str | None = None
    ) -> None:
        """Counts a try."""
        ...

    def done(self, operation_id: str) -> None: ...


class Keys(Protocol):
    def store_key(self) -> bytes:
        """32 bytes for the local store, made at the first call. Raises KeyStoreUnavailable."""
        ...
