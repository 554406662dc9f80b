"""What is known of one timestamp service: whether it answers, how fast, by which clock; when not to ask it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from econtract_core.rules.dates import JST
from econtract_desktop.config import Maintenance, TimestampService
from econtract_desktop.ports.timestamps import Health, ServiceHealth

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
_LONGEST_SAID = timedelta(hours=6)  # of a Retry-After


@dataclass
class _Seen:
    failures: int = 0
    not_before: datetime | None = None
    latency: timedelta | None = None
    ahead: timedelta | None = None
    problem: str = ""
    answered: bool = False


class Watched:
    """One service. Thread-safe."""

    def __init__(self, service: TimestampService) -> None:
        self.service = service
        self._lock = threading.Lock()
        self._seen = _Seen()

    def answered(self, sent: datetime, received: datetime, said: datetime, accuracy: timedelta) -> None:
        """It gave a good token: asked and answered at these times of this PC's clock, by its own clock at `said`."""
        with self._lock:
            middle, slack = sent + (received - sent) / 2, (received - sent) / 2 + accuracy + timedelta(seconds=1)
            off = said - middle  # a token's time may be whole seconds
            ahead = max(timedelta(0), abs(off) - slack) * (1 if off > timedelta(0) else -1)
            self._seen = _Seen(latency=received - sent, ahead=ahead, answered=True)

    def failed(self, now: datetime, problem: str, retry_after: timedelta | None = None) -> None:
        """It did not. It is left alone for longer each time, or as long as it said."""
        with self._lock:
            seen = self._seen
            seen.failures += 1
            pause = min(_FIRST_PAUSE * 2 ** min(seen.failures - 1, 10), _LONGEST_PAUSE)
            seen.not_before = now + (min(retry_after, _LONGEST_SAID) if retry_after is not None else pause)
            seen.problem = problem

    def order(self, now: datetime) -> tuple[int, datetime]:
        """The smaller, the rather it is asked: those that answer, those whose pause is over, those in a pause."""
        with self._lock:
            seen = self._seen
            if seen.not_before is None:
                return 0, now
            return (1, now) if seen.not_before <= now else (2, seen.not_before)

    def closed_until(self, now: datetime) -> datetime | None:
        """The end of a maintenance window that is open now."""
        ends = [end for begin, end in (_window(m, now) for m in self.service.maintenance) if begin <= now < end]
        return max(ends, default=None)

    def state(self, now: datetime) -> ServiceHealth:
        """What a person is told."""
        closed = self.closed_until(now)
        with self._lock:
            seen = self._seen
            if closed is not None:
                health = Health.MAINTENANCE
            elif seen.not_before is not None:
                health = Health.FAILING
            else:
                health = Health.OK if seen.answered else Health.UNKNOWN
            back = closed or seen.not_before
            return ServiceHealth(
                self.service.called, self.service.url, health, seen.latency, seen.ahead, back, seen.problem
            )


def _window(window: Maintenance, now: datetime) -> tuple[datetime, datetime]:
    """The window as moments; a weekly one as its last beginning."""
    if window.day is None:
        begin, end = (_in_japan(datetime.fromisoformat(text)) for text in (window.begins, window.ends))
        return begin, end
    here = now.astimezone(JST)
    day = here.date() - timedelta(days=(here.weekday() - window.day) % 7)
    begin = datetime.combine(day, time.fromisoformat(window.begins), JST)
    end = datetime.combine(day, time.fromisoformat(window.ends), JST)
    return begin, end if end > begin else end + timedelta(days=1)


def _in_japan(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)
