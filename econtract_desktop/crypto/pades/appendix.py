"""The revisions we append to a PDF (ISO 32000-2 7.5.6): changed and new objects, cross-reference section, trailer; in memory.

Several revisions can follow each other without the document being read again. The original is never written.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.reading import OpenPdf, look, resolve
from econtract_core.rules.errors import NotAPdf

_PDF: Any = generic  # pyHanko's objects are only half typed
_OF_XREF_STREAMS = ("/Type", "/W", "/Index", "/Filter", "/DecodeParms", "/Length", "/Prev", "/XRefStm", "/Size")
_DEEPEST_TREE = 64


class Hole(generic.PdfObject):
    """Room in what was appended whose bytes are filled in later. `start`, `end`: where it stands in the appendix."""

    def __init__(self, filler: bytes) -> None:
        self._filler = filler
        self.start = self.end = 0

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
        """As pyHanko's objects are written; `stream` is the appendix's."""
        self.start = stream.begin + stream.tell()
        stream.write(self._filler)
        self.end = stream.begin + stream.tell()


class _Section(BytesIO):
    """One revision while it is written. `begin`: where it starts in the appendix."""

    def __init__(self, begin: int) -> None:
        super().__init__()
        self.begin = begin


class Appendix:
    """`tail` is what is appended so far. One thread."""

    def __init__(self, pdf: OpenPdf, base: int, seed: bytes) -> None:
        """`base`: the offset in the file where the appendix begins. `seed`: makes the file's new /ID; the same document, seed
        and changes give the same bytes. Call it inside `guarded`."""
        self._pdf = pdf
        self._base = base
        self._seed = seed
        self.tail = bytearray()
        reader = pdf.reader
        trailer = reader.trailer.flatten()
        self._trailer = {k: v for k, v in dict.items(trailer) if k not in _OF_XREF_STREAMS}
        self._next = int(trailer["/Size"])
        self._startxref = int(reader.last_startxref or 0)
        self._streams = bool(reader.has_xref_stream)
        self._now: dict[tuple[int, int], Any] = {}  # the newest form of what was changed or added
        self._pending: dict[tuple[int, int], Any] = {}

    @property
    def root(self) -> Any:
        """The catalog's reference."""
        return self._trailer["/Root"]

    def now(self, reference: Any) -> Any:
        """The object a reference points at, with our changes; a value that is no reference as it is."""
        if not isinstance(reference, generic.IndirectObject):
            return resolve(reference)
        changed = self._now.get((reference.idnum, reference.generation))
        return changed if changed is not None else resolve(reference)

    def own(self, reference: Any) -> Any:
        """A copy of an indirect dictionary or array that is written anew with the next `close`."""
        key = (reference.idnum, reference.generation)
        if key not in self._pending:
            was = self.now(reference)
            copy = _PDF.ArrayObject(list.copy(was)) if isinstance(was, list) else _PDF.DictionaryObject(dict(was))
            self._now[key] = self._pending[key] = copy
        return self._pending[key]

    def add(self, value: Any) -> Any:
        """A new indirect object; its reference."""
        reference = self.reserve()
        self.put(reference, value)
        return reference

    def reserve(self) -> Any:
        """The reference of a new object that `put` will give."""
        number = self._next
        self._next += 1
        return _PDF.IndirectObject(number, 0, self._pdf.reader)

    def put(self, reference: Any, value: Any) -> None:
        """The object of a reserved reference."""
        self._now[reference.idnum, 0] = self._pending[reference.idnum, 0] = value

    def page(self, index: int) -> Any:
        """The reference of a page; 0 is the first, -1 the last. Raises NotAPdf where it is not to be found so."""
        places = self._pages(wanted=index + 1 if index >= 0 else 200_000)
        try:
            return places[index]
        except IndexError:
            raise NotAPdf(file=str(self._pdf.path), problem=f"no page {index}") from None

    def _pages(self, wanted: int) -> list[Any]:
        found: list[Any] = []
        seen: set[tuple[int, int]] = set()
        waiting = [(look(self.now(self.root), "/Pages"), dict.get(self.now(self.root), "/Pages"), 0)]
        while waiting and len(found) < wanted:
            node, reference, depth = waiting.pop()
            kids = look(node, "/Kids")
            if isinstance(reference, generic.IndirectObject):
                key = (reference.idnum, reference.generation)
                if key in seen or depth > _DEEPEST_TREE:
                    raise NotAPdf(file=str(self._pdf.path), problem="the page tree runs in circles")
                seen.add(key)
            if isinstance(kids, list):
                waiting += [(resolve(k), k, depth + 1) for k in reversed(list.copy(kids))]
            elif isinstance(node, generic.DictionaryObject) and isinstance(reference, generic.IndirectObject):
                found.append(reference)
        return found

    def mark(self) -> tuple[int, int, int, dict[tuple[int, int], Any]]:
        """Where it stands now, between two revisions; for `back_to`."""
        return len(self.tail), self._next, self._startxref, dict(self._now)

    def back_to(self, mark: tuple[int, int, int, dict[tuple[int, int], Any]]) -> None:
        """Forget every revision since `mark`."""
        length, self._next, self._startxref, known = mark
        del self.tail[length:]
        self._now = dict(known)
        self._pending.clear()

    def close(self) -> None:
        """End this revision: write its objects, cross-reference section and trailer behind the tail."""
        out = _Section(len(self.tail))
        places: dict[tuple[int, int], int] = {}
        for (number, generation), value in sorted(self._pending.items()):
            places[number, generation] = self._base + out.begin + out.tell()
            out.write(b"%d %d obj\n" % (number, generation))
            value.write_to_stream(out, None, None)
            out.write(b"\nendobj\n")
        start = self._base + out.begin + out.tell()
        if self._streams:
            self._write_xref_stream(out, places, start)
        else:
            self._write_xref_table(out, places)
        out.write(b"\nstartxref\n%d\n%%%%EOF\n" % start)
        self._startxref = start
        self._pending.clear()
        self.tail += out.getvalue()

    def _entries(self) -> Any:
        """The trailer's own entries."""
        entries = _PDF.DictionaryObject(self._trailer)
        first = self._trailer.get("/ID")
        known = list(resolve(first)) if first is not None else []
        seed = hashlib.sha256(self._seed + bytes(self.tail[-64:]) + b"%d" % self._base).digest()[:16]
        original = getattr(known[0], "original_bytes", seed) if known else seed
        identifiers = [_PDF.ByteStringObject(original), _PDF.ByteStringObject(seed)]
        entries[_PDF.pdf_name("/ID")] = _PDF.ArrayObject(identifiers)
        entries[_PDF.pdf_name("/Prev")] = _PDF.NumberObject(self._startxref)
        return entries

    def _write_xref_table(self, out: _Section, places: dict[tuple[int, int], int]) -> None:
        out.write(b"xref\n")
        for run in _runs(sorted(places)):
            out.write(b"%d %d\n" % (run[0][0], len(run)))
            for number, generation in run:
                out.write(b"%010d %05d n \n" % (places[number, generation], generation))
        entries = self._entries()
        entries[_PDF.pdf_name("/Size")] = _PDF.NumberObject(self._next)
        out.write(b"trailer\n")
        entries.write_to_stream(out, None, None)

    def _write_xref_stream(self, out: _Section, places: dict[tuple[int, int], int], start: int) -> None:
        own = (self._next, 0)
        self._next += 1
        places = places | {own: start}
        runs = _runs(sorted(places))
        rows = [b"\x01" + places[key].to_bytes(6, "big") + key[1].to_bytes(2, "big") for run in runs for key in run]
        index = [_PDF.NumberObject(n) for run in runs for n in (run[0][0], len(run))]
        entries = self._entries()
        entries[_PDF.pdf_name("/Type")] = _PDF.pdf_name("/XRef")
        entries[_PDF.pdf_name("/Size")] = _PDF.NumberObject(self._next)
        entries[_PDF.pdf_name("/W")] = _PDF.ArrayObject([_PDF.NumberObject(n) for n in (1, 6, 2)])
        entries[_PDF.pdf_name("/Index")] = _PDF.ArrayObject(index)
        out.write(b"%d 0 obj\n" % own[0])
        _PDF.StreamObject(dict(entries), encoded_data=b"".join(rows)).write_to_stream(out, None, None)
        out.write(b"\nendobj")


def _runs(keys: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Keys whose object numbers follow each other, together."""
    runs: list[list[tuple[int, int]]] = []
    for key in keys:
        if runs and key[0] == runs[-1][-1][0] + 1:
            runs[-1].append(key)
        else:
            runs.append([key])
    return runs
