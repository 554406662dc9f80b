"""Lanes: work that goes on beside the caller's, so that a service stays plain blocking code. Adapter: `crypto/lanes.py`."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Pending(Protocol[T_co]):
    """One piece of work that was handed over."""

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, waiting for that at most so long."""
        ...

    def result(self) -> T_co:
        """Wait for it. What it returned, or raises what it raised; Cancelled where it was never begun."""
        ...


class Lane(Protocol):
    """Work is begun in the order it came, at most the lane's width at once. A context manager; one caller.

    Leaving it waits for nobody: what was not begun is dropped, what is under way goes on to its end, and nobody hears of it.
    """

    def start(self, work: Callable[[], T]) -> Pending[T]:
        """Returns at once. `work` runs in another thread and must need nothing that belongs to one thread."""
        ...

    def __enter__(self) -> Lane: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None: ...


class Lanes(Protocol):
    def open(self, name: str, width: int) -> Lane:
        """A new lane, `width` pieces of work at once. `name` is for logs."""
        ...
