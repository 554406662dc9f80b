"""The window over a real card file, journal and timestamp service: signed while the service is down, proven and sent when it is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from econtract_core.rules.contract import Action
from econtract_desktop.services.card_status import CardStatus
from econtract_desktop.services.verify import Verify
from econtract_desktop.texts import Texts
from econtract_desktop.ui.context import Place
from econtract_desktop.ui.fonts import load_interface_font
from econtract_desktop.ui.icons import Icons
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.rooms import Rooms
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.sign_files.view import SignFilesView
from econtract_desktop.ui.tasks import Tasks
from econtract_desktop.ui.theme import Theme
from tests.fakes.desk import FakeDesk
from tests.integration.signing.batch import NOBODY, Batch, Typist, count_asked, signatures_in
from tests.integration.signing.contract_desk import CONTRACT, ContractDesk, offered


class Desk(FakeDesk):
    """The window's desk with real signing behind it."""

    def use(self, real: ContractDesk) -> None:
        self.server, self.log_in, self.cases, self.outbox = real.server, real.log_in, real.cases, real.operate
        self.sign_contract, self.timestamp_waiting = real.sign_contract, real.bench.waiting


class Typing(Typist):
    def close(self) -> None:
        pass


@pytest.mark.usefixtures("gui_garbage")
@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_signed_in_the_window_and_proven_by_itself(
    make_batch: Callable[..., Batch], stamps: int, tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    load_interface_font()
    theme = Theme(qapp, "light")
    look, tasks, desk = Look(theme, Icons(theme)), Tasks(), Desk(tmp_path)
    batch = make_batch(2, port=NOBODY)
    server = offered(batch)
    down = ContractDesk(batch, server=server)
    desk.use(down)
    rooms = Rooms(desk, tasks, look, lambda _language: None)  # type: ignore[arg-type]
    rooms.prompt = Typing()  # type: ignore[assignment]
    view = ShellView(look, Texts("ja"), rooms.find)
    qtbot.addWidget(view)
    rooms.move_to(view, Texts("ja"), None)
    view.show()
    rooms.start()

    def words() -> str:
        return " ".join(_words(w) for w in view.findChildren(QWidget) if w.isVisible())

    qtbot.waitUntil(lambda: rooms.session.known.cases is not None, timeout=20_000)
    seen = frozenset(document.sha256 for document in down.contract().documents)
    rooms._go(Place("signing", CONTRACT, seen=seen))
    qtbot.waitUntil(lambda: "タイムスタンプを待っています" in words(), timeout=20_000)
    assert "この PC の時計" in words()
    assert (count_asked(batch), Action.SIGN in down.contract().allowed) == (2, True)
    qtbot.waitUntil(lambda: len(rooms.stamps.now.files) == 2, timeout=20_000)
    rooms._go(Place("home"))
    qtbot.waitUntil(lambda: "タイムスタンプ待ちの書類が 2件" in words(), timeout=20_000)
    rooms._go(Place("signing", CONTRACT))
    qtbot.waitUntil(lambda: "タイムスタンプを待っています" in words(), timeout=20_000)
    assert count_asked(batch) == 2  # coming back signs nothing

    up = ContractDesk(replace(batch, port=stamps), server=server)
    desk.use(up)
    rooms.stamps.complete()  # as its clock does every two minutes
    qtbot.waitUntil(lambda: "に証明" in words() and "署名が終わりました" in words(), timeout=20_000)
    assert Action.SUBMIT in up.contract().allowed
    assert [signatures_in(path) for path in up.sent()] == [1, 1]
    assert (rooms.stamps.now.files, rooms.stamps.now.contracts) == ((), ())
    rooms.close()
    tasks.close()
    for real in (down, up):
        real.close()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_files_of_no_case_with_one_pin(
    make_batch: Callable[..., Batch], stamps: int, tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    load_interface_font()
    theme = Theme(qapp, "light")
    look, tasks, desk = Look(theme, Icons(theme)), Tasks(), Desk(tmp_path)
    batch = make_batch(5)
    sources = batch.sources
    real = ContractDesk(batch)
    desk.use(real)
    desk.sign_documents, desk.cards = real.bench.sign_documents, real.bench.cards  # type: ignore[assignment]
    desk.card_status = CardStatus(real.bench.cards)
    desk.verify = Verify(real.bench.verifier)
    rooms = Rooms(desk, tasks, look, lambda _language: None)  # type: ignore[arg-type]
    rooms.prompt = Typing()  # type: ignore[assignment]
    shell = ShellView(look, Texts("ja"), rooms.find)
    qtbot.addWidget(shell)
    rooms.move_to(shell, Texts("ja"), None)
    shell.show()
    rooms.start()
    qtbot.waitUntil(lambda: rooms.session.own_card() is not None, timeout=20_000)
    rooms._go(Place("sign_files"))
    (view,) = shell.findChildren(SignFilesView)
    view.files.added.emit(list(sources))
    sign = view.findChildren(QAbstractButton, "sign_files.sign")[0]
    qtbot.waitUntil(sign.isEnabled, timeout=20_000)
    sign.click()
    qtbot.waitUntil(lambda: bool(view.findChildren(QAbstractButton, "sign_files.verify")), timeout=30_000)
    made = [source.parent / "署名済み" / source.name for source in sources]
    assert [signatures_in(path) for path in made] == [1] * 5
    assert count_asked(batch) == 5
    sign.click()  # the list is empty: nothing to sign twice
    assert count_asked(batch) == 5
    rooms.close()
    tasks.close()
    real.close()


def _words(widget: Any) -> str:
    text = getattr(widget, "text", None)
    return str(text()).replace("\N{WORD JOINER}", "") if callable(text) else ""
