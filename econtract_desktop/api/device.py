"""The key that a session is bound to (DPoP, RFC 9449), and the server's clock as this PC knows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from econtract_core.identity.device import DeviceKey

DEVICE = "device-key"


class Settings(Protocol):
    """Where the key is kept: the profile's encrypted store."""

    def setting(self, name: str) -> str | None: ...

    def keep_setting(self, name: str, value: str | None) -> None: ...


class Device:
    """Thread-safe. The key is made at the first proof and kept; a kept one that cannot be read is made anew, which ends the
    session that was bound to it."""

    def __init__(self, profile: Settings, now: Callable[[], datetime]) -> None:
        self._profile = profile
        self._now = now
        self._lock = threading.Lock()
        self._key: DeviceKey | None = None
        self._ahead = timedelta(0)

    def set_clock(self, servers: datetime) -> None:
        """A proof's time is the server's, so that a PC whose clock is wrong can still work."""
        self._ahead = servers - self._now()

    def headers(self, method: str, url: str, token: str | None) -> dict[str, str]:
        """What proves one request, and the session it belongs to."""
        proof = self._known().proof(method, url, self._now() + self._ahead, token)
        return {"DPoP": proof} | ({"Authorization": f"DPoP {token}"} if token is not None else {})

    def _known(self) -> DeviceKey:
        with self._lock:
            if self._key is None:
                kept = self._profile.setting(DEVICE)
                try:
                    self._key = DeviceKey.load(kept or "")
                except ValueError:
                    self._key = DeviceKey.new()
                    self._profile.keep_setting(DEVICE, self._key.kept())
            return self._key
