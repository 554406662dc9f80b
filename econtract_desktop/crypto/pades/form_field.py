"""The place that a form keeps for a signature: an empty signature field (ISO 32000-2 12.7.5.5), where there is exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.reading import OpenPdf, look, resolve
from econtract_desktop.crypto.pades.appendix import Appendix

_PDF: Any = generic  # pyHanko's objects are only half typed
_KNOWN = frozenset(
    {"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/MK", "/DA", "/TU", "/TM", "/Border", "/BS", "/Q"}
)
_HIDDEN = 2 | 32  # Hidden, NoView
_MOST_FIELDS = 2_000
_LONGEST_NAME = 200


@dataclass(frozen=True)
class FormField:
    """`size` (points): how large its place is; 0 by 0 shows nothing. `page`: the page's reference."""

    name: str
    reference: Any
    page: Any
    size: tuple[float, float]

    @property
    def shows(self) -> bool:
        return min(self.size) > 0


def form_field(pdf: OpenPdf, appendix: Appendix) -> FormField | None:
    """The one empty signature field of a document that nobody has signed; None where there is none, or another than a plain one (with
    seed values, a lock, several widgets, hidden): ours stands beside it then."""
    fields = look(look(pdf.reader.root, "/AcroForm"), "/Fields")
    if not isinstance(fields, list) or len(fields) > _MOST_FIELDS or pdf.signatures():
        return None
    empty = [raw for raw in list.copy(fields) if look(resolve(raw), "/FT") == "/Sig"]
    if len(empty) != 1 or not isinstance(empty[0], generic.IndirectObject):
        return None
    field = resolve(empty[0])
    page = dict.get(field, "/P") if isinstance(field, dict) else None
    if not isinstance(field, generic.DictionaryObject) or set(field) - _KNOWN or look(field, "/Subtype") != "/Widget":
        return None
    box, name = look(field, "/Rect"), str(look(field, "/T", ""))
    if not isinstance(page, generic.IndirectObject) or not isinstance(box, list) or len(box) != 4:
        return None
    if (
        not 0 < len(name) <= _LONGEST_NAME
        or int(look(field, "/F", 0)) & _HIDDEN
        or look(appendix.now(page), "/Type") != "/Page"
    ):
        return None
    left, bottom, right, top = (float(v) for v in box)
    return FormField(name, empty[0], page, (abs(right - left), abs(top - bottom)))


def fill(appendix: Appendix, field: FormField, value: Any, picture: tuple[Any, tuple[float, float]] | None) -> None:
    """Put a signature into it. `picture`: a form XObject and its size (points), shown as large as the place allows, in its middle."""
    own = appendix.own(field.reference)
    own[_PDF.pdf_name("/V")] = value
    if picture is not None and field.shows:
        own[_PDF.pdf_name("/AP")] = _PDF.DictionaryObject({_PDF.pdf_name("/N"): _framed(appendix, field.size, picture)})
    form = dict.get(appendix.now(appendix.root), "/AcroForm")
    if look(appendix.now(form), "/SigFlags") == 3:
        return
    if isinstance(form, generic.IndirectObject):
        appendix.own(form)[_PDF.pdf_name("/SigFlags")] = _PDF.NumberObject(3)
        return
    copy = _PDF.DictionaryObject(dict(form or {}))
    copy[_PDF.pdf_name("/SigFlags")] = _PDF.NumberObject(3)
    appendix.own(appendix.root)[_PDF.pdf_name("/AcroForm")] = copy


def _framed(appendix: Appendix, size: tuple[float, float], picture: tuple[Any, tuple[float, float]]) -> Any:
    shown, (width, height) = picture
    scale = min(size[0] / width, size[1] / height)
    x, y = (size[0] - width * scale) / 2, (size[1] - height * scale) / 2
    drawn = f"q {scale:.5f} 0 0 {scale:.5f} {x:.3f} {y:.3f} cm /Mark Do Q".encode("ascii")
    inside = _PDF.DictionaryObject({_PDF.pdf_name("/Mark"): shown})
    entries = {
        "/Type": _PDF.pdf_name("/XObject"),
        "/Subtype": _PDF.pdf_name("/Form"),
        "/BBox": _PDF.ArrayObject([_PDF.FloatObject(v) for v in (0, 0, *size)]),
        "/Resources": _PDF.DictionaryObject({_PDF.pdf_name("/XObject"): inside}),
    }
    return appendix.add(_PDF.StreamObject({_PDF.pdf_name(k): v for k, v in entries.items()}, encoded_data=drawn))
