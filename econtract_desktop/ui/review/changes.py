"""What changed between two versions of a document, line by line, from the text PDFium reads out of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from econtract_desktop.ui.widgets.page_view import Mark
from econtract_desktop.ui.widgets.pages import TextLine

_SHORT = 28
_WHOLE = "0123456789,.年月日令和平成円%第版"  # what dates, amounts and numbers of versions are made of
_INSIDE = re.compile(rf"(?<=[{_WHOLE}]) (?=[{_WHOLE}])(?!第)")  # a space that only setting the type put there


@dataclass(frozen=True)
class Changed:
    """One changed place. `old` or `new` is empty where something was added or taken out; `page` counts from 0."""

    number: int
    page: int
    old: str
    new: str


@dataclass(frozen=True)
class Changes:
    """All of them, with the boxes to mark."""

    places: tuple[Changed, ...]
    marks: tuple[Mark, ...]


def compare(old: tuple[TextLine, ...], new: tuple[TextLine, ...]) -> Changes:
    """Numbered in the order of the new version. A place that was only taken out is marked at the line that follows it."""
    matcher = SequenceMatcher(None, [line.text for line in old], [line.text for line in new], autojunk=False)
    places: list[Changed] = []
    marks: list[Mark] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            continue
        number = len(places) + 1
        here = new[k:m] or new[k : k + 1] or new[-1:]
        before, after = _differing(_joined(old[i:j]), _joined(new[k:m]))
        places.append(Changed(number, here[0].page if here else 0, before, after))
        marks += [Mark(line.page, line.box, number) for line in here]
    return Changes(tuple(places), tuple(marks))


def _joined(lines: tuple[TextLine, ...]) -> str:
    return _INSIDE.sub("", " ".join(line.text for line in lines))


def _differing(old: str, new: str) -> tuple[str, str]:
    """Both without what they begin and end with alike, but dates and amounts kept whole; cut to a line."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    while start and old[start - 1] in _WHOLE:
        start -= 1
    while end and old[len(old) - end] in _WHOLE:
        end -= 1
    return _cut(old[start : len(old) - end]), _cut(new[start : len(new) - end])


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
