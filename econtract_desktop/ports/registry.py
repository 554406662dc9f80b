"""Registry: what Windows' registry says, for reading only. Adapter: `card/drivers/windows_registry.py`, on Windows alone."""

from __future__ import annotations

from typing import Protocol

Value = str | int | bytes | tuple[str, ...] | None


class Registry(Protocol):
    """Paths begin with HKLM or HKCU and use backslashes. `bits` chooses the 64- or the 32-bit program's view (WOW64).

    What is missing or may not be read is empty; nothing is ever written. Any thread.
    """

    def keys(self, path: str, *, bits: int = 64) -> tuple[str, ...]:
        """The names of the keys under this one."""
        ...

    def values(self, path: str, *, bits: int = 64) -> dict[str, Value]:
        """The key's values by name as it is spelled there ("" is the default value)."""
        ...
