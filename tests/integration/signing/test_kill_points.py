"""A few of the steps at which signing a batch may be killed; all of them by `python -m tests.integration.signing.kill_points`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL are POSIX's")


def counts(*options: str) -> dict[str, int]:
    """In a process of its own: it forks, and this one has threads."""
    command = [sys.executable, "-m", "tests.integration.signing.kill_points", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"(points|kills|lost|doubled|repeated|complaints) (\d+)", done.stdout.splitlines()[-1])
    return {name: int(number) for name, number in found}


def test_killed_nothing_is_lost_and_nothing_signed_twice() -> None:
    told = counts("--documents", "5", "--every", "13", "--offset", "3")
    assert told["points"] - 1 <= told["kills"] > 8  # the last step comes sooner in some runs: its kill finds all done
    assert told["lost"] == told["doubled"] == told["complaints"] == 0
    assert told["repeated"] <= told["kills"]


def test_killed_again_and_again() -> None:
    told = counts("--documents", "5", "--every", "31", "--kills", "4")
    assert told["kills"] > told["points"]
    assert told["lost"] == told["doubled"] == told["complaints"] == 0


@pytest.mark.slow
def test_killed_at_many_steps_of_fifty_documents() -> None:
    told = counts("--documents", "50", "--every", "97", "--offset", "29")
    assert told["points"] > 12
    assert told["lost"] == told["doubled"] == told["complaints"] == 0
