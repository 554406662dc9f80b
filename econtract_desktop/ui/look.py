"""Look: what a widget needs to draw itself, handed down from the window to every view."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QIcon

from econtract_desktop.ui.icons import Icons
from econtract_desktop.ui.theme import Theme


@dataclass(frozen=True)
class Look:
    """Theme and icons together."""

    theme: Theme
    icons: Icons

    def color(self, token: str) -> QColor:
        """A token's colour now."""
        return self.theme.color(token)

    def icon(self, name: str, colour: str = "text", filled: tuple[str, str] | None = None) -> QIcon:
        """A tinted icon that follows the theme."""
        return self.icons.icon(name, colour, filled)
