"""Tick boxes, round choices and drop-down lists of the component sheet, painted with tokens."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QRadioButton

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import paint_tick

_BOX, _GAP = 20, 8


class TickBox(QCheckBox):
    """A box of 20 px with its words; Space ticks it."""

    def __init__(self, look: Look, text: str, name: str) -> None:
        super().__init__(text)
        self._look = look
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Box and words."""
        return _size(self)

    def minimumSizeHint(self) -> QSize:
        """The same: words are never cut."""
        return _size(self)

    def hitButton(self, _at: object) -> bool:
        """Words and box."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        box = QRectF(0, (self.height() - _BOX) / 2, _BOX, _BOX)
        paint_tick(painter, self._look, box, on=self.isChecked())
        _words(painter, self._look, self)
        painter.end()


class DropDown(QComboBox):
    """A list to choose from, with the arrow that says so."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self.setObjectName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        super().paintEvent(event)
        painter = QPainter(self)
        arrow = QRectF(self.width() - _BOX - 10, (self.height() - _BOX) / 2, _BOX, _BOX)
        self._look.icons.draw(painter, arrow, "chevron_down_20_regular", "text2")
        painter.end()


class RoundChoice(QRadioButton):
    """One of several."""

    def __init__(self, look: Look, text: str, name: str) -> None:
        super().__init__(text)
        self._look = look
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Circle and words."""
        return _size(self)

    def minimumSizeHint(self) -> QSize:
        """The same: words are never cut."""
        return _size(self)

    def hitButton(self, _at: object) -> bool:
        """Words and circle."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(_BOX / 2, self.height() / 2)
        on = self.isChecked()
        painter.setPen(QPen(self._look.color("primary" if on else "line-strong"), 1.6))
        painter.setBrush(self._look.color("field"))
        painter.drawEllipse(centre, 8.6, 8.6)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color("primary"))
            painter.drawEllipse(centre, 4.6, 4.6)
        _words(painter, self._look, self)
        painter.end()


def _size(widget: QAbstractButton) -> QSize:
    metrics = widget.fontMetrics()
    return QSize(_BOX + _GAP + metrics.horizontalAdvance(widget.text()) + 2, 28)


def _words(painter: QPainter, look: Look, widget: QAbstractButton) -> None:
    painter.setFont(interface_font(14))
    painter.setPen(look.color("text" if widget.isEnabled() else "dis"))
    rect = QRectF(_BOX + _GAP, 0, widget.width() - _BOX - _GAP, widget.height())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, widget.text())
