"""Pages of a PDF as grey pictures, by PDFium, which is not thread-safe: whoever calls it holds `PDFIUM`."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from econtract_core.rules.errors import NotAPdf

PDFIUM = threading.RLock()
_MOST_PIXELS = 4_000_000


@dataclass(frozen=True)
class GreyPage:
    """One page, white where nothing is drawn. `rows`: from the top, one byte a pixel. `scale`: pixels a point."""

    width: float
    height: float
    scale: float
    rows: tuple[bytes, ...]

    def is_blank(self, left: float, bottom: float, right: float, top: float) -> bool:
        """Nothing is drawn in this box (points from the lower left), as far as the picture shows."""
        columns = slice(max(0, int(left * self.scale)), int(right * self.scale) + 1)
        first, last = int((self.height - top) * self.scale), int((self.height - bottom) * self.scale) + 1
        return all(not row[columns].strip(b"\xff") for row in self.rows[max(0, first) : last])


@contextmanager
def pdfium(path: Path) -> Generator[None]:
    """Hold PDFium; its own errors become NotAPdf. Blocks while another thread has it."""
    import pypdfium2

    with PDFIUM:
        try:
            yield
        except (pypdfium2.PdfiumError, OSError, ValueError) as problem:
            raise NotAPdf(file=path.name, problem=type(problem).__name__) from None


def grey_page(path: Path, index: int, name: Path | None = None) -> GreyPage:
    """The page (0 is the first, -1 the last) as it is shown, with annotations and form fields, at 72 dots an inch. Raises
    NotAPdf where PDFium does not read it, IndexError where there is no such page. `name`: what errors call the file."""
    import pypdfium2

    with pdfium(name or path):
        document = pypdfium2.PdfDocument(path)
        try:
            if not -len(document) <= index < len(document):
                raise IndexError(index)
            document.init_forms()  # else widgets are not drawn, and an earlier mark is one
            page = document[index % len(document)]
            width, height = page.get_size()
            scale = min(1.0, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
            bitmap = page.render(scale=scale, grayscale=True)
            data, stride, columns = bytes(bitmap.buffer), bitmap.stride, bitmap.width
            rows = tuple(data[i * stride : i * stride + columns] for i in range(bitmap.height))
            bitmap.close()
            page.close()
        finally:
            document.close()
    return GreyPage(width, height, scale, rows)
