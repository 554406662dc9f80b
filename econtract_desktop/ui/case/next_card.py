"""The side card 次にすること: the only tinted panel of the page, with the one filled button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.case.model import NextModel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.surfaces import clear, column, row, surface
from econtract_desktop.ui.widgets.texts import Prose, line, together

WIDE = 312


class NextCard(QWidget):
    """`acted(kind)`: review, submit, offer, countersign, concluded (save), return, read."""

    acted = Signal(str)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__()
        self._look = look
        self._texts = texts
        self._model: NextModel | None = None
        self.setFixedWidth(WIDE)
        self._box = column(12, (0, 0, 0, 0), self)

    def show_model(self, model: NextModel) -> None:
        """Everything anew where it changed."""
        if model == self._model:
            return
        self._model = model
        clear(self._box)
        waiting = model.kind in ("wait", "withdrawn")
        panel = surface("RaisedPanel" if waiting else "NextPanel")
        panel.setAccessibleName(f"{self._texts('case.next')}: {model.title}")
        inside = column(6, (20, 18, 20, 18), panel)
        head = row(8)
        icon = {"concluded": "checkmark_circle_20_filled", "wait": "clock_20_regular"}.get(
            model.kind, "arrow_right_20_regular"
        )
        head.addWidget(IconLabel(self._look, icon, "text2" if waiting else "primary"))
        head.addWidget(
            line(self._texts("case.now" if waiting else "case.next"), "small-strong" if waiting else "next"), 1
        )
        inside.addLayout(head)
        title = Prose(model.title, "section-title", 140)
        title.setObjectName("next.title")
        inside.addWidget(title)
        inside.addWidget(Prose(model.text, "support", 165))
        if model.days is not None:
            inside.addLayout(self._days(model))
        if model.button:
            inside.addSpacing(6)
            act = button(model.button, "primary", f"next.{model.kind}", size="large")
            act.clicked.connect(lambda: self.acted.emit(model.kind))
            inside.addWidget(act)
        self._others(inside, model)
        self._box.addWidget(panel)
        if model.note:
            note = row(8, (8, 0, 8, 0))
            note.addWidget(IconLabel(self._look, "arrow_undo_20_regular", "text2"), 0, Qt.AlignmentFlag.AlignTop)
            note.addWidget(Prose(model.note, "hint", 155), 1)
            self._box.addLayout(note)
        self._box.addStretch(1)

    def set_busy(self, busy: bool) -> None:
        """A deed is under way: no second one."""
        self.setEnabled(not busy)

    def _days(self, model: NextModel) -> QHBoxLayout:
        assert model.days is not None
        entry = row(8, (0, 4, 0, 0))
        near = model.days.near
        icon = IconLabel(self._look, "clock_20_regular", "warn" if near else "text2")
        entry.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        words = column(0)
        words.addWidget(line(model.days.words, "warn" if near else "strong"))
        words.addWidget(Prose(together(model.days.until), "hint", 140))
        entry.addLayout(words, 1)
        return entry

    def _others(self, inside: QVBoxLayout, model: NextModel) -> None:
        if not model.others:
            return
        entry = row(12, (0, 4, 0, 0))
        entry.addStretch(1)
        for kind, words in model.others:
            other = button(words, "link", f"next.{kind}", size="small")
            other.clicked.connect(lambda _on=False, kind=kind: self.acted.emit(kind))
            entry.addWidget(other)
        entry.addStretch(1)
        inside.addLayout(entry)
