"""Looks for labels and buttons that are smaller than their words."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget


def cut_words(window: QWidget) -> list[str]:
    """Complaints. A line that may be elided (it has its whole text as tool tip) needs its height only."""
    found = []
    for widget in [*window.findChildren(QLabel), *window.findChildren(QAbstractButton)]:
        if not widget.isVisible() or not widget.text():
            continue
        elided = bool(widget.property("elided"))
        needed = widget.sizeHint()
        if isinstance(widget, QLabel) and widget.wordWrap():
            high, wide = widget.heightForWidth(widget.width()), widget.minimumSizeHint().width()
        else:
            high, wide = needed.height(), 0 if elided else needed.width()
        # QLabel's hint counts a pixel that its words do not use.
        if widget.width() < wide - 1 or widget.height() < high - 1:
            place = f"{widget.objectName()} {widget.text()[:40]!r}"
            found.append(f"{place}: {widget.width()}×{widget.height()}, needs {wide}×{high}")
    return found


def all_screens(scale: float) -> list[str]:
    """Every picture of the gallery, in both languages. Makes its own QApplication."""
    from econtract_desktop.texts import Texts
    from econtract_desktop.ui.fonts import load_interface_font
    from econtract_desktop.ui.gallery import SIZES
    from econtract_desktop.ui.gallery_shots import Studio
    from econtract_desktop.ui.icons import Icons
    from econtract_desktop.ui.look import Look
    from econtract_desktop.ui.theme import Theme

    app = QApplication([])
    load_interface_font()
    theme = Theme(app, "light")
    look = Look(theme, Icons(theme))
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        for language in ("ja", "en"):
            studio = Studio(look, Texts(language), SIZES[scale], Path(folder))
            for name in studio.names:
                shell, dialog = studio.build(name)
                for window in (shell, dialog):
                    if window is not None:
                        complaints += [f"{name} {language} {scale}: {complaint}" for complaint in cut_words(window)]
                        window.close()
            studio.close()
    return complaints
