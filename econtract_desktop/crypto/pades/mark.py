"""The visible mark (記名押印) of a signature: where it stands, and how a one-page PDF becomes the widget's appearance."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.pictures import GreyPage, grey_page
from econtract_core.evidence.pdf.reading import look, resolve
from econtract_core.rules.errors import MarkDoesNotFit
from econtract_desktop.crypto.pades.appendix import Appendix
from econtract_desktop.ports.signer import Mark

_PDF: Any = generic  # pyHanko's objects are only half typed
_EDGE, _STEP = 28.0, 6.0  # points: kept free along the paper's edge; between two tries
_LEAST, _MOST = 12.0, 2_000.0
_MOST_OBJECTS = 500
Box = tuple[float, float, float, float]


def place(mark: Mark, size: tuple[float, float], file: Path, name: Path) -> Box:
    """The box for a mark of `size` (points): the wanted one with the mark's proportions, or the free place that is lowest and
    most to the right. Raises MarkDoesNotFit, NotAPdf."""
    try:
        page = grey_page(file, mark.page - 1 if mark.page > 0 else mark.page, name)
    except IndexError:
        raise MarkDoesNotFit(file=str(name), page=mark.page, problem="no such page") from None
    if mark.box is None:
        found = _free(page, size)
        if found is None:
            raise MarkDoesNotFit(file=str(name), page=mark.page, problem="no free place")
        return found
    box = _fitted(mark.box, size)
    left, bottom, right, top = box
    if left < 0 or bottom < 0 or right > page.width or top > page.height or right - left < _LEAST:
        raise MarkDoesNotFit(file=str(name), page=mark.page, problem="outside of the page, or too small")
    if not mark.over_text and not page.is_blank(*box):
        raise MarkDoesNotFit(file=str(name), page=mark.page, problem="something stands there")
    return box


def _free(page: GreyPage, size: tuple[float, float]) -> Box | None:
    width, height = size
    bottom = _EDGE
    while bottom + height <= page.height - _EDGE:
        left = page.width - _EDGE - width
        while left >= _EDGE:
            if page.is_blank(left - 3, bottom - 3, left + width + 3, bottom + height + 3):
                return left, bottom, left + width, bottom + height
            left -= _STEP
        bottom += _STEP
    return None


def _fitted(box: Box, size: tuple[float, float]) -> Box:
    """The largest box of the mark's proportions inside the wanted one, in its middle."""
    left, bottom, right, top = box
    scale = min((right - left) / size[0], (top - bottom) / size[1])
    width, height = size[0] * scale, size[1] * scale
    x, y = (left + right - width) / 2, (bottom + top - height) / 2
    return x, y, x + width, y + height


class Appearance:
    """A one-page PDF of ours, read to be put into other documents. One thread."""

    def __init__(self, picture: bytes) -> None:
        with guarded("mark"):
            self._reader = PdfFileReader(BytesIO(picture))
            page = look(look(self._reader.root, "/Pages"), "/Kids")[0]
            self._page = resolve(page)
            box = [float(v) for v in look(self._page, "/MediaBox")]
        self.size = (box[2] - box[0], box[3] - box[1])

    def put_into(self, appendix: Appendix, turned: int) -> Any:
        """The reference of a form XObject that shows the mark upright on a page that is shown turned by so many degrees."""
        content = look(self._page, "/Contents")
        entries = {
            "/Type": _PDF.pdf_name("/XObject"),
            "/Subtype": _PDF.pdf_name("/Form"),
            "/BBox": _PDF.ArrayObject([_PDF.FloatObject(v) for v in (0, 0, *self.size)]),
            "/Resources": self._copied(appendix, dict.get(self._page, "/Resources"), {}),
        }
        if turned:
            cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turned]
            matrix = (cosine, sine, -sine, cosine, 0, 0)
            entries["/Matrix"] = _PDF.ArrayObject([_PDF.NumberObject(v) for v in matrix])
        form = {_PDF.pdf_name(key): value for key, value in entries.items()}
        for key in ("/Filter", "/DecodeParms"):
            if key in content:
                form[_PDF.pdf_name(key)] = dict.get(content, key)
        return appendix.add(_PDF.StreamObject(form, encoded_data=content.encoded_data))

    def _copied(self, appendix: Appendix, value: Any, known: dict[int, Any]) -> Any:
        if isinstance(value, generic.IndirectObject):
            if value.idnum not in known and len(known) < _MOST_OBJECTS:
                known[value.idnum] = appendix.reserve()
                appendix.put(known[value.idnum], self._copied(appendix, resolve(value), known))
            return known[value.idnum]
        if isinstance(value, generic.DictionaryObject):
            entries = {
                _PDF.pdf_name(k): self._copied(appendix, v, known) for k, v in dict.items(value) if k != "/Parent"
            }
            if isinstance(value, generic.StreamObject):
                return _PDF.StreamObject(entries, encoded_data=value.encoded_data)
            return _PDF.DictionaryObject(entries)
        if isinstance(value, list):
            return _PDF.ArrayObject([self._copied(appendix, item, known) for item in list.copy(value)])
        return value


def turned(appendix: Appendix, page: Any) -> int:
    """By how many degrees a page is shown turned."""
    return int(_inherited(appendix, page, "/Rotate") or 0) % 360


def on_paper(appendix: Appendix, page: Any, box: Box) -> tuple[Box, int]:
    """(the box in the page's own coordinates, how the page is turned): `box` is as the page is shown."""
    left, bottom, right, top = _shown(appendix, page)
    angle = turned(appendix, page)
    width, height = right - left, top - bottom
    corners = [_back(x, y, width, height, angle) for x, y in ((box[0], box[1]), (box[2], box[3]))]
    xs, ys = sorted(c[0] for c in corners), sorted(c[1] for c in corners)
    return (left + xs[0], bottom + ys[0], left + xs[1], bottom + ys[1]), angle


def _back(x: float, y: float, width: float, height: float, turned: int) -> tuple[float, float]:
    """A point as it is shown, in the unturned page."""
    if turned == 90:
        return width - y, x
    if turned == 180:
        return width - x, height - y
    if turned == 270:
        return y, height - x
    return x, y


def _shown(appendix: Appendix, page: Any) -> Box:
    """The part of the paper that is shown: CropBox within MediaBox (ISO 32000-2 14.11.2)."""
    media = _box(_inherited(appendix, page, "/MediaBox")) or (0.0, 0.0, 612.0, 792.0)
    crop = _box(_inherited(appendix, page, "/CropBox"))
    if crop is None:
        return media
    return max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])


def _box(value: Any) -> Box | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    a, b, c, d = (float(v) for v in value)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _inherited(appendix: Appendix, page: Any, key: str) -> Any:
    node = appendix.now(page)
    for _ in range(64):
        value = appendix.now(dict.get(node, key)) if isinstance(node, dict) else None
        if value is not None or not isinstance(node, dict) or "/Parent" not in node:
            return value
        node = appendix.now(dict.get(node, "/Parent"))
    return None
