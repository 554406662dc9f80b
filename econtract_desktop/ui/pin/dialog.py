"""The PIN dialog: what is signed, by whom, with which card, for which server; tries left; the last try needs a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from econtract_desktop.ports.pin import PinBuffer
from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.pin.field import PinField
from econtract_desktop.ui.pin.model import PinModel
from econtract_desktop.ui.widgets.badge import IconLabel, Notice
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.days_bar import TriesDots
from econtract_desktop.ui.widgets.dialog import FramedDialog
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.surfaces import column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose, line

_WIDTH = 504
_MOST_NAMES = 5


class PinDialog(FramedDialog):
    """Window-modal. `answered(PinBuffer)` hands the PIN over; `rejected` (Esc, 中止する, closing) loses nothing."""

    answered = Signal(object)

    def __init__(self, look: Look, texts: Texts, model: PinModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model.title, "pin.dialog", _WIDTH, parent)
        self._texts = texts
        self._model = model
        self._sentence: QLineEdit | None = None
        self.body.addWidget(self._facts())
        self.field = PinField(look, model.rule)
        self._hint = Prose("", "hint", 140)
        self._hint.setObjectName("pin.hint")
        self._fields(self.body)
        self.stop = button(texts("pin.stop"), "secondary", "pin.cancel")
        self.go = button(model.button, "primary", "pin.confirm")
        self.go.clicked.connect(self._confirm)
        self.footer(texts("pin.esc"), self.stop, self.go)
        self.field.edited.connect(self._judge)
        self.field.entered.connect(self._confirm)
        self.field.warned.connect(self._warn)
        self._judge()

    def showEvent(self, event: QShowEvent) -> None:
        """The field has the focus from the start, with its ring."""
        super().showEvent(event)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

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
            once = line(self._texts("pin.once"), "hint")
            head.addWidget(once)
            box.addLayout(head)
            names = model.documents if len(model.documents) <= _MOST_NAMES and not model.last_try else ()
            for title in names:
                entry = row(10)
                entry.addWidget(IconLabel(self.look, "document_pdf_20_regular", "text2"))
                entry.addWidget(Elided(title), 1)
                box.addLayout(entry)
            if not names:
                once.hide()
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
        self.fit()

    def _fields(self, inside: QVBoxLayout) -> None:
        model = self._model
        if model.problem:
            notice = Notice(self.look, "warn", model.problem)
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
                Notice(self.look, "warn", self._texts("pin.last_try_hint"), strong=self._texts("pin.last_try_title"))
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
        dots.addWidget(TriesDots(self.look, left, total, spoken))
        last = left <= 1
        words = line(self._texts("pin.last_one" if last else "pin.tries", left=left), "warn" if last else "strong")
        words.setObjectName("pin.tries")
        dots.addWidget(words)
        if not last:
            dots.addWidget(line(self._texts("pin.locks", total=total), "hint"))
        dots.addStretch(1)
        return dots

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
        self.fit()


def _plain(text: str) -> str:
    """Typed with the IME on or off, with or without spaces and full stop: the same sentence."""
    folded = text.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    return "".join(folded.split()).rstrip("。.").casefold()
