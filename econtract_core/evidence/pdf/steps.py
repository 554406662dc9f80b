"""Recognising, revision by revision, that nothing but a signature, a timestamp or validation data was added.

pyHanko's difference analysis compares every signature with every later revision and walks the whole document for each. Nearly
all real updates add to a few known places only; those are recognised here, strictly, once a revision. Whatever is not surely
one of them is left to the analysis: this never says more than "added, and nothing else" (ISO 32000-2 7.5.6, 12.7, 12.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded, part_of_sign
from econtract_core.evidence.pdf.layout import Layout
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf, look, resolve
from econtract_core.evidence.pdf.survey import Surveys
from econtract_core.evidence.verdict import Change
from econtract_core.rules.errors import NotAPdf

_FIELD_KEYS = frozenset({"/FT", "/T", "/V", "/Type", "/Subtype", "/F", "/Rect", "/P", "/AP", "/MK", "/Ff", "/DA"})
LEVELS = ("NONE", "LTA_UPDATES", "FORM_FILLING", "ANNOTATIONS", "OTHER")  # pyHanko's, least first
UNTOLD = frozenset({"/ModDate", "/Producer"})  # every program that saves a file rewrites these in its /Info
_STORE_LISTS = ("/Certs", "/CRLs", "/OCSPs")
_STORE_KEYS = frozenset({"/Type", *_STORE_LISTS, "/VRI"})
_MOST_OBJECTS = 200_000


@dataclass(frozen=True)
class Step:
    """What one revision added: `kinds` of it, and the names of its new signature fields."""

    kinds: frozenset[Change]
    fields: frozenset[str]


@dataclass(frozen=True)
class Review:
    """What one revision changed against the one before: one of LEVELS, the form fields, and what is wrong where it is OTHER."""

    level: str
    fields: frozenset[str]
    problem: str = ""


class Steps:
    """The revisions of one file, each looked at once. `signatures`: all of them."""

    def __init__(self, pdf: OpenPdf, signatures: tuple[Embedded, ...]) -> None:
        self._pdf = pdf
        self._by_field = {s.field: s for s in signatures}
        self._steps: dict[int, Step | None] = {}
        self._reviews: dict[int, Review] = {}
        self._surveys = Surveys(pdf)
        self._layout = Layout(pdf, min((s.signed_length for s in signatures if s.byte_range), default=pdf.size))

    def unsound(self, signature: Embedded) -> str:
        """Why the file can be read in several ways since it was signed; "" where it cannot."""
        if self._surveys.reach(signature.revision) > signature.signed_length:
            return "a signed object reaches behind what is signed"
        return self._layout.problem(signature.signed_length, signature.revision)

    def since(self, revision: int) -> tuple[Step, ...] | None:
        """The steps after `revision` up to the newest; None where one of them is something else."""
        if self._pdf.objection or self._pdf.encrypted:
            return None
        steps = [self._step(i) for i in range(revision + 1, self._pdf.reader.xrefs.total_revisions)]
        known = tuple(s for s in steps if s is not None)
        return known if len(known) == len(steps) else None

    def review(self, revision: int) -> Review:
        """As `since` knows it, else by pyHanko's difference analysis. Call it inside `guarded`."""
        if revision not in self._reviews:
            plain = not self._pdf.objection and not self._pdf.encrypted
            step = self._step(revision) if plain else None
            self._reviews[revision] = Review("FORM_FILLING", step.fields) if step else self._analysed(revision)
        return self._reviews[revision]

    def _analysed(self, revision: int) -> Review:
        analysis = part_of_sign("diff_analysis")
        resolver = self._pdf.reader.get_historical_resolver
        try:
            result = analysis.DEFAULT_DIFF_POLICY.apply(old=resolver(revision - 1), new=resolver(revision))
        except analysis.SuspiciousModification as problem:
            return Review("OTHER", frozenset(), str(problem)[:200] or "changed")
        return Review(result.modification_level.name, frozenset(result.changed_form_fields))

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
        holders = self._holders({*added, *(ref.idnum for ref in older)}, revision)
        if holders is None or any(holders[number] for number in added):
            return None  # an older object spoke of one that is new: it shows something else from now on
        return _Update(self._pdf, revision, older, holders).step(self._by_field, added)

    def _holders(self, numbers: set[int], revision: int) -> dict[int, set[int]] | None:
        """The older objects that speak of these numbers; None where that cannot be told."""
        found: dict[int, set[int]] = {number: set() for number in numbers}
        for i in range(revision):
            holders = self._surveys.of(i).holders
            if holders is None:
                return None
            for number in numbers & holders.keys():
                found[number] |= holders[number]
        return found


