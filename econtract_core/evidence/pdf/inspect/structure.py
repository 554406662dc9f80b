"""How the file is put together (ISO 32000-2 7.5): what no index knows, what stands twice, what lies before, between and after.

Shadow attacks (Mainka, Mladenov, Rohlmann 2021) put a second content into a file before it is signed and switch to it by a small
update afterwards. The update is told by verifying; the second content is looked for here.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.inspect.walk import Walk
from econtract_core.evidence.pdf.layout import Layout
from econtract_core.evidence.pdf.reading import OpenPdf

_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,10})[\x00\t\n\f\r ]+([0-9]{1,5})[\x00\t\n\f\r ]+obj(?![a-z])")
_LENGTH = re.compile(rb"/Length[\x00\t\n\f\r ]+([0-9]{1,12})(?![0-9]|[\x00\t\n\f\r ]+[0-9]+[\x00\t\n\f\r ]+R)")
_DATA = re.compile(rb"stream\r?\n")
_PAGE = re.compile(rb"/Type[\x00\t\n\f\r ]*/Page(?![A-Za-z])")
_OWN_BUSINESS = re.compile(rb"/Type[\x00\t\n\f\r ]*/(?:XRef|ObjStm)(?![A-Za-z])|/Linearized")
_ATTACHED = re.compile(rb"/Type[\x00\t\n\f\r ]*/(?:EmbeddedFile|Filespec)(?![A-Za-z])")
_CONTENT = re.compile(
    rb"/Type[\x00\t\n\f\r ]*/(?:XObject|Annot|Font)(?![A-Za-z])|/Subtype[\x00\t\n\f\r ]*/(?:Form|Widget)"
)
_HEAD = 64 * 1024
_TAIL = 1024 * 1024  # bytes looked at behind an object
_MOST_OBJECTS = 500_000
_MOST_COMPRESSED = 200  # unreferenced objects in object streams that are read
_BLANK = b"\x00\t\n\f\r "


def check_structure(pdf: OpenPdf, walk: Walk, report: Report) -> None:
    """Findings about the file's bytes. `walk` has run. Raises what pyHanko raises."""
    _Structure(pdf, walk, report).run()


@dataclass
class _Index:
    """All sections of the cross-reference table together."""

    places: dict[int, tuple[int, int]] = field(default_factory=dict)  # offset → (number, generation)
    current: dict[tuple[int, int], int] = field(default_factory=dict)  # newest place of each object
    numbers: set[int] = field(default_factory=set)  # of objects that are in use in some revision
    compressed: dict[int, int] = field(default_factory=dict)  # newest: number → its object stream
    stops: set[int] = field(default_factory=set)  # where cross-reference sections begin


