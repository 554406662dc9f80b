"""A table of rows with badges, links and right-aligned numbers: QTableView and one painting delegate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import BadgeModel

Index = QModelIndex | QPersistentModelIndex
_BADGE_PAD = 9


@dataclass(frozen=True)
class Column:
    """`width` in pixels, 0 = shares what is left (`stretch` parts of it); `right` for numbers."""

    title: str
    width: int = 0
    stretch: int = 1
    right: bool = False


@dataclass(frozen=True)
class Cell:
    """`kind`: text, strong, support or link. `icon`: a 20 px icon before the text. `below`: a second, smaller line. `wraps`: two
    lines where one is too short. A badge stands alone."""

    text: str = ""
    kind: str = "text"
    icon: str = ""
    badge: BadgeModel | None = None
    below: str = ""
    wraps: bool = False

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        words = self.badge.text if self.badge is not None else self.text
        return f"{words}, {self.below}" if self.below else words


Rows = tuple[tuple[Cell, ...], ...]


class RowsModel(QAbstractTableModel):
    """Rows of cells."""

    def __init__(self, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: Rows = ()

    def show_rows(self, rows: Rows) -> None:
        """Replace everything."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Flat."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Fixed."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The cell itself under UserRole, its words for reading aloud."""
        cell = self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return cell
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return cell.spoken
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Titles; numbers' titles stand right as the numbers do."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.columns[section].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class RowDelegate(QStyledItemDelegate):
    """Paints a cell: words, link, icon or badge, the row's ground, line and focus."""

    def __init__(self, look: Look, table: DataTable) -> None:
        super().__init__(table)
        self._look = look
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows have the table's height."""
        return QSize(80, self._table.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt asks."""
        cell = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        current = self._table.currentIndex().row() == index.row() and self._table.hasFocus()
        painter.save()
        if index.row() == self._table.hovered or current:
            painter.fillRect(rect, self._look.color("raised"))
        if index.row() + 1 < index.model().rowCount():
            painter.setPen(QPen(self._look.color("line-soft"), 1))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if isinstance(cell, Cell):
            self._cell(
                painter,
                QRectF(rect).adjusted(self._table.pad if index.column() == 0 else 12, 0, -12, 0),
                cell,
                right=self._right(index),
            )
        if current and self._table.by_key:
            self._focus(painter, rect, index)
        painter.restore()

    def _right(self, index: Index) -> bool:
        model = self._table.rows_model
        return model.columns[index.column()].right

    def _cell(self, painter: QPainter, rect: QRectF, cell: Cell, *, right: bool) -> None:
        if cell.badge is not None:
            paint_badge(painter, self._look, rect, cell.badge)
            return
        if cell.icon:
            box = QRectF(rect.left(), rect.center().y() - 10, 20, 20)
            self._look.icons.draw(painter, box, cell.icon, "text2")
            rect = rect.adjusted(36, 0, 0, 0)
        font = interface_font(14, bold=cell.kind == "strong")
        font.setUnderline(cell.kind == "link")
        painter.setFont(font)
        token = {"support": "text2", "link": "primary"}.get(cell.kind, "text")
        painter.setPen(self._look.color(token))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        lines = _two_lines(cell.text, QFontMetrics(font), int(rect.width())) if cell.wraps else [cell.text]
        for i, text in enumerate(lines):
            shift = 22 * i - 11 * (len(lines) - 1) - (10 if cell.below else 0)
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()) + 1)
            painter.drawText(rect.translated(0, shift), side | Qt.AlignmentFlag.AlignVCenter, shown)
        if cell.below:
            small = interface_font(13)
            painter.setFont(small)
            painter.setPen(self._look.color("text2"))
            shown = QFontMetrics(small).elidedText(cell.below, Qt.TextElideMode.ElideRight, int(rect.width()) + 1)
            painter.drawText(rect.translated(0, 11), side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _focus(self, painter: QPainter, rect: QRect, index: Index) -> None:
        last = index.model().columnCount() - 1
        painter.setPen(QPen(self._look.color("foc-out"), 2))
        inner: QColor = self._look.color("foc-in")
        for inset, pen in ((1, None), (3, inner)):
            if pen is not None:
                painter.setPen(QPen(pen, 2))
            box = rect.adjusted(
                inset if index.column() == 0 else 0, inset, -inset if index.column() == last else 0, -inset
            )
            painter.drawLine(box.topLeft(), box.topRight())
            painter.drawLine(box.bottomLeft(), box.bottomRight())
            if index.column() == 0:
                painter.drawLine(box.topLeft(), box.bottomLeft())
            if index.column() == last:
                painter.drawLine(box.topRight(), box.bottomRight())


def _two_lines(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """`text` broken once where it is wider than `width` pixels: at a space where there is one near, else anywhere."""
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    fits = next(n for n in range(len(text), 0, -1) if n == 1 or metrics.horizontalAdvance(text[:n]) <= width)
    space = text.rfind(" ", fits // 2, fits + 1)
    at = space if space > 0 else fits
    return [text[:at], text[at:].lstrip()]


def paint_badge(painter: QPainter, look: Look, rect: QRectF, badge: BadgeModel) -> None:
    """A badge at the left of `rect`, in its middle."""
    font = interface_font(13, bold=True)
    room = 22 if badge.icon else 0
    wide = min(QFontMetrics(font).horizontalAdvance(badge.text) + 2 * _BADGE_PAD + room + 1, rect.width())
    box = QRectF(rect.left(), rect.center().y() - 12, wide, 24)
    ground, words = ("neu-bg", "text2") if badge.tone == "neutral" else (f"{badge.tone}-bg", badge.tone)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(look.theme.name("frame")), 1))
    painter.setBrush(look.color(ground))
    painter.drawRoundedRect(box, 4, 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if badge.icon:
        look.icons.draw(painter, QRectF(box.left() + _BADGE_PAD, box.top() + 4, 16, 16), badge.icon, words)
    painter.setFont(font)
    painter.setPen(look.color(words))
    shown = QFontMetrics(font).elidedText(
        badge.text, Qt.TextElideMode.ElideRight, int(box.width() - 2 * _BADGE_PAD - room) + 1
    )
    painter.drawText(box.adjusted(_BADGE_PAD + room, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter, shown)


class DataTable(QTableView):
    """`opened(row)` on click, Enter or Space. `fit` makes it as high as its rows, so that the page scrolls, not the table."""

    opened = Signal(int)

    def __init__(
        self,
        look: Look,
        columns: Sequence[Column],
        *,
        row_height: int = 48,
        fit: bool = True,
        framed: bool = False,
        says: str = "",
    ) -> None:
        """`framed`: it fills a panel, so its words keep 20 px from the frame. `says`: its name for screen readers."""
        super().__init__()
        self.row_height = row_height
        self.hovered = -1
        self.by_key = False
        self._fit = fit
        self.pad = 20 if framed else 12
        self.setProperty("framed", framed)
        self.rows_model = RowsModel(columns, self)
        self.setModel(self.rows_model)
        self.setItemDelegate(RowDelegate(look, self))
        self.setAccessibleName(says)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(row_height)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setFixedHeight(37)
        head.setMinimumSectionSize(40)
        for i, column in enumerate(columns):
            head.setSectionResizeMode(i, QHeaderView.ResizeMode.Fixed)
            if column.width:
                self.setColumnWidth(i, column.width)
        if fit:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_rows(self, rows: Rows) -> None:
        """Replace the rows."""
        self.rows_model.show_rows(rows)
        if self._fit:
            self.setFixedHeight(self.horizontalHeader().height() + self.row_height * len(rows) + 2)

    def resizeEvent(self, event: object) -> None:
        """Columns without a width share the rest."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        columns = self.rows_model.columns
        rest = self.viewport().width() - sum(column.width for column in columns)
        parts = sum(column.stretch for column in columns if not column.width) or 1
        for i, column in enumerate(columns):
            if not column.width:
                self.setColumnWidth(i, max(rest * column.stretch // parts, 72))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the row."""
        self.by_key = True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        """Coming by keyboard marks the first row."""
        reason = event.reason() if hasattr(event, "reason") else Qt.FocusReason.OtherFocusReason
        self.by_key = reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.by_key and not self.currentIndex().isValid() and self.rows_model.rows:
            self.setCurrentIndex(self.rows_model.index(0, 0))
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The row under the pointer is raised."""
        row = self.indexAt(event.position().toPoint()).row()
        if row != self.hovered:
            self.hovered = row
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor)
            self.viewport().update()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens the row."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        self.by_key = False
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.opened.emit(index.row())

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self.hovered = -1
        self.viewport().update()
        super().leaveEvent(event)
