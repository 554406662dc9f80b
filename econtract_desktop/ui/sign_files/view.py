"""The widgets of 「ファイルに署名」: files at the left, options at the right; then the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QStackedWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.sign_files.model import FileEntry
from econtract_desktop.ui.sign_files.options import OptionsPanel
from econtract_desktop.ui.signing.view import SigningView
from econtract_desktop.ui.widgets.badge import Badge, IconLabel
from econtract_desktop.ui.widgets.buttons import button, icon_button
from econtract_desktop.ui.widgets.elided import Elided
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule, surface
from econtract_desktop.ui.widgets.texts import Prose, line


class FilesPage(Page):
    """`added(paths)`, `removed(path)`, `signed`."""

    added = Signal(object)
    removed = Signal(object)
    signed = Signal()

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self._entries: tuple[FileEntry, ...] | None = None
        head = self.head(texts("sign_files.title"))
        icon = look.icon("add_20_regular", "primary")
        add = button(texts("sign_files.add"), "secondary", "sign_files.add", icon=icon)
        add.clicked.connect(self._ask)
        head.addWidget(add)
        icon = look.icon("signature_20_regular", "primary-on")
        self._sign = button(texts("sign_files.sign"), "primary", "sign_files.sign", icon=icon)
        self._sign.clicked.connect(self.signed)
        head.addWidget(self._sign)
        columns = row(20)
        left = column(0)
        panel = surface("Panel")
        self._files = column(0, (1, 1, 1, 1), panel)
        left.addWidget(panel)
        self._why = Prose("", "hint", 150)
        self._why.setObjectName("sign_files.why")
        self._why.setContentsMargins(4, 8, 4, 0)
        left.addWidget(self._why)
        self.options = OptionsPanel(look, texts)
        left.addSpacing(14)
        left.addWidget(self.options.place)
        left.addStretch(1)
        columns.addLayout(left, 6)
        right = column(0)
        right.addWidget(self.options)
        right.addStretch(1)
        columns.addLayout(right, 5)
        self.body.addLayout(columns)
        self.body.addStretch(1)
        self.setAcceptDrops(True)
        self.show_files((), "")

    def show_files(self, entries: tuple[FileEntry, ...], why_not: str) -> None:
        """The list; `why_not`: what is in the way of signing, "" where nothing is."""
        self._sign.setEnabled(not why_not and bool(entries))
        self._why.say(why_not)
        self._why.setVisible(bool(why_not) and bool(entries))
        if entries == self._entries:
            return
        self._entries = entries
        clear(self._files)
        if not entries:
            empty = column(6, (24, 28, 24, 28))
            empty.addWidget(line(self.texts("sign_files.empty"), "row-title"))
            empty.addWidget(Prose(self.texts("sign_files.empty_hint"), "support", 160))
            self._files.addLayout(empty)
        for number, entry in enumerate(entries):
            if number:
                self._files.addWidget(rule())
            self._files.addWidget(self._row(entry, number))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of this PC."""
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """As if they had been chosen."""
        event.acceptProposedAction()
        self.added.emit(_dropped(event))

    def _row(self, entry: FileEntry, number: int) -> QFrame:
        holder = surface("RunRow")
        box = row(12, (18, 10, 14, 10), holder)
        icon = "document_pdf_24_regular" if entry.pdf else "attach_20_regular"
        box.addWidget(IconLabel(self.look, icon, "text2", 24), 0, Qt.AlignmentFlag.AlignTop)
        words = column(2)
        words.addWidget(Elided(entry.path.name, "row-title"))
        kind = "sign_files.kind_pdf" if entry.pdf else "sign_files.kind_other"
        pages = self.texts("sign_files.pages", count=entry.pages) if entry.pages else ""
        words.addWidget(Elided("  ".join(part for part in (self.texts(kind), pages) if part), "hint"))
        for text in entry.lines:
            words.addWidget(Prose(text, "error" if entry.tone == "err" else "hint", 140))
        box.addLayout(words, 1)
        box.addWidget(Badge(self.look, entry.badge(self.texts)), 0, Qt.AlignmentFlag.AlignTop)
        cross = self.look.icon("dismiss_20_regular", "text2")
        says = self.texts("sign_files.remove", name=entry.path.name)
        remove = icon_button(cross, says, f"sign_files.remove.{number}")
        remove.clicked.connect(lambda: self.removed.emit(entry.path))
        box.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        return holder

    def _ask(self) -> None:
        dialog = QFileDialog(self.window(), self.texts("sign_files.add"))
        dialog.setObjectName("sign_files.files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.added.emit([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.window().activateWindow)
        dialog.open()


class SignFilesView(QStackedWidget):
    """Choosing, then the run."""

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__()
        self.files = FilesPage(look, texts)
        self.run = SigningView(look, texts)
        self.addWidget(self.files)
        self.addWidget(self.run)

    def offer_after(self, deeds: tuple[tuple[str, str, Callable[[], None]], ...]) -> None:
        """Buttons (words, name, act) beside the run's own, once it has ended."""
        self.run.show_deeds(deeds)


def _dropped(event: QDropEvent) -> list[Path]:
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]
