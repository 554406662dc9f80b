"""The signing run's widgets."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.signing.model import DocumentRun, RunModel
from econtract_desktop.ui.widgets.badge import IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.days_bar import SigningPoints
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose, line

_GAP = 96
_STATE_WIDE = 300


class SigningView(Page):
    """`stopped` (中断する) while it runs; `went_on` with the button at the end."""

    stopped = Signal()
    went_on = Signal()

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self._titles: tuple[str, ...] = ()
        self._shown: tuple[DocumentRun, ...] = ()
        self._rows: list[tuple[SigningPoints, QWidget, Prose, Prose]] = []
        head = row(16)
        words = column(2)
        self._title = line("", "page-title")
        self._title.setObjectName("signing.title")
        words.addWidget(self._title)
        self._lead = Prose("", "support", 150)
        self._lead.setObjectName("signing.lead")
        words.addWidget(self._lead)
        head.addLayout(words, 1)
        self._stop = button(texts("signing.stop"), "secondary", "signing.stop")
        self._stop.clicked.connect(self.stopped)
        head.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignTop)
        self._deeds = row(8)
        head.addLayout(self._deeds)
        self._go = button("", "primary", "signing.go")
        self._go.clicked.connect(self.went_on)
        self._go.hide()
        head.addWidget(self._go, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        bar = row(16)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(texts("signing.overall"))
        bar.addWidget(self._bar, 1)
        self._counted = line("", "count")
        bar.addWidget(self._counted)
        self.body.addLayout(bar)
        self.notices_here()
        self._panel = surface("Panel")
        self._list = column(0, (1, 1, 1, 1), self._panel)
        self.body.addWidget(self._panel)
        foot = row(10)
        foot.addWidget(IconLabel(look, "contact_card_20_regular", "text2"), 0, Qt.AlignmentFlag.AlignTop)
        self._foot = Prose("", "hint", 160)
        foot.addWidget(self._foot, 1)
        self.body.addLayout(foot)
        self.body.addStretch(1)

    def show_model(self, model: RunModel) -> None:
        """Moves on what is there; rows are built once."""
        titles = tuple(each.title for each in model.documents)
        if titles != self._titles:
            self._titles, self._shown = titles, ()
            self._build(model)
        self._title.setText(model.title)
        self._lead.say(model.lead)
        self._bar.setValue(round(model.overall * 1000))
        self._counted.setText(model.counted)
        self._foot.say(model.foot)
        self._stop.setVisible(not model.ended)
        self._go.setVisible(bool(model.button))
        self._go.setText(model.button)
        before, self._shown = self._shown, model.documents
        for at, (each, (points, holder, state, hint)) in enumerate(zip(model.documents, self._rows, strict=True)):
            if at < len(before) and before[at] == each:
                continue
            points.show_states(each.points, f"{each.title}: {each.state}")
            state.setProperty("role", each.tone)
            state.say(each.state)
            hint.say(each.hint)
            hint.setVisible(bool(each.hint))
            holder.setProperty("here", each.here)
            for widget in (state, holder):
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    def show_deeds(self, deeds: tuple[tuple[str, str, Callable[[], None]], ...]) -> None:
        """More buttons (words, name, act) before the main one."""
        clear(self._deeds)
        for words, name, act in deeds:
            made = button(words, "secondary", name)
            made.clicked.connect(act)
            self._deeds.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)

    def _build(self, model: RunModel) -> None:
        clear(self._list)
        self._rows = []
        self._list.addWidget(self._head_row())
        for i, each in enumerate(model.documents):
            if i:
                self._list.addWidget(rule())
            self._list.addWidget(self._row(each))

    def _head_row(self) -> QFrame:
        head = surface("TableHead")
        head.setFixedHeight(36)
        box = row(0, (64, 0, 20, 0), head)
        box.addWidget(line(self.texts("signing.col_document"), "hint-strong"), 1)
        points = QWidget()
        points.setFixedWidth(_GAP * 4)
        inside = row(0, (0, 0, 0, 0), points)
        for name in ("card", "timestamp", "check", "done"):
            title = line(self.texts(f"signing.col_{name}"), "hint-strong")
            title.setFixedWidth(_GAP)
            title.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inside.addWidget(title)
        box.addWidget(points)
        box.addSpacing(24)
        state = line(self.texts("signing.col_state"), "hint-strong")
        state.setFixedWidth(_STATE_WIDE)
        box.addWidget(state)
        return head

    def _row(self, each: DocumentRun) -> QFrame:
        holder = surface("RunRow")
        holder.setMinimumHeight(70)
        box = row(0, (20, 8, 20, 8), holder)
        box.addWidget(IconLabel(self.look, each.icon, "text2", 24))
        box.addSpacing(20)
        words = column(0)
        words.addStretch(1)
        words.addWidget(Elided(each.title, "row-title"))
        words.addWidget(Elided(each.case, "hint"))
        words.addStretch(1)
        box.addLayout(words, 1)
        points = SigningPoints(self.look, _GAP)
        box.addWidget(points)
        box.addSpacing(24)
        told = QWidget()
        told.setFixedWidth(_STATE_WIDE)
        lines = column(0, (0, 0, 0, 0), told)
        lines.addStretch(1)
        state, hint = Prose("", each.tone, 140), Prose("", "hint", 140)
        lines.addWidget(state)
        lines.addWidget(hint)
        lines.addStretch(1)
        box.addWidget(told)
        self._rows.append((points, holder, state, hint))
        return holder
