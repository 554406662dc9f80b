"""署名の検証: choosing a file, the verdict in words, the line of time by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from econtract_core.evidence.verdict import SubIndication, Verdict
from econtract_desktop.forms.evidence_page import evidence_page
from econtract_desktop.ports.progress import NoProgress
from econtract_desktop.services.evidence import MakeEvidence
from econtract_desktop.services.verify import Verify
from econtract_desktop.texts import Texts
from econtract_desktop.ui import sample_verdicts
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.rooms import Rooms
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.tasks import Tasks
from econtract_desktop.ui.verify.model import verify_model
from econtract_desktop.ui.verify.time_line import TimePoint
from econtract_desktop.ui.verify.view import VerifyView
from tests.fakes.desk import FakeDesk
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    pki = TestPki.make()
    folder = tmp_path / "bench"
    folder.mkdir()
    return Bench(pki, pki.person(), folder)


@pytest.fixture
def shown(desk: FakeDesk, bench: Bench, look: Look, qtbot: QtBot) -> Iterator[VerifyView]:
    from econtract_desktop.crypto.verifier import EvidenceVerifier

    desk.verify = Verify(EvidenceVerifier(lambda: bench.trust, lambda: bench.revocation))
    desk.evidence = MakeEvidence(  # type: ignore[attr-defined]
        EvidenceVerifier(lambda: bench.trust, lambda: bench.revocation),
        lambda report: evidence_page(report, Texts(report.language)),
        lambda: datetime.now(UTC),
        lambda: 1 / 0,  # type: ignore[arg-type,return-value]
    )
    tasks = Tasks()
    rooms = Rooms(desk, tasks, look, lambda _language: None)  # type: ignore[arg-type]
    view = ShellView(look, Texts("ja"), rooms.find)
    qtbot.addWidget(view)
    view.resize(1366, 768)
    rooms.move_to(view, Texts("ja"), None)
    view.show()
    rooms.start()
    (entry,) = view.findChildren(QWidget, "nav.verify")
    entry.click()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: len(view.findChildren(VerifyView)) == 1, timeout=20_000)
    yield view.findChildren(VerifyView)[0]
    rooms.close()
    tasks.close()


def verdict(view: VerifyView) -> str:
    found = [label.text() for label in view.findChildren(QLabel, "verify.verdict") if label.isVisible()]
    return found[0] if found else ""


def test_a_signed_file_and_what_each_point_proves(shown: VerifyView, bench: Bench, qtbot: QtBot) -> None:
    file = bench.sign(level="B-LTA").output
    shown.chosen.emit(str(file))
    qtbot.waitUntil(lambda: verdict(shown) == "有効です", timeout=20_000)
    points = shown.findChildren(TimePoint)
    assert [p.objectName().split(".")[1] for p in points] == ["signature", "timestamp", "timestamp"]
    points[0].setFocus()
    QTest.keyClick(points[0], Qt.Key.Key_Right)
    QTest.keyClick(points[1], Qt.Key.Key_Right)
    assert [p.isChecked() for p in points] == [False, False, True]

    def words() -> str:
        labels = [label for label in shown.findChildren(QLabel) if label.isVisible()]
        return " ".join(label.accessibleName() or label.text() for label in labels)

    qtbot.waitUntil(lambda: "長期保存の証拠" in words() and "Test TSA" in words(), timeout=20_000)


def test_an_altered_file_and_one_that_is_not_there(shown: VerifyView, bench: Bench, qtbot: QtBot) -> None:
    file = bench.sign(level="B-T").output
    data = bytearray(file.read_bytes())
    data[data.index(b"Contract")] ^= 1
    file.write_bytes(data)
    shown.chosen.emit(str(file))
    qtbot.waitUntil(lambda: verdict(shown) == "無効です", timeout=20_000)
    shown.chosen.emit(str(file.with_name("nowhere.pdf")))
    qtbot.waitUntil(lambda: shown.error_panel is not None, timeout=20_000)
    assert verdict(shown) == ""


def notice(view: VerifyView) -> str:
    found = [label for label in view.findChildren(QLabel, "page.notice") if label.isVisible()]
    return (found[0].accessibleName() or found[0].text()) if found else ""


def test_the_evidence_is_saved_by_keyboard(shown: VerifyView, bench: Bench, desk: FakeDesk, qtbot: QtBot) -> None:
    (save,) = shown.findChildren(QPushButton, "verify.save_evidence")
    assert not save.isVisible()  # nothing is verified yet
    file = bench.sign(level="B-T").output
    shown.chosen.emit(str(file))
    qtbot.waitUntil(lambda: save.isVisible() and verdict(shown) == "有効です", timeout=20_000)
    assert save.focusPolicy() & Qt.FocusPolicy.TabFocus
    save.setFocus()
    QTest.keyClick(save, Qt.Key.Key_Space)
    (dialog,) = shown.window().findChildren(QFileDialog, "verify.evidence_file")
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert Path(dialog.selectedFiles()[0]).name == "signedの証拠.html"
    out = bench.folder / "証拠.html"
    dialog.fileSelected.emit(str(out))
    dialog.reject()
    qtbot.waitUntil(lambda: str(out) in notice(shown), timeout=20_000)
    assert save.isEnabled()
    assert desk.evidence.check(out, (file,), NoProgress()).holds  # type: ignore[attr-defined]
    shown.evidence_to.emit(str(bench.source))  # another file stands there: nothing is overwritten
    before = bench.source.read_bytes()
    qtbot.waitUntil(lambda: shown.error_panel is not None and save.isEnabled(), timeout=20_000)
    assert bench.source.read_bytes() == before


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_verdict_has_its_words(language: str) -> None:
    texts = Texts(language)
    formats = Formats(texts)
    passed = verify_model(sample_verdicts.passed(), texts, formats)
    assert passed.tone == "ok"
    assert [c.tone for c in passed.checks] == ["ok"] * 4
    assert "2036" in passed.sentence
    assert [p.key for p in passed.points] == [
        "signature.econtract-1",
        "timestamp.0",
        "signature.econtract-2",
        "timestamp.1",
        "timestamp.2",
    ]
    failed = verify_model(sample_verdicts.failed(), texts, formats)
    assert failed.tone == "err"
    assert [c.tone for c in failed.checks] == ["err", "warn", "warn", "warn"]
    for sub in SubIndication:
        assert not texts(f"verdicts.{sub.value}").startswith("verdicts.")
    for verdict_ in Verdict:
        assert not texts(f"verify.title_{verdict_.value}").startswith("verify.")
