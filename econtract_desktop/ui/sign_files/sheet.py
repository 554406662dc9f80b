"""What the mark's page takes from PDFium: the page, the real mark, and whether something stands below it. "pages" lane only."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from econtract_core.evidence.pdf.pictures import grey_page
from econtract_core.rules.errors import MarkDoesNotFit
from econtract_desktop.ui.sign_files.model import Box
from econtract_desktop.ui.widgets.pages import PdfPages

_SCALE = 2.0


@dataclass(frozen=True)
class Sheet:
    """`number` from 1."""

    number: int
    pages: int
    width: float
    height: float
    picture: QImage


def sheet(file: Path, page: int) -> Sheet:
    """A page (1 is the first, -1 the last). Raises NotAPdf, MarkDoesNotFit where there is no such page."""
    pdf = PdfPages(file)
    try:
        count = len(pdf.sizes)
        index = page - 1 if page > 0 else count + page
        if not 0 <= index < count:
            raise MarkDoesNotFit(file=str(file), page=page, problem="no such page")
        size = pdf.sizes[index]
        return Sheet(index + 1, count, size.width, size.height, pdf.picture(index, _SCALE))
    finally:
        pdf.close()


def mark_picture(mark: bytes) -> tuple[QImage, float, float]:
    """The mark as it will stand there, and its size in points. Raises NotAPdf."""
    with tempfile.TemporaryDirectory(prefix="econtract-") as folder:
        file = Path(folder) / "mark.pdf"
        file.write_bytes(mark)
        pdf = PdfPages(file)
        try:
            return pdf.picture(0, 4.0), pdf.sizes[0].width, pdf.sizes[0].height
        finally:
            pdf.close()


def on_something(file: Path, page: int, box: Box) -> bool:
    """Whether words or lines stand where the mark would. Raises NotAPdf, MarkDoesNotFit."""
    try:
        found = grey_page(file, page - 1 if page > 0 else page)
    except IndexError:
        raise MarkDoesNotFit(file=str(file), page=page, problem="no such page") from None
    return not found.is_blank(*box)
