"""Whether everybody who reads a file finds the same objects in it (ISO 32000-2 7.5.4, 7.5.8).

A cross-reference section that lists an object twice is read one way by one program and the other way by the next; an object that
no section lists is found by programs that mend what they take for broken. Both let a viewer show something else than was
compared. So what is appended after a signature must be plain: every object listed once, at its place, and nothing besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils.xref import XRefSectionType

from econtract_core.evidence.pdf.reading import OpenPdf

_SUBSECTION = re.compile(rb"\s*(\d{1,10})[ ]+(\d{1,10})[ ]*(?:\r\n|\n|\r)")
_ENTRY = re.compile(rb"\d{10} (\d{5}) ([nf])(?: \r| \n|\r\n|\n|\r)")
_TRAILER = re.compile(rb"\s*trailer")
_INDEX = re.compile(rb"/Index[\s\0]*\[([\d\s\0]*)\]")
_OBJ = re.compile(rb"obj(?![A-Za-z])")
_WORDS = (re.compile(rb"trailer(?![A-Za-z])"), re.compile(rb"startxref(?![A-Za-z])"))
_WHITE, _DIGITS, _MOST_DIGITS = b" \t\r\n\0\f\v", b"0123456789", 10
_LARGEST_SECTION = 64 << 20
_LONGEST_STREAM_HEAD = 4_096
_MOST_APPENDED = 64 << 20
_HIGHEST_GENERATION = 65_535
_TABLES = (XRefSectionType.STANDARD, XRefSectionType.HYBRID_MAIN)


@dataclass(frozen=True)
class _Appended:
    """What stands behind the first signature, by its place in the file: headers of objects with their number and generation, and
    the words of trailers. `listed`: what the cross-reference sections say."""

    headers: tuple[tuple[int, int, int], ...]
    trailers: tuple[int, ...]
    starts: tuple[int, ...]
    listed: dict[int, tuple[int, int]]


class Layout:
    """One file, looked at once. `start`: where the first signature's bytes end. Call it inside `guarded`."""

    def __init__(self, pdf: OpenPdf, start: int) -> None:
        self._pdf = pdf
        self._start = start
        self._sections: dict[int, str] = {}
        self._behind: _Appended | None = None

    def problem(self, end: int, last: int) -> str:
        """Why what is signed up to `end`, with revision `last`, can be read in several ways by now; "" where it cannot."""
        return self.sections() or self._unlisted(end, range(last + 1, self._pdf.reader.xrefs.total_revisions))

    def sections(self) -> str:
        """Why the cross-reference sections alone can be read in several ways; "" where they cannot."""
        return next((p for i in range(self._pdf.reader.xrefs.total_revisions) if (p := self._section(i))), "")

    # --- cross-reference sections ------------------------------------------------------------------------------------

    def _section(self, revision: int) -> str:
        if revision not in self._sections:
            section = self._pdf.reader.xrefs._xref_sections[revision]
            self._sections[revision] = self._ambiguous(section)
        return self._sections[revision]

    def _ambiguous(self, section: Any) -> str:
        meta, data = section.meta_info, section.xref_data
        if meta.xref_section_type not in _TABLES:
            return self._stream(meta.start_location)
        if meta.end_location - meta.start_location > _LARGEST_SECTION:
            return "a cross-reference section is too large"
        self._pdf.stream.seek(meta.start_location)
        problem, used = _table(self._pdf.stream.read(meta.end_location - meta.start_location))
        if problem or data.hybrid is None:
            return problem
        hidden = data.hybrid.xref_data
        if used & {*hidden.standard_xrefs, *hidden.xrefs_in_objstm}:
            return "a cross-reference section lists an object twice"
        return self._stream(data.hybrid.meta_info.start_location)

    def _stream(self, start: int) -> str:
        self._pdf.stream.seek(start)
        text = self._pdf.stream.read(_LONGEST_STREAM_HEAD).split(b"stream", 1)[0]
        if b"/Index" not in text and b"#" not in text:
            return ""
        found = _INDEX.findall(text)
        if len(found) != 1 or text.count(b"/Index") != 1 or any(sign in text for sign in (b"#", b"%")):
            return "a cross-reference stream cannot be read in one way only"
        numbers = [int(n) for n in found[0].replace(b"\0", b" ").split() if len(n) <= 10]
        parts = sorted(zip(numbers[::2], numbers[1::2], strict=False))
        overlap = any(first + count > second for (first, count), (second, _) in pairwise(parts))
        return "a cross-reference section lists an object twice" if overlap or len(numbers) % 2 else ""

    # --- what no section lists ---------------------------------------------------------------------------------------

    def _unlisted(self, end: int, later: range) -> str:
        if self._pdf.size - self._start > _MOST_APPENDED:
            return "too much was appended to be looked at"
        if self._behind is None:
            self._behind = self._scan()
        behind = self._behind
        for place, number, generation in behind.headers:
            if place >= end and behind.listed.get(place) != (number, generation):
                return f"an object that no cross-reference section lists at its place: {number}"
        tables = sum(self._pdf.reader.xrefs.get_xref_container_info(i).xref_section_type in _TABLES for i in later)
        trailers, starts = (sum(place >= end for place in places) for places in (behind.trailers, behind.starts))
        if trailers != tables or starts != len(later):
            return "a trailer that belongs to no cross-reference section"
        return ""

    def _scan(self) -> _Appended:
        self._pdf.stream.seek(self._start)
        data = self._pdf.stream.read()
        trailers, starts = (
            tuple(self._start + w.start() for w in word.finditer(data) if not _letter(data, w.start() - 1))
            for word in _WORDS
        )
        headers = (_header(data, found.start()) for found in _OBJ.finditer(data))
        placed = tuple((self._start + h[0], h[1], h[2]) for h in headers if h is not None)
        return _Appended(placed, trailers, starts, self._listed(data))

    def _listed(self, data: bytes) -> dict[int, tuple[int, int]]:
        xrefs = self._pdf.reader.xrefs
        places: list[tuple[int, Any]] = []
        for i in range(xrefs.total_revisions):
            section = xrefs._xref_sections[i]
            for part in (section, section.xref_data.hybrid):
                if part is not None and part.meta_info.stream_ref is not None:
                    places.append((part.meta_info.start_location, part.meta_info.stream_ref))
            markers = ((xrefs.get_historical_ref(ref, i), ref) for ref in xrefs.explicit_refs_in_revision(i))
            places += [(marker, ref) for marker, ref in markers if isinstance(marker, int)]
        listed = {}
        for place, ref in places:
            at = place - self._start
            while 0 <= at < len(data) and data[at] in _WHITE:
                at += 1
            listed[self._start + at] = (ref.idnum, ref.generation)
        return listed


