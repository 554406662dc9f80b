"""A Windows registry in memory: as our port sees it, and as the module winreg would show it."""

from __future__ import annotations

from types import TracebackType

from econtract_desktop.ports.registry import Value

Tree = dict[str, dict[str, Value]]  # path with its hive → values; keys above a path exist too


class FakeRegistry:
    """`ports.registry.Registry`. `tree64` and `tree32`: what each view shows. Names are found whatever their case."""

    def __init__(self, tree64: Tree, tree32: Tree | None = None) -> None:
        self._trees = {64: tree64, 32: tree32 or {}}

    def keys(self, path: str, *, bits: int = 64) -> tuple[str, ...]:
        start = path.lower() + "\\"
        if not path.startswith(("HKLM", "HKCU")):
            return ()
        names = {
            full[len(start) :].split("\\")[0]: None for full in self._trees[bits] if full.lower().startswith(start)
        }
        return tuple(names)

    def values(self, path: str, *, bits: int = 64) -> dict[str, Value]:
        found = (values for full, values in self._trees[bits].items() if full.lower() == path.lower())
        return dict(next(found, {}))


class FakeKey:
    """An open key of FakeWinreg."""

    def __init__(self, names: tuple[str, ...], values: dict[str, Value]) -> None:
        self.names = names
        self.values = list(values.items())
        self.closed = False

    def __enter__(self) -> FakeKey:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.closed = True


class FakeWinreg:
    """The part of winreg the adapter uses, with its ways: OSError for what is missing, denied, or past the last one."""

    HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER = 0x80000002, 0x80000001
    KEY_READ, KEY_WOW64_64KEY, KEY_WOW64_32KEY = 0x20019, 0x0100, 0x0200

    def __init__(self, tree64: Tree, tree32: Tree | None = None, denied: tuple[str, ...] = ()) -> None:
        self._registry = FakeRegistry(tree64, tree32)
        self._denied = denied
        self.opened: list[FakeKey] = []

    def OpenKeyEx(self, key: int, sub_key: str, reserved: int, access: int) -> FakeKey:
        assert access & self.KEY_READ == self.KEY_READ
        bits = 32 if access & self.KEY_WOW64_32KEY else 64
        hive = {self.HKEY_LOCAL_MACHINE: "HKLM", self.HKEY_CURRENT_USER: "HKCU"}[key]
        path = f"{hive}\\{sub_key}"
        if path in self._denied:
            raise PermissionError(5, "Access is denied")
        names, values = self._registry.keys(path, bits=bits), self._registry.values(path, bits=bits)
        if not names and not values:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        self.opened.append(FakeKey(names, values))
        return self.opened[-1]

    def EnumKey(self, key: FakeKey, index: int) -> str:
        if index >= len(key.names):
            raise OSError(259, "No more data is available")
        return key.names[index]

    def EnumValue(self, key: FakeKey, index: int) -> tuple[str, object, int]:
        if index >= len(key.values):
            raise OSError(259, "No more data is available")
        name, value = key.values[index]
        kind = 3 if isinstance(value, bytes) else 7 if isinstance(value, tuple) else 4 if isinstance(value, int) else 1
        return name, list(value) if isinstance(value, tuple) else value, kind
