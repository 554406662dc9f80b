"""Keys alone: Tab goes as the eye does, the navigation is one stop, dialogs keep their words when they grow."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.offer.dialog import OfferDialog
from econtract_desktop.ui.shell.model import Account, ShellModel
from econtract_desktop.ui.shell.presenter import nav_entries
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.widgets.surfaces import ScrollPage
from econtract_desktop.ui.widgets.tab_order import in_reading_order, move_focus
from tests.gui.cut_words import cut_words


def named(kind: type[QWidget], name: str) -> QWidget:
    made = kind()
    made.setObjectName(name)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def test_the_order_is_the_layouts_not_the_makings(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    last, first, off, middle = (named(QPushButton, name) for name in ("last", "first", "off", "middle"))
    off.setEnabled(False)
    box, line = QVBoxLayout(window), QHBoxLayout()
    box.addLayout(line)
    for part in (first, off, middle):
        line.addWidget(part)
    box.addWidget(last)
    window.show()
    assert [w.objectName() for w in in_reading_order(window)] == ["first", "middle", "last"]
    walked = []
    for forward in (True, True, True, True, False):
        assert move_focus(window, forward=forward)
        walked.append(window.focusWidget().objectName())  # type: ignore[union-attr]
    assert walked == ["first", "middle", "last", "first", "last"]
    first.parentWidget().setEnabled(False)  # type: ignore[union-attr]
    assert not move_focus(window, forward=True)


def test_what_has_the_focus_is_scrolled_into_sight(qtbot: QtBot) -> None:
    page = ScrollPage()
    qtbot.addWidget(page)
    fields = [named(QLineEdit, str(n)) for n in range(40)]
    for field in fields:
        page.body.addWidget(field)
    page.resize(300, 200)
    page.show()
    qtbot.waitExposed(page)
    while page.focusWidget() is not fields[-1]:
        assert move_focus(page, forward=True)
    assert not fields[-1].visibleRegion().isEmpty()
    assert fields[0].visibleRegion().isEmpty()


def test_the_navigation_is_one_stop_with_arrows_inside(look: Look, qtbot: QtBot) -> None:
    texts = Texts("ja")
    shell = ShellView(look, texts, lambda _typed: ())
    qtbot.addWidget(shell)
    shell.show_model(ShellModel(nav_entries(texts, logged_in=True, todo=0), Account(nobody="-"), ()), "cases")
    shell.show()
    stops = [w.objectName() for w in in_reading_order(shell)]
    assert [name for name in stops if name.startswith("nav.")] == ["nav.cases"]
    assert stops[0] == "nav.cases"
    chosen: list[str] = []
    shell.chosen.connect(chosen.append)
    shell.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is shell)
    QTest.keyClick(shell, Qt.Key.Key_Tab)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Return):
        QTest.keyClick(QApplication.focusWidget(), key)
    assert chosen == ["home"]
    assert [w.objectName() for w in in_reading_order(shell) if w.objectName().startswith("nav.")] == ["nav.home"]


def test_a_dialog_grows_with_its_files(look: Look, qtbot: QtBot) -> None:
    parent = QWidget()
    parent.resize(1280, 720)
    qtbot.addWidget(parent)
    dialog = OfferDialog(look, Texts("ja"), None, parent)
    parent.show()
    dialog.show_over(parent)
    for name in ("契約書.pdf", "約款.pdf", "仲裁合意書.pdf"):
        dialog.add_file(Path(name))
    fields = [f for f in dialog.findChildren(QLineEdit) if "title" in f.objectName()]
    add = dialog.findChild(QPushButton, "offer.add")
    assert add is not None
    last = fields[-1]
    qtbot.waitUntil(
        lambda: add.mapTo(dialog, add.rect().topLeft()).y() > last.mapTo(dialog, last.rect().bottomLeft()).y()
    )
    qtbot.waitUntil(lambda: not cut_words(dialog))
    assert all(field.height() >= field.minimumSizeHint().height() for field in fields)
    dialog.reject()
