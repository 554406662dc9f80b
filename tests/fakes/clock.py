"""FakeClock and FakeIds: time and identifiers that a test decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """`ports.clock.Clock`. Each look moves it on by `step`, so that no two moments are the same."""

    def __init__(
        self,
        at: datetime = datetime(2026, 11, 23, 0, 0, tzinfo=UTC),
        step: timedelta = timedelta(seconds=1),
    ) -> None:
        self.at = at
        self.step = step

    def now(self) -> datetime:
        self.at += self.step
        return self.at


class FakeIds:
    """`ports.clock.Ids`: op00000001, op00000002 …"""

    def __init__(self, prefix: str = "op") -> None:
        self._prefix = prefix
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"{self._prefix}{self._last:08d}"
