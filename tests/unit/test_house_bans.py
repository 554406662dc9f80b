"""What must not be there: over the whole tree, and each ban seen to catch a bad sample."""

from __future__ import annotations

import pytest

from tests.house import bans, no_complaints
from tests.house.sources import PROGRAMS, ROOT, TOOLS, Source, project_files, python_files

OURS = python_files(*PROGRAMS, *TOOLS)
_TEXT = {
    ".py",
    ".md",
    ".txt",
    ".in",
    ".toml",
    ".json",
    ".cfg",
    ".ini",
    ".yml",
    ".yaml",
    ".sh",
    ".typ",
    ".qss",
    ".svg",
    "",
}


def under(folder: str) -> list[Source]:
    return [source for source in OURS if source.path.startswith(folder)]


def sample(text: str, path: str = "econtract_desktop/ui/home/view.py") -> Source:
    return Source(path, text)


def test_nothing_catches_everything() -> None:
    no_complaints(complaint for source in OURS for complaint in bans.broad_excepts(source))


def test_every_named_guard_is_still_there() -> None:
    """A name that guards nothing any more must leave the list."""
    without = {source.path: bans.broad_excepts(source, {}) for source in OURS}
    no_complaints(path for path in bans.GUARDS if not without.get(path))


def test_services_know_no_thread() -> None:
    no_complaints(c for source in under("econtract_desktop/services/") for c in bans.threads_in_services(source))


def test_only_the_task_bridge_starts_threads_in_ui() -> None:
    no_complaints(c for source in under("econtract_desktop/ui/") for c in bans.threads_in_ui(source))


def test_no_argument_carries_a_pin() -> None:
    no_complaints(complaint for source in OURS for complaint in bans.pin_arguments(source))


def test_tests_use_no_mocks() -> None:
    no_complaints(c for s in python_files("tests") if "test_house" not in s.path for c in bans.mocks(s))


def test_no_address_in_any_file() -> None:
    found = []
    for path in project_files():
        if path.suffix in _TEXT:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += bans.addresses(path.relative_to(ROOT).as_posix(), text)
    no_complaints(found)


@pytest.mark.parametrize(
    "clause", ["except Exception:", "except BaseException as e:", "except:", "except (OSError, Exception):"]
)
def test_a_broad_except_is_seen(clause: str) -> None:
    text = f"def f():\n    try:\n        g()\n    {clause}\n        pass\n"
    assert len(bans.broad_excepts(sample(text))) == 1
    assert bans.broad_excepts(sample(text, "a.py"), {"a.py": "f"}) == []
    assert len(bans.broad_excepts(sample(text, "a.py"), {"a.py": "other"})) == 1


def test_a_named_except_is_allowed() -> None:
    assert bans.broad_excepts(sample("try:\n    g()\nexcept BaseException:\n    tidy()\n    raise\n")) == []
    assert bans.broad_excepts(sample("try:\n    g()\nexcept (OSError, ValueError):\n    pass\n")) == []


@pytest.mark.parametrize("text", ["import threading", "from concurrent.futures import Future", "import asyncio as a"])
def test_a_thread_in_a_service_is_seen(text: str) -> None:
    assert bans.threads_in_services(sample(text)) != []


@pytest.mark.parametrize(
    "text",
    ["t = QThread()", "QtCore.QThreadPool.globalInstance()", "dialog.exec()", "app.processEvents()", "QEventLoop()"],
)
def test_a_thread_or_nested_loop_in_ui_is_seen(text: str) -> None:
    assert len(bans.threads_in_ui(sample(text))) == 1


def test_the_application_itself_runs_the_loop() -> None:
    assert bans.threads_in_ui(sample("app.exec()")) == []


@pytest.mark.parametrize(
    "text",
    ["from unittest import mock", "import unittest.mock", "def test(monkeypatch):\n    monkeypatch.setattr(a, 'b', c)"],
)
def test_a_mock_is_seen(text: str) -> None:
    assert bans.mocks(sample(text)) != []


def test_setting_the_environment_is_no_mock() -> None:
    assert bans.mocks(sample("def test(monkeypatch):\n    monkeypatch.setenv('A', 'b')")) == []


@pytest.mark.parametrize("word", ["--pin", "--pin=123456", "--so-pin", "--pin-value"])
def test_a_pin_argument_is_seen(word: str) -> None:
    assert len(bans.pin_arguments(sample(f"run(['tool', {word!r}, pin])"))) == 1


def test_pin_by_descriptor_is_allowed() -> None:
    assert bans.pin_arguments(sample("run(['econtract', '--pin-fd', '3', '--pin-env', 'NAME'])")) == []


@pytest.mark.parametrize(
    "line",
    [
        "see https://" + "py" + "pi.org/project/x",
        "data = '/" + "work/shared/data'",
        "open('/ho" + "me/taro/x')",
        "pip install --index-" + "url https://mirror/simple",
        "pip install --find-" + "links wheels",
    ],
)
def test_an_address_is_seen(line: str) -> None:
    assert len(bans.addresses("docs/x.md", line)) == 1


def test_other_paths_are_no_addresses() -> None:
    text = "--no-emit-index-" + "url and contracts/" + "work/main.py and C:/ProgramData and /usr/lib/softhsm"
    assert bans.addresses("docs/x.md", text) == []
