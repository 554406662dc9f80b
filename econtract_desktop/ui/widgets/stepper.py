"""The course of a contract as a row of steps, each with who and when; a return is told under the step it came back to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look

_MARK = 28
_TOP = 14
_LINE = 19


@dataclass(frozen=True)
class Step:
    """`state`: done, now, next. `details`: who and when, at most three short lines."""

    title: str
    state: str
    details: tuple[str, ...] = ()
    spoken: str = ""


class Stepper(QWidget):
    """Painted; the whole course is spoken as one sentence."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._steps: tuple[Step, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: tuple[Step, ...]) -> None:
        """The course now."""
        self._steps = steps
        self.setAccessibleName("、".join(step.spoken or step.title for step in steps))
        self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow columns break the words over more lines."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """As high as the longest column of words."""
        return QSize(120 * max(len(self._steps), 1), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        if not self._steps:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = self.width() / len(self._steps)
        for i, step in enumerate(self._steps):
            centre = QPointF(wide * (i + 0.5), _TOP + _MARK / 2)
            if i + 1 < len(self._steps):
                done = step.state == "done"
                painter.setPen(QPen(self._look.color("primary" if done else "line"), 2))
                painter.drawLine(centre + QPointF(22, 0), QPointF(wide * (i + 1.5) - 22, centre.y()))
            self._mark(painter, centre, i + 1, step.state)
            self._words(painter, QRectF(wide * i + 4, _TOP + _MARK + 6, wide - 8, self.height()), step)
        painter.end()

    def _mark(self, painter: QPainter, centre: QPointF, number: int, state: str) -> None:
        look, half = self._look, _MARK / 2
        circle = QRectF(centre.x() - half, centre.y() - half, _MARK, _MARK)
        if state == "done":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("primary"))
            painter.drawEllipse(circle)
            look.icons.draw(painter, circle.adjusted(5, 5, -5, -5), "checkmark_20_regular", "primary-on")
            return
        now = state == "now"
        painter.setPen(QPen(look.color("primary" if now else "line-strong"), 3 if now else 1.2))
        painter.setBrush(look.color("canvas"))
        inset = 1.5 if now else 0.6
        painter.drawEllipse(circle.adjusted(inset, inset, -inset, -inset))
        painter.setFont(interface_font(15, bold=now))
        painter.setPen(look.color("primary" if now else "text3"))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(number))

    def _words(self, painter: QPainter, rect: QRectF, step: Step) -> None:
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.setFont(interface_font(14, bold=step.state != "next"))
        token = {"done": "text", "now": "primary"}.get(step.state, "text3")
        painter.setPen(self._look.color(token))
        top = rect.top()
        for text in _wrapped(step.title, 14, step.state != "next", rect.width()):
            painter.drawText(QRectF(rect.left(), top, rect.width(), _LINE + 3), flags, text)
            top += _LINE
        painter.setFont(interface_font(13))
        painter.setPen(self._look.color("text2" if step.state != "next" else "text3"))
        top += 2
        for detail in step.details:
            for text in _wrapped(detail, 13, False, rect.width()):
                painter.drawText(QRectF(rect.left(), top, rect.width(), _LINE + 2), flags, text)
                top += _LINE

    def _fit(self) -> None:
        wide = self.width() / max(len(self._steps), 1) - 8
        lines = 0
        for step in self._steps:
            titles = len(_wrapped(step.title, 14, step.state != "next", wide))
            lines = max(lines, titles + sum(len(_wrapped(detail, 13, False, wide)) for detail in step.details))
        self.setFixedHeight(_TOP + _MARK + 6 + _LINE * max(lines, 1) + 16)


def _wrapped(text: str, pixels: int, bold: bool, wide: float) -> list[str]:
    """Lines that fit: broken at spaces, else where it gets too long (Japanese has no spaces)."""
    metrics = QFontMetrics(interface_font(pixels, bold=bold))
    lines, rest = [], text
    while rest:
        end = len(rest)
        while end > 1 and metrics.horizontalAdvance(rest[:end]) > max(wide, 40):
            space = rest.rfind(" ", 0, end)
            end = space if space > 0 else end - 1
        lines.append(rest[:end].strip())
        rest = rest[end:].strip()
    return lines or [""]
