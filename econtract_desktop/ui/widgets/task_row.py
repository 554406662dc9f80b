"""One thing to do: what, which case, why, how long there is, and one button that opens exactly that place."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import Badge, BadgeModel, IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.days_bar import DaysBar
from econtract_desktop.ui.widgets.elided import Elided, Shrinking
from econtract_desktop.ui.widgets.surfaces import column, row, surface
from econtract_desktop.ui.widgets.texts import line


@dataclass(frozen=True)
class DaysLeft:
    """`words` "あと 1日", `left` 0–1 of the whole time, `near`: a day or less, `until` "11月25日(水) 17:00 まで"."""

    words: str
    left: float
    near: bool
    until: str


@dataclass(frozen=True)
class TaskModel:
    """`icon`: a 24 px icon's stem. `key`: what `chosen` tells. `primary`: the one filled button of the screen."""

    key: str
    icon: str
    title: str
    case: str
    why: str
    button: str
    primary: bool = False
    badge: BadgeModel | None = None
    days: DaysLeft | None = None


class TaskRow(QWidget):
    """84–92 high. `chosen(key)` when the button is pressed."""

    chosen = Signal(str)

    def __init__(self, look: Look, model: TaskModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(model.title)
        box = row(16, (20, 12, 20, 12), self)
        frame = surface("IconBox")
        frame.setFixedSize(40, 40)
        inside = row(0, (7, 7, 7, 7), frame)
        inside.addWidget(IconLabel(look, model.icon, "primary", 24))
        box.addWidget(frame)
        box.addLayout(self._words(look, model), 1)
        box.addWidget(self._days(look, model.days))
        act = button(model.button, "primary" if model.primary else "secondary", f"task.{model.key}")
        act.setAccessibleName(f"{model.title}: {model.button}")
        act.clicked.connect(lambda: self.chosen.emit(model.key))
        holder = QWidget()
        holder.setMinimumWidth(190)
        holder.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        right = row(0, (0, 0, 0, 0), holder)
        right.addStretch(1)
        right.addWidget(act)
        box.addWidget(holder)

    def _words(self, look: Look, model: TaskModel) -> QVBoxLayout:
        words = column(0)
        head = row(8)
        head.addWidget(Shrinking(model.title, "row-title"))
        if model.badge is not None:
            head.addWidget(Badge(look, model.badge))
        head.addStretch(1)
        words.addLayout(head)
        words.addWidget(Elided(model.case, "body"))
        words.addWidget(Elided(model.why, "hint"))
        return words

    def _days(self, look: Look, days: DaysLeft | None) -> QWidget:
        holder = QWidget()
        holder.setFixedWidth(192)
        box = column(4, (0, 0, 16, 0), holder)
        if days is not None:
            box.addStretch(1)
            words = line(days.words, "row-title")
            if days.near:
                words.setProperty("role", "days-near")
            box.addWidget(words)
            box.addWidget(DaysBar(look, days.left, near=days.near))
            box.addWidget(line(days.until, "hint"))
            box.addStretch(1)
        holder.setAccessibleName(f"{days.words} {days.until}" if days else "")
        return holder
