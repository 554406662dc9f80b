"""WaitingTimestamps: signed files that still lack a timestamp or validation data. Adapter: `store/waiting_timestamps.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class WaitingFile:
    """`file`: absolute. `level`: what was asked for, as "B-T". `signed_at`: this PC's clock. `not_after`: the end of the signer's
    certificate; a timestamp that comes later proves nothing. `next_list`: when the CA's next revocation list is due, None where
    that is not known; a revocation in it would count unless the timestamp is older."""

    file: Path
    sha256: str
    level: str
    signed_at: datetime
    not_after: datetime
    next_list: datetime | None = None

    @property
    def deadline(self) -> datetime:
        """The earlier of the two."""
        return self.not_after if self.next_list is None else min(self.not_after, self.next_list)


class WaitingTimestamps(Protocol):
    """Thread-safe; several processes may share it. Every call may raise DiskFull, FileNotWritable, StoreInUse,
    StoreUnreadable."""

    def files(self) -> tuple[WaitingFile, ...]:
        """Earliest deadline first."""
        ...

    def add(self, waiting: WaitingFile) -> None:
        """Durable. What was known of this file before is forgotten."""
        ...

    def remove(self, file: Path) -> None:
        """It waits no more. Harmless where it does not wait."""
        ...
