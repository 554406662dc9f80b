"""Panels, thin lines, a scrolling page, and layouts with the spacing scale already set."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

Margins = tuple[int, int, int, int]
Box = TypeVar("Box", bound=QBoxLayout)


def column(spacing: int = 0, margins: Margins = (0, 0, 0, 0), parent: QWidget | None = None) -> QVBoxLayout:
    """A vertical layout."""
    return _set(QVBoxLayout(), spacing, margins, parent)


def row(spacing: int = 0, margins: Margins = (0, 0, 0, 0), parent: QWidget | None = None) -> QHBoxLayout:
    """A horizontal layout."""
    return _set(QHBoxLayout(), spacing, margins, parent)


def _set(layout: Box, spacing: int, margins: Margins, parent: QWidget | None) -> Box:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    if parent is not None:
        parent.setLayout(layout)
    return layout


def surface(name: str, parent: QWidget | None = None) -> QFrame:
    """A frame drawn by the style sheet under this object name: Panel, RaisedPanel, NextPanel, Bar …"""
    frame = QFrame(parent)
    frame.setObjectName(name)
    frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return frame


def rule(name: str = "RowLine", *, vertical: bool = False) -> QFrame:
    """A line of one pixel: RowLine between rows, Line between areas."""
    frame = surface(name)
    if vertical:
        frame.setFixedWidth(1)
    else:
        frame.setFixedHeight(1)
    return frame


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            # It keeps its parent until Qt deletes it: an orphan would be Python's, and might be freed by another thread.
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


class _Body(QWidget):
    """The scrolled part: its height follows from its width. What wrapping text would need at its narrowest is no minimum."""

    def minimumSizeHint(self) -> QSize:
        """Where text wraps, the scroll area asks for the height at the real width."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), 0) if self.hasHeightForWidth() else hint


class ScrollPage(QScrollArea):
    """A page that scrolls when the window is small. Put widgets into `body`."""

    def __init__(self, margins: Margins = (32, 20, 32, 24), spacing: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Scroll")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = _Body()
        inside.setObjectName("ScrollBody")
        inside.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.body = column(spacing, margins, inside)
        self.setWidget(inside)
