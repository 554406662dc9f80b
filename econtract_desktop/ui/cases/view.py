"""The list's widgets: a filter and a table."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from econtract_desktop.texts import Texts
from econtract_desktop.ui.cases.model import CaseRow, CasesModel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import clear, column, surface
from econtract_desktop.ui.widgets.table import Cell, Column, DataTable
from econtract_desktop.ui.widgets.texts import Prose, line


class CasesView(Page):
    """`opened(contract id)`."""

    opened = Signal(str)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self._model = CasesModel((), "", loading=True)
        self._rows: tuple[CaseRow, ...] = ()
        head = self.head(texts("cases.title"))
        self._filter = QLineEdit()
        self._filter.setObjectName("cases.filter")
        self._filter.setPlaceholderText(texts("cases.filter"))
        self._filter.setAccessibleName(texts("cases.filter"))
        self._filter.setFixedWidth(300)
        self._filter.textChanged.connect(self._narrow)
        head.addWidget(self._filter)
        self._place = column(0)
        self.body.addLayout(self._place)
        self.body.addStretch(1)

    def show_model(self, model: CasesModel) -> None:
        """Everything anew, under the filter that is set."""
        if model != self._model or not self._place.count():
            self._model = model
            self._narrow()

    def _narrow(self) -> None:
        words = self._filter.text().casefold().split()
        self._rows = tuple(
            each
            for each in self._model.rows
            if all(word in f"{each.number} {each.title} {each.other} {each.badge.text}".casefold() for word in words)
        )
        clear(self._place)
        frame = surface("Panel")
        box = column(0, (1, 1, 1, 1), frame)
        if self._rows:
            box.addWidget(self._table())
        else:
            inside = column(4, (24, 24, 24, 24))
            if self._model.loading:
                inside.addWidget(Prose(self.texts("cases.loading"), "support"))
            elif words:
                inside.addWidget(line(self.texts("cases.none_found"), "row-title"))
                inside.addWidget(Prose(self.texts("cases.none_found_hint"), "support"))
            else:
                inside.addWidget(line(self.texts("cases.none"), "row-title"))
                inside.addWidget(Prose(self.texts("cases.none_hint"), "support"))
            box.addLayout(inside)
        self._place.addWidget(frame)

    def _table(self) -> DataTable:
        texts = self.texts
        columns = (
            Column(texts("words.case_number"), 152),
            Column(texts("words.case_title"), stretch=4),
            Column(self._model.other, stretch=2),
            Column(texts("words.amount"), 156, right=True),
            Column(texts("words.term"), 168),
            Column(texts("words.state"), 172),
        )
        table = DataTable(self.look, columns, framed=True, says=texts("cases.title"))
        table.setObjectName("cases.table")
        table.show_rows(
            tuple(
                (
                    Cell(each.number, "support"),
                    Cell(each.title, "link"),
                    Cell(each.other),
                    Cell(each.amount),
                    Cell(each.term, "support"),
                    Cell(badge=each.badge),
                )
                for each in self._rows
            )
        )
        table.opened.connect(lambda at: self.opened.emit(self._rows[at].key))
        return table