class _Structure:
    def __init__(self, pdf: OpenPdf, walk: Walk, report: Report) -> None:
        self._pdf = pdf
        self._walk = walk
        self._report = report
        self._index = self._read_index()
        self._unused = 0
        self._ends = 0
        self._bodies: dict[int, list[int]] = {}  # numbers of objects no index knows → where they stand

    def run(self) -> None:
        if Layout(self._pdf, self._pdf.size).sections():
            self._report.find("ambiguous-index", "document")
        stops = sorted({*self._index.places, *self._index.stops, self._pdf.size})
        for start, stop in itertools.pairwise(stops):
            if start >= 0 and stop <= self._pdf.size:
                self._region(start, stop)
        self._after_end()
        self._judge_bodies()
        self._compressed()
        if self._unused:
            self._report.find("unused-content", "document", count=str(self._unused))
        gone = self._walk.missing - {(number, 0) for number in self._bodies}
        if gone:
            self._report.find("missing-object", "document", count=str(len(gone)))
        revisions = self._pdf.reader.xrefs.total_revisions
        if self._ends > revisions:
            self._report.find("several-ends", "document", count=str(self._ends))
        if revisions > (2 if self._linearized else 1):
            self._report.find("revisions", "document", count=str(revisions))

    def _read_index(self) -> _Index:
        index = _Index()
        xrefs = self._pdf.reader.xrefs
        for revision in range(xrefs.total_revisions):
            container = xrefs.get_xref_container_info(revision)
            index.stops.add(container.start_location)
            sections = [xrefs.get_xref_data(revision)]
            hybrid = sections[0].hybrid
            if hybrid is not None:
                sections.insert(0, hybrid.xref_data)
                index.stops.add(hybrid.meta_info.start_location)
            for section in sections:
                for number in section.freed:
                    index.compressed.pop(number, None)
                for number, place in section.xrefs_in_objstm.items():
                    index.compressed[number] = place.obj_stream_id
                    index.numbers.add(number)
                for number, (generation, offset) in section.standard_xrefs.items():
                    index.places[offset] = (number, generation)
                    index.current[number, generation] = offset
                    index.numbers.add(number)
                    index.compressed.pop(number, None)
                if len(index.places) > _MOST_OBJECTS:
                    break
        return index

    @property
    def _linearized(self) -> bool:
        return b"/Linearized" in self._bytes(0, 1024)

    def _bytes(self, start: int, length: int) -> bytes:
        self._pdf.stream.seek(start)
        return self._pdf.stream.read(length)

    # --- from one known place to the next ---

    def _region(self, start: int, stop: int) -> None:
        head = self._bytes(start, min(stop - start, _HEAD))
        name = self._index.places.get(start)
        rest = start
        if name is not None:
            header = _OBJECT.match(head.lstrip(_BLANK))
            if header and int(header[1]) != name[0]:
                self._misplaced(int(header[1]), name[0], start)
            rest = self._end_of_object(head, start, stop)
            if self._index.current.get(name) == start and name not in self._walk.seen:
                self._orphan(head[: rest - start], name)
        inside = rest - start
        tail = head[inside:] if stop - start <= _HEAD else self._bytes(rest, min(stop - rest, _TAIL))
        if len(tail) < 24 and b"obj" not in tail and b"%" not in tail:  # nearly always
            return
        self._ends += tail.count(b"%%EOF")
        for found in _OBJECT.finditer(tail):
            line = tail[
                max(tail.rfind(b"\n", 0, found.start()), tail.rfind(b"\r", 0, found.start())) + 1 : found.start()
            ]
            if b"%" not in line and rest + found.start() not in self._index.stops:
                self._bodies.setdefault(int(found[1]), []).append(rest + found.start())

    def _end_of_object(self, head: bytes, start: int, stop: int) -> int:
        """Where what belongs to the object at `start` ends: behind its endobj, the data of a stream left out."""
        ends = head.find(b"endobj")
        data = _DATA.search(head)
        if data is not None and (ends < 0 or data.start() < ends):
            length = _LENGTH.search(head, 0, data.start())
            after = start + data.end() + (int(length[1]) if length else 0)
            if length is None or b"endstream" not in self._bytes(after, 16):
                after = self._search(b"endstream", start + data.end(), stop)
            closing = self._bytes(after, min(64, max(0, stop - after)))
            place = closing.find(b"endobj")
            return after + place + 6 if place >= 0 else min(after + 9, stop)
        return start + ends + 6 if ends >= 0 else stop if stop - start > _HEAD else start + 1

    def _search(self, word: bytes, start: int, stop: int) -> int:
        """The place of `word`, `stop` where it is not there."""
        place = start
        while place < stop:
            block = self._bytes(place, min(_TAIL, stop - place))
            found = block.find(word)
            if found >= 0:
                return place + found
            if len(block) <= len(word):
                break
            place += len(block) - len(word)
        return stop

    def _misplaced(self, number: int, wanted: int, place: int) -> None:
        """The index says `wanted` stands here, the file says `number` does."""
        if number in self._index.numbers:
            self._report.find("object-redefined", "document", number=str(number))
        else:
            self._bodies.setdefault(number, []).append(place)

    def _orphan(self, body: bytes, name: tuple[int, int]) -> None:
        """An object of the index that nothing refers to."""
        if _OWN_BUSINESS.search(body):
            return
        if _PAGE.search(body):
            self._report.find("hidden-page", "document", number=str(name[0]))
        elif _ATTACHED.search(body):
            self._report.find("attachment", "document")
        elif b"stream" in body or _CONTENT.search(body):
            self._unused += 1

    def _compressed(self) -> None:
        """Pages in object streams that are in no page tree."""
        known = self._walk.page_numbers
        streams: dict[int, list[int]] = {}
        for held_number, holder in self._index.compressed.items():
            streams.setdefault(holder, []).append(held_number)
        for number, held in streams.items():
            stream: Any = generic.Reference(number, 0, self._pdf.reader).get_object()
            pages = len(_PAGE.findall(stream.data)) if isinstance(stream, generic.StreamObject) else 0
            if pages <= len(known.intersection(held)):
                continue
            for one in [n for n in held if n not in known][:_MOST_COMPRESSED]:
                value = generic.Reference(one, 0, self._pdf.reader).get_object()
                if isinstance(value, generic.DictionaryObject) and dict.get(value, "/Type") == "/Page":
                    self._report.find("hidden-page", "document", number=str(one))

    # --- what no index knows ---

    def _judge_bodies(self) -> None:
        missing = {number for number, _ in self._walk.missing}
        hidden = 0
        for number in self._bodies:
            if number in missing:
                self._report.find("switched-off-object", "document", number=str(number))
            elif number in self._index.numbers:
                self._report.find("object-redefined", "document", number=str(number))
            else:
                hidden += 1
        if hidden:
            self._report.find("hidden-object", "document", count=str(hidden))

    def _after_end(self) -> None:
        length = min(self._pdf.size, _TAIL)
        tail = self._bytes(self._pdf.size - length, length)
        end = tail.rfind(b"%%EOF")
        if end >= 0 and (rest := tail[end + 5 :].strip(_BLANK)):
            self._report.find("data-after-end", "document", count=str(len(rest)))
