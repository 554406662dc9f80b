"""What each page shows and what it holds without showing it: its contents, then its annotations as they lie over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.budget import Budget, TooMuch
from econtract_core.evidence.pdf.inspect.canvas import Canvas
from econtract_core.evidence.pdf.inspect.content import Page, Painter
from econtract_core.evidence.pdf.inspect.fonts import Face
from econtract_core.evidence.pdf.inspect.geometry import Box, Matrix, box_of, box_under, matrix_of
from econtract_core.evidence.pdf.inspect.graphics import Names, State
from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.inspect.streams import Unreadable, decoded
from econtract_core.evidence.pdf.reading import dictionary_of, look, resolve

_LETTER = Box(0, 0, 612, 792)
_MOST_STREAMS = 10_000
_MOST_ANNOTATIONS = 20_000
_HIDDEN, _NO_VIEW = 2, 32
_NOT_DRAWN = frozenset({"/Popup", "/Link"})
_LEAST = 1.0  # points a page must have to be seen


@dataclass(frozen=True)
class Leaf:
    """A page as the page tree has it, with what it inherits (ISO 32000-2 7.7.3.4)."""

    number: int
    dictionary: Any
    inherited: dict[str, Any]

    def entry(self, key: str) -> Any:
        value = look(self.dictionary, key)
        return value if value is not None else self.inherited.get(key)


@dataclass(frozen=True)
class Widget:
    """A form field's widget as it is shown. `says`: its text; None where that cannot be told."""

    dictionary: Any
    where: str
    says: str | None


class Pages:
    """Reads pages one after the other, within one budget for the document."""

    def __init__(self, report: Report, hidden_layers: frozenset[Any]) -> None:
        self.widgets: list[Widget] = []
        self._report = report
        self._hidden = hidden_layers
        self._budget = Budget()
        self._faces: dict[int, Face] = {}
        self._read_all = True

    def read(self, leaf: Leaf) -> None:
        """Look at one page. When the budget is used up it is told once, and further pages are not read."""
        if not self._read_all:
            return
        where = f"page {leaf.number}"
        visible = self._visible(leaf, where)
        canvas = Canvas(visible, self._budget)
        troubles: dict[str, None] = {}
        page = Page(canvas, self._budget, self._faces, self._hidden, lambda what: troubles.setdefault(what))
        try:
            self._contents(leaf, page)
            self._annotations(leaf, page, where)
        except TooMuch:
            self._read_all = False
            troubles.setdefault("too much")
        for trouble in list(troubles)[:3]:
            self._report.find("content-not-read", where, problem=trouble)
        for code, seen in canvas.result().items():
            self._report.find(code, where, count=str(seen.count), box=str(seen.box))
        self._under_fields(canvas, where)

    def _visible(self, leaf: Leaf, where: str) -> Box:
        """The part of the page a viewer shows (14.11.2)."""
        media = box_of({"/B": leaf.entry("/MediaBox")}, "/B") or _LETTER
        crop = box_of({"/B": leaf.entry("/CropBox")}, "/B")
        visible = media if crop is None else crop.overlap(media)
        if visible is None or visible.x1 - visible.x0 < _LEAST or visible.y1 - visible.y0 < _LEAST:
            self._report.find("page-without-area", where)
            return _LETTER
        return visible

    def _contents(self, leaf: Leaf, page: Page) -> None:
        contents = look(leaf.dictionary, "/Contents")
        streams = [resolve(s) for s in list.copy(contents)[:_MOST_STREAMS]] if isinstance(contents, list) else [contents]
        parts = []
        for stream in streams:
            if isinstance(stream, generic.StreamObject):
                try:
                    parts.append(decoded(stream, self._budget))
                except Unreadable as reason:
                    page.trouble(str(reason))
        Painter(page, leaf.entry("/Resources"), State()).run(b"\n".join(parts))

    # --- annotations ---

    def _annotations(self, leaf: Leaf, page: Page, where: str) -> None:
        listed = look(leaf.dictionary, "/Annots")
        entries = list.copy(listed)[:_MOST_ANNOTATIONS] if isinstance(listed, list) else []
        for index, raw in enumerate(entries):
            annotation = resolve(raw)
            if isinstance(annotation, generic.DictionaryObject):
                self._budget.spend(20)
                self._annotation(annotation, index, page, where)
        page.canvas.owner = ""

    def _annotation(self, annotation: Any, index: int, page: Page, where: str) -> None:
        kind, flags = look(annotation, "/Subtype"), look(annotation, "/F", 0)
        if kind in _NOT_DRAWN or (isinstance(flags, int) and flags & (_HIDDEN | _NO_VIEW)):
            return
        if Names(None, {}, self._budget, self._hidden).is_off(dict.get(annotation, "/OC")):
            return
        appearance = _normal_appearance(annotation)
        box = box_of(annotation, "/Rect")
        if appearance is None or box is None or box.area == 0:
            return
        canvas = page.canvas
        canvas.owner = f"{'field' if kind == '/Widget' else 'annotation'} {index}"
        canvas.words = []
        Painter(page, None, State(_placing(appearance, box), box)).form(appearance)
        if kind == "/Widget":
            says = "".join(word or "" for word in canvas.words) if None not in canvas.words else None
            self.widgets.append(Widget(annotation, where, says))

    def _under_fields(self, canvas: Canvas, where: str) -> None:
        for upper, lower in canvas.covered_by.items():
            if upper.startswith("field ") and any(name.startswith("field ") for name in lower):
                self._report.find("field-under-field", where)


def _normal_appearance(annotation: Any) -> Any:
    """The appearance stream that is shown (12.5.5), None where there is none."""
    forms = dictionary_of(annotation, "/AP")
    normal = look(forms, "/N") if forms is not None else None
    if isinstance(normal, generic.DictionaryObject) and not isinstance(normal, generic.StreamObject):
        state = look(annotation, "/AS")
        normal = look(normal, state) if isinstance(state, str) else None
    return normal if isinstance(normal, generic.StreamObject) else None


def _placing(appearance: Any, rect: Box) -> Matrix:
    """What puts the appearance's box, under its own matrix, into the annotation's rectangle (12.5.5, algorithm)."""
    bounds = box_of(appearance, "/BBox")
    if bounds is None or bounds.area == 0:
        return (1.0, 0.0, 0.0, 1.0, rect.x0, rect.y0)
    around = box_under(matrix_of(appearance, "/Matrix"), bounds)
    wide, high = around.x1 - around.x0, around.y1 - around.y0
    if wide <= 0 or high <= 0:
        return (1.0, 0.0, 0.0, 1.0, rect.x0, rect.y0)
    a, d = (rect.x1 - rect.x0) / wide, (rect.y1 - rect.y0) / high
    return (a, 0.0, 0.0, d, rect.x0 - around.x0 * a, rect.y0 - around.y0 * d)
