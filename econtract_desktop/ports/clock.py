"""Clock and Ids: the two sources of surprise, as ports so that tests can decide them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """This PC's time, with its zone (UTC)."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A new identifier, sortable by time (UUIDv7 without dashes), unique over all clients."""
        ...
