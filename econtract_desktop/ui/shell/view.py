"""The window: navigation at the left, top bar and page, status line below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.shell.model import Command, ShellModel
from econtract_desktop.ui.shell.nav import Nav
from econtract_desktop.ui.shell.status_line import StatusLine
from econtract_desktop.ui.shell.top_bar import TopBar
from econtract_desktop.ui.widgets.focus_ring import FocusRing
from econtract_desktop.ui.widgets.surfaces import column, row, surface
from econtract_desktop.ui.widgets.tab_order import move_focus

_NARROW_BELOW = 1080


class ShellView(QWidget):
    """`painted` once, after the first paint; `chosen(screen)` from the navigation, `command(key)` from the search field."""

    painted = Signal()
    chosen = Signal(str)
    command = Signal(str)
    closing = Signal()

    def __init__(self, look: Look, texts: Texts, find: Callable[[str], tuple[Command, ...]]) -> None:
        super().__init__()
        self._look = look
        self._painted = False
        self._slim = False
        self.setObjectName("Shell")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setWindowTitle(texts("shell.title"))
        self.setMinimumSize(880, 500)
        self.resize(1366, 736)
        whole = column(0, (0, 0, 0, 0), self)
        upper = row(0)
        self.nav = Nav(look, texts("shell.nav"))
        upper.addWidget(self.nav)
        page = surface("Page")
        inside = column(0, (1, 1, 0, 0), page)
        self.top_bar = TopBar(look, texts, find)
        inside.addWidget(self.top_bar)
        self.stack = QStackedWidget()
        inside.addWidget(self.stack, 1)
        upper.addWidget(page, 1)
        whole.addLayout(upper, 1)
        self.status = StatusLine(look)
        whole.addWidget(self.status)
        self.ring = FocusRing(look, self)
        self.nav.chosen.connect(self.chosen)
        self.top_bar.search.chosen.connect(self.command)
        shortcut = QShortcut(QKeySequence("Ctrl+K"), self)
        shortcut.activated.connect(self.top_bar.search.setFocus)

    def show_model(self, model: ShellModel, current: str) -> None:
        """Numbers, account and lights."""
        self.nav.show_entries(model.nav, current)
        self.top_bar.show_account(model.account)
        self.status.show_lights(model.lights, model.maintenance)

    def show_page(self, page: QWidget, *, slim: bool) -> None:
        """Show a screen. `slim`: it brings its own bar and wants the room (navigation as icons, no top bar)."""
        if self.stack.indexOf(page) < 0:
            self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        self._slim = slim
        self.top_bar.setVisible(not slim)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A small window gets the narrow navigation."""
        super().resizeEvent(event)
        self._fit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Navigation, top bar, screen: as the eye goes."""
        return move_focus(self, forward=forward)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tells of the first paint."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def event(self, event: QEvent) -> bool:
        """The ring hears keys as soon as there is a native window."""
        if event.type() == QEvent.Type.Show:
            self.ring.watch()
            if self.focusWidget() is None:
                self.setFocus(Qt.FocusReason.OtherFocusReason)  # not the search field: nothing has been asked yet
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The last word before the window goes."""
        self.closing.emit()
        super().closeEvent(event)

    def _fit(self) -> None:
        self.nav.set_narrow(self._slim or self.width() < _NARROW_BELOW)
