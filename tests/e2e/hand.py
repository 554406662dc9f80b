"""A person at the window who has a keyboard and no mouse."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from econtract_desktop.ui.app import Window

_FARTHEST = 80  # Tab keys to any place on a screen


class Hand:
    """Goes with Tab to what it looks for, by its words or its name, and presses keys there. Pictures land in the folder that
    ECONTRACT_PICTURES names, if it does; `who` is in their names."""

    def __init__(self, window: Window, qtbot: QtBot, who: str) -> None:
        self.window = window
        self._qtbot = qtbot
        self._who = who
        pictures = os.environ.get("ECONTRACT_PICTURES")
        self._pictures = Path(pictures) if pictures else None

    def wait(self, what: Callable[[], object], seconds: float = 30) -> None:
        self._qtbot.waitUntil(lambda: bool(what()), timeout=int(seconds * 1000))

    def rest(self, milliseconds: int) -> None:
        self._qtbot.wait(milliseconds)

    def take_over(self) -> None:
        """This person's window gets the keys."""
        self.window.view.raise_()
        self.window.view.activateWindow()
        self.wait(lambda: QApplication.activeWindow() in self._tops())

    def go(self, where: str) -> QWidget:
        """Tab until the focus is there. Waits for it to appear first."""
        self.wait(lambda: self.seen(where))
        walked: list[str] = []
        for _ in range(_FARTHEST):
            here = QApplication.focusWidget()
            if here is not None and _is(here, where) and here.window() in self._tops():
                return here
            walked.append(_called(here))
            self.key(Qt.Key.Key_Tab)
            self._qtbot.wait(5)
        self.picture("lost")
        raise AssertionError(f"no way by Tab to {where}; walked {walked}")

    def open(self, screen: str) -> None:
        """Another place by the navigation: Tab to its one stop, arrows, Enter."""
        self.wait(lambda: self.seen(f"nav.{screen}"))
        here = self.go("nav.")
        for _ in range(20):
            if here.objectName() == f"nav.{screen}":
                self.key(Qt.Key.Key_Return)
                return
            self.key(Qt.Key.Key_Down)
            here = QApplication.focusWidget() or here
        raise AssertionError(f"no way by arrows to nav.{screen}")

    def press(self, where: str) -> None:
        """Go there and press Space."""
        self.go(where)
        self.key(Qt.Key.Key_Space)

    def write(self, where: str, words: str) -> None:
        """Go to a field and write over what is there."""
        self.go(where)
        self.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        here = QApplication.focusWidget()
        assert here is not None
        # Words of Japanese come from an input method, as one piece; keys cannot say them.
        QTest.keyClicks(here, words) if words.isascii() else _input_method(here, words)

    def key(self, key: Qt.Key, more: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self._tops()[-1], key, more)

    def type_pin(self, pin: str) -> None:
        """The field has the focus when the dialog opens."""
        self.wait(lambda: _named(QApplication.focusWidget(), "pin.field"))
        self.picture("pin")
        field = QApplication.focusWidget()
        assert field is not None
        QTest.keyClicks(field, pin)
        self.key(Qt.Key.Key_Return)

    def read_all_pages(self, seconds: float = 40) -> None:
        """Page down until the button to sign comes alive."""
        self.go("review.pages")
        for turn in range(int(seconds * 4)):
            # Back to the top now and then: a page that was passed before it was painted has not been shown.
            self.key(Qt.Key.Key_Home if turn % 12 == 11 else Qt.Key.Key_PageDown)
            self.rest(250)
            sign = self.seen("review.sign")
            if sign is not None and sign.isEnabled():
                return
        self.picture("stuck")
        raise AssertionError("the button to sign never came alive")

    def seen(self, where: str) -> QWidget | None:
        """What can be seen under this name or with these words."""
        for top in self._tops():
            for found in [top, *top.findChildren(QWidget)]:
                if found.isVisible() and _is(found, where):
                    return found
        return None

    def tabs(self) -> list[str]:
        """The words on the tabs that can be seen."""
        bars = [bar for top in self._tops() for bar in top.findChildren(QTabBar) if bar.isVisible()]
        return [bar.tabText(i) for bar in bars for i in range(bar.count())]

    def picture(self, name: str) -> None:
        if self._pictures is None:
            return
        self._qtbot.wait(400)
        number = len(list(self._pictures.glob("*.png"))) + 1
        view = self.window.view
        screen = QGuiApplication.primaryScreen()
        real = QGuiApplication.platformName() == "xcb"
        picture = screen.grabWindow(0) if real else view.grab()
        picture.save(str(self._pictures / f"{number:02}-{self._who}-{name}.png"))

    def _tops(self) -> list[QWidget]:
        """The window and the dialogs over it, the uppermost last."""
        mine = [
            self.window.view,
            *(w for w in QApplication.topLevelWidgets() if w.parent() is not None and w.isVisible()),
        ]
        modal = QApplication.activeModalWidget()
        return [*mine, modal] if modal is not None else mine


def _is(widget: QWidget, where: str) -> bool:
    words = widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else ""
    if where == "nav.":
        return widget.objectName().startswith(where)
    return where in (widget.objectName(), words)


def _named(widget: QWidget | None, name: str) -> bool:
    return widget is not None and widget.objectName() == name


def _called(widget: QWidget | None) -> str:
    if widget is None:
        return "-"
    return widget.objectName() or (widget.text() if isinstance(widget, QAbstractButton) else type(widget).__name__)


def _input_method(widget: QWidget, words: str) -> None:
    from PySide6.QtGui import QInputMethodEvent

    event = QInputMethodEvent()
    event.setCommitString(words)
    QApplication.sendEvent(widget, event)
