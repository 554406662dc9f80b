"""`ports.registry.Registry` over winreg, the module that only Windows has.

winreg itself is an argument, so that everything but its import is tested on any system; `open_registry` is the one place that imports.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, cast

from econtract_desktop.ports.registry import Registry, Value

_LONGEST_LIST = 10_000


class _Key(Protocol):
    def __enter__(self) -> _Key: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> bool | None: ...


class Winreg(Protocol):
    """The part of the standard library's winreg that is used here."""

    HKEY_LOCAL_MACHINE: int
    HKEY_CURRENT_USER: int
    KEY_READ: int
    KEY_WOW64_64KEY: int
    KEY_WOW64_32KEY: int

    def OpenKeyEx(self, key: int, sub_key: str, reserved: int, access: int) -> _Key: ...  # noqa: N802 - winreg's name

    def EnumKey(self, key: _Key, index: int) -> str: ...  # noqa: N802

    def EnumValue(self, key: _Key, index: int) -> tuple[str, object, int]: ...  # noqa: N802


class WindowsRegistry:
    """Reads only. A key that is missing or denied is empty."""

    def __init__(self, winreg: Winreg) -> None:
        self._winreg = winreg

    def keys(self, path: str, *, bits: int = 64) -> tuple[str, ...]:
        found: list[str] = []
        try:
            with self._open(path, bits) as key:
                for index in range(_LONGEST_LIST):
                    found.append(self._winreg.EnumKey(key, index))
        except OSError:  # also how winreg says that there is no further one
            pass
        return tuple(found)

    def values(self, path: str, *, bits: int = 64) -> dict[str, Value]:
        found: dict[str, Value] = {}
        try:
            with self._open(path, bits) as key:
                for index in range(_LONGEST_LIST):
                    name, value, _ = self._winreg.EnumValue(key, index)
                    found[name] = _plain(value)
        except OSError:
            pass
        return found

    def _open(self, path: str, bits: int) -> _Key:
        """Raises OSError, also for a path that does not begin with a known hive."""
        hive, _, rest = path.partition("\\")
        roots = {"HKLM": self._winreg.HKEY_LOCAL_MACHINE, "HKCU": self._winreg.HKEY_CURRENT_USER}
        if hive not in roots:
            raise FileNotFoundError(path)
        view = self._winreg.KEY_WOW64_32KEY if bits == 32 else self._winreg.KEY_WOW64_64KEY
        return self._winreg.OpenKeyEx(roots[hive], rest, 0, self._winreg.KEY_READ | view)


def open_registry() -> Registry | None:
    """This PC's registry; None on every system but Windows."""
    if sys.platform == "win32":
        import winreg

        return WindowsRegistry(cast(Winreg, winreg))
    return None


def _plain(value: object) -> Value:
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    return value if isinstance(value, str | int | bytes) or value is None else str(value)
