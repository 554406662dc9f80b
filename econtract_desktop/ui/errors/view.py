"""ErrorPanel: the stripe's colour says how grave it is, the words say the rest."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.errors.model import ErrorModel
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.badge import IconLabel
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.surfaces import column, row, surface
from econtract_desktop.ui.widgets.texts import Prose, line

_ICONS = {"err": "error_circle_20_filled", "warn": "warning_20_filled", "info": "info_20_filled"}


class ErrorPanel(QFrame):
    """One error. `acted` when its button is pressed; `closed` when it is put away."""

    acted = Signal()
    closed = Signal()

    def __init__(
        self, look: Look, texts: Texts, model: ErrorModel, *, primary: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._texts = texts
        self.model = model
        self.setObjectName("Panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(f"{model.title} {model.code}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        box = row(14, (25, 14, 22, 14), self)
        icon = "cloud_off_20_regular" if model.code.startswith("ED-NET") else _ICONS[model.tone]
        box.addWidget(IconLabel(look, icon, model.tone), 0, Qt.AlignmentFlag.AlignTop)
        words = column(6)
        head = row(12)
        title = Prose(model.title, "section-title", 130)
        title.setObjectName("error.title")
        head.addWidget(title, 1)
        code = line(model.code, "hint")
        code.setObjectName("error.code")
        code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head.addWidget(code, 0, Qt.AlignmentFlag.AlignTop)
        words.addLayout(head)
        words.addLayout(self._told())
        words.addSpacing(6)
        self._details = self._folded()
        words.addLayout(self._ways_on(primary))
        words.addWidget(self._details)
        box.addLayout(words, 1)

    def unfold(self) -> None:
        """Show the details."""
        self._more.setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The panel, then the stripe of 4 px inside its rounded edge."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 8, 8)
        painter.setClipPath(shape)
        painter.fillRect(QRectF(0, 0, 4, self.height()), self._look.color(self.model.tone))
        painter.end()

    def _told(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        rows = ((self._texts("panel.cause"), self.model.cause), (self._texts("panel.remedy"), self.model.remedy))
        for i, (name, text) in enumerate(rows):
            if text:
                label = Prose(name, "hint", 160)
                label.setWordWrap(False)
                label.setMinimumWidth(84)
                grid.addWidget(label, i, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(Prose(text, "body", 150), i, 1)
        return grid

    def _ways_on(self, primary: bool) -> QHBoxLayout:
        ways = row(12)
        if self.model.button:
            act = button(self.model.button, "primary" if primary else "secondary", "error.act")
            act.clicked.connect(self.acted)
            ways.addWidget(act)
        ways.addStretch(1)
        icon = self._look.icon("chevron_right_16_regular", "text2", ("chevron_down_16_regular", "text2"))
        more = button(self._texts("panel.details"), "quiet", "error.details", size="small", icon=icon)
        self._more = more
        more.setCheckable(True)
        more.toggled.connect(self._details.setVisible)
        copy_icon = self._look.icon("copy_16_regular", "primary")
        copy = button(self._texts("panel.copy"), "link", "error.copy", size="small", icon=copy_icon)
        copy.clicked.connect(lambda: self._copy(copy))
        put_away = button(self._texts("panel.close"), "quiet", "error.close", size="small")
        put_away.clicked.connect(self.closed)
        for each in (more, copy, put_away):
            ways.addWidget(each)
        return ways

    def _folded(self) -> QFrame:
        frame = surface("Details")
        inside = row(0, (14, 8, 14, 8), frame)
        text = Prose(self.model.details, "hint", 150)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside.addWidget(text)
        frame.hide()
        return frame

    def _copy(self, pressed: QWidget) -> None:
        QGuiApplication.clipboard().setText(self.model.copied)
        pressed.setProperty("copied", True)
        if hasattr(pressed, "setText"):
            pressed.setText(self._texts("panel.copied"))
