"""How much work one document may cause. Counted, not timed: the same file is always judged alike."""

from __future__ import annotations


class TooMuch(Exception):
    """The document's allowance is used up."""


class Budget:
    """Steps (about half a microsecond each) and decoded bytes that reading the contents of one document may take."""

    def __init__(self, steps: int = 3_000_000, octets: int = 64 * 1024 * 1024) -> None:
        self._steps = steps
        self._octets = octets

    def spend(self, steps: int) -> None:
        """Raises TooMuch."""
        self._steps -= steps
        if self._steps < 0:
            raise TooMuch

    def take(self, octets: int) -> None:
        """Raises TooMuch."""
        self._octets -= octets
        if self._octets < 0:
            raise TooMuch

    @property
    def octets(self) -> int:
        """Decoded bytes that are left."""
        return max(0, self._octets)
