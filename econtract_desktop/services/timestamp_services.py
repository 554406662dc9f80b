"""How the timestamp services are, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable

from econtract_desktop.ports.timestamps import Passwords, ServiceHealth, TimestampServices


class StampingServices:
    def __init__(self, services: Callable[[], TimestampServices], passwords: Passwords) -> None:
        self._services = services
        self._passwords = passwords

    def look(self) -> tuple[ServiceHealth, ...]:
        """Ask each now."""
        return self._services().look()

    def keep_password(self, url: str, user: str, password: str) -> None:
        """Into the system's key store. Raises KeyStoreUnavailable."""
        self._passwords.keep(url, user, password)
