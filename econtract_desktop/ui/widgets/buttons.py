"""Buttons by role: primary (one a screen), secondary, removal (takes something away), link, quiet, back, and icon buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget


def button(
    text: str, role: str = "secondary", name: str = "", *, size: str = "normal", icon: QIcon | None = None
) -> QPushButton:
    """A button; `name` is its object name, by which tests and scripts find it; `size` small, normal or large."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setProperty("grade", size)
    made.setObjectName(name)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    made.setAutoDefault(False)
    if icon is not None:
        made.setIcon(icon)
        # Wider than high: the drawing stands at the left, the rest is the room before the words.
        made.setIconSize(QSize(26, 20) if size != "small" else QSize(20, 16))
    return made


def icon_button(icon: QIcon, says: str, name: str = "", parent: QWidget | None = None) -> QToolButton:
    """A button that shows only a picture; `says` is its tool tip and what a screen reader speaks."""
    made = QToolButton(parent)
    made.setIcon(icon)
    made.setIconSize(QSize(20, 20))
    made.setToolTip(says)
    made.setAccessibleName(says)
    made.setObjectName(name)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def restyle(widget: QWidget) -> None:
    """Let the style sheet look again after a property has changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()
