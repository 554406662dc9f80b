"""The picture of a card going into a reader (the empty screen of the card door)."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from econtract_desktop.ui.look import Look


class ReaderPicture(QWidget):
    """236×172. `card_in`: the card is in the reader."""

    def __init__(self, look: Look, says: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._card_in = False
        self.setFixedSize(QSize(240, 172))
        self.setAccessibleName(says)

    def show_card(self, inside: bool) -> None:
        """Is a card in?"""
        self._card_in = inside
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(0, 26 if self._card_in else 0)
        self._card(painter)
        painter.translate(0, -26 if self._card_in else 0)
        self._reader(painter)
        painter.end()

    def _card(self, painter: QPainter) -> None:
        look = self._look
        painter.setPen(QPen(look.color("primary"), 2))
        painter.setBrush(look.color("sel"))
        painter.drawRoundedRect(QRectF(32, 2, 176, 120), 10, 10)
        painter.setPen(QPen(look.color("warn-fill"), 1.6))
        painter.setBrush(look.color("warn-bg"))
        chip = QRectF(54, 34, 42, 33)
        painter.drawRoundedRect(chip, 5, 5)
        for y in (chip.top() + 11, chip.top() + 22):
            painter.drawLine(QPointF(chip.left(), y), QPointF(chip.right(), y))
        painter.drawLine(QPointF(chip.center().x(), chip.top()), QPointF(chip.center().x(), chip.bottom()))
        painter.setPen(QPen(look.color("primary"), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setOpacity(0.4)
        painter.drawLine(QPointF(114, 38), QPointF(184, 38))
        painter.drawLine(QPointF(114, 52), QPointF(166, 52))
        painter.setOpacity(1.0)
        if not self._card_in:
            painter.setPen(QPen(look.color("primary"), 2.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(120, 72), QPointF(120, 90))
            painter.drawLine(QPointF(113, 83), QPointF(120, 90))
            painter.drawLine(QPointF(127, 83), QPointF(120, 90))

    def _reader(self, painter: QPainter) -> None:
        look = self._look
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("line-strong"))
        painter.drawRoundedRect(QRectF(16, 160, 28, 8), 3, 3)
        painter.drawRoundedRect(QRectF(196, 160, 28, 8), 3, 3)
        painter.setPen(QPen(look.color("text"), 2))
        painter.setBrush(look.color("canvas"))
        painter.drawRoundedRect(QRectF(4, 98, 232, 64), 9, 9)
        painter.setPen(QPen(look.color("text"), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(22, 112), QPointF(218, 112))
        painter.setPen(QPen(look.color("line"), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(23, 142), QPointF(82, 142))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("ok-fill"))
        painter.drawEllipse(QPointF(212, 142), 5, 5)
