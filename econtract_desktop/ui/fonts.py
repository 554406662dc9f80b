"""The interface's own fonts, so that every PC shows the same glyphs: BIZ UDPGothic; Noto Serif JP only where asked for."""

from __future__ import annotations

from importlib import resources

from PySide6.QtGui import QFont, QFontDatabase

from econtract_desktop.ui.constants_kept import keep_constants

FAMILY = "BIZ UDPGothic"
SERIF = "Noto Serif JP"


def load_interface_font() -> None:
    """Register both weights of the interface's font. GUI thread, once, before the first widget."""
    keep_constants()
    for name in ("BIZUDPGothic_400Regular.ttf", "BIZUDPGothic_700Bold.ttf"):
        with resources.as_file(resources.files("resources") / "fonts" / name) as path:
            QFontDatabase.addApplicationFont(str(path))


def interface_font(pixels: int = 14, *, bold: bool = False) -> QFont:
    """A font of the type scale, in logical pixels (the screen's scale is Qt's business)."""
    font = QFont(FAMILY)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    return font
