"""The status line: card, connection, outbox, timestamp, and the next maintenance."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from econtract_desktop.ui.look import Look
from econtract_desktop.ui.shell.model import Light
from econtract_desktop.ui.widgets.badge import IconLabel, StateDot
from econtract_desktop.ui.widgets.elided import Shrinking
from econtract_desktop.ui.widgets.surfaces import clear, row, rule


class StatusLine(QFrame):
    """32 high; every dot has its words."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[object, ...] = ()
        self.setObjectName("StatusLine")
        self.setFixedHeight(32)
        self._box = row(8, (16, 0, 16, 0), self)

    def show_lights(self, lights: tuple[Light, ...], maintenance: str) -> None:
        """Rebuilt only when something changed."""
        if self._shown == (lights, maintenance):
            return
        self._shown = (lights, maintenance)
        clear(self._box)
        for i, light in enumerate(lights):
            if i:
                line = rule("Line", vertical=True)
                line.setFixedHeight(16)
                self._box.addSpacing(6)
                self._box.addWidget(line)
                self._box.addSpacing(6)
            if light.icon:
                self._box.addWidget(IconLabel(self._look, light.icon, "text2", 16))
            elif light.tone != "none":
                dot = StateDot(self._look)
                dot.show_tone(light.tone)
                self._box.addWidget(dot)
            words = Shrinking(light.words, "status")
            words.setObjectName(f"status.{i}")
            self._box.addWidget(words)
        self._box.addStretch(1)
        if maintenance:
            self._box.addWidget(Shrinking(maintenance, "status"))
