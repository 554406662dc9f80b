"""A dialog of the program: its cover over the window, a frame without title bar, a footer with the way out and the way on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QPlainTextEdit, QPushButton, QWidget

from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.focus_ring import FocusRing
from econtract_desktop.ui.widgets.surfaces import column, row, surface
from econtract_desktop.ui.widgets.tab_order import move_focus
from econtract_desktop.ui.widgets.texts import Prose, line


class Scrim(QWidget):
    """The half-dark cover over the window while a dialog is open."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grows with the window."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 128))
        painter.end()


class FramedDialog(QDialog):
    """Window-modal; Esc and the button at the left of the way on reject it. Put widgets into `body`; then `footer`."""

    def __init__(self, look: Look, title: str, name: str, wide: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.look = look
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFixedWidth(wide)
        frame = surface("Dialog")
        column(0, (0, 0, 0, 0), self).addWidget(frame)
        self._whole = column(0, (1, 1, 1, 1), frame)
        self.body = column(12, (28, 24, 28, 20))
        self.body.addWidget(line(title, "dialog-title"))
        self._whole.addLayout(self.body)
        self._ring = FocusRing(look, self)
        self._scrim: Scrim | None = None

    def footer(self, hint: str, out: QPushButton, on: QPushButton) -> QFrame:
        """The way out (rejects) and the way on (yours to connect)."""
        self.body.addStretch(1)  # what is too much goes here, not between the lines
        made = surface("DialogFooter")
        made.setFixedHeight(70)
        box = row(12, (28, 0, 28, 0), made)
        box.addWidget(line(hint, "hint"))
        box.addStretch(1)
        out.clicked.connect(self.reject)
        box.addWidget(out)
        box.addWidget(on)
        self._whole.addWidget(made)
        return made

    def fit(self) -> None:
        """As high as its words need at its width; the guess of a layout with wrapping text is too high."""
        inside = self.layout()
        if inside is not None:
            inside.activate()
            wrapped = inside.hasHeightForWidth()
            self.setFixedHeight(
                inside.totalHeightForWidth(self.width()) if wrapped else inside.totalSizeHint().height()
            )

    def show_over(self, window: QWidget) -> None:
        """Open it in the middle of the window, over a cover. Returns at once."""
        self._scrim = Scrim(window)
        self.finished.connect(self._uncover)
        self.open()
        self.fit()
        centre = window.mapToGlobal(window.rect().center())
        self.move(centre.x() - self.width() // 2, max(centre.y() - self.height() // 2, 0))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """As the eye goes."""
        return move_focus(self, forward=forward)

    def showEvent(self, event: QShowEvent) -> None:
        """The ring hears the keys."""
        super().showEvent(event)
        self.fit()
        self._ring.watch()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter belongs to the fields; Esc cancels."""
        if event.key() == Qt.Key.Key_Escape:
            self.reject()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _uncover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            parent.window().activateWindow()  # not every window system hands the keys back by itself
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
            self._scrim = None


class ReasonDialog(FramedDialog):
    """Giving back needs a reason. `given(reason)`."""

    given = Signal(str)

    def __init__(self, look: Look, words: dict[str, str], parent: QWidget | None = None) -> None:
        """`words`: title, text, label, hint, esc, out, on."""
        super().__init__(look, words["title"], "reason.dialog", 560, parent)
        self.body.addWidget(Prose(words["text"], "support", 160))
        label = line(words["label"], "strong")
        self.body.addWidget(label)
        self._reason = QPlainTextEdit()
        self._reason.setObjectName("reason.text")
        self._reason.setPlaceholderText(words["hint"])
        self._reason.setAccessibleName(words["label"])
        self._reason.setTabChangesFocus(True)
        self._reason.setFixedHeight(112)
        label.setBuddy(self._reason)
        self.body.addWidget(self._reason)
        self._on = button(words["on"], "primary", "reason.confirm")
        self._on.setEnabled(False)
        self._on.clicked.connect(self._give)
        self._reason.textChanged.connect(lambda: self._on.setEnabled(bool(self._reason.toPlainText().strip())))
        self.footer(words["esc"], button(words["out"], "secondary", "reason.cancel"), self._on)
        self._reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give(self) -> None:
        reason = self._reason.toPlainText().strip()
        self.accept()
        self.given.emit(reason)
