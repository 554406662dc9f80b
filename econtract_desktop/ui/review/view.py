"""The review's widgets: bar, pages at the left, the document in the middle, checks at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.errors.model import ErrorModel
from econtract_desktop.ui.errors.view import ErrorPanel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.review.checks import ChecksPanel
from econtract_desktop.ui.review.model import ReviewModel, SeenModel
from econtract_desktop.ui.widgets.badge import Notice
from econtract_desktop.ui.widgets.buttons import button, icon_button
from econtract_desktop.ui.widgets.choices import TickBox
from econtract_desktop.ui.widgets.elided import Elided, Shrinking
from econtract_desktop.ui.widgets.page_view import Mark, PageView
from econtract_desktop.ui.widgets.pages import PageSize
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.texts import line
from econtract_desktop.ui.widgets.thumbnails import Thumbnails


class ReviewView(QWidget):
    """`left` (戻る), `turned(step)` to another document; signing and returning are `checks.signed` and `checks.returned`."""

    left = Signal()
    turned = Signal(int)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__()
        self._look = look
        self._texts = texts
        self._marks: tuple[Mark, ...] = ()
        self._mark_at = -1
        self._pages = 0
        whole = column(0, (0, 0, 0, 0), self)
        whole.addWidget(self._top_bar())
        self._notices = column(0)
        whole.addLayout(self._notices)
        body = row(0)
        body.addWidget(self._side())
        middle = column(0)
        middle.addWidget(self._tools())
        self.pages = PageView(look, texts("review.page_loading"))
        self.pages.setAccessibleName(texts("review.pages_says"))
        self.pages.current.connect(self._moved)
        self.pages.zoomed.connect(lambda zoom: self._percent.setText(f"{round(zoom * 100)}%"))
        middle.addWidget(self.pages, 1)
        body.addLayout(middle, 1)
        self.checks = ChecksPanel(look, texts)
        body.addWidget(self.checks)
        whole.addLayout(body, 1)
        self.thumbnails.chosen.connect(self.pages.go_to_page)
        for keys, step in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda step=step: self.turned.emit(step))
        QShortcut(QKeySequence("F3"), self).activated.connect(lambda: self._to_mark(1))

    def show_model(self, model: ReviewModel) -> None:
        """The document that is shown and what is known of it."""
        self._title.say(model.title)
        self._case.say(model.case)
        self._at.setText(self._texts("review.at", at=model.at + 1, count=model.count))
        self._before.setVisible(model.at > 0)
        self._after.setVisible(model.at + 1 < model.count)
        self.checks.show_model(model)

    def show_document(self, sizes: tuple[PageSize, ...], seen: frozenset[int]) -> None:
        """Another document's pages."""
        self._pages = len(sizes)
        self.pages.show_pages(sizes, seen)
        self.thumbnails.show_pages(sizes)
        self.show_marks(())
        self._moved(0)
        self.pages.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_marks(self, marks: tuple[Mark, ...]) -> None:
        """The changed places of this document."""
        self._marks, self._mark_at = marks, -1
        self.pages.show_marks(marks)
        for widget in (self._mark_box, self._mark_before, self._mark_words, self._mark_after, self._mark_rule):
            widget.setVisible(bool(marks))
        self._say_mark()

    def show_seen(self, model: SeenModel) -> None:
        """How far one is."""
        self.checks.show_seen(model)

    def show_error(self, model: ErrorModel, again: Callable[[], None] | None = None) -> None:
        """Under the bar."""
        self.clear_notices()
        panel = ErrorPanel(self._look, self._texts, model)
        panel.acted.connect(self.clear_notices)
        if again is not None:
            panel.acted.connect(again)
        panel.closed.connect(self.clear_notices)
        self._notices.addWidget(panel)

    def show_notice(self, tone: str, text: str) -> None:
        """A bar with a sentence."""
        self.clear_notices()
        self._notices.addWidget(Notice(self._look, tone, text))

    def clear_notices(self) -> None:
        """Nothing to tell."""
        clear(self._notices)

    def mark_counts(self) -> dict[int, int]:
        """How many changed places each page has."""
        numbers: dict[int, set[int]] = {}
        for mark in self._marks:
            numbers.setdefault(mark.page, set()).add(mark.number)
        return {page: len(found) for page, found in numbers.items()}

    def _top_bar(self) -> QFrame:
        bar = surface("Bar")
        bar.setFixedHeight(52)
        box = row(12, (12, 0, 16, 0), bar)
        icon = self._look.icon("arrow_left_20_regular", "primary")
        back = button(self._texts("review.back"), "back", "review.back", icon=icon)
        back.clicked.connect(self.left)
        box.addWidget(back)
        divider = rule("Line", vertical=True)
        divider.setFixedHeight(28)
        box.addWidget(divider)
        self._title = Shrinking("", "row-title")
        self._title.setObjectName("review.title")
        box.addWidget(self._title)
        self._case = Elided("", "support")
        box.addWidget(self._case, 1)
        self._at = line("", "support")
        box.addWidget(self._at)
        self._before = button(self._texts("review.before"), "secondary", "review.before", size="small")
        self._before.clicked.connect(lambda: self.turned.emit(-1))
        icon = self._look.icon("chevron_right_16_regular", "primary")
        self._after = button(self._texts("review.after"), "secondary", "review.after", size="small", icon=icon)
        self._after.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._after.clicked.connect(lambda: self.turned.emit(1))
        box.addWidget(self._before)
        box.addWidget(self._after)
        return bar

    def _side(self) -> QFrame:
        side = surface("SideColumn")
        side.setFixedWidth(121)
        box = column(0, (0, 10, 1, 0), side)
        title = line(self._texts("review.page_list"), "hint")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        box.addWidget(title)
        self.thumbnails = Thumbnails(self._look, self._texts("review.page_list"), self._texts("review.change_word"))
        box.addWidget(self.thumbnails, 1)
        return side

    def _tools(self) -> QFrame:
        bar = surface("Bar")
        bar.setFixedHeight(44)
        box = row(4, (12, 0, 12, 0), bar)
        look, texts = self._look, self._texts

        def tool(icon: str, says: str, name: str, act: Callable[[], None]) -> QWidget:
            made = icon_button(look.icon(icon, "text2"), says, name)
            made.clicked.connect(act)
            return made

        box.addWidget(tool("chevron_up_20_regular", texts("review.page_up"), "review.page_up", lambda: self._step(-1)))
        box.addWidget(
            tool("chevron_down_20_regular", texts("review.page_down"), "review.page_down", lambda: self._step(1))
        )
        self._page = line("", "body")
        box.addSpacing(4)
        box.addWidget(self._page)
        box.addSpacing(12)
        box.addWidget(_divider())
        box.addSpacing(8)
        box.addWidget(tool("zoom_out_20_regular", texts("review.zoom_out"), "review.zoom_out", lambda: self._zoom(-1)))
        self._percent = line("110%", "body")
        box.addWidget(self._percent)
        box.addWidget(tool("zoom_in_20_regular", texts("review.zoom_in"), "review.zoom_in", lambda: self._zoom(1)))
        box.addStretch(1)
        self._mark_box = TickBox(look, texts("review.mark_changes"), "review.marks")
        self._mark_box.setChecked(True)
        self._mark_box.toggled.connect(self._marks_on)
        self._mark_rule = _divider()
        self._mark_before = tool(
            "chevron_up_20_regular", texts("review.mark_up"), "review.mark_up", lambda: self._to_mark(-1)
        )
        self._mark_words = line("", "body")
        self._mark_after = tool(
            "chevron_down_20_regular", texts("review.mark_down"), "review.mark_down", lambda: self._to_mark(1)
        )
        for widget in (self._mark_box, self._mark_rule, self._mark_before, self._mark_words, self._mark_after):
            box.addWidget(widget)
        return bar

    def _marks_on(self, on: bool) -> None:
        self.pages.set_marks_on(on)

    def _step(self, step: int) -> None:
        self.pages.go_to_page(min(max(self.pages.at + step, 0), self._pages - 1))

    def _zoom(self, step: int) -> None:
        self.pages.change_zoom(step)

    def _moved(self, page: int) -> None:
        self._page.setText(self._texts("review.page_at", at=page + 1, count=self._pages))

    def _to_mark(self, step: int) -> None:
        numbers = sorted({mark.number for mark in self._marks})
        if not numbers:
            return
        self._mark_at = (self._mark_at + step) % len(numbers) if self._mark_at >= 0 or step > 0 else len(numbers) - 1
        self.pages.go_to_mark(next(mark for mark in self._marks if mark.number == numbers[self._mark_at]))
        self._say_mark()

    def _say_mark(self) -> None:
        count = len({mark.number for mark in self._marks})
        self._mark_words.setText(self._texts("review.mark_at", at=max(self._mark_at + 1, 1), count=count))


def _divider() -> QFrame:
    made = rule("Line", vertical=True)
    made.setFixedHeight(20)
    return made
