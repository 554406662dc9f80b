"""The top bar: one field for searching and commands (Ctrl+K), and who is logged in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QMenu, QSizePolicy, QToolButton

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.shell.model import Account, Command
from econtract_desktop.ui.widgets.badge import Badge, BadgeModel
from econtract_desktop.ui.widgets.elided import Shrinking
from econtract_desktop.ui.widgets.surfaces import clear, row
from econtract_desktop.ui.widgets.texts import line

_MOST = 9


class SearchField(QLineEdit):
    """Typing shows what fits: screens, cases, commands. `chosen(key)` on Enter or a click."""

    chosen = Signal(str)

    def __init__(self, look: Look, texts: Texts, find: Callable[[str], tuple[Command, ...]]) -> None:
        super().__init__()
        self._look = look
        self._find = find
        self.setObjectName("Search")
        self.setPlaceholderText(texts("shell.search"))
        self.setAccessibleName(texts("shell.search_says"))
        self.setMinimumWidth(220)
        self.setMaximumWidth(400)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        inside = row(0, (0, 0, 12, 0), self)
        inside.addStretch(1)
        key = line("Ctrl+K", "key")
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setFixedHeight(22)
        inside.addWidget(key, 0, Qt.AlignmentFlag.AlignVCenter)
        self._list: QListWidget | None = None
        self.textEdited.connect(self._show)
        self.returnPressed.connect(self._take)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field, then its magnifying glass."""
        super().paintEvent(event)
        painter = QPainter(self)
        self._look.icons.draw(painter, QRectF(13, (self.height() - 20) / 2, 20, 20), "search_20_regular", "text2")
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down and Up move in the list, Esc closes it."""
        shown = self._list is not None and self._list.isVisible()
        if event.key() == Qt.Key.Key_Escape and (shown or self.text()):
            self._close()
            self.clear()
        elif shown and self._list is not None and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._list.setCurrentRow((self._list.currentRow() + step) % max(self._list.count(), 1))
        elif event.key() == Qt.Key.Key_Down:
            self._show(self.text())
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list goes when the focus goes."""
        if watched is self and event.type() == QEvent.Type.FocusOut:
            self._close()
        return False

    def _show(self, typed: str) -> None:
        found = self._find(typed.strip())[:_MOST]
        if self._list is None:
            self._list = QListWidget(self.window())
            self._list.setObjectName("SearchList")
            self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._list.itemClicked.connect(lambda _item: self._take())
            self.installEventFilter(self)
        self._list.clear()
        for command in found:
            item = QListWidgetItem(command.words + (f"   {command.hint}" if command.hint else ""))
            item.setData(Qt.ItemDataRole.UserRole, command.key)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        corner = self.mapTo(self.window(), QPoint(0, self.height() + 4))
        self._list.setGeometry(corner.x(), corner.y(), self.width(), 40 * max(len(found), 1) + 10)
        self._list.setVisible(bool(found))
        self._list.raise_()

    def _take(self) -> None:
        if self._list is None or not self._list.isVisible() or self._list.currentItem() is None:
            self._show(self.text())
            return
        key = str(self._list.currentItem().data(Qt.ItemDataRole.UserRole))
        self._close()
        self.clear()
        self.chosen.emit(key)

    def _close(self) -> None:
        if self._list is not None:
            self._list.hide()


class TopBar(QFrame):
    """52 high. `log_out` from the account's menu; a screen may put its own head in the place of the search field."""

    log_out = Signal()

    def __init__(self, look: Look, texts: Texts, find: Callable[[str], tuple[Command, ...]]) -> None:
        super().__init__()
        self._look = look
        self._texts = texts
        self.setObjectName("TopBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(52)
        box = row(12, (24, 0, 16, 0), self)
        self.search = SearchField(look, texts, find)
        box.addWidget(self.search, 2)
        box.addStretch(1)
        self._who = row(12)
        box.addLayout(self._who)

    def show_account(self, account: Account) -> None:
        """Firm, person, role; or the sentence that nobody is there."""
        clear(self._who)
        if not account.person:
            self._who.addWidget(line(account.nobody, "support"))
            return
        self._who.addWidget(Shrinking(account.organization, "support"))
        person = line(account.person, "strong")
        person.setObjectName("account.person")
        self._who.addWidget(person)
        if account.role:
            self._who.addWidget(Badge(self._look, BadgeModel(account.role)))
        more = QToolButton()
        more.setObjectName("account.menu")
        more.setIcon(self._look.icon("chevron_down_20_regular", "text"))
        more.setAccessibleName(self._texts("shell.account"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        leave = menu.addAction(self._texts("shell.log_out"))
        leave.setObjectName("account.log_out")
        leave.triggered.connect(self.log_out)
        more.setMenu(menu)
        self._who.addWidget(more)
