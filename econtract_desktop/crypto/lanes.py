"""The port Lanes, on threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar, cast

from econtract_core.rules.errors import Cancelled

T = TypeVar("T")


class ThreadLanes:
    """The port Lanes. Thread-safe."""

    def open(self, name: str, width: int) -> ThreadLane:
        return ThreadLane(name, width)


class ThreadLane:
    """The port Lane. Its threads begin with the work there is for them, and do not keep the process alive: work that
    hangs in a network call is safe to lose, or it would not be in a lane."""

    def __init__(self, name: str, width: int) -> None:
        self._name = name
        self._width = width
        self._threads: list[threading.Thread] = []
        self._waiting: queue.SimpleQueue[_Work[object] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)  # threads that have nothing to do

    def __enter__(self) -> ThreadLane:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        while True:
            try:
                work = self._waiting.get_nowait()
            except queue.Empty:
                break
            if work is not None:
                work.drop()
        for _ in self._threads:
            self._waiting.put(None)

    def start(self, work: Callable[[], T]) -> _Work[T]:
        pending = _Work(work)
        self._waiting.put(cast("_Work[object]", pending))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._width:
            name = f"{self._name}-{len(self._threads) + 1}"
            thread = threading.Thread(target=self._serve, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        return pending

    def _serve(self) -> None:
        while (work := self._waiting.get()) is not None:
            work.run()
            self._idle.release()


class _Work(Generic[T]):
    """The port Pending."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._ended = threading.Event()
        self._value: T | None = None
        self._problem: BaseException | None = None

    def run(self) -> None:
        """In the lane's thread: whatever happens is carried to who waits for it."""
        work, self._work = self._work, None
        assert work is not None
        try:
            self._value = work()
        except BaseException as problem:  # noqa: BLE001  (carried, not swallowed: `result` raises it)
            self._problem = problem
        finally:
            self._ended.set()

    def drop(self) -> None:
        """It will never be begun."""
        self._work, self._problem = None, Cancelled()
        self._ended.set()

    def wait(self, seconds: float) -> bool:
        return self._ended.wait(seconds)

    def result(self) -> T:
        self._ended.wait()
        if self._problem is not None:
            raise self._problem
        return cast(T, self._value)
