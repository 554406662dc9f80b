"""Whether everybody who reads a file finds the same objects in it (ISO 32000-2 7.5.4, 7.5.8).

A cross-reference section that lists an object twice is read one way by one program and the other way by the next; an object that
no section lists is found by programs that mend what they take for broken. Both let a viewer show something else than was
compared. So what is appended after a signature must be plain: every object listed once, at its place, and nothing besides.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils.xref import XRefSectionType

from econtract_core.evidence.pdf.reading import OpenPdf

_SUBSECTION = re.compile(rb"\s*(\d{1,10})[ ]+(\d{1,10})[ ]*(?:\r\n|\n|\r)")
_ENTRY = re.compile(rb"\d{10} (\d{5}) ([nf])(?: \r| \n|\r\n|\n|\r)")
_TRAILER = re.compile(rb"\s*trailer")
_INDEX = re.compile(rb"/Index[\s\0]*\[([\d\s\0]*)\]")
_HEADER = re.compile(rb"(?<![^\s\0>])(\d{1,10})[\s\0]+(\d{1,10})[\s\0]+obj(?![A-Za-z])")
_WORD = re.compile(rb"(?<![A-Za-z])(trailer|startxref)(?![A-Za-z])")
_LARGEST_SECTION = 64 << 20
_LONGEST_STREAM_HEAD = 4_096
_MOST_APPENDED = 64 << 20
_HIGHEST_GENERATION = 65_535
_TABLES = (XRefSectionType.STANDARD, XRefSectionType.HYBRID_MAIN)


class Layout:
    """The sections of one file, each looked at once. Never raises for what is in the file but OSError."""

    def __init__(self, pdf: OpenPdf) -> None:
        self._pdf = pdf
        self._sections: dict[int, str] = {}
        self._appended: dict[int, str] = {}

    def problem(self, end: int, last: int) -> str:
        """Why what is signed up to `end`, with revision `last`, can be read in several ways by now; "" where it cannot."""
        total = self._pdf.reader.xrefs.total_revisions
        found = next((p for i in range(total) if (p := self._section(i))), "")
        if found:
            return found
        if end not in self._appended:
            self._appended[end] = self._unlisted(end, range(last + 1, total))
        return self._appended[end]

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

    def _unlisted(self, start: int, later: range) -> str:
        if self._pdf.size - start > _MOST_APPENDED:
            return "too much was appended to be looked at"
        self._pdf.stream.seek(start)
        data = self._pdf.stream.read()
        listed, tables = self._listed(start, data, later)
        for header in _HEADER.finditer(data):
            if listed.get(header.start()) != (int(header.group(1)), int(header.group(2))):
                return f"an object that no cross-reference section lists at its place: {int(header.group(1))}"
        words = [word.group(1) for word in _WORD.finditer(data)]
        if words.count(b"trailer") != tables or words.count(b"startxref") != len(later):
            return "a trailer that belongs to no cross-reference section"
        return ""

    def _listed(self, start: int, data: bytes, later: range) -> tuple[dict[int, tuple[int, int]], int]:
        """({place in `data`: (number, generation)}, how many of the revisions have a table)."""
        xrefs = self._pdf.reader.xrefs
        places: list[tuple[int, Any]] = []
        tables = 0
        for i in later:
            section = xrefs._xref_sections[i]
            tables += section.meta_info.xref_section_type in _TABLES
            for part in (section, section.xref_data.hybrid):
                if part is not None and part.meta_info.stream_ref is not None:
                    places.append((part.meta_info.start_location, part.meta_info.stream_ref))
            markers = ((xrefs.get_historical_ref(ref, i), ref) for ref in xrefs.explicit_refs_in_revision(i))
            places += [(marker, ref) for marker, ref in markers if isinstance(marker, int)]
        listed = {}
        for place, ref in places:
            at = place - start
            while 0 <= at < len(data) and data[at] in b" \t\r\n\0\f":
                at += 1
            listed[at] = (ref.idnum, ref.generation)
        return listed, tables


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
