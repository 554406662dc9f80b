"""Whether an incremental update added one signature and nothing else, also where nobody had signed before.

`changes_after` tells what came after a signature. The first signature has none before it, and its own update could replace the
text it signs. So every object that the update overrides is compared with what it was (ISO 32000-2 7.5.6, 12.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded, part_of_sign
from econtract_core.evidence.pdf.marks import Mark, MarkProblem, mark_of, widgets_of
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf, dictionary_of, look, resolve
from econtract_core.rules.errors import DocumentError

__all__ = ["Additions", "Mark", "added_signature", "added_signatures", "besides_signature", "besides_signatures"]
_ROOT_MAY_GAIN = frozenset({"/AcroForm", "/Extensions"})
_FORM_MAY_GAIN = frozenset({"/Fields", "/SigFlags"})
_VERSIONS = ("/1.0", "/1.1", "/1.2", "/1.3", "/1.4", "/1.5", "/1.6", "/1.7", "/2.0")


@dataclass(frozen=True)
class Additions:
    """`problem`: what was added besides signatures, "" where nothing was. `marks`: the visible marks of the signatures."""

    problem: str
    marks: tuple[Mark, ...] = ()


def added_signature(before: Path, after: Path) -> Additions:
    """What `after` adds to `before`, where it must be one signature that shows nothing or one mark on one page.

    A mark (記名押印) is a widget that lies within its page and whose appearance is one form made of objects of the same update,
    without actions, layers or other files. Whether it may stand where it stands is for the caller: see `Mark`.
    `after` must begin with the bytes of `before`. Never raises for what is in the files. Raises FileNotReadable.
    """
    try:
        with OpenPdf(before) as old, OpenPdf(after, lenient=bool(old.objection)) as new, guarded(str(after)):
            return _added(old, new)
    except DocumentError as problem:
        return _unreadable(problem)


def added_signatures(path: Path, offered: int) -> Additions:
    """The same for all that `path` holds after its first `offered` bytes: signatures, each in an update of its own. Never raises
    for what is in the file. Raises FileNotReadable."""
    marks: list[Mark] = []
    try:
        with OpenPdf(path) as pdf:
            ends = [s.signed_length for s in pdf.signatures() if s.signed_length > offered]
            size = pdf.size
        if not ends or ends[-1] != size:
            return Additions("no signature covers the end")
        for start, end in pairwise([offered, *ends]):
            with _two_forms(path, start, end) as (old, new):
                found = _added(old, new)
            if found.problem:
                return found
            marks += found.marks
    except DocumentError as problem:
        return _unreadable(problem)
    return Additions("", tuple(marks))


def besides_signature(before: Path, after: Path) -> str:
    """What `after` adds to `before` besides one signature that shows nothing on the page; "" where it adds just that. The rest
    as `added_signature`."""
    return _without_marks(added_signature(before, after))


def besides_signatures(path: Path, offered: int) -> str:
    """What `path` holds after its first `offered` bytes besides signatures that show nothing, each in an update of its own; ""
    where it holds just those. The rest as `added_signatures`."""
    return _without_marks(added_signatures(path, offered))


def _without_marks(found: Additions) -> str:
    return found.problem or ("the signature covers a part of the page" if found.marks else "")


def _unreadable(problem: DocumentError) -> Additions:
    return Additions(str(problem.facts.get("problem", "")) or type(problem).__name__)


@contextmanager
def _two_forms(path: Path, start: int, end: int) -> Iterator[tuple[OpenPdf, OpenPdf]]:
    with (
        OpenPdf(path, length=start) as old,
        OpenPdf(path, length=end, lenient=bool(old.objection)) as new,
        guarded(str(path)),
    ):
        yield old, new


def _added(before: OpenPdf, after: OpenPdf) -> Additions:
    last = before.reader.xrefs.total_revisions - 1
    if after.objection and not before.objection:
        return Additions(after.objection)
    if after.reader.xrefs.total_revisions <= last + 1:
        return Additions("no revision was added")
    known = {s.field for s in before.signatures()}
    fresh = [s for s in after.signatures() if s.field not in known]
    if len(fresh) != 1 or len(after.signatures()) != len(known) + 1:
        return Additions(f"{len(fresh)} new signatures")
    if fresh[0].kind != "signature" or fresh[0].revision != after.reader.xrefs.total_revisions - 1:
        return Additions("the signature is not the last that was added")
    update = _Update(after, last, fresh[0])
    problem = update.problem()
    if problem and dictionary_of(update.old.root, "/AcroForm") is not None:
        problem = _reviewed(after, last, fresh[0].field, problem)
    if problem:
        return Additions(problem)
    try:
        marks = mark_of(after.reader.root, fresh[0].field_dictionary, update.is_new)
    except MarkProblem as problem_of_mark:
        return Additions(str(problem_of_mark))
    return Additions("", marks)


def _reviewed(after: OpenPdf, last: int, field: str, problem: str) -> str:
    """Another program signed into a form that was there: pyHanko's difference analysis knows all of its rules."""
    analysis = part_of_sign("diff_analysis")
    result = analysis.DEFAULT_DIFF_POLICY.review_file(after.reader, last)
    if isinstance(result, analysis.SuspiciousModification):
        return f"{problem}; {str(result)[:200]}"
    if result.modification_level > analysis.ModificationLevel.FORM_FILLING:
        return str(result.modification_level.name).lower()
    others = set(result.changed_form_fields) - {field}
    return f"form fields: {', '.join(sorted(others))}" if others else ""


