"""A test fails when the program logs a warning nobody expected. Both hooks are taken over by `tests/conftest.py`.

`@pytest.mark.expect_log("pattern")` says which one is meant to come (a regular expression found in "LEVEL logger message"); a
marked test fails too when it does not come.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Sequence

import pytest

OURS = ("econtract_core", "econtract_desktop", "econtract_server", "econtract_practice")


class Recorder(logging.Handler):
    """Keeps what our loggers say at WARNING and above, from every thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name} {record.getMessage()}")


def judge(lines: Sequence[str], expected: Sequence[str]) -> list[str]:
    """Complaints: a line that no pattern finds, a pattern that finds no line."""
    stray = [f"unexpected log: {line}" for line in lines if not any(re.search(pattern, line) for pattern in expected)]
    lacking = [f"log never came: {pattern}" for pattern in expected if not any(re.search(pattern, x) for x in lines)]
    return stray + lacking


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expect_log(pattern): the program's warning that this test brings about")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    recorder = Recorder()
    for name in OURS:
        logging.getLogger(name).addHandler(recorder)
    try:
        result = yield
    finally:
        for name in OURS:
            logging.getLogger(name).removeHandler(recorder)
    expected = [str(mark.args[0]) for mark in item.iter_markers("expect_log")]
    complaints = judge(recorder.lines, expected)
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)
    return result
