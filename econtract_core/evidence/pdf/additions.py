"""Whether an incremental update added one signature and nothing else, also where nobody had signed before.

`changes_after` tells what came after a signature. The first signature has none before it, and its own update could replace the
text it signs. So every object that the update overrides is compared with what it was (ISO 32000-2 7.5.6, 12.7).
"""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded, part_of_sign
from econtract_core.evidence.pdf.reading import OpenPdf, dictionary_of, look, resolve
from econtract_core.rules.errors import DocumentError

_ROOT_MAY_GAIN = frozenset({"/AcroForm", "/Extensions"})


def besides_signature(before: Path, after: Path) -> str:
    """What `after` adds to `before` besides one signature that shows nothing on the page; "" where it adds just that.

    `after` must begin with the bytes of `before`. Never raises for what is in the files. Raises FileNotReadable.
    """
    try:
        with OpenPdf(before) as old, OpenPdf(after) as new, guarded(str(after)):
            return _besides(old, new)
    except DocumentError as problem:
        return str(problem.facts.get("problem", "")) or type(problem).__name__


def besides_signatures(path: Path, offered: int) -> str:
    """What `path` holds after its first `offered` bytes besides signatures that show nothing, each in an update of its own; ""
    where it holds just those. Never raises for what is in the file. Raises FileNotReadable."""
    try:
        with OpenPdf(path) as pdf:
            ends = [s.signed_length for s in pdf.signatures() if s.signed_length > offered]
            size = pdf.size
        if not ends or ends[-1] != size:
            return "no signature covers the end"
        for start, end in pairwise([offered, *ends]):
            with OpenPdf(path, length=start) as old, OpenPdf(path, length=end) as new, guarded(str(path)):
                found = _besides(old, new)
            if found:
                return found
    except DocumentError as problem:
        return str(problem.facts.get("problem", "")) or type(problem).__name__
    return ""


def _besides(before: OpenPdf, after: OpenPdf) -> str:
    last = before.reader.xrefs.total_revisions - 1
    if after.objection and not before.objection:
        return after.objection
    if after.reader.xrefs.total_revisions <= last + 1:
        return "no revision was added"
    known = {s.field for s in before.signatures()}
    fresh = [s for s in after.signatures() if s.field not in known]
    if len(fresh) != 1 or len(after.signatures()) != len(known) + 1:
        return f"{len(fresh)} new signatures"
    if fresh[0].kind != "signature" or fresh[0].revision != after.reader.xrefs.total_revisions - 1:
        return "the signature is not the last that was added"
    if not _shows_nothing(fresh[0].field_dictionary):
        return "the signature covers a part of the page"
    old = after.reader.get_historical_resolver(last)
    if dictionary_of(old.root, "/AcroForm") is not None:
        return _reviewed(after, last, fresh[0].field)
    return _Update(after, old, last).problem()


def _reviewed(after: OpenPdf, last: int, field: str) -> str:
    """The document had a form already: pyHanko's difference analysis knows all of its rules."""
    analysis = part_of_sign("diff_analysis")
    result = analysis.DEFAULT_DIFF_POLICY.review_file(after.reader, last)
    if isinstance(result, analysis.SuspiciousModification):
        return str(result)[:200]
    if result.modification_level > analysis.ModificationLevel.FORM_FILLING:
        return str(result.modification_level.name).lower()
    others = set(result.changed_form_fields) - {field}
    return f"form fields: {', '.join(sorted(others))}" if others else ""


def _shows_nothing(field: Any) -> bool:
    """The field's widget, and each of its kids, has no area."""
    kids = look(field, "/Kids")
    widgets = [field, *(resolve(kid) for kid in (kids if isinstance(kids, list) else ()))]
    boxes = [look(widget, "/Rect") for widget in widgets]
    return all(
        box is None or (isinstance(box, list) and len(box) == 4 and (box[0] == box[2] or box[1] == box[3]))
        for box in boxes
    )


class _Update:
    """The revisions after number `last` of a document that had no form. `old` resolves objects as they were then."""

    def __init__(self, after: OpenPdf, old: Any, last: int) -> None:
        self._new = after.reader
        self._old = old
        xrefs = after.reader.xrefs
        later = range(last + 1, xrefs.total_revisions)
        self._changed = {r for i in later for r in xrefs.explicit_refs_in_revision(i)}
        self._freed = {r for i in later for r in xrefs.refs_freed_in_revision(i)}
        self._last = last

    def problem(self) -> str:
        if self._new.root_ref != self._old.root_ref or _plain(self._old.trailer_view, "/Info") != _plain(
            self._new.trailer_view, "/Info"
        ):
            return "another catalog or document information"
        if self._freed:
            return "objects were removed"
        for reference in self._changed:
            if self._existed(reference):
                found = self._override(reference)
                if found:
                    return f"object {reference.idnum}: {found}"
        return ""

    def _existed(self, reference: Any) -> bool:
        try:
            return bool(self._new.xrefs.get_introducing_revision(reference) <= self._last)
        except KeyError:
            return False

    def _override(self, reference: Any) -> str:
        """What is wrong with the new form of an object that was there before."""
        was, now = self._old.get_object(reference), self._new.get_object(reference)  # type: ignore[no-untyped-call]
        if reference == self._new.root_ref:
            return _differs(was, now, _ROOT_MAY_GAIN)
        if isinstance(was, list) and isinstance(now, list):
            return "" if self._only_widgets_added(list.copy(was), list.copy(now)) else "changed"
        if isinstance(was, generic.DictionaryObject) and look(was, "/Type") == "/Page":
            found = _differs(was, now, frozenset({"/Annots"}))
            return found or ("" if self._same_annotations(was, now) else "annotations")
        return "" if _written(was) == _written(now) else "changed"

    def _same_annotations(self, was: Any, now: Any) -> bool:
        before, after = (_entries(page, "/Annots", how) for page, how in ((was, self._old), (now, self._new)))
        return before is not None and after is not None and self._only_widgets_added(before, after)

    def _only_widgets_added(self, before: list[Any], after: list[Any]) -> bool:
        """`after` is `before` and then nothing but widgets of signature fields."""
        if len(after) < len(before) or [_written(x) for x in before] != [_written(x) for x in after[: len(before)]]:
            return False
        added = [resolve(item) for item in after[len(before) :]]
        return all(
            isinstance(item, generic.DictionaryObject)
            and look(item, "/Subtype") == "/Widget"
            and look(item, "/FT", look(dictionary_of(item, "/Parent"), "/FT")) == "/Sig"
            and _shows_nothing(item)
            for item in added
        )


def _entries(page: Any, key: str, handler: Any) -> list[Any] | None:
    """The array under `key` as this revision has it; None where it is something else."""
    raw = dict.get(page, key)
    value = handler.get_object(raw.reference) if isinstance(raw, generic.IndirectObject) else raw
    if value is None or isinstance(value, generic.NullObject):
        return []
    return list.copy(value) if isinstance(value, list) else None


def _differs(was: Any, now: Any, may: frozenset[str]) -> str:
    """The entries that differ, besides those that may."""
    if not isinstance(was, generic.DictionaryObject) or type(was) is not type(now):
        return "changed"
    keys = sorted(str(k) for k in {*was, *now} - may if _plain(was, k) != _plain(now, k))
    return ", ".join(keys)


def _plain(holder: Any, key: str) -> bytes:
    raw = dict.get(holder, key)
    return b"" if raw is None else _written(raw)


def _written(value: Any) -> bytes:
    """How a value is written, references as they are."""
    out = BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()