class _Update:
    """One revision against the one before. `holders`: the older objects that speak of each object that it brings."""

    def __init__(self, pdf: OpenPdf, revision: int, older: set[Any], holders: dict[int, set[int]]) -> None:
        self._revision = revision
        self._older = older
        self._holders = holders
        self._old = pdf.reader.get_historical_resolver(revision - 1)
        self._new = pdf.reader.get_historical_resolver(revision)
        self._added: set[int] = set()
        self._explained: set[Any] = set()
        self._fields: list[tuple[Any, Any]] = []  # (reference, field)

    def step(self, by_field: dict[str, Embedded], added: set[int]) -> Step | None:
        """None: something else than what is known was done. `added`: the numbers of new objects."""
        self._added = added
        if self._old.root_ref != self._new.root_ref or any(
            _written(dict.get(self._old.trailer_view, key)) != _written(dict.get(self._new.trailer_view, key))
            for key in ("/Info", "/Encrypt")
        ):
            return None
        old, new = self._old.root, self._new.root
        if not _plain(old) or not _plain(new) or not _differing(old, new) <= {"/AcroForm", "/DSS", "/Extensions"}:
            return None
        self._explained.add(self._new.root_ref)
        self._information()
        if not self._form(old, new) or not self._extensions(old, new) or not self._store(old, new):
            return None
        kinds = {Change.VALIDATION_DATA} if self._store_changed(old, new) else set()
        names = frozenset(str(look(field, "/T", "")) for _, field in self._fields)
        for raw, field in self._fields:
            signature = by_field.get(str(look(field, "/T", "")))
            if signature is None or signature.revision != self._revision or signature.problem or not signature.field:
                return None
            if not self._new_reference(raw) or (signature.kind == "document" and not shows_nothing(field)):
                return None  # a timestamp has nobody who answers for what it paints
            kinds.add(Change.TIMESTAMP if signature.kind == "document" else Change.SIGNATURE)
        if len(names) != len(self._fields) or not kinds or not self._annotations() or not self._rest():
            return None
        return Step(frozenset(kinds), names)

    def _information(self) -> None:
        """The document information may say when and by what it was saved, where it is nothing else too."""
        raw = dict.get(self._new.trailer_view, "/Info")
        if not isinstance(raw, generic.IndirectObject) or self._holders.get(raw.idnum, {0}):
            return
        was, now = self._old.get_object(raw.reference), self._new.get_object(raw.reference)
        if _plain(was) and _plain(now) and _differing(was, now) <= UNTOLD:
            self._explained.add(raw.reference)

    def _form(self, old: Any, new: Any) -> bool:
        """The form gained signature fields that are new altogether, or stayed as it was."""
        before, after = look(old, "/AcroForm"), look(new, "/AcroForm")
        if after is None:
            return before is None
        if not _plain(after) or not self._same_place(old, new, "/AcroForm", self._root):
            return False
        known: list[Any] = []
        if before is None:
            if set(after) - {"/Fields", "/SigFlags"}:
                return False
        else:
            if not _plain(before) or not _differing(before, after) <= {"/Fields", "/SigFlags"}:
                return False
            fields = look(before, "/Fields")
            known = list.copy(fields) if isinstance(fields, list) else []
        if not self._same_place(before, after, "/Fields", self._holder(new, "/AcroForm")):
            return False
        if look(after, "/SigFlags", 0) not in (0, 1, 2, 3):
            return False
        more = _appended(known, look(after, "/Fields"))
        return more is not None and all(self._take_field(raw) for raw in more)

    def _take_field(self, raw: Any) -> bool:
        """A signature field of its own with at most one widget, without actions."""
        field = resolve(raw)
        if not self._is_new(raw) or not _plain(field) or set(field) - _FIELD_KEYS:
            return False
        value = dict.get(field, "/V")
        if look(field, "/FT") != "/Sig" or not _plain(resolve(value)) or not self._is_new(value):
            return False
        self._fields.append((raw, field))
        return True

    def _extensions(self, old: Any, new: Any) -> bool:
        """Nothing hangs on what the catalog says of extensions, where it is only that."""
        value = look(new, "/Extensions")
        return value is None or (_plain(value) and self._same_place(old, new, "/Extensions", self._root))

    def _store(self, old: Any, new: Any) -> bool:
        """The document security store is one and nothing else, also where its parts are objects that were there before."""
        before, after = look(old, "/DSS"), look(new, "/DSS")
        if after is None:
            return before is None
        if any(s is not None and (not _plain(s) or set(s) - _STORE_KEYS) for s in (before, after)):
            return False
        if not self._same_place(old, new, "/DSS", self._root):
            return False
        holders = self._holder(new, "/DSS") | self._holder(old, "/DSS")
        for key in (*_STORE_LISTS, "/VRI"):
            values = [look(s, key) for s in (before, after) if s is not None]
            if any(v is not None and not (_plain(v) if key == "/VRI" else isinstance(v, list)) for v in values):
                return False
            if not self._same_place(before, after, key, holders):
                return False
        return True

    @staticmethod
    def _store_changed(old: Any, new: Any) -> bool:
        before, after = look(old, "/DSS"), look(new, "/DSS")
        if before is None or after is None:
            return before is not after
        return any(
            _written(look(before, key)) != _written(look(after, key))
            or _written(dict.get(before, key)) != _written(dict.get(after, key))
            for key in (*_STORE_LISTS, "/VRI")
        )

    def _annotations(self) -> bool:
        """The pages of the new fields gained their widgets and nothing else."""
        widgets: dict[Any, set[bytes]] = {}
        for raw, field in self._fields:
            page = dict.get(field, "/P")
            if isinstance(page, generic.IndirectObject):
                widgets.setdefault(page.reference, set()).add(_written(raw))
        for page, fields in widgets.items():
            was, now = self._old.get_object(page), self._new.get_object(page)
            if not _plain(was) or not _plain(now):
                return False
            if look(was, "/Type") != "/Page" or not _differing(was, now) <= {"/Annots"}:
                return False
            if not self._same_place(was, now, "/Annots", {page.idnum}):
                return False
            before = look(was, "/Annots")
            more = _appended(list.copy(before) if isinstance(before, list) else [], look(now, "/Annots", []))
            if more is None or any(_written(m) not in fields for m in more):
                return False
            self._explained.add(page)
        return True

    def _rest(self) -> bool:
        """Whatever else was written again is what it was."""
        explained = {(r.idnum, r.generation) for r in self._explained}
        rest = (ref for ref in self._older if (ref.idnum, ref.generation) not in explained)
        return all(_written(self._old.get_object(ref)) == _written(self._new.get_object(ref)) for ref in rest)

    @property
    def _root(self) -> set[int]:
        return {self._new.root_ref.idnum}

    def _holder(self, holder: Any, key: str) -> set[int]:
        """The object that holds what is in the dictionary under `key`: that dictionary itself, or the catalog."""
        raw = dict.get(holder, key)
        return {raw.idnum} if isinstance(raw, generic.IndirectObject) else self._root

    def _same_place(self, before: Any, after: Any, key: str, holders: set[int]) -> bool:
        """Under `key` stands a direct value, or an object that is new, or the same as before which nobody but `holders` speaks of:
        only then may it be written anew without showing elsewhere."""
        now = dict.get(after, key) if after is not None else None
        if not isinstance(now, generic.IndirectObject) or now.idnum in self._added:
            return True
        was = dict.get(before, key) if before is not None else None
        if not isinstance(was, generic.IndirectObject) or _written(was) != _written(now):
            return now.reference not in self._older
        if now.reference in self._older:
            if not self._holders[now.idnum] <= holders:
                return False
            self._explained.add(now.reference)
        return True

    def _is_new(self, raw: Any) -> bool:
        """A direct value, or a reference to an object that this revision brought."""
        return not isinstance(raw, generic.IndirectObject) or raw.idnum in self._added

    def _new_reference(self, raw: Any) -> bool:
        return isinstance(raw, generic.IndirectObject) and raw.idnum in self._added


def shows_nothing(field: Any) -> bool:
    """The field's widget, and each of its kids, has no area."""
    kids = look(field, "/Kids")
    widgets = [field, *(resolve(kid) for kid in (kids if isinstance(kids, list) else ()))]
    boxes = [look(widget, "/Rect") for widget in widgets if isinstance(widget, generic.DictionaryObject)]
    return all(
        box is None or (isinstance(box, list) and len(box) == 4 and (box[0] == box[2] or box[1] == box[3]))
        for box in boxes
    )


def _plain(value: Any) -> bool:
    """A dictionary, and no stream, which pyHanko takes for one too."""
    return isinstance(value, generic.DictionaryObject) and not isinstance(value, generic.StreamObject)


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
