"""The dialog in which an officer offers a contract's documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QDate, QDateTime, QTime, QTimer, Signal
from PySide6.QtWidgets import QDateTimeEdit, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from econtract_core.rules.dates import JST, in_japan
from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import IconLabel
from econtract_desktop.ui.widgets.buttons import button, icon_button
from econtract_desktop.ui.widgets.choices import TickBox
from econtract_desktop.ui.widgets.dialog import FramedDialog
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.surfaces import clear, column, row
from econtract_desktop.ui.widgets.texts import Prose, line


@dataclass(frozen=True)
class OfferedFile:
    """A document as it will be called, and where it lies."""

    title: str
    path: Path


class OfferDialog(FramedDialog):
    """`offered(tuple of OfferedFile, deadline or None)`."""

    offered = Signal(object, object)

    def __init__(self, look: Look, texts: Texts, deadline: datetime | None, parent: QWidget | None = None) -> None:
        super().__init__(look, texts("offer.title"), "offer.dialog", 640, parent)
        self._texts = texts
        self._paths: list[Path] = []
        self._titles: list[QLineEdit] = []
        self.body.addWidget(Prose(texts("offer.text"), "support", 160))
        self._files = column(8)
        self.body.addLayout(self._files)
        add = button(
            texts("offer.add"), "secondary", "offer.add", size="small", icon=look.icon("add_20_regular", "primary")
        )
        add.clicked.connect(self._choose)
        adding = row(0)
        adding.addWidget(add)
        adding.addStretch(1)
        self.body.addLayout(adding)
        self.body.addLayout(self._deadline_row(deadline))
        self._on = button(texts("offer.on"), "primary", "offer.confirm")
        self._on.setEnabled(False)
        self._on.clicked.connect(self._offer)
        self.footer(texts("offer.esc"), button(texts("offer.out"), "secondary", "offer.cancel"), self._on)

    def add_file(self, path: Path) -> None:
        """Put a PDF on the list; its title is the file's name until it is changed."""
        number = len(self._paths)
        self._paths.append(path)
        entry = row(10)
        entry.addWidget(IconLabel(self.look, "document_pdf_20_regular", "text2"))
        title = QLineEdit(path.stem)
        title.setObjectName(f"offer.file_title.{number}")
        title.setAccessibleName(self._texts("offer.file_title", number=number + 1))
        title.textChanged.connect(self._judge)
        self._titles.append(title)
        entry.addWidget(title, 3)
        entry.addWidget(Elided(path.name, "hint"), 2)
        icon = self.look.icon("dismiss_20_regular", "text2")
        remove = icon_button(icon, self._texts("offer.remove", name=path.name), f"offer.remove.{number}")
        remove.clicked.connect(lambda: self._remove(path))
        entry.addWidget(remove)
        self._files.addLayout(entry)
        self._judge()
        if self.isVisible():
            QTimer.singleShot(0, self.fit)  # when the new line has been laid out

    def _deadline_row(self, deadline: datetime | None) -> QHBoxLayout:
        entry = row(10)
        self._with_deadline = TickBox(self.look, self._texts("offer.deadline"), "offer.with_deadline")
        self._with_deadline.setChecked(True)
        entry.addWidget(self._with_deadline)
        self._deadline = QDateTimeEdit()
        self._deadline.setObjectName("offer.deadline")
        self._deadline.setAccessibleName(self._texts("offer.deadline"))
        self._deadline.setDisplayFormat(self._texts("offer.date_format"))
        self._deadline.setCalendarPopup(True)
        here = in_japan(deadline) if deadline is not None else datetime.now(JST) + timedelta(days=7)
        self._deadline.setDateTime(
            QDateTime(
                QDate(here.year, here.month, here.day), QTime(here.hour, here.minute) if deadline else QTime(17, 0)
            )
        )
        self._deadline.setMinimumWidth(220)
        self._with_deadline.toggled.connect(self._deadline.setEnabled)
        entry.addWidget(self._deadline)
        entry.addWidget(line(self._texts("offer.japan_time"), "hint"))
        entry.addStretch(1)
        return entry

    def _choose(self) -> None:
        dialog = QFileDialog(self, self._texts("offer.choose"), "", "PDF (*.pdf)")
        dialog.setObjectName("offer.files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._add_files)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.activateWindow)  # not every window system hands the keys back by itself
        dialog.open()

    def _add_files(self, names: list[str]) -> None:
        for name in names:
            self.add_file(Path(name))

    def _remove(self, path: Path) -> None:
        kept = [(p, t.text()) for p, t in zip(self._paths, self._titles, strict=True) if p != path]
        clear(self._files)
        self._paths, self._titles = [], []
        for each, title in kept:
            self.add_file(each)
            self._titles[-1].setText(title)
        self._judge()

    def _judge(self) -> None:
        self._on.setEnabled(bool(self._paths) and all(title.text().strip() for title in self._titles))

    def _offer(self) -> None:
        files = tuple(
            OfferedFile(title.text().strip(), path) for path, title in zip(self._paths, self._titles, strict=True)
        )
        deadline = None
        if self._with_deadline.isChecked():
            chosen = self._deadline.dateTime()
            day, time = chosen.date(), chosen.time()
            deadline = datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), tzinfo=JST)
        self.accept()
        self.offered.emit(files, deadline)
