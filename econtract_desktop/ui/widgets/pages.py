"""Pages of a PDF as pictures and text, by PDFium. Called in the "pages" lane only, and one thread at a time with signing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from econtract_core.evidence.pdf.pictures import pdfium

if TYPE_CHECKING:
    import pypdfium2

# Some programs write 工 as the radical ⼯: the same sign to a reader, and so to a comparison.
_RADICALS = {point: unicodedata.normalize("NFKC", chr(point)) for point in range(0x2F00, 0x2FD6)}
_MOST_PIXELS = 24_000_000


@dataclass(frozen=True)
class PageSize:
    """In points (1/72 inch)."""

    width: float
    height: float


@dataclass(frozen=True)
class TextLine:
    """One line of a page: its words and its box (left, top, right, bottom) in points from the page's top left."""

    page: int
    text: str
    box: tuple[float, float, float, float]


class PdfPages:
    """One open PDF. Made, used and closed in the "pages" lane."""

    def __init__(self, path: Path) -> None:
        """Raises NotAPdf."""
        self._path = path
        with pdfium(path):
            import pypdfium2

            self._pdf: pypdfium2.PdfDocument = pypdfium2.PdfDocument(path)
            self.sizes = tuple(PageSize(*self._pdf.get_page_size(i)) for i in range(len(self._pdf)))

    def picture(self, page: int, scale: float) -> QImage:
        """The page at `scale` device pixels a point, as it is (annotations and form fields too). Raises NotAPdf."""
        size = self.sizes[page]
        scale = min(scale, (_MOST_PIXELS / max(size.width * size.height, 1)) ** 0.5)
        with pdfium(self._path):
            found = self._pdf[page]
            bitmap = found.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
            picture = QImage(
                bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB32
            ).copy()
            bitmap.close()
            found.close()
        return picture

    def lines(self) -> tuple[TextLine, ...]:
        """Every line of text, in reading order as the file has it. Raises NotAPdf."""
        with pdfium(self._path):
            return tuple(line for i in range(len(self._pdf)) for line in self._lines(i))

    def close(self) -> None:
        """Let the file go."""
        with pdfium(self._path):
            self._pdf.close()

    def _lines(self, number: int) -> list[TextLine]:
        page = self._pdf[number]
        text_page = page.get_textpage()
        height = self.sizes[number].height
        pieces = []
        for i in range(text_page.count_rects()):
            left, bottom, right, top = text_page.get_rect(i)
            words = text_page.get_text_bounded(left, bottom, right, top).strip().translate(_RADICALS)
            if words:
                pieces.append(TextLine(number, words, (left, height - top, right, height - bottom)))
        text_page.close()
        page.close()
        return _joined(pieces)


def _joined(pieces: list[TextLine]) -> list[TextLine]:
    """Pieces that stand beside each other on a line become one; columns with a wide gap between them stay apart."""
    lines: list[TextLine] = []
    for piece in pieces:
        before = lines[-1] if lines else None
        if before is None or not _beside(before.box, piece.box):
            lines.append(piece)
            continue
        a, b = before.box, piece.box
        gap = " " if b[0] - a[2] > (a[3] - a[1]) * 0.3 else ""
        box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        lines[-1] = TextLine(piece.page, before.text + gap + piece.text, box)
    return lines


def _beside(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    high = min(a[3] - a[1], b[3] - b[1])
    return overlap > high * 0.4 and -high < b[0] - a[2] < max(a[3] - a[1], b[3] - b[1]) * 1.5
