"""How the timestamp services are, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from econtract_desktop.ports.timestamps import Health, Passwords, ServiceHealth, TimestampServices

CLOCK_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True)
class ClockHeld:
    """`ahead`: how much the service's clock is before this PC's (negative: behind); `off`: so much that a person must be told."""

    ahead: timedelta
    off: bool


class StampingServices:
    def __init__(self, services: Callable[[], TimestampServices], passwords: Passwords) -> None:
        self._services = services
        self._passwords = passwords

    def look(self) -> tuple[ServiceHealth, ...]:
        """Ask each now."""
        return self._services().look()

    def clock(self) -> ClockHeld | None:
        """This PC's clock against the services' as they last answered, for a run's end; None where none has answered. No network.
        The one that is nearest counts: who is alone with his time is wrong."""
        states = self._services().states()
        ahead = [state.ahead for state in states if state.health is Health.OK and state.ahead is not None]
        nearest = min(ahead, key=abs, default=None)
        return ClockHeld(nearest, abs(nearest) > CLOCK_LIMIT) if nearest is not None else None

    def keep_password(self, url: str, user: str, password: str) -> None:
        """Into the system's key store. Raises KeyStoreUnavailable."""
        self._passwords.keep(url, user, password)
