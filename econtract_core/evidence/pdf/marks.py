"""The visible mark (記名押印) of a signature: where it stands and what it may be made of (ISO 32000-2 12.5.5, 12.7.5.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.budget import Budget, TooMuch
from econtract_core.evidence.pdf.inspect.geometry import Box, box_of
from econtract_core.evidence.pdf.inspect.pages import Leaf, page_leaves, text_under
from econtract_core.evidence.pdf.reading import dictionary_of, look, resolve

_MOST_PARTS = 2_000
_HIDDEN_OR_UNSEEN = 1 | 2 | 32  # invisible, hidden, not viewed
_NEVER = frozenset({"/A", "/AA", "/OC", "/OPI", "/Ref", "/PS", "/JS", "/Next", "/Alternates", "/AF"})
_UPWARDS = frozenset({"/P", "/Parent", "/V", "/StructParent", "/StructParents"})


class MarkProblem(Exception):
    """Why it is no mark of a signature."""


@dataclass(frozen=True)
class Mark:
    """`box`: left, bottom, right, top in points, in the page's own coordinates (before /Rotate), within what the page shows.
    `over_text`: text that could be read before lies under it, as far as can be told."""

    page: int
    box: tuple[float, float, float, float]
    over_text: bool


def widgets_of(field: Any) -> list[Any]:
    """The field itself where it is its own widget, and its kids."""
    kids = look(field, "/Kids")
    return [field, *(resolve(kid) for kid in (list.copy(kids)[:100] if isinstance(kids, list) else ()))]


def mark_of(root: Any, field: Any, is_new: Callable[[Any], bool]) -> tuple[Mark, ...]:
    """The mark of a signature field, none where it shows nothing. `is_new`: whether an object (by reference) came with the
    signature. Raises MarkProblem, and what pyHanko raises."""
    shown = [w for w in widgets_of(field) if isinstance(w, generic.DictionaryObject) and _has_area(w)]
    if not shown:
        return ()
    if len(shown) > 1:
        raise MarkProblem("the signature has several marks")
    widget = shown[0]
    flags = look(widget, "/F", 0)
    if not isinstance(flags, int) or flags & _HIDDEN_OR_UNSEEN:
        raise MarkProblem("the signature's mark is hidden")
    _check_parts(widget, is_new)
    leaf, visible = _page_of(root, widget)
    box = box_of(widget, "/Rect")
    if box is None or not (
        visible.x0 <= box.x0 and visible.y0 <= box.y0 and box.x1 <= visible.x1 and box.y1 <= visible.y1
    ):
        raise MarkProblem("the signature's mark does not lie within its page")
    try:
        over_text = text_under(leaf, box)
    except TooMuch:
        over_text = True
    return (Mark(leaf.number, tuple(box), over_text),)  # type: ignore[arg-type]


def _has_area(widget: Any) -> bool:
    raw = look(widget, "/Rect")
    if raw is None:
        return False
    box = box_of(widget, "/Rect")
    if box is None:
        raise MarkProblem("the signature's rectangle")
    return box.area > 0


def _check_parts(widget: Any, is_new: Callable[[Any], bool]) -> None:
    """One normal appearance, and nothing in it that was there before, acts, or lies elsewhere."""
    appearances = dictionary_of(widget, "/AP")
    if appearances is None or set(appearances) != {"/N"}:
        raise MarkProblem("the signature's mark has no appearance of its own, or several")
    normal = look(appearances, "/N")
    if not isinstance(normal, generic.StreamObject) or look(normal, "/Subtype") != "/Form":
        raise MarkProblem("the signature's mark is no form")
    budget = Budget(steps=_MOST_PARTS)
    waiting: list[Any] = [value for key, value in dict.items(widget) if key not in _UPWARDS]
    if _NEVER & set(widget):
        raise MarkProblem("the signature's mark acts, or belongs to a layer")
    seen: set[Any] = set()
    try:
        while waiting:
            budget.spend(1)
            raw = waiting.pop()
            if isinstance(raw, generic.IndirectObject):
                if raw.reference in seen:
                    continue
                seen.add(raw.reference)
                if not is_new(raw.reference):
                    raise MarkProblem("the signature's mark is made of what was there before")
            value = resolve(raw)
            if isinstance(value, generic.DictionaryObject):
                _check_part(value)
                waiting += [v for key, v in dict.items(value) if key not in _UPWARDS]
            elif isinstance(value, list):
                waiting += list.copy(value)
    except TooMuch:
        raise MarkProblem("the signature's mark has too many parts") from None


def _check_part(value: Any) -> None:
    if _NEVER & set(value) or (isinstance(value, generic.StreamObject) and "/F" in value):
        raise MarkProblem("the signature's mark acts, belongs to a layer or lies in another file")
    if look(value, "/Type") in ("/Page", "/Pages", "/Catalog", "/Action") or look(value, "/Subtype") == "/PS":
        raise MarkProblem("the signature's mark is made of something else than a picture")


def _page_of(root: Any, widget: Any) -> tuple[Leaf, Box]:
    """The one page that lists the widget. `/P` alone is only what the widget says of itself."""
    found: list[Leaf] = []
    for leaf in page_leaves(root):
        listed = look(leaf.dictionary, "/Annots")
        if isinstance(listed, list) and any(resolve(item) is widget for item in list.copy(listed)):
            found.append(leaf)
    if len(found) != 1:
        raise MarkProblem(f"the signature's mark stands on {len(found)} pages")
    visible = found[0].visible
    if visible is None:
        raise MarkProblem("the signature's mark stands on a page without area")
    return found[0], visible
