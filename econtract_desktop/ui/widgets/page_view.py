"""The pages of a document one below the other, as they are; marks are drawn over them, never into the file.

The view asks for pictures (`wanted`) and is given them (`show_picture`), so that no page is rendered on the GUI thread. A
page counts as shown when every band of it has been on the screen as a finished picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.pages import PageSize

_GAP = 22
_BANDS = 8
_KEPT = 10
_POINT = 96 / 72
_ZOOMS = (0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0)
_CHANGED = QColor("#ffe78a")  # over paper, which is white in every theme
_CHANGED_LINE = QColor("#b78f00")
_CHANGED_TEXT = QColor("#6e5600")


@dataclass(frozen=True)
class Mark:
    """A changed place: box in points from the page's top left; the same number stands in the margin and in the list."""

    page: int
    box: tuple[float, float, float, float]
    number: int


class Sheets:
    """Where each page lies, one below the other, at a zoom."""

    def __init__(self) -> None:
        self.sizes: tuple[PageSize, ...] = ()
        self.zoom = 1.1

    @property
    def scale(self) -> float:
        """Logical pixels a point."""
        return self.zoom * _POINT

    def top(self, page: int) -> float:
        """Of a page; of the one after the last: the whole height."""
        return _GAP + sum(size.height * self.scale + _GAP for size in self.sizes[:page])

    @property
    def height(self) -> float:
        """Of all of them."""
        return self.top(len(self.sizes))

    @property
    def width(self) -> float:
        """Of the widest, with its margins."""
        return max((size.width for size in self.sizes), default=0) * self.scale + 2 * _GAP

    def visible(self, left: int, top: int, view: QSize) -> list[tuple[int, QRectF]]:
        """Pages on the screen with their places in the view, on whole pixels so that nothing is blurred."""
        found = []
        for page, size in enumerate(self.sizes):
            wide, tall = size.width * self.scale, size.height * self.scale
            y = self.top(page) - top
            if y < view.height() and y + tall > 0:
                x = max((view.width() - wide) / 2, _GAP) - left
                found.append((page, QRectF(round(x), round(y), round(wide), round(tall))))
        return found

    def fit(self, room: int) -> None:
        """Pages that are wider than `room` are made smaller, down to half their size; never larger than 110 %."""
        widest = max((size.width for size in self.sizes), default=0) * _POINT
        if widest:
            self.zoom = min(max(round((room - 2 * _GAP) / widest, 2), 0.5), 1.1)

    def at(self, y: float) -> int:
        """The page at this height."""
        return max((page for page in range(len(self.sizes)) if self.top(page) <= y), default=0)


