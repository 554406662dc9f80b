"""Progress: how a service tells how far it is and hears that the person wants to stop. Thread-safe by contract."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        """`key` names a text ("progress.<key>"); `subject` what it is about (a document's title). Never blocks."""
        ...

    def check(self) -> None:
        """Raises `Cancelled` where the person asked to stop; called only where stopping loses nothing."""
        ...


class NoProgress:
    """For those who do not watch."""

    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        pass

    def check(self) -> None:
        pass
