"""「ファイルに署名」 over real services: what is found before the PIN, and the mark's place by mouse, keys and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDoubleSpinBox, QWidget
from pytestqt.qtbot import QtBot

from econtract_core.rules.errors import MarkDoesNotFit
from econtract_desktop.ports.signer import Mark
from econtract_desktop.texts import Texts
from econtract_desktop.ui import samples
from econtract_desktop.ui.context import Place
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.rooms import Rooms
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.sign_files.model import kept_on
from econtract_desktop.ui.sign_files.placing import MarkPlacer
from econtract_desktop.ui.sign_files.run import _check_marks
from econtract_desktop.ui.sign_files.view import FilesPage, SignFilesView
from econtract_desktop.ui.tasks import TaskProgress, Tasks
from tests.fakes.desk import FakeDesk
from tests.fakes.documents import plain


@pytest.fixture
def view(desk: FakeDesk, look: Look, qtbot: QtBot) -> Iterator[SignFilesView]:
    tasks = Tasks()
    rooms = Rooms(desk, tasks, look, lambda _language: None)  # type: ignore[arg-type]
    shell = ShellView(look, Texts("ja"), rooms.find)
    qtbot.addWidget(shell)
    rooms.move_to(shell, Texts("ja"), None)
    shell.show()
    rooms.start()
    qtbot.waitUntil(lambda: rooms.session.known.cases is not None, timeout=20_000)
    rooms._go(Place("sign_files"))
    (found,) = shell.findChildren(SignFilesView)
    yield found
    rooms.close()
    tasks.close()


def entries(page: FilesPage) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {entry.path.name: (entry.tone, entry.lines) for entry in page._entries or ()}


def child(view: QWidget, name: str) -> QAbstractButton:
    (found,) = view.findChildren(QAbstractButton, name)
    return found


def test_files_are_inspected_before_anything_is_asked(view: SignFilesView, qtbot: QtBot, tmp_path: Path) -> None:
    good, bad, other = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "table.csv"
    good.write_bytes(plain())
    bad.write_bytes(plain().replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (x) >>"))
    other.write_text("1,2")
    gone = tmp_path / "gone.csv"
    view.files.added.emit([good, bad, other, gone])
    qtbot.waitUntil(lambda: "looking" not in {tone for tone, _ in entries(view.files).values()}, timeout=20_000)
    found = entries(view.files)
    assert (found["good.pdf"][0], found["table.csv"][0]) == ("ok", "ok")
    assert found["bad.pdf"][0] == "err"
    assert found["bad.pdf"][1]
    assert found["gone.csv"][0] == "err"
    sign = child(view, "sign_files.sign")
    assert not sign.isEnabled()
    for name in ("gone.csv", "bad.pdf"):
        view.files.removed.emit(tmp_path / name)
    assert set(entries(view.files)) == {"good.pdf", "table.csv"}
    assert view.files.options.choices.folder == tmp_path / "署名済み"
    assert not sign.isEnabled()  # no card is in


def test_the_mark_is_moved_by_keys_numbers_and_mouse(view: SignFilesView, qtbot: QtBot, tmp_path: Path) -> None:
    pdf = tmp_path / "contract.pdf"
    samples.contract_pdf(pdf, version=1)
    view.files.added.emit([pdf])
    qtbot.waitUntil(lambda: entries(view.files)["contract.pdf"][0] == "ok", timeout=20_000)
    options = view.files.options
    options.turn_on_mark()
    placer = options.placer
    qtbot.waitUntil(lambda: placer._model is not None, timeout=20_000)

    def box() -> tuple[float, float, float, float]:
        mark = options.choices.mark
        assert mark is not None
        assert mark.box is not None
        return mark.box

    first = box()
    QTest.keyClick(placer, Qt.Key.Key_Left)
    assert box()[0] == pytest.approx(first[0] - 72 / 25.4, abs=0.2)
    QTest.keyClick(placer, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert box()[1] == pytest.approx(first[1] + 720 / 25.4, abs=0.2)
    (left,) = view.findChildren(QDoubleSpinBox, "sign_files.left")
    left.setValue(20.0)
    assert box()[0] == pytest.approx(20 * 72 / 25.4, abs=0.2)
    _drag(placer, QPoint(placer.width() // 2, 70))
    qtbot.waitUntil(lambda: placer._model is not None and placer._model.on_text, timeout=20_000)
    assert not child(view, "sign_files.sign").isEnabled()
    mark = options.choices.mark
    assert mark is not None
    with pytest.raises(MarkDoesNotFit):
        _check_marks((pdf,), Mark(placer._model.page if placer._model else 1, mark.box), TaskProgress(lambda _m: None))
    child(view, "sign_files.over").setChecked(True)
    assert options.choices.mark is not None
    assert options.choices.mark.over_text


def _drag(placer: MarkPlacer, to: QPoint) -> None:
    QTest.mousePress(placer, Qt.MouseButton.LeftButton, pos=QPoint(placer.width() // 2, 300))
    QTest.mouseMove(placer, to)
    QTest.mouseRelease(placer, Qt.MouseButton.LeftButton, pos=to)


@pytest.mark.parametrize("place", [(-50, -50), (9999, 9999), (100, 100)])
def test_the_mark_stays_on_the_page(place: tuple[float, float]) -> None:
    left, bottom = kept_on(place, (150, 48), (595, 842))
    assert 0 <= left <= 595 - 150
    assert 0 <= bottom <= 842 - 48
    assert kept_on((left, bottom), (150, 48), (595, 842)) == (left, bottom)
