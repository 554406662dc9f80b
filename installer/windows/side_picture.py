"""The picture beside the set-up's first and last page: `python installer/windows/side_picture.py OUT.bmp`"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
WIDTH, HEIGHT = 164 * 2, 314 * 2  # twice what the page shows, for 200 %
MARK = 64 * 2


def draw() -> QImage:
    """The program's own colour, with the sign of a signed document. Needs a QGuiApplication."""
    tokens = json.loads((RESOURCES / "styles" / "tokens.json").read_text("utf-8"))
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB888)
    image.fill(QColor(tokens["primary"]["light"]))
    svg = (RESOURCES / "icons" / "document_checkmark_24_regular.svg").read_text("utf-8")
    renderer = QSvgRenderer(svg.replace("<path ", '<path fill="#ffffff" ').encode())
    painter = QPainter(image)
    renderer.render(painter, QRectF((WIDTH - MARK) / 2, HEIGHT / 5, MARK, MARK))
    painter.end()
    return image


def main(arguments: list[str]) -> int:
    application = QGuiApplication(["side_picture", "-platform", "offscreen"])
    done = draw().save(arguments[0], "BMP")  # type: ignore[call-overload]
    application.shutdown()
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
