"""The options beside the files: level, reason, container, the mark and its place, the folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QFrame, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from econtract_desktop.ports.signer import LEVELS, Mark
from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.sign_files.model import MM, Choices, SheetModel
from econtract_desktop.ui.sign_files.placing import MarkPlacer
from econtract_desktop.ui.widgets.badge import Notice
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.choices import DropDown, RoundChoice, TickBox
from econtract_desktop.ui.widgets.surfaces import clear, column, row, surface
from econtract_desktop.ui.widgets.texts import Prose, line


class OptionsPanel(QFrame):
    """`place`: the mark on its page, for whoever has the room. `changed` with every choice; `page_asked(page)` for another page to put the mark on."""

    changed = Signal()
    page_asked = Signal(int)
    placed = Signal(float, float)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__()
        self._look, self._texts = look, texts
        self._folder: Path | None = None
        self._sheet: SheetModel | None = None
        self.setObjectName("Panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box = column(10, (20, 16, 20, 18), self)
        self._folder_row(box)
        self._what(box)
        self._marks(box)

    @property
    def choices(self) -> Choices:
        """As they stand."""
        mark = None
        if self._with_mark.isChecked():
            sheet, by_hand = self._sheet, self._by_hand.isChecked()
            mark = Mark(page=self._page.value() or -1, over_text=self._over.isChecked())
            if by_hand and sheet is not None:
                left, bottom = sheet.left, sheet.bottom
                mark = replace(mark, box=(left, bottom, left + sheet.mark[0], bottom + sheet.mark[1]))
        return Choices(
            folder=self._folder,
            level=LEVELS[self._level.currentIndex()],
            reason=self._reason.text().strip(),
            container=self._container.isChecked(),
            mark=mark,
        )

    @property
    def by_hand(self) -> bool:
        """The mark's place is to be shown and chosen."""
        return self._with_mark.isChecked() and self._by_hand.isChecked()

    @property
    def page(self) -> int:
        """The mark's page: from 1, -1 the last."""
        return self._page.value() or -1

    def show_folder(self, folder: Path) -> None:
        """Where signed files go."""
        self._folder = folder
        self._where.setText(str(folder))

    def show_sheet(self, model: SheetModel, page: QImage | None, mark: QImage | None) -> None:
        """The page and the mark on it."""
        self._sheet = model
        self.placer.show_model(model, page, mark)
        self._page.setMaximum(model.pages)
        for field, value, most in (
            (self._left, model.left, model.width - model.mark[0]),
            (self._bottom, model.bottom, model.height - model.mark[1]),
        ):
            field.blockSignals(True)
            field.setMaximum(max(most, 0) / MM)
            field.setValue(value / MM)
            field.blockSignals(False)
        clear(self._told)
        if model.on_text:
            self._told.addWidget(Notice(self._look, "warn", self._texts("sign_files.on_text")))
        if model.sample:
            self._told.addWidget(Prose(self._texts("sign_files.sample"), "hint", 140))
        else:
            self._told.addWidget(Prose(self._texts("sign_files.real", file=model.file), "hint", 140))

    def turn_on_mark(self) -> None:
        """For pictures of this screen: the mark, with its place chosen by hand."""
        self._with_mark.setChecked(True)
        self._by_hand.setChecked(True)

    def _folder_row(self, box: QVBoxLayout) -> None:
        label = line(self._texts("sign_files.folder"), "strong")
        box.addWidget(label)
        entry = row(8)
        self._where = QLineEdit()
        self._where.setReadOnly(True)
        self._where.setObjectName("sign_files.folder")
        self._where.setAccessibleName(self._texts("sign_files.folder"))
        self._where.setPlaceholderText(self._texts("sign_files.folder_none"))
        entry.addWidget(self._where, 1)
        change = button(self._texts("sign_files.folder_choose"), "secondary", "sign_files.folder_choose", size="small")
        change.clicked.connect(self._ask_folder)
        entry.addWidget(change)
        box.addLayout(entry)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self.window(), self._texts("sign_files.folder"))
        dialog.setObjectName("sign_files.folder_dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.show_folder(Path(name)))
        dialog.fileSelected.connect(self.changed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.window().activateWindow)
        dialog.open()

    def _what(self, box: QVBoxLayout) -> None:
        texts = self._texts
        box.addWidget(line(texts("sign_files.level"), "strong"))
        self._level = DropDown(self._look, "sign_files.level")
        self._level.setAccessibleName(texts("sign_files.level"))
        self._level.addItems([texts(f"sign_files.level_{level}") for level in LEVELS])
        self._level.setCurrentIndex(LEVELS.index("B-T"))
        box.addWidget(self._level)
        box.addWidget(line(texts("sign_files.reason"), "strong"))
        self._reason = QLineEdit()
        self._reason.setObjectName("sign_files.reason")
        self._reason.setAccessibleName(texts("sign_files.reason"))
        self._reason.setPlaceholderText(texts("sign_files.reason_hint"))
        self._reason.setMaxLength(200)
        box.addWidget(self._reason)
        self._container = TickBox(self._look, texts("sign_files.container"), "sign_files.container")
        self._container.toggled.connect(self.changed)
        box.addWidget(self._container)

    def _marks(self, box: QVBoxLayout) -> None:
        texts, look = self._texts, self._look
        self._with_mark = TickBox(look, texts("sign_files.mark"), "sign_files.mark")
        self._with_mark.toggled.connect(self._follow)
        box.addWidget(self._with_mark)
        self._where_mark = QWidget()
        inside = column(8, (28, 0, 0, 0), self._where_mark)
        self._auto = RoundChoice(look, texts("sign_files.mark_auto"), "sign_files.mark_auto")
        self._by_hand = RoundChoice(look, texts("sign_files.mark_hand"), "sign_files.mark_hand")
        self._auto.setChecked(True)
        self._by_hand.toggled.connect(self._follow)
        for choice in (self._auto, self._by_hand):
            inside.addWidget(choice)
        pages = row(8)
        pages.addWidget(line(texts("sign_files.page")))
        self._page = QSpinBox()
        self._page.setRange(0, 9999)
        self._page.setSpecialValueText(texts("sign_files.page_last"))
        self._named(self._page, "page")
        self._page.valueChanged.connect(lambda value: self.page_asked.emit(value or -1))
        pages.addWidget(self._page)
        pages.addStretch(1)
        inside.addLayout(pages)
        box.addWidget(self._where_mark)
        self.place = surface("Panel")
        placing = column(8, (16, 14, 16, 14), self.place)
        placing.addWidget(line(texts("sign_files.place"), "strong"))
        self.placer = MarkPlacer(look, texts("sign_files.sheet"))
        self.placer.moved.connect(self.placed)
        placing.addWidget(self.placer)
        self._numbers = QWidget()
        self._numbers_in(column(8, (28, 0, 0, 0), self._numbers))
        box.addWidget(self._numbers)
        self._follow()

    def _numbers_in(self, box: QVBoxLayout) -> None:
        numbers = row(8)
        self._left, self._bottom = self._number("left"), self._number("bottom")
        for field, name in ((self._left, "left"), (self._bottom, "bottom")):
            numbers.addWidget(line(self._texts(f"sign_files.{name}")))
            numbers.addWidget(field)
        numbers.addWidget(line("mm", "hint"))
        numbers.addStretch(1)
        box.addLayout(numbers)
        self._told = column(6)
        box.addLayout(self._told)
        self._over = TickBox(self._look, self._texts("sign_files.over"), "sign_files.over")
        self._over.toggled.connect(self.changed)
        box.addWidget(self._over)

    def _number(self, name: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox()
        field.setDecimals(1)
        field.setRange(0, 2000)
        self._named(field, name)
        field.valueChanged.connect(lambda _v: self.placed.emit(self._left.value() * MM, self._bottom.value() * MM))
        return field

    def _named(self, field: QSpinBox | QDoubleSpinBox, name: str) -> None:
        field.setObjectName(f"sign_files.{name}")
        field.setAccessibleName(self._texts(f"sign_files.{name}"))
        field.setFixedWidth(84)
        field.lineEdit().setTextMargins(8, 0, 0, 0)

    def _follow(self) -> None:
        self._where_mark.setVisible(self._with_mark.isChecked())
        for widget in (self.place, self._numbers):
            widget.setVisible(self.by_hand)
        self.changed.emit()
