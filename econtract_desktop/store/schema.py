"""The tables of the local store, as the steps that lead to them. A step that has been shipped is never changed."""

from __future__ import annotations

# The n-th step makes version n+1 (PRAGMA user_version). Times are UTC, ISO 8601.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE case_seen (
            case_id TEXT PRIMARY KEY,
            number TEXT NOT NULL,
            title TEXT NOT NULL,
            data TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX case_seen_number ON case_seen (number)",
        """CREATE TABLE setting (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT""",
        # `place` orders the queue; AUTOINCREMENT never gives a place twice.
        """CREATE TABLE outbox (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            operation_id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            object_id TEXT NOT NULL,
            operation TEXT NOT NULL,
            files TEXT NOT NULL,
            created TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('waiting', 'unknown', 'refused')),
            tries INTEGER NOT NULL,
            error_code TEXT,
            error_facts TEXT
        ) STRICT""",
    ),
    (
        """CREATE TABLE receipt (
            operation_id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            object_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            arrived_at TEXT NOT NULL,
            receipt TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX receipt_case ON receipt (case_id)",
    ),
)
