"""The port Lanes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from econtract_core.rules.errors import Cancelled, DiskFull
from econtract_desktop.crypto.lanes import ThreadLanes
from econtract_desktop.ports.lanes import Lanes

PATIENCE = 20.0


@pytest.fixture
def lanes() -> Lanes:
    return ThreadLanes()


class Gate:
    """Work that stays under way until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self._open = threading.Event()
        self._lock = threading.Lock()
        self._inside = self.most = 0

    def work(self, value: int) -> Callable[[], int]:
        def run() -> int:
            with self._lock:
                self._inside += 1
                self.most = max(self.most, self._inside)
            self.begun.release()
            self._open.wait(PATIENCE)
            with self._lock:
                self._inside -= 1
            return value

        return run

    def open(self) -> None:
        self._open.set()


def test_results_come_back_whole_and_in_another_thread(lanes: Lanes) -> None:
    with lanes.open("test", 2) as lane:
        pending = [lane.start(lambda i=i: (i, threading.get_ident())) for i in range(20)]  # type: ignore[misc]
        found = [p.result() for p in pending]
    assert [number for number, _ in found] == list(range(20))
    assert threading.get_ident() not in {thread for _, thread in found}


def test_what_is_raised_is_carried_to_who_waits(lanes: Lanes) -> None:
    def fail() -> None:
        raise DiskFull(path="here")

    def defect() -> None:
        raise ZeroDivisionError

    with lanes.open("test", 1) as lane:
        first, second, third = lane.start(fail), lane.start(defect), lane.start(lambda: 3)
        with pytest.raises(DiskFull):
            first.result()
        with pytest.raises(ZeroDivisionError):
            second.result()
        assert third.result() == 3  # the lane goes on


def test_no_more_at_once_than_the_width_and_as_many_as_that(lanes: Lanes) -> None:
    gate = Gate()
    with lanes.open("test", 3) as lane:
        pending = [lane.start(gate.work(i)) for i in range(9)]
        for _ in range(3):
            assert gate.begun.acquire(timeout=PATIENCE)
        assert not pending[8].wait(0.05)
        gate.open()
        assert [p.result() for p in pending] == list(range(9))
    assert gate.most == 3


def test_in_the_order_it_came(lanes: Lanes) -> None:
    begun: list[int] = []
    with lanes.open("test", 1) as lane:
        pending = [lane.start(lambda i=i: begun.append(i)) for i in range(50)]  # type: ignore[misc]
        for each in pending:
            each.result()
    assert begun == list(range(50))


def test_waiting_says_whether_it_has_ended(lanes: Lanes) -> None:
    gate = Gate()
    with lanes.open("test", 1) as lane:
        pending = lane.start(gate.work(1))
        assert not pending.wait(0.01)
        gate.open()
        assert pending.wait(PATIENCE)
        assert pending.wait(0)


def test_leaving_drops_what_was_not_begun_and_waits_for_nobody(lanes: Lanes) -> None:
    gate = Gate()
    with lanes.open("test", 1) as lane:
        under_way, dropped = lane.start(gate.work(1)), lane.start(gate.work(2))
        assert gate.begun.acquire(timeout=PATIENCE)
    with pytest.raises(Cancelled):
        dropped.result()
    assert not under_way.wait(0.01)
    gate.open()
    assert under_way.result() == 1
    assert gate.most == 1


def test_a_lane_leaves_no_thread_behind(lanes: Lanes) -> None:
    with lanes.open("leaves-none", 4) as lane:
        for each in [lane.start(lambda: None) for _ in range(8)]:
            each.result()
    for thread in threading.enumerate():
        if thread.name.startswith("leaves-none"):
            thread.join(PATIENCE)
            assert not thread.is_alive()