def paint_mark(painter: QPainter, page: QRectF, mark: Mark, scale: float, *, numbered: bool) -> None:
    """Yellow under the words, a line below them, the number in the margin beside the first line."""
    left, top, right, bottom = (edge * scale for edge in mark.box)
    box = QRectF(page.left() + left - 3, page.top() + top - 2, right - left + 6, bottom - top + 4)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.fillRect(box, _CHANGED)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    painter.setPen(QPen(_CHANGED_LINE, 2))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    if not numbered:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(_CHANGED_TEXT, 1.4))
    painter.setBrush(QColor("#ffffff"))
    number = QPointF(page.left() + 22, box.center().y())
    painter.drawEllipse(number, 8.5, 8.5)
    painter.setFont(interface_font(13, bold=True))
    words = QRectF(number.x() - 10, number.y() - 10, 20, 20)
    painter.drawText(words, Qt.AlignmentFlag.AlignCenter, str(mark.number))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class PageView(QAbstractScrollArea):
    """`wanted(page, scale)`: a picture at `scale` device pixels a point; `page_shown(page)` once; `current(page)`."""

    wanted = Signal(int, float)
    page_shown = Signal(int)
    current = Signal(int)
    zoomed = Signal(float)

    def __init__(self, look: Look, loading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._loading = loading
        self._sheets = Sheets()
        self._pictures: dict[tuple[int, float], QImage] = {}
        self._asked: set[tuple[int, float]] = set()
        self._seen: dict[int, set[int]] = {}
        self._marks: tuple[Mark, ...] = ()
        self._marks_on = True
        self._current = 0
        self._zoomed = False  # by hand
        self.setObjectName("review.pages")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self.verticalScrollBar().setSingleStep(48)

    @property
    def zoom(self) -> float:
        """1.0 is the paper's size at 96 dots an inch."""
        return self._sheets.zoom

    @property
    def at(self) -> int:
        """The page in the middle of the view, from 0."""
        return self._current

    def show_pages(self, sizes: tuple[PageSize, ...], seen: frozenset[int] = frozenset()) -> None:
        """Another document; `seen` are the pages that have been shown before."""
        self._sheets.sizes = sizes
        self._pictures.clear()
        self._asked.clear()
        self._seen = {page: set(range(_BANDS)) for page in seen}
        self._marks = ()
        self._current = 0
        self._measure()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def show_picture(self, page: int, scale: float, picture: QImage) -> None:
        """A picture that was asked for."""
        key = (page, round(scale, 4))
        if key in self._asked:
            self._asked.discard(key)
            self._pictures[key] = picture
            for old in [k for k in self._pictures if abs(k[0] - self._current) > _KEPT // 2 or k[1] != key[1]]:
                del self._pictures[old]
            self.viewport().update()

    def show_marks(self, marks: tuple[Mark, ...]) -> None:
        """The changed places."""
        self._marks = marks
        self.viewport().update()

    def set_marks_on(self, on: bool) -> None:
        """Draw them or not."""
        self._marks_on = on
        self.viewport().update()

    def go_to_page(self, page: int) -> None:
        """Its top comes to the top of the view."""
        if 0 <= page < len(self._sheets.sizes):
            self.verticalScrollBar().setValue(int(self._sheets.top(page)) - _GAP // 2)

    def go_to_mark(self, mark: Mark) -> None:
        """It comes into the upper third."""
        y = self._sheets.top(mark.page) + mark.box[1] * self._sheets.scale
        self.verticalScrollBar().setValue(int(y - self.viewport().height() / 3))

    def change_zoom(self, step: int) -> None:
        """One step of the usual sizes."""
        at = min(range(len(_ZOOMS)), key=lambda i: abs(_ZOOMS[i] - self._sheets.zoom))
        chosen = _ZOOMS[min(max(at + step, 0), len(_ZOOMS) - 1)]
        bar = self.verticalScrollBar()
        place = bar.value() / max(self._sheets.height, 1)
        self._sheets.zoom = chosen
        self._zoomed = True
        self._measure()
        bar.setValue(int(place * self._sheets.height))
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Roomy."""
        return QSize(640, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Bars follow."""
        super().resizeEvent(event)
        self._measure()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl and wheel zooms."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.change_zoom(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and PageDown go on by a screen, + and - zoom, Home and End."""
        bar, key = self.verticalScrollBar(), event.key()
        page = self.viewport().height() - 60
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Space, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            up = key == Qt.Key.Key_PageUp or (key == Qt.Key.Key_Space and back)
            bar.setValue(bar.value() + (-page if up else page))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(0 if key == Qt.Key.Key_Home else bar.maximum())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.change_zoom(1 if key == Qt.Key.Key_Plus else -1)
        else:
            super().keyPressEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Everything is painted anew."""
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The visible pages; asks for pictures that are missing."""
        painter = QPainter(self.viewport())
        dark = self._look.theme.dark
        painter.fillRect(self.viewport().rect(), self._look.color("chrome" if dark else "line-soft"))
        offset = self.verticalScrollBar().value()
        for page, rect in self._sheets.visible(self.horizontalScrollBar().value(), offset, self.viewport().size()):
            self._page(painter, page, rect)
        painter.end()
        self._tell_current(offset + self.viewport().height() / 2)

    def _page(self, painter: QPainter, page: int, rect: QRectF) -> None:
        scale = round(self._sheets.scale * self.devicePixelRatioF(), 4)
        painter.setPen(QPen(self._look.color("line-strong"), 1))
        painter.setBrush(QColor("#ffffff"))
        painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
        picture = self._pictures.get((page, scale))
        if picture is None:
            painter.setPen(QColor("#4d4d4d"))
            painter.setFont(interface_font(14))
            painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, "\n\n\n" + self._loading)
            if (page, scale) not in self._asked:
                self._asked.add((page, scale))
                self.wanted.emit(page, scale)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, picture)
        if self._marks_on:
            here = [mark for mark in self._marks if mark.page == page]
            for i, mark in enumerate(here):
                first = not any(other.number == mark.number for other in here[:i])
                paint_mark(painter, rect, mark, self._sheets.scale, numbered=first)
        self._note_seen(page, rect)

    def _note_seen(self, page: int, rect: QRectF) -> None:
        seen = self._seen.setdefault(page, set())
        if len(seen) == _BANDS:
            return
        view = QRectF(self.viewport().rect())
        for band in range(_BANDS):
            if view.top() <= rect.top() + rect.height() * (band + 0.5) / _BANDS <= view.bottom():
                seen.add(band)
        if len(seen) == _BANDS:
            self.page_shown.emit(page)

    def _tell_current(self, middle: float) -> None:
        at = self._sheets.at(middle)
        if at != self._current:
            self._current = at
            self.current.emit(at)

    def _measure(self) -> None:
        if not self._zoomed:
            self._sheets.fit(self.viewport().width())
        self.zoomed.emit(self._sheets.zoom)
        bar, across = self.verticalScrollBar(), self.horizontalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(int(self._sheets.height) - self.viewport().height(), 0))
        across.setPageStep(self.viewport().width())
        across.setRange(0, max(int(self._sheets.width) - self.viewport().width(), 0))
