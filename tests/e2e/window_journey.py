"""The contract journey in two windows, the officer's and the contractor's, by keyboard alone.

Not collected by its name: `test_window_journey` runs it in a process of its own, on a virtual display where there is one.
Registering the case and laying out the PDF are the officer's command line, as commands.md has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from econtract_desktop import config
from econtract_desktop.bootstrap import make_desk
from econtract_desktop.texts import Texts
from econtract_desktop.ui.app import Window
from econtract_practice.environment import Environment
from econtract_practice.officer import Officer
from econtract_practice.oracle import judge
from econtract_practice.people import CONTRACTOR, OFFICER, Member
from econtract_practice.seed import DOCUMENT_TITLE
from tests.e2e.hand import Hand


@contextmanager
def at_the_desk(environment: Environment, person: Member, qapp: QApplication, qtbot: QtBot) -> Iterator[Hand]:
    settings = config.load(environment.profile(person))
    window = Window(qapp, lambda: make_desk(settings, Texts("ja")), settings)
    window.view.resize(1366, 736)
    window.view.show()
    hand = Hand(window, qtbot, person.key)
    try:
        window.open_desk()
        yield hand
    finally:
        window.view.close()
        window.close()


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform says so of every dialog
def test_the_journey_in_the_window(tmp_path: Path, qtbot: QtBot, qapp: QApplication) -> None:
    with Environment(tmp_path / "practice") as environment:
        person = Officer(environment)
        assert person.program.run("login").status == 0
        assert person.register().status == 0
        drafts = [person.prepare(version)[1] for version in (1, 2)]
        assert person.program.run("logout").status == 0
        with (
            at_the_desk(environment, OFFICER, qapp, qtbot) as officer,
            at_the_desk(environment, CONTRACTOR, qapp, qtbot) as contractor,
        ):
            log_in(officer, OFFICER)
            offer(officer, drafts[0])
            log_in(contractor, CONTRACTOR)
            enter_contacts(contractor)
            give_back(contractor)
            offer(officer, drafts[1])
            sign_and_submit(contractor)
            countersign(officer)
            saved = [save(hand, tmp_path / f"saved {n}") for n, hand in enumerate((officer, contractor))]
        assert saved[0].read_bytes() == saved[1].read_bytes()
        ca = environment.authority
        roots = tmp_path / "roots.pem"
        roots.write_bytes(ca.root.pem + ca.issuing.pem)
        judgements = judge(saved[0], tmp_path / "work", roots, ca.trust_dir / "practice-tsa-root.pem", 2)
        assert not [j for j in judgements if j.ok is False]


def log_in(hand: Hand, person: Member) -> None:
    hand.take_over()
    hand.wait(lambda: hand.seen("このカードでログインする"))
    hand.picture("first-start")
    hand.press("このカードでログインする")
    hand.type_pin(person.pin)
    hand.wait(lambda: hand.seen("home.refresh"))
    hand.rest(1500)
    hand.picture("home")


def offer(hand: Hand, pdf: Path) -> None:
    """契約図書の提示, from the task of the day."""
    hand.take_over()
    hand.open("home")
    hand.press("home.refresh")
    hand.press("提示へ進む")
    hand.press("契約図書を提示する")
    hand.press("offer.add")
    hand.wait(lambda: hand.seen("offer.files"))
    hand.write("fileNameEdit", str(pdf))
    hand.key(Qt.Key.Key_Return)
    hand.wait(lambda: hand.seen("offer.file_title.0"))
    hand.write("offer.file_title.0", DOCUMENT_TITLE)
    hand.picture("offer")
    hand.press("offer.confirm")
    hand.wait(lambda: hand.seen("offer.dialog") is None)
    hand.wait(lambda: hand.seen("契約図書を提示する") is None)
    hand.picture("offered")


def enter_contacts(hand: Hand) -> None:
    """連絡先情報: the second of the day's tasks, since the signature's day comes first."""
    hand.press("home.refresh")
    hand.press("連絡先を書く")
    hand.write("contacts.name.0", "山田 太郎")
    hand.write("contacts.email.0", "yamada@aobabashi.example.jp")
    hand.write("contacts.phone.0", "03-0000-0000")
    hand.picture("contacts")
    hand.press("contacts.save")
    hand.wait(lambda: "連絡先 1" in hand.tabs())
    hand.picture("contacts-saved")


def give_back(hand: Hand) -> None:
    """差し戻し with a reason."""
    hand.open("home")
    hand.press("確認して署名する")
    hand.read_all_pages()
    hand.picture("review")
    hand.press("review.return")
    hand.wait(lambda: hand.seen("reason.text"))
    hand.write("reason.text", "工期の終期が公告と異なるため")
    hand.picture("reason")
    hand.press("reason.confirm")
    hand.wait(lambda: hand.seen("reason.text") is None)
    hand.rest(1500)
    hand.picture("returned")


def sign_and_submit(hand: Hand) -> None:
    """The new version: review what changed, sign with the PIN, submit."""
    hand.take_over()
    hand.open("home")
    hand.press("home.refresh")
    hand.press("確認して署名する")
    sign(hand, CONTRACTOR)
    hand.press("提出する")
    hand.wait(lambda: hand.seen("提出する") is None)
    hand.rest(500)
    hand.picture("submitted")


def countersign(hand: Hand) -> None:
    """The officer signs below, and the server concludes."""
    hand.take_over()
    hand.open("home")
    hand.press("home.refresh")
    hand.press("確認して締結する")
    sign(hand, OFFICER)
    hand.picture("concluded")


def sign(hand: Hand, person: Member) -> None:
    hand.read_all_pages()
    hand.picture("review")
    hand.press("review.sign")
    hand.type_pin(person.pin)
    hand.wait(lambda: hand.seen("案件に戻る"))
    hand.picture("signed")
    hand.press("案件に戻る")


def save(hand: Hand, folder: Path) -> Path:
    """契約書の保存, from the list of cases."""
    folder.mkdir()
    hand.take_over()
    hand.open("home")
    hand.press("home.refresh")
    hand.rest(1500)
    hand.open("cases")
    hand.go("cases.table")
    hand.key(Qt.Key.Key_Return)
    hand.press("契約書を保存する")
    hand.wait(lambda: hand.seen("case.folder"))
    hand.write("fileNameEdit", str(folder))
    hand.key(Qt.Key.Key_Return)
    hand.wait(lambda: list(folder.glob("*.pdf")))
    hand.rest(1000)
    hand.picture("saved")
    return next(folder.glob("*.pdf"))
