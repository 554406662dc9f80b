"""署名の検証: the verdict, the line of time, the proof of the chosen point, what was checked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QVBoxLayout

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.verify.model import Check, Point, VerifyModel
from econtract_desktop.ui.verify.time_line import TimeLine
from econtract_desktop.ui.widgets.badge import Badge, BadgeModel, IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose, line

_BANNER = {
    "ok": "checkmark_circle_20_filled",
    "warn": "warning_20_filled",
    "err": "error_circle_20_filled",
    "neutral": "info_20_filled",
}
_CHECKS = {**_BANNER, "info": "info_20_filled"}


class VerifyView(Page):
    """`chosen`: a file, by the dialog or dropped onto the page. `evidence_to`: where the evidence shall be saved."""

    chosen = Signal(str)
    evidence_to = Signal(str)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self._points: dict[str, Point] = {}
        self._file = ""
        head = self.head(texts("verify.title"))
        self._save = button(texts("verify.save_evidence"), "secondary", "verify.save_evidence")
        self._save.clicked.connect(self._ask_where)
        head.addWidget(self._save)
        self._choose = button(texts("verify.choose"), "primary", "verify.choose")
        self._choose.clicked.connect(self._ask)
        head.addWidget(self._choose)
        self._body = column(14)
        self.body.addLayout(self._body)
        self.body.addStretch(1)
        self.setAcceptDrops(True)
        self.show_waiting("")

    def show_waiting(self, file: str) -> None:
        """Nothing chosen yet, or (`file`) being looked at."""
        clear(self._body)
        self._save.hide()
        self.beside.setText(file)
        panel = surface("Panel")
        words = column(6, (24, 24, 24, 24), panel)
        words.addWidget(Prose(self.texts("verify.working") if file else self.texts("verify.lead"), "support", 160))
        self._body.addWidget(panel)

    def show_verdict(self, model: VerifyModel) -> None:
        """The whole of it."""
        clear(self._body)
        self.clear_notices()
        self.beside.setText(model.file)
        self._file = model.file
        self._save.show()
        self.set_saving(False)
        self._choose.setText(self.texts("verify.other"))
        self._points = {point.key: point for point in model.points}
        self._body.addWidget(self._banner(model))
        columns = row(24)
        if model.points:
            time = TimeLine(self.look)
            frame = surface("Panel")
            column(0, (8, 4, 8, 4), frame).addWidget(time)
            self._body.addWidget(frame)
            panel = surface("Panel")
            self._proof = column(10, (20, 16, 20, 16), panel)
            columns.addWidget(panel, 4, Qt.AlignmentFlag.AlignTop)
            time.chosen.connect(self._show_proof)
            time.show_points(model.points)
        columns.addLayout(self._checks(model.checks), 3)
        self._body.addLayout(columns)

    def set_saving(self, saving: bool) -> None:
        """The evidence is being made: not a second time meanwhile."""
        self._save.setEnabled(not saving)
        self._save.setText(self.texts("verify.saving_evidence" if saving else "verify.save_evidence"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One file of this PC."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile() and Path(urls[0].toLocalFile()).is_file():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """As if it had been chosen."""
        event.acceptProposedAction()
        self.chosen.emit(event.mimeData().urls()[0].toLocalFile())

    def _ask(self) -> None:
        dialog = QFileDialog(self.window(), self.texts("verify.choose"))
        dialog.setObjectName("verify.file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.window().activateWindow)
        dialog.open()

    def _ask_where(self) -> None:
        dialog = QFileDialog(self.window(), self.texts("verify.save_evidence"))
        dialog.setObjectName("verify.evidence_file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is overwritten: the service says so
        dialog.setDefaultSuffix("html")
        dialog.selectFile(self.texts("verify.evidence_name", name=Path(self._file).stem))
        dialog.fileSelected.connect(self.evidence_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.window().activateWindow)
        dialog.open()

    def _banner(self, model: VerifyModel) -> QFrame:
        banner = surface("Verdict")
        banner.setProperty("tone", model.tone)
        inside = row(20, (28, 16, 28, 16), banner)
        token = {"neutral": "text2"}.get(model.tone, model.tone)
        inside.addWidget(IconLabel(self.look, _BANNER[model.tone], token, 40), 0, Qt.AlignmentFlag.AlignVCenter)
        words = column(2)
        title = line(model.title, "verdict")
        title.setObjectName("verify.verdict")
        title.setProperty("tone", model.tone)
        words.addWidget(title)
        words.addWidget(Prose(model.sentence, "body", 150))
        inside.addLayout(words, 1)
        return banner

    def _show_proof(self, key: str) -> None:
        point = self._points[key]
        clear(self._proof)
        head = row(10)
        head.addWidget(line(self.texts("verify.proof_of", what=point.title), "row-title"))
        icon = {"ok": "checkmark_16_regular"}.get(point.tone, "")
        head.addWidget(Badge(self.look, BadgeModel(point.state, point.tone, icon)))
        head.addStretch(1)
        self._proof.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, (label, value) in enumerate(point.proof):
            grid.addWidget(line(label, "support"), number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Prose(value, "body", 140), number, 1)
        self._proof.addLayout(grid)

    def _checks(self, checks: tuple[Check, ...]) -> QVBoxLayout:
        side = column(0)
        side.addWidget(line(self.texts("verify.checked"), "row-title"))
        for number, check in enumerate(checks):
            if number:
                side.addWidget(rule())
            entry = row(12, (0, 10, 0, 10))
            token = {"info": "text2", "neutral": "text2"}.get(check.tone, check.tone)
            entry.addWidget(IconLabel(self.look, _CHECKS[check.tone], token), 0, Qt.AlignmentFlag.AlignTop)
            words = column(1)
            words.addWidget(Prose(check.title, "strong", 140))
            if check.detail:
                words.addWidget(Prose(check.detail, "support", 150))
            entry.addLayout(words, 1)
            side.addLayout(entry)
        side.addStretch(1)
        return side
