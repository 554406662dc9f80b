"""The line of time: a point for each signature and timestamp; the chosen one's proof is shown below."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QSizePolicy, QWidget

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.verify.model import Point
from econtract_desktop.ui.widgets.surfaces import clear, row

_MARK, _HIGH, _LEAST = 36, 116, 132
_TOKENS = {"ok": "ok", "warn": "warn", "err": "err", "neutral": "text2"}


class TimePoint(QAbstractButton):
    """One point: a ring with its icon, its name, day and clock. The arrow keys go to its neighbours."""

    def __init__(self, look: Look, point: Point, ends: tuple[bool, bool], parent: QWidget | None = None) -> None:
        """`ends`: first on the line, last on the line."""
        super().__init__(parent)
        self._look = look
        self._point = point
        self._ends = ends
        self.setObjectName(f"verify.{point.key}")
        self.setAccessibleName(f"{point.title} {point.day} {point.clock} {point.state}")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HIGH)
        self.setMinimumWidth(_LEAST)

    def sizeHint(self) -> QSize:
        """Room for a day."""
        return QSize(_LEAST, _HIGH)

    def nextCheckState(self) -> None:
        """The line says which one is chosen."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right, Enter as Space."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        look, painter = self._look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(self.width() / 2, 14 + _MARK / 2)
        token = _TOKENS[self._point.tone]
        painter.setPen(QPen(look.color(token), 2))
        if not self._ends[0]:
            painter.drawLine(QPointF(0, centre.y()), centre - QPointF(_MARK / 2, 0))
        if not self._ends[1]:
            painter.drawLine(centre + QPointF(_MARK / 2, 0), QPointF(self.width(), centre.y()))
        chosen = self.isChecked()
        circle = QRectF(centre.x() - _MARK / 2, centre.y() - _MARK / 2, _MARK, _MARK)
        painter.setPen(Qt.PenStyle.NoPen if chosen else QPen(look.color(token), 2))
        painter.setBrush(look.color("primary" if chosen else "canvas"))
        painter.drawEllipse(circle if chosen else circle.adjusted(1, 1, -1, -1))
        icon = f"{self._point.icon}_20_regular"
        look.icons.draw(painter, circle.adjusted(9, 9, -9, -9), icon, "primary-on" if chosen else token)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.setFont(interface_font(14, bold=True))
        painter.setPen(look.color("primary" if chosen else "text"))
        painter.drawText(QRectF(0, 56, self.width(), 20), flags, self._point.title)
        painter.setFont(interface_font(13))
        painter.setPen(look.color("text2"))
        painter.drawText(QRectF(0, 76, self.width(), 18), flags, self._point.day)
        painter.drawText(QRectF(0, 94, self.width(), 18), flags, self._point.clock)
        painter.end()


class TimeLine(QScrollArea):
    """`chosen`: a point's key. Many points scroll sideways."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._points: list[TimePoint] = []
        self.setObjectName("Scroll")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setObjectName("ScrollBody")
        self._row = row(0, (8, 0, 8, 0), inside)
        self.setWidget(inside)
        self.setFixedHeight(_HIGH + 14)

    def show_points(self, points: tuple[Point, ...]) -> None:
        """All of them anew; the first is chosen."""
        clear(self._row)
        self._points = []
        for i, point in enumerate(points):
            made = TimePoint(self._look, point, (i == 0, i + 1 == len(points)))
            made.clicked.connect(lambda _checked=False, key=point.key: self.choose(key))
            self._points.append(made)
            self._row.addWidget(made)
        if points:
            self.choose(points[0].key)

    def choose(self, key: str) -> None:
        """Mark a point and tell."""
        for point in self._points:
            point.setChecked(point.objectName() == f"verify.{key}")
        self.chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move to the neighbour and choose it."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        at = next((i for i, point in enumerate(self._points) if point.hasFocus()), None)
        if step is None or at is None or not 0 <= at + step < len(self._points):
            super().keyPressEvent(event)
            return
        neighbour = self._points[at + step]
        neighbour.setFocus(Qt.FocusReason.OtherFocusReason)
        neighbour.click()
        self.ensureWidgetVisible(neighbour)
