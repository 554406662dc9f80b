"""What each page shows and what it holds without showing it: its contents, then its annotations as they lie over them."""

from __future__ import annotations

from collections.abc import Iterator
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
INHERITED = ("/Resources", "/MediaBox", "/CropBox")  # by a page from the nodes above it (7.7.3.4)
_MOST_STREAMS = 10_000
_MOST_NODES = 400_000  # of the page tree
_DEEPEST_TREE = 64
_MOST_ANNOTATIONS = 20_000
_HIDDEN, _NO_VIEW = 2, 32
_NOT_DRAWN = frozenset({"/Popup", "/Link"})
_STEPS_OF_A_PAGE = 100
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

    @property
    def visible(self) -> Box | None:
        """The part of the page a viewer shows (14.11.2); None where it has no area."""
        media = box_of({"/B": self.entry("/MediaBox")}, "/B") or _LETTER
        crop = box_of({"/B": self.entry("/CropBox")}, "/B")
        visible = media if crop is None else crop.overlap(media)
        if visible is None or visible.x1 - visible.x0 < _LEAST or visible.y1 - visible.y0 < _LEAST:
            return None
        return visible


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
        self._known: set[int] = set()  # a page that stands in the list twice is read once

    def read(self, leaf: Leaf) -> None:
        """Look at one page. When the budget is used up it is told once, and further pages are not read."""
        if not self._read_all or id(leaf.dictionary) in self._known:
            return
        self._known.add(id(leaf.dictionary))
        where = f"page {leaf.number}"
        visible = leaf.visible
        if visible is None:
            self._report.find("page-without-area", where)
        canvas = Canvas(visible or _LETTER, self._budget)
        troubles: dict[str, None] = {}
        page = Page(canvas, self._budget, self._faces, self._hidden, troubles.setdefault)
        try:
            self._budget.spend(_STEPS_OF_A_PAGE)
            _contents(leaf, page)
            self._annotations(leaf, page, where)
        except TooMuch:
            self._read_all = False
            troubles.setdefault("too much")
        for trouble in list(troubles)[:3]:
            self._report.find("content-not-read", where, problem=trouble)
        for code, seen in canvas.result().items():
            self._report.find(code, where, count=str(seen.count), box=str(seen.box))
        self._under_fields(canvas, where)

    # --- annotations ---

    def _annotations(self, leaf: Leaf, page: Page, where: str) -> None:
        listed = look(leaf.dictionary, "/Annots")
        entries = list.copy(listed)[:_MOST_ANNOTATIONS] if isinstance(listed, list) else []
        for index, raw in enumerate(entries):
            annotation = resolve(raw)
            if isinstance(annotation, generic.DictionaryObject):
                self._budget.spend(40)
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


def page_leaves(root: Any) -> Iterator[Leaf]:
    """The pages of a document in order. A tree that runs in circles is left where it closes."""
    waiting: list[tuple[Any, int, dict[str, Any]]] = [(dict.get(root, "/Pages"), 0, {})]
    number, steps = 0, 0
    above: set[Any] = set()
    while waiting and steps < _MOST_NODES:
        raw, depth, inherited = waiting.pop()
        steps += 1
        node = resolve(raw)
        if not isinstance(node, generic.DictionaryObject) or depth > _DEEPEST_TREE:
            continue
        kids = look(node, "/Kids")
        if not isinstance(kids, list):
            number += 1
            yield Leaf(number, node, inherited)
            continue
        name = getattr(raw, "reference", None)
        if name is not None and name in above:
            continue
        above.add(name)
        own = {key: value for key in INHERITED if (value := look(node, key)) is not None}
        waiting += [(kid, depth + 1, {**inherited, **own}) for kid in reversed(list.copy(kids)[:_MOST_NODES])]


def text_under(leaf: Leaf, box: Box) -> bool:
    """Whether text of the page (its contents; annotations are left out) stands where `box` is. Raises TooMuch."""
    budget = Budget()
    canvas = Canvas(leaf.visible or _LETTER, budget)
    page = Page(canvas, budget, {}, frozenset(), lambda _what: None)
    _contents(leaf, page)
    return any(run.box.overlap(box) is not None and not run.blank for run in canvas.readable())


def _contents(leaf: Leaf, page: Page) -> None:
    contents = look(leaf.dictionary, "/Contents")
    streams = [resolve(s) for s in list.copy(contents)[:_MOST_STREAMS]] if isinstance(contents, list) else [contents]
    parts = []
    for stream in streams:
        if isinstance(stream, generic.StreamObject):
            try:
                parts.append(decoded(stream, page.budget))
            except Unreadable as reason:
                page.trouble(str(reason))
    Painter(page, leaf.entry("/Resources"), State()).run(b"\n".join(parts))


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
