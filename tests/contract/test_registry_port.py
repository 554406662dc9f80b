"""The port Registry on the fake and on the winreg adapter over a registry with winreg's ways."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from econtract_desktop.card.drivers.windows_registry import WindowsRegistry, open_registry
from econtract_desktop.ports.registry import Registry
from tests.fakes.registry import FakeRegistry, FakeWinreg, Tree

TREE64: Tree = {
    "HKLM\\SOFTWARE\\Cards\\One": {
        "ATR": b"\x3b\x00",
        "Number": 7,
        "Names": ("a", "b"),
        "Text": "x",
        "": "default",
        "No": None,
    },
    "HKLM\\SOFTWARE\\Cards\\Two\\Deeper": {"Text": "y"},
    "HKCU\\Software\\Mine": {"Text": "z"},
}
TREE32: Tree = {"HKLM\\SOFTWARE\\Cards\\Only32": {"Text": "32"}}


@pytest.fixture(params=["fake", "winreg"])
def registry(request: pytest.FixtureRequest) -> Registry:
    made: dict[str, Callable[[], Registry]] = {
        "fake": lambda: FakeRegistry(TREE64, TREE32),
        "winreg": lambda: WindowsRegistry(FakeWinreg(TREE64, TREE32)),  # type: ignore[arg-type]
    }
    return made[request.param]()


def test_keys(registry: Registry) -> None:
    assert registry.keys("HKLM\\SOFTWARE\\Cards") == ("One", "Two")
    assert registry.keys("HKLM\\SOFTWARE\\Cards\\Two") == ("Deeper",)
    assert registry.keys("HKCU\\Software") == ("Mine",)
    assert registry.keys("HKLM\\software\\cards") == ("One", "Two")


def test_the_other_view(registry: Registry) -> None:
    assert registry.keys("HKLM\\SOFTWARE\\Cards", bits=32) == ("Only32",)
    assert registry.values("HKLM\\SOFTWARE\\Cards\\Only32", bits=32) == {"Text": "32"}
    assert registry.values("HKLM\\SOFTWARE\\Cards\\Only32") == {}


def test_values(registry: Registry) -> None:
    assert registry.values("HKLM\\SOFTWARE\\Cards\\One") == TREE64["HKLM\\SOFTWARE\\Cards\\One"]
    assert registry.values("HKLM\\SOFTWARE\\Cards") == {}


@pytest.mark.parametrize("path", ["HKLM\\Nothing", "HKLM", "HKCR\\Cards", "", "HKLM\\SOFTWARE\\Card"])
def test_what_is_missing_is_empty(registry: Registry, path: str) -> None:
    assert registry.values(path) == {}
    if path != "HKLM":
        assert registry.keys(path) == ()


def test_what_is_denied_is_empty_and_every_key_is_closed() -> None:
    winreg = FakeWinreg(TREE64, denied=("HKLM\\SOFTWARE\\Cards\\One",))
    registry = WindowsRegistry(winreg)  # type: ignore[arg-type]
    assert registry.values("HKLM\\SOFTWARE\\Cards\\One") == {}
    assert registry.keys("HKLM\\SOFTWARE\\Cards") == ("One", "Two")
    assert winreg.opened
    assert all(key.closed for key in winreg.opened)


def test_only_windows_has_one() -> None:
    assert (open_registry() is None) == (sys.platform != "win32")
