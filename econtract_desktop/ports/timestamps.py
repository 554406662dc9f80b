"""TimestampServices: how the services are; Passwords: what they ask for. Adapters: `crypto/timestamps.py`, `store/passwords.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Health(StrEnum):
    """Of a timestamp service."""

    UNKNOWN = "unknown"  # not asked yet
    OK = "ok"
    FAILING = "failing"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class ServiceHealth:
    """`latency` of the last answer; `ahead`: how much the service's clock is before this PC's (negative: behind), with what the
    way there may account for taken off; `back_at`: when it is asked again or its maintenance ends; `problem`: of the last
    failure."""

    name: str
    url: str
    health: Health
    latency: timedelta | None = None
    ahead: timedelta | None = None
    back_at: datetime | None = None
    problem: str = ""


class TimestampServices(Protocol):
    def states(self) -> tuple[ServiceHealth, ...]:
        """As they were seen last, in the order of the settings. No network."""
        ...

    def look(self) -> tuple[ServiceHealth, ...]:
        """Ask each that is not in maintenance for a timestamp now."""
        ...


class Passwords(Protocol):
    """Of network services, in the system's key store."""

    def password(self, service: str, user: str) -> str | None:
        """None where none is kept. Raises KeyStoreUnavailable."""
        ...

    def keep(self, service: str, user: str, password: str) -> None:
        """Raises KeyStoreUnavailable."""
        ...
