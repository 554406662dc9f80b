"""The focus ring: 2 px yellow inside, 2 px black (dark: white) outside, around whatever has the keyboard's focus.

Shown on keyboard focus only, as the design asks; a text field shows it whenever it has the focus, because there the keyboard
goes. One ring a window.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from econtract_desktop.ui.look import Look

_ROOM = 4


class FocusRing(QWidget):
    """A transparent child of the window, over everything, that follows the focus. GUI thread."""

    def __init__(self, look: Look, window: QWidget) -> None:
        super().__init__(window)
        self._look = look
        self._target: QWidget | None = None
        self._by_key = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    def watch(self) -> None:
        """Hear keys and clicks of the window; call it once the window has been shown."""
        handle = self.window().windowHandle()
        if handle is not None:
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys show the ring, clicks hide it."""
        kind = event.type()
        if watched is self._target:
            if kind in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show):
                self._place()
            elif kind in (QEvent.Type.Hide, QEvent.Type.Destroy):
                self._let_go()
        elif kind == QEvent.Type.KeyPress:
            self._by_key = True
            self._place()
        elif kind == QEvent.Type.MouseButtonPress:
            self._by_key = False
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for inset, token in ((1.0, "foc-out"), (3.0, "foc-in")):
            painter.setPen(QPen(self._look.color(token), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 9 - inset, 9 - inset)
        painter.end()

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        self._let_go()
        if new is None or new.window() is not self.window():
            return
        self._target = new
        new.installEventFilter(self)
        self._place()

    def _let_go(self) -> None:
        if self._target is not None:
            self._target.removeEventFilter(self)
            self._target = None
        self.hide()

    def _place(self) -> None:
        target = self._target
        if target is None or not target.isVisible() or not (self._by_key or _is_text(target)):
            self.hide()
            return
        if isinstance(target, QAbstractItemView) or target.property("ownFocus"):
            self.hide()  # these mark the row themselves
            return
        corner = target.mapTo(self.window(), target.rect().topLeft())
        self.setGeometry(target.rect().translated(corner).adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM))
        self.raise_()
        self.show()


def _is_text(target: QWidget) -> bool:
    return isinstance(target, QLineEdit | QPlainTextEdit | QComboBox) or bool(target.property("typed"))
