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


class Why(StrEnum):
    """A service failed. The texts are "diagnosis.why_<value>"."""

    SILENT = "silent"  # no answer, or none that can be used
    BUSY = "busy"  # it asks to come back later
    TLS = "tls"  # its TLS certificate does not verify
    REFUSED = "refused"
    INVALID = "invalid"  # the token does not verify
    CLOCK = "clock"  # the token's time is far from this PC's
    LOCKED = "locked"  # its password cannot be had
    PLAIN = "plain"  # a password would go over plain HTTP


@dataclass(frozen=True)
class ServiceHealth:
    """`latency` of the last answer; `ahead`: how much the service's clock is before this PC's (negative: behind), with what the
    way there may account for taken off; `back_at`: when it is asked again or its maintenance ends; `why` and `problem` (a
    technical remark in English): of the last failure; `clock_wrong`: it is this PC's clock that is far off."""

    name: str
    url: str
    health: Health
    latency: timedelta | None = None
    ahead: timedelta | None = None
    back_at: datetime | None = None
    problem: str = ""
    why: Why | None = None
    clock_wrong: bool = False


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
