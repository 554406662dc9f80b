"""The card door's widgets: the only centred screen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.first_start.model import CardChoice, CardDoorModel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import Badge, BadgeModel, IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.pictures import ReaderPicture
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose, line

_WIDE = 560
_ICONS = {
    "ok": ("checkmark_circle_20_filled", "ok"),
    "wait": ("clock_20_regular", "primary"),
    "warn": ("warning_20_filled", "warn"),
    "none": ("info_20_regular", "text3"),
}


class CardDoorView(Page):
    """`chosen(number of the card)`, `look_again`, `settings`."""

    chosen = Signal(int)
    look_again = Signal()
    settings = Signal()

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts, (32, 4, 32, 8), 0)
        self._model: CardDoorModel | None = None
        self.notices_here()
        self._picture = ReaderPicture(look, texts("door.picture"))
        self.body.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addSpacing(12)
        self._title = line("", "empty-title")
        self._title.setObjectName("door.title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._title)
        self.body.addSpacing(6)
        self._lead = Prose("", "lead", 165)
        self._lead.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lead.setFixedWidth(640)
        self.body.addLayout(_centred(self._lead))
        self.body.addSpacing(12)
        self._content = column(0)
        self.body.addLayout(self._content)
        self.body.addStretch(1)

    def show_model(self, model: CardDoorModel) -> None:
        """Everything anew where it changed."""
        if model == self._model:
            return
        self._model = model
        self._picture.show_card(model.card_in)
        self._title.setText(model.title)
        self._lead.say(model.lead)
        clear(self._content)
        for i, card in enumerate(model.cards):
            self._content.addWidget(self._card(i, card), 0, Qt.AlignmentFlag.AlignHCenter)
            self._content.addSpacing(12)
        if model.checks:
            self._content.addWidget(self._checks(model), 0, Qt.AlignmentFlag.AlignHCenter)
        if not model.starting:
            self._content.addSpacing(18)
            self._content.addWidget(self._ways(), 0, Qt.AlignmentFlag.AlignHCenter)
            self._content.addSpacing(8)
            hint = Prose(model.hint, "hint", 160)
            hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
            hint.setFixedWidth(_WIDE)
            self._content.addLayout(_centred(hint))

    def busy(self, words: str) -> None:
        """A log-in is under way."""
        for made in self.findChildren(QFrame, "Panel"):
            made.setEnabled(not words)
        if words:
            self.show_notice("info", words)
        else:
            self.clear_notices()

    def _card(self, number: int, card: CardChoice) -> QFrame:
        panel = surface("NextPanel" if card.mine or len(self._model.cards if self._model else ()) == 1 else "Panel")
        panel.setFixedWidth(_WIDE)
        box = row(16, (20, 14, 20, 14), panel)
        box.addWidget(IconLabel(self.look, "contact_card_24_regular", "primary", 24), 0, Qt.AlignmentFlag.AlignTop)
        words = column(0)
        words.addWidget(Elided(card.title, "row-title"))
        for text in card.lines:
            words.addWidget(Elided(text, "support"))
        box.addLayout(words, 1)
        if card.button:
            use = button(card.button, "primary" if number == 0 else "secondary", f"door.use.{number}")
            use.setEnabled(card.enabled)
            use.setAccessibleName(f"{card.title}: {card.button}")
            use.clicked.connect(lambda: self.chosen.emit(number))
            box.addWidget(use)
        else:
            box.addWidget(Badge(self.look, BadgeModel(self.texts("door.in_use"), "ok", "checkmark_16_regular")))
        return panel

    def _checks(self, model: CardDoorModel) -> QFrame:
        panel = surface("Panel")
        panel.setFixedWidth(_WIDE)
        box = column(0, (1, 1, 1, 1), panel)
        for i, check in enumerate(model.checks):
            if i:
                box.addWidget(rule())
            entry = QWidget()
            entry.setFixedHeight(44)
            inside = row(12, (20, 0, 20, 0), entry)
            inside.addWidget(IconLabel(self.look, *_ICONS[check.state]))
            waiting = check.state == "wait"
            inside.addWidget(line(check.name, "strong" if waiting else "body"))
            value = Elided(check.value, "now" if waiting else "support")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            inside.addWidget(value, 1)
            entry.setAccessibleName(f"{check.name}: {check.value}")
            box.addWidget(entry)
        return panel

    def _ways(self) -> QWidget:
        holder = QWidget()
        box = row(16, (0, 0, 0, 0), holder)
        again = button(self.texts("door.look_again"), "secondary", "door.again")
        again.clicked.connect(self.look_again)
        box.addWidget(again)
        settings = button(self.texts("door.settings"), "link", "door.settings")
        settings.clicked.connect(self.settings)
        box.addWidget(settings)
        return holder


def _centred(widget: QWidget) -> QHBoxLayout:
    """In the middle, with the height its width asks for (an alignment flag would give it the height of one line)."""
    box = row(0)
    box.addStretch(1)
    box.addWidget(widget)
    box.addStretch(1)
    return box
