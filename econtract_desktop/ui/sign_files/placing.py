"""The page with the mark on it: dragged with the mouse, moved by arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from econtract_desktop.ui.look import Look
from econtract_desktop.ui.sign_files.model import MM, SheetModel, kept_on

_KEYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_FAR = 10  # millimetres with Shift, one without
_TALL = 380


class MarkPlacer(QWidget):
    """`moved(left, bottom)` in points from the page's lower left corner."""

    moved = Signal(float, float)

    def __init__(self, look: Look, says: str) -> None:
        super().__init__()
        self._look = look
        self._model: SheetModel | None = None
        self._page: QImage | None = None
        self._mark: QImage | None = None
        self._grip: QPointF | None = None
        self._small: dict[str, tuple[int, int, QImage]] = {}  # what is drawn: source's key and width, and the picture
        self.setObjectName("sign_files.sheet")
        self.setAccessibleName(says)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_TALL)

    def show_model(self, model: SheetModel, page: QImage | None, mark: QImage | None) -> None:
        """Another page, or the mark at another place."""
        self._model, self._page, self._mark = model, page, mark
        self.update()

    def sizeHint(self) -> QSize:
        """A page upright."""
        return QSize(320, _TALL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows: a millimetre, with Shift ten."""
        step, model = _KEYS.get(Qt.Key(event.key())), self._model
        if step is None or model is None:
            super().keyPressEvent(event)
            return
        far = _FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self._move_to(model.left + step[0] * far * MM, model.bottom + step[1] * far * MM)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes the mark, or puts it there."""
        if self._model is None:
            return
        at, mark = event.position(), self._mark_rect()
        self._grip = at - mark.topLeft() if mark.contains(at) else QPointF(mark.width() / 2, mark.height() / 2)
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drags it."""
        if self._grip is None or self._model is None:
            return
        corner, sheet, scale = event.position() - self._grip, self._sheet(), self._scale()
        left = (corner.x() - sheet.left()) / scale
        bottom = self._model.height - (corner.y() - sheet.top()) / scale - self._model.mark[1]
        self._move_to(left, bottom)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lets it go."""
        self._grip = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page as it is, the mark as it will be, a line around it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._look.color("chrome" if self._look.theme.dark else "line-soft"))
        if self._model is not None:
            sheet = self._sheet()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(sheet, QColor("#ffffff"))
            if self._page is not None:
                painter.drawImage(sheet, self._fitted("page", self._page, sheet))
            painter.setPen(QPen(self._look.color("line-strong"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(sheet)
            mark = self._mark_rect()
            if self._mark is not None:
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
                painter.drawImage(mark, self._fitted("mark", self._mark, mark))
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            colour = QColor("#b3261e") if self._model.on_text else QColor("#0017c1")  # over paper, white in every theme
            painter.setPen(QPen(colour, 2, Qt.PenStyle.DashLine if self._model.on_text else Qt.PenStyle.SolidLine))
            painter.drawRect(mark.adjusted(-2, -2, 2, 2))
        painter.end()

    def _fitted(self, name: str, picture: QImage, place: QRectF) -> QImage:
        """Made smaller with care, once: fine print turns to dots otherwise."""
        width = max(round(place.width() * self.devicePixelRatioF()), 1)
        known = self._small.get(name)
        if known is None or known[:2] != (picture.cacheKey(), width):
            fitted = picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
            known = self._small[name] = (picture.cacheKey(), width, fitted)
        return known[2]

    def _scale(self) -> float:
        assert self._model is not None
        return min((self.width() - 24) / self._model.width, (self.height() - 24) / self._model.height)

    def _sheet(self) -> QRectF:
        assert self._model is not None
        wide, tall = self._model.width * self._scale(), self._model.height * self._scale()
        return QRectF((self.width() - wide) / 2, (self.height() - tall) / 2, wide, tall)

    def _mark_rect(self) -> QRectF:
        assert self._model is not None
        model, scale, sheet = self._model, self._scale(), self._sheet()
        top = sheet.bottom() - (model.bottom + model.mark[1]) * scale
        return QRectF(sheet.left() + model.left * scale, top, model.mark[0] * scale, model.mark[1] * scale)

    def _move_to(self, left: float, bottom: float) -> None:
        assert self._model is not None
        model = self._model
        place = kept_on((left, bottom), model.mark, (model.width, model.height))
        if place != (model.left, model.bottom):
            self.moved.emit(*place)