class _Update:
    """The revisions after number `last`. `old` resolves objects as they were then."""

    def __init__(self, after: OpenPdf, last: int, signature: Embedded) -> None:
        self.old: Any = after.reader.get_historical_resolver(last)
        self._new: Any = after.reader
        xrefs = after.reader.xrefs
        later = range(last + 1, xrefs.total_revisions)
        self._changed = {r for i in later for r in xrefs.explicit_refs_in_revision(i)}
        self._freed = {r for i in later for r in xrefs.refs_freed_in_revision(i)}
        self._last = last
        self._field = signature.field_dictionary
        self._widgets = [_written(widget) for widget in widgets_of(self._field)]

    def problem(self) -> str:
        if self._new.root_ref != self.old.root_ref or _plain(self.old.trailer_view, "/Info") != _plain(
            self._new.trailer_view, "/Info"
        ):
            return "another catalog or document information"
        if self._freed:
            return "objects were removed"
        for reference in self._changed:
            if not self.is_new(reference):
                found = self._override(reference)
                if found:
                    return f"object {reference.idnum}: {found}"
        return self._form(dictionary_of(self.old.root, "/AcroForm"), dictionary_of(self._new.root, "/AcroForm"))

    def is_new(self, reference: Any) -> bool:
        """Whether an object came with this update."""
        try:
            return bool(self._new.xrefs.get_introducing_revision(reference) > self._last)
        except KeyError:
            return True

    def _override(self, reference: Any) -> str:
        """What is wrong with the new form of an object that was there before."""
        was, now = self.old.get_object(reference), self._new.get_object(reference)
        if reference == self._new.root_ref:
            return _differs(was, now, _ROOT_MAY_GAIN | ({"/Version"} if _newer(was, now) else set()))
        if self._is_form(reference):
            return ""  # looked at by itself
        if isinstance(was, list) and isinstance(now, list):
            return "" if self._only_ours_added(list.copy(was), list.copy(now)) else "changed"
        if isinstance(was, generic.DictionaryObject) and look(was, "/Type") == "/Page":
            found = _differs(was, now, frozenset({"/Annots"}))
            return found or ("" if self._same_annotations(was, now) else "annotations")
        return "" if _written(was) == _written(now) else "changed"

    def _is_form(self, reference: Any) -> bool:
        raw = dict.get(self.old.root, "/AcroForm")
        return bool(getattr(raw, "reference", None) == reference)

    def _form(self, was: Any, now: Any) -> str:
        """What is wrong with the form's dictionary: it may gain the signature's field and say that there is a signature."""
        before = [] if was is None else _entries(was, "/Fields", self.old)
        after = [] if now is None else _entries(now, "/Fields", self._new)
        if before is None or after is None or not self._only_ours_added(before, after):
            return "the form's fields"
        if now is not None and look(now, "/SigFlags", 0) not in (0, 1, 3):
            return "the form's flags"
        differs = _differs(was, now, _FORM_MAY_GAIN) if was is not None else _unusual_form(now)
        return f"the form's {differs}" if differs else ""

    def _same_annotations(self, was: Any, now: Any) -> bool:
        before, after = (_entries(page, "/Annots", how) for page, how in ((was, self.old), (now, self._new)))
        return before is not None and after is not None and self._only_ours_added(before, after)

    def _only_ours_added(self, before: list[Any], after: list[Any]) -> bool:
        """`after` is `before` and then nothing but the new signature's field and widgets."""
        if len(after) < len(before) or [_written(x) for x in before] != [_written(x) for x in after[: len(before)]]:
            return False
        allowed = [_written(self._field), *self._widgets]
        return all(_written(resolve(item)) in allowed for item in after[len(before) :])


