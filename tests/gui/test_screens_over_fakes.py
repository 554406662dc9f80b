"""The presenters with real services over fakes: home, review, giving back, contacts, being offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from econtract_core.rules.contract import Action, State
from econtract_desktop.texts import Texts
from econtract_desktop.ui.context import Place
from econtract_desktop.ui.diagnosis.view import DiagnosisView
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.rooms import Rooms
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.tasks import Tasks
from econtract_desktop.ui.widgets.page_view import PageView
from tests.fakes.desk import CONTRACT, FakeDesk


class Hand:
    """Finds visible widgets by their object names."""

    def __init__(self, view: ShellView, rooms: Rooms, qtbot: QtBot) -> None:
        self.view, self.rooms, self._qtbot = view, rooms, qtbot

    def find(self, name: str) -> QWidget | None:
        return next((w for w in self.view.findChildren(QWidget, name) if w.isVisible()), None)

    def wait(self, what: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(what()), timeout=20_000)

    def press(self, name: str) -> None:
        self.wait(lambda: (found := self.find(name)) is not None and found.isEnabled())
        button = self.find(name)
        assert isinstance(button, QAbstractButton)
        button.click()

    def type(self, name: str, text: str) -> None:
        self.wait(lambda: self.find(name))
        field = self.find(name)
        assert isinstance(field, QLineEdit | QPlainTextEdit)
        field.clear()
        QTest.keyClicks(field, text)


@pytest.fixture
def hand(desk: FakeDesk, look: Look, qtbot: QtBot) -> Iterator[Hand]:
    tasks = Tasks()
    rooms = Rooms(desk, tasks, look, lambda _language: None)  # type: ignore[arg-type]
    view = ShellView(look, Texts("ja"), rooms.find)
    qtbot.addWidget(view)
    rooms.move_to(view, Texts("ja"), None)
    view.show()
    rooms.start()
    yield Hand(view, rooms, qtbot)
    rooms.close()
    tasks.close()


def state(desk: FakeDesk) -> State:
    return desk.server.central.contracts[CONTRACT].state


def test_who_is_logged_in_lands_at_home_with_one_filled_button(hand: Hand) -> None:
    hand.wait(lambda: hand.find(f"task.review:{CONTRACT}"))
    filled = [b for b in hand.view.findChildren(QAbstractButton) if b.isVisible() and b.property("role") == "primary"]
    assert [b.objectName() for b in filled] == [f"task.review:{CONTRACT}"]


def test_signing_waits_until_every_page_was_shown(hand: Hand, desk: FakeDesk) -> None:
    hand.press(f"task.review:{CONTRACT}")
    hand.wait(lambda: hand.find("review.sign"))
    sign, pages = hand.find("review.sign"), hand.find("review.pages")
    assert sign is not None
    assert isinstance(pages, PageView)
    hand.wait(lambda: hand.rooms.session.find(CONTRACT) and state(desk) is State.UNDER_REVIEW)
    QTest.qWait(300)  # the first page has been drawn by now; two are still to come
    assert not sign.isEnabled()

    def further() -> bool:
        # Whoever turns faster than pages are drawn has not seen them, and has to go through once more.
        bar = pages.verticalScrollBar()
        QTest.keyClick(pages, Qt.Key.Key_Home if bar.value() == bar.maximum() else Qt.Key.Key_PageDown)
        return sign.isEnabled()

    hand.wait(further)


def test_giving_back_needs_a_reason_and_reaches_the_server(hand: Hand, desk: FakeDesk) -> None:
    hand.press(f"task.review:{CONTRACT}")
    hand.press("review.return")
    hand.wait(lambda: hand.find("reason.confirm"))
    confirm = hand.find("reason.confirm")
    assert confirm is not None
    assert not confirm.isEnabled()
    hand.type("reason.text", "   ")
    assert not confirm.isEnabled()
    hand.type("reason.text", "end of term")
    hand.press("reason.confirm")
    hand.wait(lambda: state(desk) is State.DRAFTING)
    last = desk.server.central.contracts[CONTRACT].history[-1]
    assert (last.action, last.reason) == (Action.RETURN, "end of term")
    hand.wait(lambda: hand.find("case.title"))


def test_contacts_are_checked_before_they_are_sent(hand: Hand, desk: FakeDesk) -> None:
    hand.press(f"task.contacts:{CONTRACT}")
    hand.type("contacts.name.0", "Yamada")
    hand.type("contacts.email.0", "yamada@example,com")  # the commonest slip: a comma for the dot
    hand.press("contacts.save")
    hand.wait(lambda: hand.find("error.code"))
    assert desk.server.central.cases["case1"].contacts == ()
    hand.type("contacts.email.0", "yamada@example.com")
    hand.press("contacts.save")
    hand.wait(lambda: desk.server.central.cases["case1"].contacts)
    assert desk.server.central.cases["case1"].contacts[0].email == "yamada@example.com"


def test_without_a_line_the_last_word_stays_and_is_called_so(hand: Hand, desk: FakeDesk) -> None:
    hand.wait(lambda: hand.find(f"task.review:{CONTRACT}"))
    desk.server.fail("unreachable")
    hand.press("home.refresh")
    hand.wait(lambda: hand.rooms.session.known.online is False)
    hand.wait(lambda: hand.find(f"task.review:{CONTRACT}") and hand.find("page.notice"))


def test_a_session_that_has_ended_leads_to_the_card_door_and_back(hand: Hand, desk: FakeDesk) -> None:
    hand.wait(lambda: hand.find(f"task.review:{CONTRACT}"))
    desk.server.end_session()
    hand.press("home.refresh")
    hand.wait(lambda: hand.rooms.place == Place("card"))
    desk.server.sit_down("u1")
    hand.rooms.session.start_again()
    hand.wait(lambda: hand.rooms.place.screen == "home")


def test_search_finds_a_case_by_its_number(hand: Hand) -> None:
    hand.wait(lambda: hand.find(f"task.review:{CONTRACT}"))
    assert [command.key for command in hand.rooms.find("2026-83-0153")] == [f"case:{CONTRACT}"]
    assert hand.rooms.find("no such thing") == ()


def test_the_environment_check_and_a_file_that_is_no_driver(hand: Hand, tmp_path: Path) -> None:
    def words() -> str:
        view = hand.find("diagnosis.again")
        assert view is not None
        return " ".join(label.text() for label in hand.view.findChildren(QLabel) if label.isVisible())

    hand.press("nav.diagnosis")
    hand.wait(lambda: hand.find("diagnosis.again"))
    hand.wait(lambda: "カードが入っていません" in words().replace("\N{WORD JOINER}", ""))
    file = tmp_path / "readme.txt"
    file.write_text("no driver")
    (view,) = hand.view.findChildren(DiagnosisView)
    view.driver_chosen.emit(str(file))
    hand.wait(lambda: "いまのままでは使えません" in words().replace("\N{WORD JOINER}", ""))
