"""Navigation: 200 wide with words, 56 as icons; arrow keys move, Enter opens."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QWidget

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.shell.model import NavEntry
from econtract_desktop.ui.widgets.surfaces import clear, column, row, rule

WIDE, NARROW = 200, 56


class NavButton(QAbstractButton):
    """One entry, 40 high: bar and ground when it is chosen, a number where something waits."""

    def __init__(self, look: Look, entry: NavEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._entry = entry
        self._narrow = False
        self.setObjectName(f"nav.{entry.screen}")
        self.setCheckable(True)
        self.setFixedHeight(40)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_entry(entry)

    def show_entry(self, entry: NavEntry) -> None:
        """Another number, enabled or not."""
        self._entry = entry
        count = entry.badge or entry.quiet_badge
        self.setText(entry.words)
        self.setAccessibleName(entry.words + (f" {count}" if count else ""))
        self.setToolTip(entry.words if self._narrow else "")
        self.setEnabled(entry.enabled)
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Only the icon."""
        self._narrow = narrow
        self.setToolTip(self._entry.words if narrow else "")
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the words need."""
        return QSize(NARROW - 16 if self._narrow else WIDE - 16, 40)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down belong to the column."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def nextCheckState(self) -> None:
        """Which entry is open is told by the screen that opens, not by the click."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt asks."""
        look, painter = self._look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, chosen = QRectF(self.rect()), self.isChecked()
        if chosen or self.underMouse():
            painter.setPen(QPen(look.color("frame-primary" if chosen else "frame"), 1))
            painter.setBrush(look.color("sel" if chosen else "neu-bg" if look.theme.dark else "line-soft"))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("primary"))
            painter.drawRoundedRect(QRectF(0, 10, 4, 20), 2, 2)
        token = "primary" if chosen else "text" if self.isEnabled() else "text3"
        style = "filled" if chosen else "regular"
        left = rect.center().x() - 10 if self._narrow else 12
        look.icons.draw(painter, QRectF(left, 10, 20, 20), f"{self._entry.icon}_20_{style}", token)
        if not self._narrow:
            painter.setFont(interface_font(14, bold=chosen))
            painter.setPen(look.color(token))
            room = rect.adjusted(44, 0, -36 if self._entry.badge or self._entry.quiet_badge else -4, 0)
            words = painter.fontMetrics().elidedText(self._entry.words, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
            self._number(painter, QRectF(rect.right() - 36, 8, 24, 24))
        painter.end()

    def _number(self, painter: QPainter, rect: QRectF) -> None:
        look, entry = self._look, self._entry
        count = entry.badge or entry.quiet_badge
        if not count:
            return
        loud = bool(entry.badge)
        painter.setPen(Qt.PenStyle.NoPen if loud else QPen(look.color("line-strong"), 1))
        painter.setBrush(look.color("primary") if loud else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setFont(interface_font(14, bold=loud))
        painter.setPen(look.color("primary-on" if loud else "text"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(count) if count < 100 else "99")


class Nav(QFrame):
    """The column. `chosen(screen)` when an entry is opened."""

    chosen = Signal(str)

    def __init__(self, look: Look, says: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._entries: tuple[NavEntry, ...] = ()
        self._buttons: dict[str, NavButton] = {}
        self._narrow = False
        self.setObjectName("Nav")
        self.setAccessibleName(says)
        self.setFixedWidth(WIDE)
        self._box = column(2, (8, 8, 8, 8), self)

    def show_entries(self, entries: tuple[NavEntry, ...], current: str) -> None:
        """Entries with their numbers; rebuilt only when there are others."""
        if [e.screen for e in entries] != [e.screen for e in self._entries]:
            self._build(entries)
        self._entries = entries
        for entry in entries:
            self._buttons[entry.screen].show_entry(entry)
        self.mark(current)

    def mark(self, current: str) -> None:
        """Which entry is open."""
        for screen, made in self._buttons.items():
            made.setChecked(screen == current)
        live = [made for made in self._buttons.values() if made.isEnabled()]
        stop = next((made for made in live if made.hasFocus()), None) or self._buttons.get(current)
        self._stop_at(stop if stop in live else next(iter(live), None))

    def set_narrow(self, narrow: bool) -> None:
        """Icons only."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.setFixedWidth(NARROW if narrow else WIDE)
            for made in self._buttons.values():
                made.set_narrow(narrow)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        live = [made for made in self._buttons.values() if made.isEnabled()]
        here = next((i for i, made in enumerate(live) if made.hasFocus()), None)
        if step is None or here is None:
            super().keyPressEvent(event)
            return
        there = live[(here + step) % len(live)]
        self._stop_at(there)
        there.setFocus(Qt.FocusReason.TabFocusReason)

    def _stop_at(self, stop: NavButton | None) -> None:
        """Tab stops at one entry only; arrows go on from there."""
        for made in self._buttons.values():
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus if made is stop else Qt.FocusPolicy.NoFocus)

    def _build(self, entries: tuple[NavEntry, ...]) -> None:
        clear(self._box)
        self._buttons = {}
        drawn = False
        for entry in entries:
            if entry.below_line and not drawn:
                drawn = True
                self._box.addSpacing(10)
                line = row(0, (12, 0, 12, 0))
                line.addWidget(rule("Line"))
                self._box.addLayout(line)
                self._box.addSpacing(10)
            made = NavButton(self._look, entry)
            made.set_narrow(self._narrow)
            made.clicked.connect(lambda _on=False, screen=entry.screen: self.chosen.emit(screen))
            self._buttons[entry.screen] = made
            self._box.addWidget(made)
        self._box.addStretch(1)
