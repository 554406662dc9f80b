"""What needs no library: the clock, identifiers, practice mode, building once."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast

from econtract_core.rules.errors import ProgramMissing

T = TypeVar("T")


class SystemClock:
    """This PC's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TimeOrderedIds:
    """UUIDv7 (RFC 9562) as 32 hex digits: sortable by time, unique without asking anybody."""

    def new(self) -> str:
        milliseconds = int(datetime.now(UTC).timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
        return f"{value:032x}"


class PracticeHere:
    """Practice mode in this process's children."""

    def run(self, directory: Path, ready: Callable[[dict[str, object]], None], *, examples: bool = True) -> None:
        try:
            from econtract_practice.running import run_until_stopped
        except ImportError as problem:
            raise ProgramMissing(name=str(problem.name), how="pip install econtract-desktop[practice]") from None
        run_until_stopped(directory, ready, examples=examples)

    def stop(self, directory: Path) -> bool:
        from econtract_practice.running import request_stop

        return request_stop(directory)


class Lazy:
    """Builds each part once, whichever thread asks first. Each part has a lock of its own: what is held while one is built are
    the parts that need it, and parts never need one another in a circle, so threads never wait for each other in one either."""

    def __init__(self) -> None:
        self._parts: dict[str, object] = {}
        self._locks: dict[str, threading.RLock] = {}

    def get(self, name: str, make: Callable[[], T]) -> T:
        with self._locks.setdefault(name, threading.RLock()):
            if name not in self._parts:
                self._parts[name] = make()
            return cast(T, self._parts[name])

    def built(self, name: str) -> object | None:
        """None where it is not there yet. Never waits."""
        return self._parts.get(name)
