"""The case's widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QTabBar, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.case.contacts import ContactsTab
from econtract_desktop.ui.case.model import CaseModel
from econtract_desktop.ui.case.next_card import NextCard
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import Badge, IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.elided import Shrinking
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.stepper import Stepper
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.table import Cell, Column, DataTable
from econtract_desktop.ui.widgets.texts import Prose, line

TABS = ("documents", "history", "contacts")


class CaseView(Page):
    """`acted(kind)` from the side card, `document(id)`, `contacts_saved(rows)`, `listed` (the crumb 案件)."""

    acted = Signal(str)
    document = Signal(str)
    contacts_saved = Signal(object)
    listed = Signal()

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts, (32, 10, 32, 20), 12)
        self._model: CaseModel | None = None
        self._head = column(6)
        self.body.addLayout(self._head)
        self.notices_here()
        self._course = surface("Panel")
        self._stepper = Stepper(look)
        column(0, (8, 0, 8, 0), self._course).addWidget(self._stepper)
        self.body.addWidget(self._course)
        lower = row(24)
        left = column(0)
        self.tabs = QTabBar()
        self.tabs.setObjectName("case.tabs")
        self.tabs.setExpanding(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._pages = Pages()
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        left.addWidget(self.tabs)
        left.addWidget(rule("Line"))
        left.addWidget(self._pages, 1)
        self._documents = self._document_table()
        self._history = self._history_table()
        self._contacts = ContactsTab(look, texts)
        self._contacts.saved.connect(self.contacts_saved)
        for page in (self._in_column(self._documents), self._in_column(self._history), self._contacts):
            self._pages.addWidget(page)
        for name in TABS:
            self.tabs.addTab(texts(f"case.tab_{name}"))
        lower.addLayout(left, 1)
        self.next = NextCard(look, texts)
        self.next.acted.connect(self.acted)
        lower.addWidget(self.next, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(lower)
        self.body.addStretch(1)
        self._course.hide()

    def show_model(self, model: CaseModel) -> None:
        """Everything anew where it changed; the tab and what is typed stay."""
        if model == self._model:
            return
        before, self._model = self._model, model
        if before is None or (before.title, before.badge, before.facts) != (model.title, model.badge, model.facts):
            clear(self._head)
            self._show_head(model)
        self._course.show()
        self._stepper.show_steps(model.steps)
        self.next.show_model(model.next)
        self._show_documents(model)
        self._show_history(model)
        self._contacts.show_contacts(model.contacts, editable=model.may_edit_contacts)
        for at, count in enumerate((len(model.documents), 0, len(model.contacts))):
            words = self.texts(f"case.tab_{TABS[at]}")
            self.tabs.setTabText(at, f"{words} {count}" if count else words)

    def show_tab(self, name: str) -> None:
        """documents, history or contacts."""
        if name in TABS:
            self.tabs.setCurrentIndex(TABS.index(name))

    def _show_head(self, model: CaseModel) -> None:
        crumbs = row(4)
        listed = button(self.texts("case.crumb"), "link", "case.crumb", size="small")
        listed.clicked.connect(self.listed)
        crumbs.addWidget(listed)
        crumbs.addWidget(IconLabel(self.look, "chevron_right_16_regular", "text3", 16))
        crumbs.addWidget(line(model.crumb, "support"))
        crumbs.addStretch(1)
        self._head.addLayout(crumbs)
        title = row(12)
        words = Shrinking(model.title, "page-title")
        words.setObjectName("case.title")
        title.addWidget(words)
        title.addWidget(Badge(self.look, model.badge))
        title.addStretch(1)
        self._head.addLayout(title)
        facts = row(20)
        for i, fact in enumerate(model.facts):
            if i:
                facts.addWidget(rule("Line", vertical=True))
            pair = column(0)
            pair.addWidget(line(fact.name, "hint"))
            role = "value-strong" if fact.strong else "value"
            pair.addWidget(line(fact.value, role) if fact.whole else Shrinking(fact.value, role))
            facts.addLayout(pair)
        facts.addStretch(1)
        self._head.addLayout(facts)

    def _document_table(self) -> DataTable:
        texts = self.texts
        columns = (
            Column(texts("case.col_document"), stretch=6),
            Column(texts("case.col_version"), 104),
            Column(texts("case.col_size"), 82, right=True),
            Column(texts("case.col_signed"), stretch=3),
            Column(texts("words.state"), 200),
        )
        table = DataTable(self.look, columns, says=texts("case.tab_documents"))
        table.setObjectName("case.documents")
        table.setProperty("plain", True)
        table.opened.connect(self._open_document)
        return table

    def _history_table(self) -> DataTable:
        texts = self.texts
        columns = (
            Column(texts("case.col_at"), 144),
            Column(texts("case.col_deed"), stretch=4),
            Column(texts("case.col_who"), stretch=4),
            Column(texts("case.col_reason"), stretch=3),
        )
        table = DataTable(self.look, columns, row_height=60, says=texts("case.tab_history"))
        table.setObjectName("case.history")
        table.setProperty("plain", True)
        return table

    def _show_documents(self, model: CaseModel) -> None:
        self._documents.show_rows(
            tuple(
                (
                    Cell(each.title, "link", "document_pdf_20_regular"),
                    Cell(each.version),
                    Cell(each.size, "support"),
                    Cell(each.signatures, "support"),
                    Cell(badge=each.badge),
                )
                for each in model.documents
            )
        )
        self._none.setVisible(not model.documents)
        self._documents.setVisible(bool(model.documents))

    def _show_history(self, model: CaseModel) -> None:
        self._history.show_rows(
            tuple(
                (
                    Cell(each.at, "support"),
                    Cell(each.what, "strong", below=each.version),
                    Cell(each.who, below=each.organization),
                    Cell(each.reason, wraps=True),
                )
                for each in model.history
            )
        )

    def _in_column(self, table: DataTable) -> QWidget:
        holder = QWidget()
        box = column(0, (0, 0, 0, 0), holder)
        if table is self._documents:
            self._none = Prose(self.texts("case.no_documents"), "support")
            self._none.setContentsMargins(0, 16, 0, 0)
            self._none.hide()
            box.addWidget(self._none)
        box.addWidget(table)
        box.addStretch(1)
        return holder

    def _open_document(self, at: int) -> None:
        if self._model is not None and at < len(self._model.documents):
            self.document.emit(self._model.documents[at].document_id)


class Pages(QStackedWidget):
    """As high as the page that is shown, not as the highest."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self._fit)

    def addWidget(self, page: QWidget) -> int:
        """The page that is not shown takes no room."""
        at = super().addWidget(page)
        self._fit(self.currentIndex())
        return at

    def _fit(self, current: int) -> None:
        for at in range(self.count()):
            vertical = QSizePolicy.Policy.Preferred if at == current else QSizePolicy.Policy.Ignored
            page = self.widget(at)
            if page is not None:
                page.setSizePolicy(QSizePolicy.Policy.Preferred, vertical)
        self.updateGeometry()