def _header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """(place, number, generation) of the object whose "obj" stands at `at`; None where it is no such word."""
    generation_end = _back(data, at, _WHITE)
    generation_start = _back(data, generation_end, _DIGITS)
    number_end = _back(data, generation_start, _WHITE)
    number_start = _back(data, number_end, _DIGITS)
    places = (number_start, number_end, generation_start, generation_end, at)
    if any(first == second for first, second in pairwise(places)):
        return None
    texts = [t.lstrip(b"0") or b"0" for t in (data[number_start:number_end], data[generation_start:generation_end])]
    if any(len(text) > _MOST_DIGITS for text in texts):
        return None
    return number_start, int(texts[0]), int(texts[1])


def _back(data: bytes, at: int, over: bytes) -> int:
    """Where a run of these signs that ends at `at` begins."""
    while at and data[at - 1] in over:
        at -= 1
    return at


def _letter(data: bytes, at: int) -> bool:
    return at >= 0 and data[at : at + 1].isalpha()


def _table(data: bytes) -> tuple[str, set[int]]:
    """(what is wrong with a cross-reference table from behind its first word to its trailer, the numbers in use)."""
    at = 0
    seen: set[int] = set()
    used: set[int] = set()
    while _TRAILER.match(data, at) is None:
        head = _SUBSECTION.match(data, at)
        if head is None:
            return "a cross-reference table is written in another way than it should", used
        at = head.end()
        for number in range(int(head.group(1)), int(head.group(1)) + int(head.group(2))):
            entry = _ENTRY.match(data, at)
            if entry is None:
                return "a cross-reference table is written in another way than it should", used
            at = entry.end()
            if number and number in seen:
                return "a cross-reference section lists an object twice", used
            seen.add(number)
            if entry.group(2) == b"n":
                used.add(number)
                if int(entry.group(1)) > _HIGHEST_GENERATION:
                    return "a generation that cannot be", used
    return "", used
