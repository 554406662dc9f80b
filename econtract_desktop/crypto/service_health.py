"""What is known of one timestamp service: whether it answers, how fast, by which clock; when not to ask it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from econtract_core.rules.dates import JST
from econtract_desktop.config import Maintenance, TimestampService
from econtract_desktop.ports.timestamps import Health, ServiceHealth, Why

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
_LONGEST_SAID = timedelta(hours=6)  # of a Retry-After


@dataclass(frozen=True)
class Failure:
    """`pause`: as long as the service itself said, or as this PC's part in it wants. `ahead`: its clock before this PC's."""

    problem: str
    why: Why
    pause: timedelta | None = None
    ahead: timedelta | None = None
    clock_wrong: bool = False


@dataclass
class _Seen:
    failures: int = 0
    not_before: datetime | None = None
    latency: timedelta | None = None
    ahead: timedelta | None = None
    failure: Failure | None = None
    answered: datetime | None = None


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
            self._seen = _Seen(latency=received - sent, ahead=ahead, answered=received)

    def failed(self, sent: datetime, now: datetime, failure: Failure) -> None:
        """It did not. It is left alone for longer each time, or as long as it said. Several who asked before the pause was over
        saw one outage; who asked before it last answered saw none."""
        with self._lock:
            seen = self._seen
            if seen.answered is not None and timedelta(0) < seen.answered - sent < _LONGEST_PAUSE:
                return
            seen.failure = failure
            until = _bounded(seen.not_before, now)
            if until is None or sent >= until:
                seen.failures += 1
                until = now + min(_FIRST_PAUSE * 2 ** min(seen.failures - 1, 10), _LONGEST_PAUSE)
                if failure.pause is not None:
                    until = now + min(failure.pause, _LONGEST_SAID)
            elif failure.pause is not None:
                until = max(until, now + min(failure.pause, _LONGEST_SAID))
            seen.not_before = until

    def order(self, now: datetime) -> tuple[int, datetime]:
        """The smaller, the rather it is asked: those that answer, those whose pause is over, those in a pause."""
        with self._lock:
            seen = self._seen
            until = _bounded(seen.not_before, now)
            if until is None:
                return 0, now
            return (1, now) if until <= now else (2, until)

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
                health = Health.OK if seen.answered is not None else Health.UNKNOWN
            failure = seen.failure
            known = ServiceHealth(
                self.service.called, self.service.url, health, seen.latency, seen.ahead, closed or seen.not_before
            )
        if failure is None:
            return known
        return replace(
            known, problem=failure.problem, why=failure.why, ahead=failure.ahead, clock_wrong=failure.clock_wrong
        )


def _bounded(until: datetime | None, now: datetime) -> datetime | None:
    """A pause that no service could have asked for is this PC's clock having been set back."""
    return None if until is None or until - now > _LONGEST_SAID else until


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
