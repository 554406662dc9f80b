"""The panel at the right: what was checked, who signs, the fingerprint; below it the way back and the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.review.model import Check, ReviewModel, SeenModel
from econtract_desktop.ui.widgets.badge import Badge, IconLabel, Tick
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.surfaces import ScrollPage, clear, column, row, rule
from econtract_desktop.ui.widgets.texts import Prose, line

WIDE = 336
_ICONS = {
    "info": ("document_search_20_filled", "primary"),
    "ok": ("checkmark_circle_20_filled", "ok"),
    "warn": ("warning_20_filled", "warn"),
    "err": ("error_circle_20_filled", "err"),
}


class ChecksPanel(QFrame):
    """`signed` and `returned` when the buttons are pressed."""

    signed = Signal()
    returned = Signal()

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__()
        self._look = look
        self._texts = texts
        self.setObjectName("CheckColumn")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDE)
        box = column(0, (1, 0, 0, 0), self)
        scroll = ScrollPage((20, 14, 20, 12), 0)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list = scroll.body
        box.addWidget(scroll, 1)
        self._foot = QFrame()
        self._foot.setObjectName("Footer")
        self._foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box.addWidget(self._foot)
        self._fill_foot()

    def show_model(self, model: ReviewModel) -> None:
        """The checks of the document that is shown."""
        clear(self._list)
        self._list.addWidget(line(self._texts("review.checks"), "section-title"))
        self._list.addSpacing(10)
        for check in model.checks:
            self._check(self._list, check)
        self._signers(model)
        self._list.addSpacing(12)
        self._list.addWidget(Elided(self._texts("review.fingerprint"), "hint"))
        print_row = row(8)
        print_row.addWidget(Elided(model.fingerprint, "support"), 1)
        copy = button(self._texts("review.copy"), "link", "review.copy", size="small")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(model.sha256))
        print_row.addWidget(copy)
        self._list.addLayout(print_row)
        self._list.addStretch(1)
        self.back.setVisible(model.may_return)
        self.sign.setVisible(bool(model.deed))
        self._ticks.setVisible(bool(model.deed))
        self._buttons.setVisible(model.may_return or bool(model.deed))
        if model.deed:
            self.sign.setText(self._texts(f"review.{model.deed}"))

    def show_seen(self, model: SeenModel) -> None:
        """How far one is, and whether one may sign."""
        self._tick.show_on(model.done)
        self._words.say(model.words)
        self._card_icon.show_icon("contact_card_20_regular", "ok" if model.card_in else "text3")
        self._card.say(model.card)
        self.sign.setEnabled(model.ready)

    def _check(self, box: QVBoxLayout, check: Check) -> None:
        entry = row(12)
        entry.addWidget(IconLabel(self._look, *_ICONS[check.tone]), 0, Qt.AlignmentFlag.AlignTop)
        words = column(2)
        words.addWidget(Prose(check.title, "strong", 140))
        for text in check.lines:
            words.addWidget(Prose(text, "hint", 140))
        entry.addLayout(words, 1)
        box.addLayout(entry)
        box.addSpacing(12)
        box.addWidget(rule())
        box.addSpacing(12)

    def _signers(self, model: ReviewModel) -> None:
        head = row(8)
        head.addWidget(line(self._texts("review.signers"), "strong"))
        count = Elided(self._texts("review.signers_count", count=len(model.signers)), "hint")
        count.setAlignment(Qt.AlignmentFlag.AlignRight)
        head.addWidget(count, 1)
        self._list.addLayout(head)
        self._list.addSpacing(4)
        for signer in model.signers:
            holder = QWidget()
            holder.setFixedHeight(48)
            entry = row(10, (0, 0, 0, 0), holder)
            icon = "signature_20_regular" if signer.mine else "person_20_regular"
            entry.addWidget(IconLabel(self._look, icon, "primary" if signer.mine else "text2"))
            words = column(0)
            words.addWidget(Elided(signer.name, "strong" if signer.mine else "body"))
            words.addWidget(Elided(signer.below, "hint"))
            entry.addLayout(words, 1)
            entry.addWidget(Badge(self._look, signer.badge))
            self._list.addWidget(holder)
        self._list.addSpacing(10)
        self._list.addWidget(rule())

    def _fill_foot(self) -> None:
        box = column(8, (20, 14, 20, 16), self._foot)
        card = row(8)
        self._card_icon = IconLabel(self._look, "contact_card_20_regular", "text3")
        card.addWidget(self._card_icon)
        self._card = Elided("", "body")
        card.addWidget(self._card, 1)
        box.addLayout(card)
        self._ticks = QWidget()
        ticks = row(8, (0, 0, 0, 0), self._ticks)
        self._tick = Tick(self._look)
        ticks.addWidget(self._tick, 0, Qt.AlignmentFlag.AlignTop)
        self._words = Prose("", "body", 140)
        self._words.setObjectName("review.seen")
        ticks.addWidget(self._words, 1)
        box.addWidget(self._ticks)
        self._buttons = QWidget()
        ways = row(12, (0, 4, 0, 0), self._buttons)
        self.back = button(self._texts("review.return"), "secondary", "review.return", size="large")
        self.back.clicked.connect(self.returned)
        ways.addWidget(self.back)
        icon = self._look.icon("signature_20_regular", "primary-on")
        self.sign = button(self._texts("review.sign"), "primary", "review.sign", size="large", icon=icon)
        self.sign.setEnabled(False)
        self.sign.clicked.connect(self.signed)
        ways.addWidget(self.sign, 1)
        box.addWidget(self._buttons)