def _unusual_form(form: Any) -> str:
    """Entries of a new form's dictionary that a signature does not need."""
    may = {"/Fields", "/SigFlags", "/DR", "/DA", "/Type"}
    return ", ".join(sorted(str(key) for key in set(form or ()) - may))


def _newer(was: Any, now: Any) -> bool:
    """Whether the catalog names a version of the format that is not older than before (7.2.2)."""
    named, before = str(look(now, "/Version")), str(look(was, "/Version", "/1.0"))
    return {named, before} <= set(_VERSIONS) and _VERSIONS.index(named) >= _VERSIONS.index(before)


def _entries(holder: Any, key: str, handler: Any) -> list[Any] | None:
    """The array under `key` as this revision has it; None where it is something else."""
    raw = dict.get(holder, key)
    value = handler.get_object(raw.reference) if isinstance(raw, generic.IndirectObject) else raw
    if value is None or isinstance(value, generic.NullObject):
        return []
    return list.copy(value) if isinstance(value, list) else None


def _differs(was: Any, now: Any, may: frozenset[str] | set[str]) -> str:
    """The entries that differ, besides those that may."""
    if not isinstance(was, generic.DictionaryObject) or type(was) is not type(now):
        return "changed"
    keys = sorted(str(k) for k in {*was, *now} - may if _plain(was, k) != _plain(now, k))
    return ", ".join(keys)


def _plain(holder: Any, key: str) -> bytes:
    raw = dict.get(holder, key)
    return b"" if raw is None else _written(raw)


def _written(value: Any) -> bytes:
    """A value in one way of writing, references as they are: the same string may be written in several."""
    if isinstance(value, generic.DecryptedObjectProxy):
        value = value.decrypted
    if isinstance(value, generic.IndirectObject):
        return b"%d %d R" % (value.idnum, value.generation)
    if isinstance(value, generic.DictionaryObject):
        entries = b" ".join(b"%s %s" % (k.encode(), _written(v)) for k, v in sorted(dict.items(value)))
        return b"<< %s >>%s" % (entries, value.encoded_data if isinstance(value, generic.StreamObject) else b"")
    if isinstance(value, list):
        return b"[ %s ]" % b" ".join(_written(item) for item in list.copy(value))
    if isinstance(value, generic.TextStringObject):
        return b"(%s)" % value.encode("utf-8", "surrogatepass")  # in PDFDocEncoding or UTF-16, it says the same
    if isinstance(value, generic.ByteStringObject):
        return b"<%s>" % value.original_bytes.hex().encode()
    out = BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()
