"""The PIN dialog: what is signed, by whom, with which card, for which server; tries left; the last try needs a sentence."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from econtract_desktop.ports.pin import PinBuffer
from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.pin.field import PinField
from econtract_desktop.ui.pin.model import PinModel
from econtract_desktop.ui.widgets.badge import IconLabel, Notice
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.days_bar import TriesDots
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.focus_ring import FocusRing
from econtract_desktop.ui.widgets.surfaces import column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose, line

_WIDTH = 504
_MOST_NAMES = 5


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


class PinDialog(QDialog):
    """Window-modal. `answered(PinBuffer)` hands the PIN over; `rejected` (Esc, 中止する, closing) loses nothing."""

    answered = Signal(object)

    def __init__(self, look: Look, texts: Texts, model: PinModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._look = look
        self._texts = texts
        self._model = model
        self._sentence: QLineEdit | None = None
        self.setObjectName("pin.dialog")
        self.setWindowTitle(model.title)
        self.setAccessibleName(model.title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFixedWidth(_WIDTH)
        frame = surface("Dialog")
        column(0, (0, 0, 0, 0), self).addWidget(frame)
        whole = column(0, (1, 1, 1, 1), frame)
        inside = column(12, (28, 24, 28, 20))
        inside.addWidget(line(model.title, "dialog-title"))
        inside.addWidget(self._facts())
        self.field = PinField(look, model.rule)
        self._hint = Prose("", "hint", 140)
        self._hint.setObjectName("pin.hint")
        self._body(inside)
        whole.addLayout(inside)
        whole.addWidget(self._footer())
        self._ring = FocusRing(look, self)
        self.field.edited.connect(self._judge)
        self.field.entered.connect(self._confirm)
        self.field.warned.connect(self._warn)
        self._judge()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """The field has the focus from the start, with its ring."""
        super().showEvent(event)
        self._ring.watch()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter belongs to the fields; Esc cancels."""
        if event.key() == Qt.Key.Key_Escape:
            self.reject()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Whatever ends it, the field is wiped."""
        self.field.wipe()
        super().done(result)

    def _facts(self) -> QFrame:
        model = self._model
        panel = surface("RaisedPanel")
        box = column(8, (16, 12, 16, 12), panel)
        if model.documents:
            head = row(8)
            head.addWidget(line(model.documents_head, "strong"))
            head.addStretch(1)
            head.addWidget(line(self._texts("pin.once"), "hint"))
            box.addLayout(head)
            names = model.documents if len(model.documents) <= _MOST_NAMES and not model.last_try else ()
            for title in names:
                entry = row(10)
                entry.addWidget(IconLabel(self._look, "document_pdf_20_regular", "text2"))
                entry.addWidget(Elided(title), 1)
                box.addLayout(entry)
            if not names:
                head.itemAt(2).widget().hide()
                toggle = button(self._texts("pin.show_names"), "link", "pin.names", size="small")
                toggle.clicked.connect(lambda: self._show_names(box, toggle))
                head.addWidget(toggle)
            box.addWidget(rule())
        box.addLayout(self._people())
        return panel

    def _people(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for i, (name, value) in enumerate(self._model.people):
            label = line(name, "hint")
            label.setMinimumWidth(70)
            grid.addWidget(label, i, 0)
            grid.addWidget(Elided(value, "strong" if i == 0 else "body"), i, 1)
        return grid

    def _show_names(self, box: QVBoxLayout, toggle: QWidget) -> None:
        toggle.hide()
        for i, title in enumerate(self._model.documents[:20]):
            box.insertWidget(1 + i, Elided(title))
        self.field.setFocus()
        self.adjustSize()

    def _body(self, inside: QVBoxLayout) -> None:
        model = self._model
        if model.problem:
            notice = Notice(self._look, "warn", model.problem)
            notice.prose.setObjectName("pin.problem")
            inside.addWidget(notice)
        head = row(8)
        label = line(self._texts("pin.field"), "strong")
        label.setBuddy(self.field)
        head.addWidget(label)
        head.addWidget(line(model.rule_text, "hint"))
        head.addStretch(1)
        group = column(6)
        group.addLayout(head)
        group.addWidget(self.field)
        self.field.setAccessibleName(f"{self._texts('pin.field')} {model.rule_text}")
        if model.tries_left is not None:
            group.addLayout(self._tries(model.tries_left, model.tries_total))
        group.addWidget(self._hint)
        self._hint.hide()
        inside.addLayout(group)
        if model.last_try:
            inside.addWidget(
                Notice(self._look, "warn", self._texts("pin.last_try_hint"), strong=self._texts("pin.last_try_title"))
            )
            sentence = self._texts("pin.sentence")
            inside.addWidget(line(self._texts("pin.type_sentence", sentence=sentence), "strong"))
            self._sentence = QLineEdit()
            self._sentence.setObjectName("pin.sentence")
            self._sentence.setPlaceholderText(sentence)
            self._sentence.setAccessibleName(self._texts("pin.type_sentence", sentence=sentence))
            self._sentence.textChanged.connect(self._judge)
            self._sentence.returnPressed.connect(self._confirm)
            inside.addWidget(self._sentence)

    def _tries(self, left: int, total: int) -> QHBoxLayout:
        dots = row(8)
        dots.addWidget(line(self._texts("pin.left"), "hint"))
        spoken = self._texts("pin.tries_spoken", left=left)
        dots.addWidget(TriesDots(self._look, left, total, spoken))
        last = left <= 1
        words = line(self._texts("pin.last_one" if last else "pin.tries", left=left), "warn" if last else "strong")
        words.setObjectName("pin.tries")
        dots.addWidget(words)
        if not last:
            dots.addWidget(line(self._texts("pin.locks", total=total), "hint"))
        dots.addStretch(1)
        return dots

    def _footer(self) -> QFrame:
        footer = surface("DialogFooter")
        footer.setFixedHeight(70)
        box = row(12, (28, 0, 28, 0), footer)
        box.addWidget(line(self._texts("pin.esc"), "hint"))
        box.addStretch(1)
        self.stop = button(self._texts("pin.stop"), "secondary", "pin.cancel")
        self.stop.clicked.connect(self.reject)
        self.go = button(self._model.button, "primary", "pin.confirm")
        self.go.clicked.connect(self._confirm)
        box.addWidget(self.stop)
        box.addWidget(self.go)
        return footer

    def _ready(self) -> bool:
        if not self.field.fits:
            return False
        return self._sentence is None or _plain(self._sentence.text()) == _plain(self._texts("pin.sentence"))

    def _judge(self) -> None:
        self.go.setEnabled(self._ready())

    def _confirm(self) -> None:
        if self._ready():
            pin: PinBuffer = self.field.take()
            self.answered.emit(pin)
            self.accept()
        elif self.field.fits and self._sentence is not None:
            self._sentence.setFocus(Qt.FocusReason.TabFocusReason)

    def _warn(self, kind: str) -> None:
        self._hint.setVisible(bool(kind))
        if kind:
            self._hint.say(self._texts(f"pin.warn_{kind}"))
        self.adjustSize()


def _plain(text: str) -> str:
    """Typed with the IME on or off, with or without spaces and full stop: the same sentence."""
    folded = text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    return "".join(folded.split()).rstrip("。.").casefold()

