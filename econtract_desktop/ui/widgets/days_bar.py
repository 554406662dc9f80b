"""Days left as a bar, PIN tries left as dots, and the four points of a signing run."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from econtract_desktop.ui.look import Look


class DaysBar(QWidget):
    """Filled = time left. Blue; ochre when it is near. Never red: a near deadline is no error."""

    def __init__(self, look: Look, left: float, *, near: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._left = min(max(left, 0.0), 1.0)
        self._near = near
        self.setFixedHeight(6)
        self.setMinimumWidth(96)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        rect = QRectF(self.rect())
        painter.setBrush(self._look.color("track"))
        painter.drawRoundedRect(rect, 3, 3)
        if self._left > 0:
            painter.setBrush(self._look.color("warn-fill" if self._near else "primary"))
            painter.drawRoundedRect(QRectF(0, 0, max(rect.width() * self._left, 6), rect.height()), 3, 3)
        painter.end()


class TriesDots(QWidget):
    """One dot a try: filled = left, hollow = used. Ochre on the last."""

    def __init__(self, look: Look, left: int, total: int, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.left = left
        self.total = max(total, left, 1)
        self.setFixedSize(QSize(17 * self.total - 4, 22))
        self.setAccessibleName(spoken)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._look.color("warn" if self.left <= 1 else "primary")
        for i in range(self.total):
            painter.setPen(QPen(colour, 1.6))
            painter.setBrush(colour if i < self.left else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(17 * i + 6.5, 11), 5.2, 5.2)
        painter.end()


class SigningPoints(QWidget):
    """Card, timestamp, check, done: `states` of waiting, now, done, pending (waits for a timestamp), none, failed."""

    def __init__(self, look: Look, gap: int = 90, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._gap = gap
        self._states: tuple[str, ...] = ("waiting",) * 4
        self.setFixedSize(QSize(gap * 4, 32))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_states(self, states: tuple[str, ...], spoken: str) -> None:
        """Four states, and the sentence for them."""
        self._states = states
        self.setAccessibleName(spoken)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, state in enumerate(self._states):
            centre = QPointF(self._gap * (i + 0.5), 16)
            if i + 1 < len(self._states):
                painter.setPen(QPen(self._look.color("ok" if state in ("done", "none") else "line"), 2))
                painter.drawLine(centre + QPointF(15, 0), centre + QPointF(self._gap - 15, 0))
            self._point(painter, QRectF(centre.x() - 10, centre.y() - 10, 20, 20), state)
        painter.end()

    def _point(self, painter: QPainter, rect: QRectF, state: str) -> None:
        look = self._look
        if state == "none":
            painter.setPen(QPen(look.color("text2"), 2))
            painter.drawLine(rect.center() - QPointF(4, 0), rect.center() + QPointF(4, 0))
            return
        fills = {"done": "ok", "pending": "info", "failed": "err"}
        if state in fills:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(fills[state]))
            painter.drawEllipse(rect)
            mark = {"done": "checkmark_16_regular", "pending": "clock_16_regular", "failed": "error_circle_16_regular"}
            look.icons.draw(painter, rect.adjusted(3, 3, -3, -3), mark[state], "canvas")
            return
        now = state == "now"
        painter.setPen(QPen(look.color("primary" if now else "line-strong"), 4 if now else 1.2))
        painter.setBrush(look.color("canvas"))
        inset = 2.0 if now else 0.6
        painter.drawEllipse(rect.adjusted(inset, inset, -inset, -inset))
