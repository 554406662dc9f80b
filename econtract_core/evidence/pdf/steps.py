"""Recognising, revision by revision, that nothing but a signature, a timestamp or validation data was added.

pyHanko's difference analysis compares every signature with every later revision and walks the whole document for each. Nearly
all real updates add to a few known places only; those are recognised here, strictly, once a revision. Whatever is not surely
one of them is left to the analysis: this never says more than "added, and nothing else" (ISO 32000-2 7.5.6, 12.7, 12.8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf, look, resolve
from econtract_core.evidence.verdict import Change
from econtract_core.rules.errors import NotAPdf

_REFERENCE = re.compile(rb"(?<!\d)(\d{1,10})[\s\0]+\d{1,6}[\s\0]+R(?![A-Za-z0-9])")
_COMMENT = re.compile(rb"%[^\r\n]*")
_FIELD_KEYS = frozenset({"/FT", "/T", "/V", "/Type", "/Subtype", "/F", "/Rect", "/P", "/AP", "/MK", "/Ff", "/DA"})
_LONGEST_OBJECT = 64 * 1024
_MOST_OBJECTS = 200_000


@dataclass(frozen=True)
class Step:
    """What one revision added: `kinds` of it, and the names of its new signature fields."""

    kinds: frozenset[Change]
    fields: frozenset[str]


class Steps:
    """The revisions of one file, each looked at once. `signatures`: all of them."""

    def __init__(self, pdf: OpenPdf, signatures: tuple[Embedded, ...]) -> None:
        self._pdf = pdf
        self._by_field = {s.field: s for s in signatures}
        self._steps: dict[int, Step | None] = {}
        self._mentioned: dict[int, frozenset[int] | None] = {}

    def since(self, revision: int) -> tuple[Step, ...] | None:
        """The steps after `revision` up to the newest; None where one of them is something else."""
        if self._pdf.objection or self._pdf.encrypted:
            return None
        steps = [self._step(i) for i in range(revision + 1, self._pdf.reader.xrefs.total_revisions)]
        known = tuple(s for s in steps if s is not None)
        return known if len(known) == len(steps) else None

    def _step(self, revision: int) -> Step | None:
        if revision not in self._steps:
            try:
                with guarded(str(self._pdf.path)):
                    self._steps[revision] = self._look(revision)
            except NotAPdf:
                self._steps[revision] = None
        return self._steps[revision]

    def _look(self, revision: int) -> Step | None:
        xrefs = self._pdf.reader.xrefs
        changed = xrefs.explicit_refs_in_revision(revision)
        if xrefs.refs_freed_in_revision(revision) or len(changed) > _MOST_OBJECTS:
            return None
        older = {ref for ref in changed if xrefs.get_introducing_revision(ref) < revision}
        added = {ref.idnum for ref in changed - older}
        if not self._unmentioned(added, revision):
            return None
        return _Update(self._pdf, revision, older, added).step(self._by_field)

    def _unmentioned(self, added: set[int], revision: int) -> bool:
        """No older object speaks of these numbers: one that did would show something else from now on."""
        for i in range(revision):
            if i not in self._mentioned:
                self._mentioned[i] = _mentioned(self._pdf, i)
            mentioned = self._mentioned[i]
            if mentioned is None or mentioned & added:
                return False
        return True


def _mentioned(pdf: OpenPdf, revision: int) -> frozenset[int] | None:
    """The object numbers that the objects of a revision speak of; None where that cannot be told."""
    reader = pdf.reader
    numbers: set[int] = set()
    streams: set[int] = set()
    for ref in reader.xrefs.explicit_refs_in_revision(revision):
        marker = reader.xrefs.get_historical_ref(ref, revision)
        if marker is None:
            continue
        if not isinstance(marker, int):
            streams.add(marker.obj_stream_id)
            continue
        pdf.stream.seek(marker)
        text = pdf.stream.read(1_024)
        if b"endobj" not in text and b"stream" not in text:
            text += pdf.stream.read(_LONGEST_OBJECT)
        end = min((at for at in (text.find(b"endobj"), text.find(b"stream")) if at >= 0), default=-1)
        if end < 0:
            return None
        numbers |= _numbers(text[:end])
    old = reader.get_historical_resolver(revision)
    for number in streams:
        stream = old.get_object(generic.Reference(number, 0, reader))
        if not isinstance(stream, generic.StreamObject):
            return None
        numbers |= _numbers(stream.data)
    return frozenset(numbers)


def _numbers(text: bytes) -> set[int]:
    found = {int(n) for n in _REFERENCE.findall(text)}
    if b"%" in text:  # a comment may stand between the numbers
        found |= {int(n) for n in _REFERENCE.findall(_COMMENT.sub(b" ", text))}
    return found


class _Update:
    """One revision against the one before."""

    def __init__(self, pdf: OpenPdf, revision: int, older: set[Any], added: set[int]) -> None:
        self._revision = revision
        self._older = older
        self._added = added
        self._old = pdf.reader.get_historical_resolver(revision - 1)
        self._new = pdf.reader.get_historical_resolver(revision)
        self._explained: set[Any] = set()
        self._fields: list[Any] = []

    def step(self, by_field: dict[str, Embedded]) -> Step | None:
        """None: something else than what is known was done."""
        if self._old.root_ref != self._new.root_ref or any(
            _written(dict.get(self._old.trailer_view, key)) != _written(dict.get(self._new.trailer_view, key))
            for key in ("/Info", "/Encrypt")
        ):
            return None
        old, new = self._old.root, self._new.root
        differing = _differing(old, new)
        if not differing <= {"/AcroForm", "/DSS", "/Extensions"} or not self._form(old, new):
            return None
        kinds: set[Change] = set()
        if self._store_changed(old, new):
            kinds.add(Change.VALIDATION_DATA)
        self._explained.add(self._new.root_ref)
        names = frozenset(str(look(field, "/T", "")) for field in self._fields)
        for field, name in zip(self._fields, names, strict=False):
            signature = by_field.get(str(look(field, "/T", "")))
            if signature is None or signature.revision != self._revision or signature.problem or not name:
                return None
            kinds.add(Change.TIMESTAMP if signature.kind == "document" else Change.SIGNATURE)
        if len(names) != len(self._fields) or not kinds or not self._annotations() or not self._rest():
            return None
        return Step(frozenset(kinds), names)

    def _form(self, old: Any, new: Any) -> bool:
        """The form gained signature fields that are new altogether, or stayed as it was."""
        before, after = look(old, "/AcroForm"), look(new, "/AcroForm")
        if after is None:
            return before is None
        if not isinstance(after, generic.DictionaryObject):
            return False
        if before is None:
            known: list[Any] = []
            if set(after) - {"/Fields", "/SigFlags"} or not self._is_new(dict.get(new, "/AcroForm")):
                return False
        else:
            if not isinstance(before, generic.DictionaryObject) or not self._same_place(old, new, "/AcroForm"):
                return False
            if not _differing(before, after) <= {"/Fields", "/SigFlags"}:
                return False
            if not self._same_place(before, after, "/Fields"):
                return False
            fields = look(before, "/Fields")
            known = list.copy(fields) if isinstance(fields, list) else []
        if look(after, "/SigFlags", 0) not in (0, 1, 2, 3):
            return False
        more = _appended(known, look(after, "/Fields"))
        return more is not None and all(self._take_field(raw) for raw in more)

    def _take_field(self, raw: Any) -> bool:
        """A signature field of its own with at most one widget, without actions."""
        field = resolve(raw)
        if not self._is_new(raw) or not isinstance(field, generic.DictionaryObject) or set(field) - _FIELD_KEYS:
            return False
        value = dict.get(field, "/V")
        if look(field, "/FT") != "/Sig" or not isinstance(resolve(value), generic.DictionaryObject):
            return False
        if isinstance(value, generic.IndirectObject) and not self._is_new(value):
            return False
        self._fields.append(field)
        return True

    def _store_changed(self, old: Any, new: Any) -> bool:
        """The document security store, and what of it may be written anew."""
        self._explain(new, "/Extensions")
        store = look(new, "/DSS")
        self._explain(new, "/DSS")
        if not isinstance(store, generic.DictionaryObject):
            return False
        before = look(old, "/DSS")
        for key in ("/Certs", "/CRLs", "/OCSPs", "/VRI"):
            self._explain(store, key)
        if not isinstance(before, generic.DictionaryObject):
            return True
        return _written(before) != _written(store) or any(
            _written(look(before, key)) != _written(look(store, key)) for key in ("/Certs", "/CRLs", "/OCSPs", "/VRI")
        )

    def _annotations(self) -> bool:
        """The pages of the new fields gained their widgets and nothing else."""
        widgets: dict[Any, set[Any]] = {}
        for field in self._fields:
            page = dict.get(field, "/P")
            if isinstance(page, generic.IndirectObject):
                widgets.setdefault(page.reference, set()).add(_written(look(field, "/T", "")))
        for page, names in widgets.items():
            was, now = self._old.get_object(page), self._new.get_object(page)
            if not isinstance(was, generic.DictionaryObject) or not isinstance(now, generic.DictionaryObject):
                return False
            if look(was, "/Type") != "/Page" or not _differing(was, now) <= {"/Annots"}:
                return False
            if not self._same_place(was, now, "/Annots"):
                return False
            before = look(was, "/Annots")
            more = _appended(list.copy(before) if isinstance(before, list) else [], look(now, "/Annots", []))
            if more is None or any(_written(look(resolve(m), "/T", "")) not in names for m in more):
                return False
            self._explained.add(page)
        return True

    def _rest(self) -> bool:
        """Whatever else was written again is what it was."""
        explained = {(r.idnum, r.generation) for r in self._explained}
        rest = (ref for ref in self._older if (ref.idnum, ref.generation) not in explained)
        return all(_written(self._old.get_object(ref)) == _written(self._new.get_object(ref)) for ref in rest)

    def _same_place(self, before: Any, after: Any, key: str) -> bool:
        """Under `key` stands the same reference as before (its object may have grown), or a direct value both times, or it is
        new."""
        was, now = dict.get(before, key), dict.get(after, key)
        if isinstance(now, generic.IndirectObject):
            if isinstance(was, generic.IndirectObject):
                self._explained.add(now.reference)
                return _written(was) == _written(now)
            return was is None and self._is_new(now)
        return not isinstance(was, generic.IndirectObject)

    def _explain(self, holder: Any, key: str) -> None:
        raw = dict.get(holder, key)
        if isinstance(raw, generic.IndirectObject):
            self._explained.add(raw.reference)

    def _is_new(self, raw: Any) -> bool:
        """A direct value, or a reference to an object that this revision brought."""
        return not isinstance(raw, generic.IndirectObject) or raw.idnum in self._added


def _differing(was: Any, now: Any) -> set[str]:
    return {str(k) for k in {*was, *now} if _written(dict.get(was, k)) != _written(dict.get(now, k))}


def _appended(before: list[Any], after: Any) -> list[Any] | None:
    """What came behind `before`; None where that did not stay as it was."""
    if not isinstance(after, list):
        return None
    items = list.copy(after)
    same = [_written(i) for i in items[: len(before)]] == [_written(i) for i in before]
    return items[len(before) :] if same and len(items) >= len(before) else None


def _written(value: Any) -> bytes:
    """How a value is written, references as they are; streams with their data."""
    if value is None:
        return b""
    out = BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()
