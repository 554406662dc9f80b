"""The tab 連絡先: who gets the case's e-mail."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.case.model import ContactRow
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.buttons import button, icon_button
from econtract_desktop.ui.widgets.surfaces import clear, column, row
from econtract_desktop.ui.widgets.texts import Prose, line

_FIELDS = ("name", "email", "phone")


class ContactsTab(QWidget):
    """`saved(tuple of ContactRow)`. What was typed stays when the case is fetched again."""

    saved = Signal(object)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__()
        self._look = look
        self._texts = texts
        self._shown: tuple[ContactRow, ...] | None = None
        self._lines: list[tuple[QLineEdit, ...]] = []
        self._editable = False
        box = column(10, (0, 14, 0, 0), self)
        box.addWidget(Prose(texts("case.contacts_text"), "support", 160))
        self._holder = QWidget()
        box.addWidget(self._holder)
        self._grid = QGridLayout(self._holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(8)
        for at, part in enumerate((3, 4, 3)):
            self._grid.setColumnStretch(at, part)
        self._buttons = row(12)
        box.addLayout(self._buttons)
        box.addStretch(1)

    def show_contacts(self, contacts: tuple[ContactRow, ...], *, editable: bool) -> None:
        """As the server has them, unless they are being edited and did not change."""
        if contacts == self._shown and editable == self._editable:
            return
        self._shown = contacts
        self._editable = editable
        self._lay_out(contacts or ((ContactRow("", "", ""),) if editable else ()))

    def typed(self) -> tuple[ContactRow, ...]:
        """The rows that are not empty."""
        rows = (tuple(field.text().strip() for field in fields) for fields in self._lines)
        return tuple(ContactRow(*values) for values in rows if any(values))

    def _lay_out(self, contacts: tuple[ContactRow, ...]) -> None:
        clear(self._grid)
        clear(self._buttons)
        self._lines = []
        if contacts:
            for at, name in enumerate(_FIELDS):
                self._grid.addWidget(line(self._texts(f"case.contact_{name}"), "hint-strong"), 0, at)
        else:
            self._grid.addWidget(line(self._texts("case.contacts_none"), "support"), 0, 0)
        for number, contact in enumerate(contacts):
            self._row(number, contact)
        if self._editable:
            add = button(self._texts("case.contact_add"), "link", "contacts.add", size="small")
            add.clicked.connect(self._add)
            save = button(self._texts("case.contacts_save"), "secondary", "contacts.save")
            save.clicked.connect(lambda: self.saved.emit(self.typed()))
            self._buttons.addWidget(add)
            self._buttons.addStretch(1)
            self._buttons.addWidget(save)

    def _row(self, number: int, contact: ContactRow) -> None:
        fields = []
        for at, name in enumerate(_FIELDS):
            field = QLineEdit(str(getattr(contact, name)))
            field.setCursorPosition(0)  # a long address shows its beginning
            field.editingFinished.connect(lambda field=field: field.setCursorPosition(0))
            field.setObjectName(f"contacts.{name}.{number}")
            field.setAccessibleName(f"{self._texts(f'case.contact_{name}')} {number + 1}")
            field.setReadOnly(not self._editable)
            if name == "email":
                field.setInputMethodHints(Qt.InputMethodHint.ImhEmailCharactersOnly)
            self._grid.addWidget(field, number + 1, at)
            fields.append(field)
        self._lines.append(tuple(fields))
        if self._editable:
            says = self._texts("case.contact_remove", number=number + 1)
            icon = self._look.icon("dismiss_20_regular", "text2")
            remove = icon_button(icon, says, f"contacts.remove.{number}")
            remove.clicked.connect(lambda: self._remove(number))
            self._grid.addWidget(remove, number + 1, len(_FIELDS))

    def _all(self) -> list[ContactRow]:
        return [ContactRow(*(field.text() for field in fields)) for fields in self._lines]

    def _add(self) -> None:
        rows = [*self._all(), ContactRow("", "", "")]
        self._lay_out(tuple(rows))
        self._lines[-1][0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove(self, number: int) -> None:
        rows = self._all()
        del rows[number]
        self._lay_out(tuple(rows) or (ContactRow("", "", ""),))
