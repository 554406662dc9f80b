"""The home's widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from econtract_desktop.texts import Texts
from econtract_desktop.ui.home.model import HomeModel, StampsModel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import Notice
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.table import Cell, Column, DataTable
from econtract_desktop.ui.widgets.task_row import TaskRow
from econtract_desktop.ui.widgets.texts import Prose, line


class HomeView(Page):
    """`chosen(key)`: "<deed>:<contract id>"; `opened(contract id)` from the lower table; `refresh`; `stamp`: add
    the missing timestamps now."""

    chosen = Signal(str)
    opened = Signal(str)
    refresh = Signal()
    stamp = Signal()

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self._model: HomeModel | None = None
        head = self.head(texts("home.title"))
        icon = look.icon("arrow_sync_20_regular", "primary")
        again = button(texts("home.refresh"), "link", "home.refresh", size="small", icon=icon)
        again.clicked.connect(self.refresh)
        head.addWidget(again)
        self._stamps = column(0)
        self.body.addLayout(self._stamps)
        self._tasks = column(0)
        self.body.addLayout(self._tasks)
        self._lower = column(10)
        self.body.addLayout(self._lower)
        self.body.addStretch(1)

    def show_model(self, model: HomeModel) -> None:
        """Everything anew; nothing where it is the same as before."""
        if model == self._model:
            return
        self._model = model
        self.beside.setText(model.date)
        if model.notice:
            self.show_notice(model.tone, model.notice)
        elif self.error_panel is None:
            self.clear_notices()
        clear(self._tasks)
        clear(self._lower)
        clear(self._stamps)
        if model.stamps is not None:
            self._show_stamps(model.stamps)
        self._show_tasks(model)
        if model.waiting:
            self._show_waiting(model)

    def _show_tasks(self, model: HomeModel) -> None:
        panel = surface("Panel")
        box = column(0, (1, 1, 1, 1), panel)
        for i, task in enumerate(model.tasks):
            if i:
                box.addWidget(rule())
            made = TaskRow(self.look, task)
            made.chosen.connect(self.chosen)
            box.addWidget(made)
        if not model.tasks:
            words = column(4, (24, 24, 24, 24))
            if model.loading:
                words.addWidget(Prose(self.texts("home.loading"), "support"))
            else:
                words.addWidget(line(self.texts("home.nothing"), "row-title"))
                words.addWidget(Prose(model.empty, "support"))
            box.addLayout(words)
        self._tasks.addWidget(panel)

    def _show_stamps(self, model: StampsModel) -> None:
        notice = Notice(self.look, model.tone, model.text, model.title)
        notice.prose.setObjectName("home.stamps")
        again = button(self.texts("home.stamps_now"), "secondary", "home.stamp", size="small")
        again.clicked.connect(self.stamp)
        inside = notice.layout()
        assert inside is not None
        inside.addWidget(again)
        inside.setAlignment(again, Qt.AlignmentFlag.AlignVCenter)
        self._stamps.addWidget(notice)

    def _show_waiting(self, model: HomeModel) -> None:
        head = row(0, (0, 10, 0, 0))
        head.addWidget(line(self.texts("home.waiting"), "section-title"))
        head.addStretch(1)
        self._lower.addLayout(head)
        titles = [self.texts(f"home.col_{name}") for name in ("deed", "case", "person", "ours", "until")]
        columns = [Column(title, stretch=part) for title, part in zip(titles, (15, 27, 22, 18, 18), strict=True)]
        table = DataTable(self.look, columns, row_height=44, framed=True, says=self.texts("home.waiting"))
        table.setObjectName("home.waiting")
        table.show_rows(
            tuple(
                (
                    Cell(item.deed, "strong"),
                    Cell(item.case),
                    Cell(item.person, "support"),
                    Cell(item.ours, "support"),
                    Cell(item.until),
                )
                for item in model.waiting
            )
        )
        table.opened.connect(lambda at: self.opened.emit(model.waiting[at].key))
        frame = surface("Panel")
        column(0, (1, 1, 1, 1), frame).addWidget(table)
        self._lower.addWidget(frame)
