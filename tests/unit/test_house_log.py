"""The log guard of `tests/conftest.py`: a warning nobody expected fails the test, and so does an expected one that stays away."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.house.logs import judge


def test_judging() -> None:
    line = "WARNING econtract_desktop.x late"
    assert judge([line], []) == [f"unexpected log: {line}"]
    assert judge([line], ["x late"]) == []
    assert judge([], ["x late"]) == ["log never came: x late"]


@pytest.mark.expect_log("WARNING econtract_desktop.sample .*here")
def test_an_expected_warning_passes() -> None:
    logging.getLogger("econtract_desktop.sample").warning("it is %s", "here")


def run(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text("from tests.house.logs import pytest_configure, pytest_runtest_call\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(dedent(body))
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(folder), "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_an_unexpected_warning_fails_even_from_a_thread(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        import logging, threading

        def test_bad():
            thread = threading.Thread(target=logging.getLogger("econtract_server.jobs").error, args=("lost %d", 3))
            thread.start()
            thread.join()

        def test_others_loggers_are_not_ours():
            logging.getLogger("somebody").warning("no matter")
        """,
    )
    assert done.returncode == 1, done.stdout
    assert "unexpected log: ERROR econtract_server.jobs lost 3" in done.stdout
    assert "1 failed, 1 passed" in done.stdout
