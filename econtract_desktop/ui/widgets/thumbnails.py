"""The list of pages at the left: small pictures with numbers; arrow keys move."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import paint_tick
from econtract_desktop.ui.widgets.pages import PageSize

_WIDE, _TOP, _LABEL = 76, 8, 30


class Thumbnails(QAbstractScrollArea):
    """`chosen(page)`, `wanted(page, scale)`."""

    chosen = Signal(int)
    wanted = Signal(int, float)

    def __init__(self, look: Look, says: str, changed: str, parent: QWidget | None = None) -> None:
        """`changed`: the word before the number of changes, "変更"."""
        super().__init__(parent)
        self._look = look
        self._word = changed
        self._sizes: tuple[PageSize, ...] = ()
        self._pictures: dict[int, QImage] = {}
        self._asked: set[int] = set()
        self._seen: frozenset[int] = frozenset()
        self._changes: dict[int, int] = {}
        self._at = 0
        self.setObjectName("review.thumbnails")
        self.setAccessibleName(says)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(120)

    def show_pages(self, sizes: tuple[PageSize, ...]) -> None:
        """Another document."""
        self._sizes = sizes
        self._pictures.clear()
        self._asked.clear()
        self._changes = {}
        self._at = 0
        self._measure()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def show_state(self, at: int, seen: frozenset[int], changes: dict[int, int]) -> None:
        """The page that is shown, those that were, and how many changes each has."""
        moved = at != self._at
        self._at, self._seen, self._changes = at, seen, changes
        if moved and self._sizes:
            top, bar = self._top(at), self.verticalScrollBar()
            if top < bar.value() or top + self._high(at) > bar.value() + self.viewport().height():
                bar.setValue(top - 40)
        self.viewport().update()

    def show_picture(self, page: int, picture: QImage) -> None:
        """A picture that was asked for."""
        if page in self._asked:
            self._pictures[page] = picture
            self.viewport().update()

    def sizeHint(self) -> QSize:
        """Narrow."""
        return QSize(120, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bar follows."""
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= self._at + step < len(self._sizes):
            self.chosen.emit(self._at + step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click opens the page."""
        y = event.position().y() + self.verticalScrollBar().value()
        for page in range(len(self._sizes)):
            if self._top(page) <= y < self._top(page) + self._high(page):
                self.chosen.emit(page)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Painted anew."""
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The visible ones."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._look.color("raised"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset, high = self.verticalScrollBar().value(), self.viewport().height()
        for page in range(len(self._sizes)):
            top = self._top(page) - offset
            if top < high and top + self._high(page) > 0:
                tall = self._high(page) - _LABEL
                self._one(painter, page, QRectF((self.viewport().width() - _WIDE) / 2, top, _WIDE, tall))
        painter.end()

    def _one(self, painter: QPainter, page: int, rect: QRectF) -> None:
        look, here = self._look, page == self._at
        painter.setPen(QPen(look.color("primary" if here else "line-strong"), 3 if here else 1))
        painter.setBrush(QColor("#ffffff"))
        painter.drawRoundedRect(rect, 2, 2)
        picture = self._pictures.get(page)
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect.adjusted(2, 2, -2, -2), picture)
        elif page not in self._asked:
            self._asked.add(page)
            self.wanted.emit(page, _WIDE * self.devicePixelRatioF() / self._sizes[page].width)
        if page in self._seen:
            paint_tick(painter, look, QRectF(rect.right() - 14, rect.bottom() - 14, 18, 18), on=True)
        if self._changes.get(page):
            self._badge(painter, rect, f"{self._word}{self._changes[page]}")
        painter.setFont(interface_font(13, bold=here))
        painter.setPen(look.color("primary" if here else "text2"))
        label = QRectF(rect.left(), rect.bottom() + 2, rect.width(), 20)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(page + 1))

    def _badge(self, painter: QPainter, rect: QRectF, words: str) -> None:
        painter.setFont(interface_font(13))
        wide = painter.fontMetrics().horizontalAdvance(words) + 10
        box = QRectF(rect.right() - wide + 4, rect.top() + 10, wide, 20)
        painter.setPen(QPen(QColor("#b78f00"), 1))
        painter.setBrush(QColor("#ffe78a"))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QColor("#1a1a1a"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _high(self, page: int) -> int:
        size = self._sizes[page]
        return round(_WIDE * min(size.height / max(size.width, 1), 2.0)) + _LABEL

    def _top(self, page: int) -> int:
        return _TOP + sum(self._high(p) for p in range(page))

    def _measure(self) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(self._top(len(self._sizes)) - self.viewport().height(), 0))
        bar.setSingleStep(40)
