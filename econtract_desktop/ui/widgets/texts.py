"""Text on the screen: single lines by role, and prose with room between its lines."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

_PIXELS = {"hint": 13, "error": 13, "lead": 16, "row-title": 16, "section-title": 18}  # of app.qss.in, where not 14
_JOINER = "\N{WORD JOINER}"


def line(text: str, role: str = "body", parent: QWidget | None = None) -> QLabel:
    """One line; `role` is a name of the type scale in app.qss.in. Never interpreted as markup."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setMinimumHeight(
        {"page-title": 36, "empty-title": 42, "verdict": 36, "dialog-title": 30, "section-title": 27}.get(role, 22)
    )
    return label


def together(text: str) -> str:
    """A date or an amount that must not break over two lines."""
    return _JOINER.join(text.replace(" ", "\N{NO-BREAK SPACE}"))


class Prose(QLabel):
    """Wrapping text with a line height in percent: QLabel alone sets BIZ UDPGothic without any space between lines."""

    def __init__(self, text: str = "", role: str = "body", percent: int = 160, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._percent = percent
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setProperty("role", role)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        # Qt puts the extra room under each line: half of it belongs above, or the words stand too high in their row.
        shift = round(_PIXELS.get(role, 14) * (percent - 100) / 200)
        self.setContentsMargins(0, shift, 0, -shift)
        self.say(text)

    def say(self, text: str) -> None:
        """Show other words."""
        paragraphs = "".join(
            f'<p style="line-height:{self._percent}%; margin:0">{escape(part)}</p>' for part in text.split("\n")
        )
        self.setText(paragraphs)
        self.setAccessibleName(text.replace(_JOINER, ""))
