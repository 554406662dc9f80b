"""Many signals do not end the interpreter (PySide6 6.12 on Python 3.11 drops references it does not own)."""

import subprocess
import sys

import pytest

RING = """
from PySide6.QtCore import QObject, Signal
from econtract_desktop.ui.constants_kept import keep_constants
class Bell(QObject):
    rung = Signal(int)
if {kept}:
    keep_constants()
bell = Bell()
for i in range(20_000):
    bell.rung.emit(i)
print("whole", flush=True)
"""


def ring(*, kept: bool) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RING.format(kept=kept)], capture_output=True, text=True, check=False, timeout=120
    )


def test_signals_do_not_use_up_the_constants() -> None:
    done = ring(kept=True)
    assert (done.returncode, done.stdout.strip()) == (0, "whole"), done.stderr[-500:]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there the constants are immortal (PEP 683)")
def test_without_keeping_them_they_are_used_up() -> None:
    """Fails once PySide6 is mended: then `constants_kept` can go."""
    assert ring(kept=False).returncode != 0
