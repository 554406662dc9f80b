"""The contractor's side of the journey in the window, by keys and buttons, against the whole practice environment.

Pictures of each step land in the folder that ECONTRACT_PICTURES names, if it does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPlainTextEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from econtract_desktop import config
from econtract_desktop.bootstrap import make_desk
from econtract_desktop.texts import Texts
from econtract_desktop.ui.app import Window
from econtract_practice.environment import Environment
from econtract_practice.officer import Officer
from econtract_practice.people import CONTRACTOR


class Hand:
    """Does what a person does: looks for a button by its words, presses it, types."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window = window
        self._qtbot = qtbot
        self._pictures = os.environ.get("ECONTRACT_PICTURES")
        self._number = 0

    def wait(self, what: Callable[[], object], seconds: float = 30) -> None:
        self._qtbot.waitUntil(lambda: bool(what()), timeout=int(seconds * 1000))

    def find(self, words: str) -> QAbstractButton | None:
        for top in QApplication.topLevelWidgets():
            for button in top.findChildren(QAbstractButton):
                if button.isVisible() and button.isEnabled() and button.text().replace("&", "") == words:
                    return button
        return None

    def press(self, words: str, seconds: float = 30) -> None:
        self.wait(lambda: self.find(words), seconds)
        button = self.find(words)
        assert button is not None
        button.click()

    def pause(self) -> None:
        self._qtbot.wait(1500)

    def press_named(self, name: str) -> None:
        self.wait(lambda: self.widget(name))
        button = self.widget(name)
        assert isinstance(button, QAbstractButton)
        button.click()
        self.pause()

    def widget(self, name: str) -> QWidget | None:
        for top in QApplication.topLevelWidgets():
            for found in [top, *top.findChildren(QWidget)]:
                if found.objectName() == name and found.isVisible():
                    return found
        return None

    def type_pin(self, pin: str) -> None:
        self.wait(lambda: self.widget("pin.field"))
        self.picture("pin")
        field = self.widget("pin.field")
        assert field is not None
        QTest.keyClicks(field, pin)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def picture(self, name: str) -> None:
        if self._pictures:
            self._number += 1
            self._qtbot.wait(400)
            path = Path(self._pictures) / f"{self._number:02}-{name}.png"
            self.window.view.grab().save(str(path))
            for top in QApplication.topLevelWidgets():
                if top.isVisible() and top is not self.window.view and top.width() > 200:
                    top.grab().save(str(path.with_name(f"{self._number:02}-{name}-dialog.png")))

    def read_all_pages(self, seconds: float = 30) -> None:
        """Page down until the button to sign comes alive."""
        view = self.widget("review.pages")
        assert view is not None
        for turn in range(int(seconds * 4)):
            # Back to the top now and then: a page that was passed before it was painted has not been shown.
            QTest.keyClick(view, Qt.Key.Key_Home if turn % 12 == 0 else Qt.Key.Key_PageDown)
            self._qtbot.wait(250)
            if self.find("署名する") is not None:
                return
        self.picture("stuck")
        raise AssertionError("the button to sign never came alive")


@pytest.mark.slow
@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform says so of every dialog
def test_the_contractors_journey_in_the_window(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    with Environment(tmp_path / "practice") as environment:
        officer = Officer(environment)
        assert officer.program.run("login").status == 0
        assert officer.register().status == 0
        assert officer.offer("2026-83-0153", 1).status == 0
        profile = environment.profile(CONTRACTOR)
        settings = config.load(profile)
        window = Window(qapp, lambda: make_desk(settings, Texts("ja")), settings)
        window.view.resize(1366, 736)
        window.view.show()
        hand = Hand(window, qtbot)
        try:
            window.open_desk()
            log_in(hand)
            give_back(hand)
            assert officer.offer("2026-83-0153", 2).status == 0
            sign_and_submit(hand)
            assert officer.program.run("officer", "countersign", "2026-83-0153").status == 0
            hand.press("今日やること")
            hand.press_named("home.refresh")
            contract = lambda: window.rooms and window.desk and window.desk.cases.kept()[0].contracts[0]  # noqa: E731
            hand.wait(lambda: contract() and contract().state.value == "CONCLUDED")
            hand.picture("concluded")
        finally:
            window.view.close()
            window.close()


def log_in(hand: Hand) -> None:
    hand.wait(lambda: hand.find("このカードでログインする"))
    hand.picture("first-start")
    hand.press("このカードでログインする")
    hand.type_pin(CONTRACTOR.pin)
    hand.wait(lambda: hand.find("確認して署名する"))
    hand.picture("home")


def give_back(hand: Hand) -> None:
    hand.press("確認して署名する")
    hand.wait(lambda: hand.find("差し戻す"))
    hand.picture("review-opened")
    hand.read_all_pages(20)
    hand.picture("review")
    hand.press("差し戻す")
    hand.wait(lambda: hand.widget("reason.text"))
    reason = hand.widget("reason.text")
    assert isinstance(reason, QTextEdit | QPlainTextEdit)
    reason.setPlainText("工期の終期が公告と異なるため")
    hand.picture("reason")
    dialogs = [t for t in QApplication.topLevelWidgets() if t.isVisible() and t.findChild(QWidget, "reason.text")]
    buttons = [b for d in dialogs for b in d.findChildren(QAbstractButton) if b.text() == "差し戻す" and b.isVisible()]
    buttons[-1].click()
    hand.wait(lambda: hand.widget("reason.text") is None)
    hand.pause()
    hand.picture("returned")


def sign_and_submit(hand: Hand) -> None:
    hand.press("今日やること")
    hand.press_named("home.refresh")
    hand.press("確認して署名する")
    hand.wait(lambda: hand.widget("review.pages"))
    hand.read_all_pages()
    hand.picture("review-2")
    hand.press("署名する")
    hand.type_pin(CONTRACTOR.pin)
    hand.wait(lambda: hand.find("案件に戻る"))
    hand.picture("signing-run")
    hand.press("案件に戻る")
    hand.wait(lambda: hand.find("提出する"))
    hand.picture("case")
    hand.press("提出する")
    hand.pause()
    hand.picture("submitted")
