"""Badge, notice bar, tick and state dot: words with a colour, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.surfaces import column, row
from econtract_desktop.ui.widgets.texts import Prose

_NOTICE_ICONS = {
    "info": "info_20_regular",
    "ok": "checkmark_circle_20_filled",
    "warn": "warning_20_filled",
    "err": "error_circle_20_filled",
}


@dataclass(frozen=True)
class BadgeModel:
    """`tone`: neutral, info, ok, warn, err. `icon`: the stem of a 16 px icon, or empty."""

    text: str
    tone: str = "neutral"
    icon: str = ""


class IconLabel(QWidget):
    """An icon of fixed size that follows the theme."""

    def __init__(self, look: Look, name: str, token: str, size: int = 20, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._name = name
        self._token = token
        self.setFixedSize(size, size)

    def show_icon(self, name: str, token: str) -> None:
        """Another icon."""
        self._name, self._token = name, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        self._look.icons.draw(painter, QRectF(self.rect()), self._name, self._token)
        painter.end()


class Badge(QFrame):
    """24 high, tinted, words with an icon for states."""

    def __init__(self, look: Look, model: BadgeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Badge")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("tone", model.tone)
        self.setFixedHeight(24)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        box = row(6, (9, 0, 9, 0), self)
        if model.icon:
            box.addWidget(IconLabel(look, model.icon, "text2" if model.tone == "neutral" else model.tone, 16))
        box.addWidget(QLabel(model.text))


class Notice(QFrame):
    """A bar across the page: info, ok, warn or err, with its icon. `strong` is set before the text in bold, on a line above."""

    def __init__(self, look: Look, tone: str, text: str, strong: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        box = row(12, (16, 9, 16, 9), self)
        box.addWidget(IconLabel(look, _NOTICE_ICONS[tone], tone), 0, Qt.AlignmentFlag.AlignTop)
        words = column(2)
        if strong:
            words.addWidget(Prose(strong, "strong", 150))
        self.prose = Prose(text, "body", 150)
        words.addWidget(self.prose)
        box.addLayout(words, 1)


class StateDot(QWidget):
    """A dot of 8 px: filled in a tone, or hollow where nothing is known."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tone = "off"
        self.setFixedSize(QSize(10, 10))

    def show_tone(self, tone: str) -> None:
        """ok, warn, err or off (hollow)."""
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        token = {"ok": "ok-fill", "warn": "warn-fill", "err": "err"}.get(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if token is None:
            painter.setPen(QPen(self._look.color("text2"), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color(token))
        painter.drawEllipse(QRectF(1, 1, 8, 8))
        painter.end()


class Tick(QWidget):
    """A tick of 20 px that shows a fact; it is nothing to click."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._on = False
        self.setFixedSize(20, 20)

    def show_on(self, on: bool) -> None:
        """Ticked or not."""
        self._on = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        paint_tick(painter, self._look, QRectF(self.rect()), on=self._on)
        painter.end()


def paint_tick(painter: QPainter, look: Look, rect: QRectF, *, on: bool) -> None:
    """A tick box of the component sheet: radius 4."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = rect.adjusted(1, 1, -1, -1)
    painter.setPen(QPen(look.color("primary" if on else "line-strong"), 1.6))
    painter.setBrush(look.color("primary" if on else "field"))
    painter.drawRoundedRect(box, 4, 4)
    if on:
        look.icons.draw(painter, rect.adjusted(2, 2, -2, -2), "checkmark_16_regular", "primary-on")
