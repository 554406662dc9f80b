"""The journey in the window on a virtual display, in a process of its own: Qt takes its platform once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """What a program needs to draw on a virtual screen; without Xvfb it draws in memory."""
    if shutil.which("Xvfb") is None:
        yield {"QT_QPA_PLATFORM": "offscreen"}
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield {"QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
def test_the_journey_by_keyboard_alone(tmp_path: Path) -> None:
    pictures = Path(os.environ.get("ECONTRACT_PICTURES", tmp_path))
    with display() as screen:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/e2e/window_journey.py"],
            cwd=ROOT,
            env=os.environ | screen | {"ECONTRACT_PICTURES": str(pictures)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert len(list(pictures.glob("*.png"))) >= 25
