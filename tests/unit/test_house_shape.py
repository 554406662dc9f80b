"""Sizes, names, docstrings, module-level state: over the whole tree, and each rule seen to fail on a bad sample."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.house import no_complaints, shape
from tests.house.sources import PROGRAMS, TOOLS, Source, python_files

OURS = python_files(*PROGRAMS, *TOOLS)
ALL = [*OURS, *python_files("tests")]


def sample(text: str, path: str = "econtract_desktop/services/sample.py") -> Source:
    return Source(path, dedent(text))


def test_the_tree_is_seen() -> None:
    assert {"dev.py", "econtract_core/rules/errors/__init__.py", "econtract_desktop/ports/card.py"} <= {
        s.path for s in OURS
    }


@pytest.mark.parametrize("rule", [shape.file_size, shape.module_state], ids=lambda rule: rule.__name__)
def test_every_file(rule: object) -> None:
    assert callable(rule)
    no_complaints(complaint for source in ALL for complaint in rule(source))


@pytest.mark.parametrize("rule", [shape.class_and_function_sizes, shape.docstrings], ids=lambda rule: rule.__name__)
def test_the_programs_and_their_tools(rule: object) -> None:
    assert callable(rule)
    no_complaints(complaint for source in OURS for complaint in rule(source))


def test_a_long_file_is_seen() -> None:
    assert shape.file_size(sample("x = 1\n" * 600)) == []
    assert shape.file_size(sample("x = 1\n" * 601)) == [
        "econtract_desktop/services/sample.py:1: 601 lines, 600 at most"
    ]


def test_a_file_named_utils_is_seen() -> None:
    assert shape.file_size(sample("", "econtract_core/utils.py")) != []


def test_a_long_function_is_seen() -> None:
    fits = "def f():\n" + '    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * 49
    assert shape.class_and_function_sizes(sample(fits)) == []
    assert "f: 51 lines" in shape.class_and_function_sizes(sample(fits + "    x = 2\n"))[0]


def test_a_large_class_is_seen() -> None:
    large = "class A:\n" + "".join(f"    def m{i}(self): ...\n" for i in range(21))
    assert "class A: 21 methods" in shape.class_and_function_sizes(sample(large))[0]


def test_a_missing_docstring_is_seen() -> None:
    assert len(shape.docstrings(sample("class A:\n    def f(self): ...\n"))) == 2
    assert shape.docstrings(sample('"""It does."""\nclass A:\n    x: int\nclass _B:\n    def f(self): ...\n')) == []


@pytest.mark.parametrize(
    "bad",
    [
        "seen = []",
        "cache: dict[str, int] = {}",
        "waiting = collections.deque()",
        "def f():\n    global x\n    x = 1",
        "TABLE = {}\ndef f():\n    TABLE['a'] = 1",
        "NAMES = set()\ndef f():\n    NAMES.add('a')",
        "ROWS = [1]\ndef f():\n    del ROWS[0]",
    ],
)
def test_module_level_state_is_seen(bad: str) -> None:
    assert len(shape.module_state(sample(bad))) == 1


def test_a_constant_table_is_no_state() -> None:
    good = "TABLE = {'a': 1}\n__all__ = ['f']\ndef f():\n    here = {}\n    here['a'] = TABLE['a']\n    return here\n"
    assert shape.module_state(sample(good)) == []
