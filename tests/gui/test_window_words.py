"""No word is cut off: in both languages, at 100 and 150 %; the theme changes at once; the first window loads nothing heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from econtract_desktop.ui.look import Look
from econtract_desktop.ui.review.changes import compare
from econtract_desktop.ui.widgets.pages import TextLine
from tests.gui.cut_words import cut_words

ROOT = Path(__file__).parents[2]
HEAVY = ["pydantic", "pyhanko", "requests", "pkcs11", "cryptography", "keyring", "asyncio", "pypdfium2"]


def run(code: str, **env: str) -> object:
    """What `code`, in a process of its own, prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | env,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("scale", ["1.0", "1.5"])
def test_no_word_is_cut_off_on_any_screen(scale: str) -> None:
    code = f"import json; from tests.gui.cut_words import all_screens; print(json.dumps(all_screens({scale})))"
    assert run(code, QT_SCALE_FACTOR=scale) == []


def test_a_cut_word_is_seen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = QLabel("a sentence that has no room", window)
    label.resize(40, 20)
    window.show()
    assert len(cut_words(window)) == 1


def test_the_first_window_loads_nothing_heavy() -> None:
    code = """
import json, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from econtract_desktop.config import Settings
from econtract_desktop.ui.app import Window
app = QApplication([])
window = Window(app, lambda: None, Settings(profile=Path('.')))
window.view.painted.connect(app.quit)
window.view.show()
app.exec()
print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))
"""
    loaded = run(code)
    assert isinstance(loaded, list)
    assert "PySide6" in loaded
    assert set(loaded) & set(HEAVY) == set()


def test_the_theme_changes_at_once(look: Look, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    assert not look.theme.dark
    for mode, ground in (("dark", "#242424"), ("contrast", "#000000"), ("light", "#ffffff")):
        with qtbot.waitSignal(look.theme.changed):
            look.theme.choose(mode)
        assert look.color("canvas") == QColor(ground)
        assert window.palette().window().color() == QColor(ground)


def test_every_token_of_the_sheet_has_a_colour(look: Look) -> None:
    for mode in ("light", "dark", "contrast"):
        look.theme.choose(mode)
        assert "@" not in look.theme.sheet().replace("/* @name@", "")


def line(text: str, page: int = 0) -> TextLine:
    return TextLine(page, text, (0, 0, 10, 10))


def test_changes_are_numbered_and_dates_kept_whole() -> None:
    old = tuple(map(line, ("工期", "令和9年6月15日 まで", "調停人")))
    new = (*map(line, ("工期", "令和9年6月30日 まで", "調停人")), line("追加", 1))
    found = compare(old, new)
    assert [(p.number, p.page, p.old, p.new) for p in found.places] == [
        (1, 0, "令和9年6月15日", "令和9年6月30日"),
        (2, 1, "", "追加"),
    ]
    assert compare(new, new).places == ()


def test_signals_do_not_use_up_true_and_none() -> None:
    """PySide6 6.12 on Python 3.11 aborts after some hundred signals unless the constants are kept."""
    code = """
import json
from PySide6.QtCore import QObject, Signal
from econtract_desktop.ui.constants_kept import keep_constants
class Bell(QObject):
    rung = Signal(int)
keep_constants()
bell = Bell()
for i in range(20_000):
    bell.rung.emit(i)
    bell.setObjectName("bell")
print(json.dumps("alive"))
"""
    assert run(code) == "alive"
