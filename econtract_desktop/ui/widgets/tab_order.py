"""Tab goes as the eye does. Qt's own order is the order in which widgets were made, and screens are made anew all the time."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QStackedWidget, QWidget


def in_reading_order(root: QWidget) -> list[QWidget]:
    """What Tab reaches inside `root`, as its layouts have it. A widget that takes the focus keeps its insides to itself."""
    found: list[QWidget] = []
    for child in _children(root):
        if not child.isVisible() or not child.isEnabled() or child.isWindow():
            continue
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(child)
        else:
            found += in_reading_order(child)
    return found


def move_focus(root: QWidget, *, forward: bool) -> bool:
    """The focus goes on by one inside `root`, round and round, and the place is scrolled into sight. False: there is none."""
    stops = in_reading_order(root)
    if not stops:
        return False
    here = root.window().focusWidget()
    at = next((i for i, stop in enumerate(stops) if _holds(stop, here)), None)
    if at is None:
        at = -1 if forward else len(stops)
    target = stops[(at + (1 if forward else -1)) % len(stops)]
    target.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    _bring_into_sight(target)
    return True


def _holds(stop: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and (focus is stop or stop.isAncestorOf(focus))


def _children(widget: QWidget) -> list[QWidget]:
    if isinstance(widget, QScrollArea):
        inside = widget.widget()
        return [inside] if inside is not None else []
    if isinstance(widget, QStackedWidget):
        shown = widget.currentWidget()
        return [shown] if shown is not None else []
    if isinstance(widget, QSplitter):
        return [part for at in range(widget.count()) if (part := widget.widget(at)) is not None]
    layout = widget.layout()
    laid = _of_layout(layout) if layout is not None else []
    # What stands in no layout (placed by hand) comes last.
    loose = [child for child in widget.children() if isinstance(child, QWidget) and child not in laid]
    return laid + loose


def _of_layout(layout: QLayout) -> list[QWidget]:
    found: list[QWidget] = []
    for at in range(layout.count()):
        item = layout.itemAt(at)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            found.append(widget)
        elif inner is not None:
            found += _of_layout(inner)
    return found


def _bring_into_sight(widget: QWidget) -> None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
