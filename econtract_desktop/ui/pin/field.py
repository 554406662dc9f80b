"""A field for a PIN that never holds it as a `str`.

Each key's character goes at once into a fixed bytearray that is overwritten when it is taken or the field goes. Full-width
characters are read as half-width. Nothing can be copied out, dragged or pasted in. An input method's committed text passes
through character by character; Qt hands it over as one string, which is dropped at once (the field asks input methods to
stay out with ImhSensitiveData and ImhHiddenText).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from econtract_desktop.ports.pin import PinBuffer, PinRule, half_width
from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look

_LEFT = 17
_STEP = 17


class PinField(QWidget):
    """48 high, dots, an eye to reveal. Backspace takes one away, Delete all; Ctrl+R reveals."""

    edited = Signal()
    entered = Signal()
    warned = Signal(str)  # "caps", "ime", "letters", "full" or "" (all is well)

    def __init__(self, look: Look, rule: PinRule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._rule = rule
        self._room = max(rule.max_length, 1)
        self._bytes = bytearray(self._room)
        self._count = 0
        self._revealed = False
        self.setObjectName("pin.field")
        self.setProperty("typed", True)
        self.setFixedHeight(48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        hints = Qt.InputMethodHint
        self.setInputMethodHints(
            hints.ImhHiddenText
            | hints.ImhSensitiveData
            | hints.ImhNoPredictiveText
            | hints.ImhNoAutoUppercase
            | (hints.ImhDigitsOnly if rule.digits_only else hints.ImhLatinOnly)
        )
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.destroyed.connect(self._wiper())

    @property
    def count(self) -> int:
        """How many characters there are."""
        return self._count

    @property
    def fits(self) -> bool:
        """Is the length what the card's rule wants?"""
        return self._rule.min_length <= self._count <= self._rule.max_length

    @property
    def revealed(self) -> bool:
        """Are the characters shown?"""
        return self._revealed

    def reveal(self, on: bool) -> None:
        """Show the characters, or dots again."""
        self._revealed = on
        self.update()

    def take(self) -> PinBuffer:
        """The PIN as a buffer that the caller wipes; the field is empty afterwards."""
        taken = bytearray(self._count)
        taken[:] = memoryview(self._bytes)[: self._count]
        self.wipe()
        return PinBuffer(taken)

    def wipe(self) -> None:
        """Overwrite and forget."""
        for i in range(self._room):
            self._bytes[i] = 0
        self._count = 0
        self.update()
        self.edited.emit()

    def sizeHint(self) -> QSize:
        """Room for sixteen dots and the eye."""
        return QSize(_LEFT * 2 + _STEP * 16 + 40, 48)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """One character at a time; Enter confirms; Esc is the dialog's."""
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._shorten(self._count if control or key == Qt.Key.Key_Delete else 1)
        elif control and key == Qt.Key.Key_R:
            self.reveal(not self._revealed)
        elif event.text() and event.text().isprintable() and not control:
            self._caps(event)
            self._add(event.text())
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """An input method is on: what it commits is taken, and the person is told."""
        if event.preeditString():
            self.warned.emit("ime")
        for character in event.commitString():
            self._add(character)
        event.accept()

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:
        """Tells an input method the hints and the cursor's place, never the text."""
        if query == Qt.InputMethodQuery.ImHints:
            return self.inputMethodHints()
        if query == Qt.InputMethodQuery.ImEnabled:
            return True
        if query == Qt.InputMethodQuery.ImCursorRectangle:
            return QRectF(_LEFT + _STEP * self._count, 12, 1, 24)
        return None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The eye."""
        if event.position().x() > self.width() - 44:
            self.reveal(not self._revealed)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows the cursor."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hides the characters again."""
        super().focusOutEvent(event)
        self._revealed = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dots, or one character after the other; no string of the whole is ever made."""
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(look.color("primary" if focused else "line-strong"), 1))
        painter.setBrush(look.color("field"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(interface_font(18))
        for i in range(min(self._count, (self.width() - 70) // _STEP)):
            centre = QPointF(_LEFT + _STEP * i, self.height() / 2)
            if self._revealed:
                painter.setPen(look.color("text"))
                box = QRectF(centre.x() - _STEP / 2, 0, _STEP, self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, chr(self._bytes[i]))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.color("text"))
                painter.drawEllipse(centre, 5, 5)
        if focused:
            painter.setPen(QPen(look.color("text"), 1))
            x = _LEFT - _STEP / 2 + _STEP * self._count + 3
            painter.drawLine(QPointF(x, 13), QPointF(x, self.height() - 13))
        eye = "eye_off_20_regular" if self._revealed else "eye_20_regular"
        look.icons.draw(painter, QRectF(self.width() - 33, self.height() / 2 - 10, 20, 20), eye, "text2")
        painter.end()

    def _add(self, character: str) -> None:
        raw = half_width(bytearray(character.encode()))
        if len(raw) != 1 or not 0x20 < raw[0] < 0x7F or (self._rule.digits_only and not 0x30 <= raw[0] <= 0x39):
            self.warned.emit("letters")
        elif self._count >= self._room:
            self.warned.emit("full")
        else:
            self._bytes[self._count] = raw[0]
            self._count += 1
            self.edited.emit()
            self.update()
        for i in range(len(raw)):
            raw[i] = 0

    def _shorten(self, by: int) -> None:
        for _ in range(min(by, self._count)):
            self._count -= 1
            self._bytes[self._count] = 0
        self.warned.emit("")
        self.edited.emit()
        self.update()

    def _caps(self, event: QKeyEvent) -> None:
        character = event.text()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        caps = character.isascii() and character.isalpha() and character.isupper() != shifted
        self.warned.emit("caps" if caps and not self._rule.upper_case else "")

    def _wiper(self) -> Callable[[], None]:
        held = self._bytes

        def wipe() -> None:
            for i in range(len(held)):
                held[i] = 0

        return wipe
