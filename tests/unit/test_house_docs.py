"""The documents name commands and files that exist; the lock files hold hashes and no addresses."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from econtract_desktop.cli.main import COMMANDS
from tests.house import documents, no_complaints
from tests.house.sources import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def load_dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    made = load_dev().parser()
    assert isinstance(made, argparse.ArgumentParser)
    return made


def test_there_are_documents() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    assert {"README.md", "ARCHITECTURE.md", "CHANGELOG.md"} <= names


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_and_links_are_true(document: Path, parser: argparse.ArgumentParser) -> None:
    text = document.read_text(encoding="utf-8")
    no_complaints(documents.unknown_commands(text, parser) + documents.broken_links(document, text))
    no_complaints(documents.unknown_program_commands(text, COMMANDS))


def test_the_two_commands_are_in_the_readme() -> None:
    named = documents.dev_commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"setup", "practice"} <= {line.split()[0] for line in named if line}


def test_an_unknown_command_is_seen(parser: argparse.ArgumentParser) -> None:
    text = "`python3 dev.py fly`, `py dev.py practice --windy`, `python3 dev.py practice [--headless] [--dir D]`"
    assert documents.unknown_commands(text, parser) == [
        "dev.py has no command fly",
        "dev.py practice has no option --windy",
    ]


def test_an_unknown_command_of_the_program_is_seen() -> None:
    text = "`econtract verify FILE`, `econtract fly`, `econtract --help`, econtract is a program"
    assert documents.unknown_program_commands(text, COMMANDS) == ["econtract has no command fly"]


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    text = "[a](nothing.md) [b](https://example.com/x) [c](#part) [d](here.md#part)"
    (tmp_path / "here.md").write_text("")
    assert documents.broken_links(tmp_path / "x.md", text) == ["x.md: no such file: nothing.md"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_holds_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^\S.*==.*$", text, re.MULTILINE)
    assert pins
    assert all(pin.endswith("\\") for pin in pins)  # a hash follows
    assert text.count("--hash=sha256:") >= len(pins)


def test_every_lock_file_is_made_by_dev() -> None:
    assert {path.name for path in LOCKS} == {name for name, _, _ in load_dev().LOCK_FILES}
