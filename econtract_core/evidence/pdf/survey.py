"""What a revision's objects speak of, and how far into the file they reach, from the bytes themselves.

Two tricks are not seen by comparing objects (ISO 32000-2 7.5.4, 7.5.6): a signed cross-reference entry, or a signed stream
without its end, can point behind what is signed, so that bytes appended later become a part of it; and a signed object can name
one that nobody has made yet. This looks at the places, not at the values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.reading import OpenPdf, look
from econtract_core.rules.errors import DocumentError

_REFERENCE = re.compile(rb"(?<!\d)(\d+)[\s\0]+\d+[\s\0]+R")
_COMMENT = re.compile(rb"%[^\r\n]*")
_WORD = rb"[^\s\0()<>\[\]{}/%]"
_TOKEN = re.compile(rb"%%[^\r\n]*|/%s*|<<|<[^>]*>?|\(|(?<!%s)(?:endobj|stream)(?!%s)" % (_WORD, _WORD, _WORD))
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_LENGTH = re.compile(rb"/Length[\s\0]+(\d{1,12})([\s\0]+\d+[\s\0]+R)?")
_STREAM_END = re.compile(rb"\s*endstream")
_AFTER_KEYWORD = re.compile(rb"[ \t]*(?:\r\n|\n|\r)?")
_HEAD, _BLOCK = 1_024, 1 << 16
_LONGEST_OBJECT = 8 << 20
_MOST_READ = 64 << 20
_PER_OBJECT = 256
NOWHERE = 1 << 62  # an object that has no end in this file


@dataclass(frozen=True)
class Survey:
    """`holders`: for every object number, the numbers of the objects that speak of it; None where that cannot be told. `reach`:
    where the last byte of any object ends; NOWHERE for one without an end, or where there is too much to look at."""

    holders: dict[int, frozenset[int]] | None
    reach: int


class Surveys:
    """The revisions of one file, each looked at once. Never raises for what is in the file."""

    def __init__(self, pdf: OpenPdf) -> None:
        self._pdf = pdf
        self._known: dict[int, Survey] = {}
        self._left = _MOST_READ

    def of(self, revision: int) -> Survey:
        """What one revision holds."""
        if revision not in self._known:
            self._known[revision] = self._look(revision)
        return self._known[revision]

    def reach(self, last: int) -> int:
        """How far the objects of all revisions up to `last` reach."""
        return max(self.of(i).reach for i in range(last + 1))

    def _look(self, revision: int) -> Survey:
        xrefs = self._pdf.reader.xrefs
        holders: dict[int, set[int]] = {}
        containers: set[int] = set()
        reach = 0
        for ref in xrefs.explicit_refs_in_revision(revision):
            self._left -= _PER_OBJECT
            marker = xrefs.get_historical_ref(ref, revision)
            if isinstance(marker, int):
                text, end = self._object(ref, marker, revision)
                reach = max(reach, end)
                _note(holders, ref.idnum, text)
            elif marker is not None:
                containers.add(marker.obj_stream_id)
            if self._left < 0 or reach == NOWHERE:
                return Survey(None, NOWHERE)
        told = all(self._packed(holders, number, revision) for number in containers)
        return Survey({number: frozenset(by) for number, by in holders.items()} if told else None, reach)

    def _object(self, ref: Any, marker: int, revision: int) -> tuple[bytes, int]:
        """(an object's text up to its stream or end, where it ends)."""
        stream = self._pdf.stream
        stream.seek(marker)
        text = stream.read(_HEAD)
        end, keyword = _ending(text)
        while (
            (end < 0 or end + len(keyword) == len(text))
            and len(text) < _LONGEST_OBJECT
            and (more := stream.read(max(_BLOCK, len(text))))
        ):
            text += more  # doubled every time: linear in all
            end, keyword = _ending(text)
        self._left -= len(text) if end < 0 else end
        if end < 0:
            return text, NOWHERE
        after = marker + end + len(keyword)
        return text[:end], after if keyword == b"endobj" else self._stream_end(ref, text[:end], after, revision)

    def _stream_end(self, ref: Any, text: bytes, after: int, revision: int) -> int:
        """Where a stream ends: by its length, and where that is wrong also by its last word, as tolerant viewers read it."""
        stream = self._pdf.stream
        stream.seek(after)
        gap = _AFTER_KEYWORD.match(stream.read(8))
        start = after + (gap.end() if gap is not None else 0)
        length = self._length(ref, text, revision)
        if length is not None:
            stream.seek(start + length)
            if (found := _STREAM_END.match(stream.read(32))) is not None:
                return start + length + found.end()
        return max(start + (length or 0), self._search(start))

    def _length(self, ref: Any, text: bytes, revision: int) -> int | None:
        lengths = _LENGTH.findall(text)
        if len(lengths) == 1 and not lengths[0][1] and not any(sign in text for sign in (b"#", b"%", b"(")):
            return int(lengths[0][0])
        value = self._resolved(ref.idnum, ref.generation, revision)
        length = look(value, "/Length") if isinstance(value, generic.DictionaryObject) else None
        return int(length) if isinstance(length, int) and 0 <= length < NOWHERE else None

    def _resolved(self, number: int, generation: int, revision: int) -> Any:
        try:
            with guarded(str(self._pdf.path)):
                handler = self._pdf.reader.get_historical_resolver(revision)
                return handler.get_object(generic.Reference(number, generation, self._pdf.reader))
        except DocumentError:
            return None

    def _search(self, start: int) -> int:
        stream = self._pdf.stream
        stream.seek(start)
        kept, at = b"", start
        while self._left > 0 and (block := stream.read(_BLOCK)):
            self._left -= len(block)
            window = kept + block
            found = window.find(b"endstream")
            if found >= 0:
                return at - len(kept) + found + len(b"endstream")
            at += len(block)
            kept = window[-8:]
        return NOWHERE

    def _packed(self, holders: dict[int, set[int]], number: int, revision: int) -> bool:
        """Note the objects of an object stream (ISO 32000-2 7.5.7), each under its own number; False where it cannot be read."""
        value = self._resolved(number, 0, revision)
        if not isinstance(value, generic.StreamObject):
            return False
        try:
            with guarded(str(self._pdf.path)):
                return self._unpacked(holders, number, value)
        except DocumentError:
            return False

    def _unpacked(self, holders: dict[int, set[int]], number: int, value: Any) -> bool:
        data: bytes = value.data
        self._left -= len(data)
        count, first = look(value, "/N"), look(value, "/First")
        if self._left < 0 or "/Extends" in value:
            return False  # /Extends is rare, and one more place to hide things
        if not isinstance(count, int) or not isinstance(first, int) or count < 0 or first < 0:
            return False
        head = data[:first].split()
        if len(head) < 2 * count or not all(h.isdigit() and len(h) <= 10 for h in head[: 2 * count]):
            return False
        places = sorted((int(head[2 * i + 1]), int(head[2 * i])) for i in range(count))
        for (start, inside), (stop, _) in pairwise([*places, (len(data), 0)]):
            _note(holders, inside, data[first + start : first + stop])
        return True


def _note(holders: dict[int, set[int]], holder: int, text: bytes) -> None:
    for number in numbers_in(text):
        holders.setdefault(number, set()).add(holder)


def numbers_in(text: bytes) -> set[int]:
    """The object numbers that a text speaks of; rather one too many than one too few."""
    found = set(_REFERENCE.findall(text))
    if b"%" in text:  # a comment may stand between the numbers
        found |= set(_REFERENCE.findall(_COMMENT.sub(b" ", text)))
    return {int(n) for n in (n.lstrip(b"0") for n in found) if 0 < len(n) <= 10}


def _ending(text: bytes) -> tuple[int, bytes]:
    """(where "stream" or "endobj" stands as a word of its own, which of them); (-1, "") where neither does."""
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        word = token.group()
        if word in (b"endobj", b"stream"):
            return token.start(), word
        at = _after_string(text, token.end()) if word == b"(" else token.end()
        if at < 0:
            break
    return -1, b""


def _after_string(text: bytes, at: int) -> int:
    """Behind the literal string whose "(" stands before `at`; -1 where it does not end."""
    depth = 1
    while depth:
        found = _IN_STRING.search(text, at)
        if found is None:
            return -1
        at = found.end()
        depth += {b"(": 1, b")": -1}.get(found.group(), 0)
    return at
