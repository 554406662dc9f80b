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


class PageView(QAbstractScrollArea):
    """`wanted(page, scale)`: a picture at `scale` device pixels a point; `page_shown(page)` once; `current(page)`."""

    wanted = Signal(int, float)
    page_shown = Signal(int)
    current = Signal(int)

    def __init__(self, look: Look, loading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._loading = loading
        self._sizes: tuple[PageSize, ...] = ()
        self._pictures: dict[tuple[int, float], QImage] = {}
        self._asked: set[tuple[int, float]] = set()
        self._seen: dict[int, set[int]] = {}
        self._marks: tuple[Mark, ...] = ()
        self._marks_on = True
        self._zoom = 1.1
        self._current = 0
        self.setObjectName("review.pages")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self.verticalScrollBar().setSingleStep(48)

    @property
    def zoom(self) -> float:
        """1.0 is the paper's size at 96 dots an inch."""
        return self._zoom

    def show_pages(self, sizes: tuple[PageSize, ...], seen: frozenset[int] = frozenset()) -> None:
        """Another document; `seen` are the pages that have been shown before."""
        self._sizes = sizes
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
        if 0 <= page < len(self._sizes):
            self.verticalScrollBar().setValue(int(self._top(page)) - _GAP // 2)

    def go_to_mark(self, mark: Mark) -> None:
        """It comes into the upper third."""
        y = self._top(mark.page) + mark.box[1] * self._zoom * _POINT
        self.verticalScrollBar().setValue(int(y - self.viewport().height() / 3))

    def change_zoom(self, step: int) -> None:
        """One step of the usual sizes."""
        at = min(range(len(_ZOOMS)), key=lambda i: abs(_ZOOMS[i] - self._zoom))
        chosen = _ZOOMS[min(max(at + step, 0), len(_ZOOMS) - 1)]
        bar = self.verticalScrollBar()
        place = bar.value() / max(self._height(), 1)
        self._zoom = chosen
        self._measure()
        bar.setValue(int(place * self._height()))
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
        offset, high = self.verticalScrollBar().value(), self.viewport().height()
        for page, rect in self._visible(offset, high):
            self._page(painter, page, rect)
        painter.end()
        self._tell_current(offset, high)

    def _page(self, painter: QPainter, page: int, rect: QRectF) -> None:
        scale = round(self._zoom * _POINT * self.devicePixelRatioF(), 4)
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
            for mark in self._marks:
                if mark.page == page:
                    self._mark(painter, rect, mark)
        self._note_seen(page, rect)

    def _mark(self, painter: QPainter, page: QRectF, mark: Mark) -> None:
        z = self._zoom * _POINT
        left, top, right, bottom = (edge * z for edge in mark.box)
        box = QRectF(page.left() + left - 3, page.top() + top - 2, right - left + 6, bottom - top + 4)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.fillRect(box, _CHANGED)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(QPen(_CHANGED_LINE, 2))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(_CHANGED_TEXT, 1.4))
        painter.setBrush(QColor("#ffffff"))
        number = QPointF(page.left() + 22, box.center().y())
        painter.drawEllipse(number, 8.5, 8.5)
        painter.setFont(interface_font(13, bold=True))
        painter.drawText(
            QRectF(number.x() - 10, number.y() - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, str(mark.number)
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

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

    def _tell_current(self, offset: int, high: int) -> None:
        middle = offset + high / 2
        at = max((page for page in range(len(self._sizes)) if self._top(page) <= middle), default=0)
        if at != self._current:
            self._current = at
            self.current.emit(at)

    def _visible(self, offset: int, high: int) -> list[tuple[int, QRectF]]:
        found = []
        left = self.horizontalScrollBar().value()
        for page, size in enumerate(self._sizes):
            wide, tall = size.width * self._zoom * _POINT, size.height * self._zoom * _POINT
            top = self._top(page) - offset
            if top < high and top + tall > 0:
                x = max((self.viewport().width() - wide) / 2, _GAP) - left
                found.append((page, QRectF(round(x), round(top), round(wide), round(tall))))
        return found

    def _top(self, page: int) -> float:
        return _GAP + sum(size.height * self._zoom * _POINT + _GAP for size in self._sizes[:page])

    def _height(self) -> float:
        return self._top(len(self._sizes))

    def _measure(self) -> None:
        bar, across = self.verticalScrollBar(), self.horizontalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(int(self._height()) - self.viewport().height(), 0))
        widest = max((size.width for size in self._sizes), default=0) * self._zoom * _POINT + 2 * _GAP
        across.setPageStep(self.viewport().width())
        across.setRange(0, max(int(widest) - self.viewport().width(), 0))
