"""`first-window`: from the start of the process to a first window that is painted and can be used, offscreen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from benchmarks.harness import BenchmarkBroken, Figure, Plan, measure, process

PLANS = (
    Plan(
        name="first-window",
        unit="ms",
        target=1.3,
        what="econtract to its first painted window and out again, against a bare PySide6 window with as many widgets",
    ),
)
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
# As bare as it gets: the same number of widgets in one window, painted once, then out.
BARE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, QApplication.quit)

app = QApplication(sys.argv[:1])
window = Window()
body = QWidget()
layout = QVBoxLayout(body)
for i in range(int(sys.argv[1]) - 2):
    layout.addWidget(QLabel(f"label {i}") if i % 3 else QPushButton(f"button {i}"))
window.setCentralWidget(body)
window.resize(1200, 800)
window.show()
app.exec()
"""


def run(plan: Plan, runs: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as profile:
        ours = [sys.executable, "-m", "econtract_desktop", "--selftest-first-window", "--profile", profile]
        other = [sys.executable, "-c", BARE, str(_widgets(ours))]
        return measure(plan, process(ours, OFFSCREEN), process(other, OFFSCREEN), runs)


def _widgets(command: list[str]) -> int:
    """How many widgets our first window has, as it says itself: {"widgets": n} on its last line."""
    env = os.environ | OFFSCREEN
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    try:
        return int(json.loads(done.stdout.strip().splitlines()[-1])["widgets"])
    except (IndexError, KeyError, ValueError, TypeError):
        said = (done.stdout + done.stderr).strip()[-800:]
        raise BenchmarkBroken(
            f"--selftest-first-window ended with {done.returncode} and told no widgets: {said}"
        ) from None
