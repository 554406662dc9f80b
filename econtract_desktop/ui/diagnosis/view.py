"""The conditions in a panel, one below the other, each with its remedy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog

from econtract_desktop.services.diagnose import Condition
from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose

_ICONS = {
    "ok": ("checkmark_circle_20_filled", "ok"),
    "warn": ("warning_20_filled", "warn"),
    "error": ("error_circle_20_filled", "err"),
}


class DiagnosisView(Page):
    """`again`: the person asks for another look."""

    again = Signal()
    driver_chosen = Signal(str)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self.head(texts("diagnosis.title"))
        self.body.addWidget(Prose(texts("diagnosis.lead"), "support", 160))
        panel = surface("Panel")
        self._conditions = column(0, (24, 8, 24, 8), panel)
        self.body.addWidget(panel)
        ask = row(12)
        once_more = button(texts("diagnosis.again"), "secondary", "diagnosis.again")
        once_more.clicked.connect(self.again)
        ask.addWidget(once_more)
        choose = button(texts("diagnosis.choose"), "link", "diagnosis.choose")
        choose.clicked.connect(self._choose)
        ask.addWidget(choose)
        ask.addStretch(1)
        self.body.addLayout(ask)
        self.body.addStretch(1)

    def show_conditions(self, conditions: tuple[Condition, ...]) -> None:
        """All of them anew; none yet: they are being looked for."""
        clear(self._conditions)
        if not conditions:
            waiting = Prose(self.texts("diagnosis.working"), "support", 160)
            waiting.setContentsMargins(0, 12, 0, 12)
            self._conditions.addWidget(waiting)
        for number, condition in enumerate(conditions):
            if number:
                self._conditions.addWidget(rule())
            self._add(condition)

    def show_trial(self, module: str, usable: bool, sentences: tuple[tuple[bool, str], ...]) -> None:
        """What trying a driver's file found, above everything else."""
        self._add_words(
            "ok" if usable else "error",
            self.texts("drivers.usable" if usable else "drivers.not-usable", module=module),
            "",
        )
        for good, sentence in sentences:
            self._conditions.addWidget(rule())
            self._add_words("ok" if good else "warn", sentence, "")

    def clear(self) -> None:
        """Nothing is shown."""
        clear(self._conditions)

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), self.texts("diagnosis.choose"))
        dialog.setObjectName("diagnosis.file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.driver_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.window().activateWindow)
        dialog.open()

    def _add(self, condition: Condition) -> None:
        title = self.texts(f"diagnosis.{condition.key}", **condition.facts)
        remedy = "" if condition.state == "ok" else self.texts(f"diagnosis.{condition.key}_remedy", **condition.facts)
        self._add_words(condition.state, title, remedy)

    def _add_words(self, state: str, title: str, remedy: str) -> None:
        entry = row(14, (0, 12, 0, 12))
        entry.addWidget(IconLabel(self.look, *_ICONS[state]), 0, Qt.AlignmentFlag.AlignTop)
        words = column(2)
        words.addWidget(Prose(title, "body" if state == "ok" else "strong", 150))
        if remedy:
            words.addWidget(Prose(remedy, "support", 160))
        entry.addLayout(words, 1)
        self._conditions.addLayout(entry)
