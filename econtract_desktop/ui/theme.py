"""Tokens → palette and style sheet, light, dark and high contrast, switched while the program runs.

The table is `resources/styles/tokens.json`, the sheet `app.qss.in` beside it, where `@name@` stands for a token. Painted
widgets ask `theme.color(name)` when they paint, so one repaint brings the new theme.
"""

from __future__ import annotations

import json
import re
from importlib import resources

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from econtract_desktop.ui.fonts import interface_font

MODES = ("system", "light", "dark", "contrast")
_COLUMN = {"light": "light", "dark": "dark", "contrast": "highContrast"}
_TOKEN = re.compile(r"@([a-z0-9-]+)@")


class Theme(QObject):
    """The colours now in force. GUI thread only."""

    changed = Signal()

    def __init__(self, app: QApplication, mode: str = "system") -> None:
        super().__init__()
        self._app = app
        styles = resources.files("resources") / "styles"
        self._table: dict[str, dict[str, str]] = json.loads((styles / "tokens.json").read_text(encoding="utf-8"))
        self._sheet = (styles / "app.qss.in").read_text(encoding="utf-8")
        self._mode = mode
        self._tokens: dict[str, str] = {}
        app.setStyle("Fusion")  # the one style that follows palette and sheet on every platform
        app.setFont(interface_font())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._system_changed)
        self._apply()

    @property
    def mode(self) -> str:
        """What was chosen: system, light, dark or contrast."""
        return self._mode

    @property
    def column(self) -> str:
        """What is shown: light, dark or contrast."""
        if self._mode != "system":
            return self._mode
        hints = QGuiApplication.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "contrast"
        return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    @property
    def dark(self) -> bool:
        """Is the ground darker than the text?"""
        return self.color("canvas").lightness() < 128

    def choose(self, mode: str) -> None:
        """Change the theme at once; an unknown name means `system`."""
        self._mode = mode if mode in MODES else "system"
        self._apply()
        self.changed.emit()

    def color(self, token: str) -> QColor:
        """A token's colour now. Raises KeyError for a name that is no token."""
        return QColor(self._tokens[token])

    def name(self, token: str) -> str:
        """A token's colour as #rrggbb."""
        return self._tokens[token]

    def sheet(self) -> str:
        """The style sheet with today's colours."""
        return _TOKEN.sub(lambda found: self._tokens[found.group(1)], self._sheet)

    def _system_changed(self) -> None:
        if self._mode == "system":
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        column = _COLUMN[self.column]
        self._tokens = {name: row[column] for name, row in self._table.items()}
        # Frames that only a theme without fills needs: in the other two they are as the ground and so not seen.
        self._tokens["frame"] = self._tokens["line"] if column == "highContrast" else "transparent"
        self._tokens["frame-primary"] = self._tokens["primary"] if column == "highContrast" else "transparent"
        self._app.setPalette(self._palette())
        self._app.setStyleSheet(self.sheet())

    def _palette(self) -> QPalette:
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, token in (
            (roles.Window, "canvas"),
            (roles.WindowText, "text"),
            (roles.Base, "field"),
            (roles.AlternateBase, "raised"),
            (roles.Text, "text"),
            (roles.PlaceholderText, "text3"),
            (roles.Button, "field"),
            (roles.ButtonText, "text"),
            (roles.ToolTipBase, "raised"),
            (roles.ToolTipText, "text"),
            (roles.Highlight, "primary"),
            (roles.HighlightedText, "primary-on"),
            (roles.Link, "primary"),
            (roles.LinkVisited, "primary"),
            (roles.Mid, "line"),
        ):
            palette.setColor(role, self.color(token))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("dis"))
        return palette
