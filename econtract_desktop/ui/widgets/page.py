"""A page: title line, a place for notices and errors under it, then the content; all of it scrolls when the window is small."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.errors.model import ErrorModel
from econtract_desktop.ui.errors.view import ErrorPanel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import Notice
from econtract_desktop.ui.widgets.surfaces import Margins, ScrollPage, clear, column, row
from econtract_desktop.ui.widgets.texts import line


class Page(ScrollPage):
    """Base of the screens that scroll as a whole."""

    def __init__(self, look: Look, texts: Texts, margins: Margins = (32, 16, 32, 24), spacing: int = 14) -> None:
        super().__init__(margins, spacing)
        self.look = look
        self.texts = texts
        self._notices = column(12)
        self.error_panel: ErrorPanel | None = None

    def head(self, title: str, beside: str = "") -> QHBoxLayout:
        """The title line; put buttons at its end."""
        head = row(16)
        made = line(title, "page-title")
        made.setObjectName("page.title")
        head.addWidget(made)
        self.beside = line(beside, "support")
        head.addWidget(self.beside)
        head.addStretch(1)
        self.body.addLayout(head)
        self.body.addLayout(self._notices)
        return head

    def notices_here(self) -> None:
        """For pages without the usual title line: notices come at this point."""
        self.body.addLayout(self._notices)

    def show_error(self, model: ErrorModel, again: Callable[[], None] | None = None) -> None:
        """One error panel; its button tries `again`, or puts the panel away."""
        self.clear_notices()
        panel = ErrorPanel(self.look, self.texts, model)
        panel.acted.connect(self.clear_notices)
        if again is not None:
            panel.acted.connect(again)
        panel.closed.connect(self.clear_notices)
        self.error_panel = panel
        self._notices.addWidget(panel)
        self.verticalScrollBar().setValue(0)

    def show_notice(self, tone: str, text: str) -> None:
        """A bar with a sentence; takes the place of what was there."""
        self.clear_notices()
        notice = Notice(self.look, tone, text)
        notice.prose.setObjectName("page.notice")
        self._notices.addWidget(notice)

    def clear_notices(self) -> None:
        """Nothing to tell."""
        self.error_panel = None
        clear(self._notices)


def spaced(*widgets: QWidget, spacing: int = 8) -> QHBoxLayout:
    """Widgets in a row, left."""
    box = row(spacing)
    for widget in widgets:
        box.addWidget(widget)
    box.addStretch(1)
    return box
