"""What was added to a file after a signature, by pyHanko's difference analysis, in the words of `verdict.Change`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded, part_of_sign
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf, dictionary_of, look, resolve
from econtract_core.evidence.pdf.steps import LEVELS, Review, Steps, shows_nothing
from econtract_core.evidence.verdict import Change
from econtract_core.rules.errors import NotAPdf

_ORDER = list(Change)
_UNTOLD = frozenset({"/ModDate", "/Producer"})  # every program that saves a file rewrites these


@dataclass(frozen=True)
class Changes:
    """`allowed` False: the file no longer shows what was signed, or an earlier signature forbade it. `painted`: a later timestamp,
    for which nobody answers, has a place on a page, and may cover what was signed."""

    kinds: tuple[Change, ...] = ()
    allowed: bool = True
    info_changed: bool = False
    problem: str = ""
    painted: bool = False


def changes_after(
    pdf: OpenPdf, signature: Embedded, all_signatures: tuple[Embedded, ...], steps: Steps | None = None
) -> Changes:
    """What came after `signature`, which covers its own revision. `steps`: shared by all signatures of a file. Never raises for
    what is in the file."""
    if signature.covers_file or _only_line_ends(pdf, signature.signed_length):
        return Changes()
    steps = steps or Steps(pdf, all_signatures)
    if not steps.sealed(signature):
        return Changes((Change.UNDEFINED,), False, False, "a signed object reaches behind what is signed")
    known = _by_steps(pdf, signature, steps)
    if known is not None:
        return known
    try:
        with guarded(str(pdf.path)):
            found = _compare(pdf, signature, all_signatures, steps)
            stamps = [s for s in all_signatures if s.kind == "document" and s.revision > signature.revision]
            painted = not all(shows_nothing(s.field_dictionary) for s in stamps)
            kinds = {*found.kinds, *({Change.VISUAL} if painted else ())}
            return replace(found, painted=painted, kinds=tuple(sorted(kinds, key=_ORDER.index)))
    except NotAPdf as problem:
        return Changes((Change.UNDEFINED,), False, False, str(problem.facts.get("problem", "")))


def _by_steps(pdf: OpenPdf, signature: Embedded, steps: Steps) -> Changes | None:
    """Where every later revision is of a known kind and nothing locks anything, the comparison is not needed."""
    later = steps.since(signature.revision)
    if not later:
        return None
    try:
        with guarded(str(pdf.path)):
            limit, lock = permission(signature), _field_lock(signature)
    except NotAPdf:
        return None
    kinds = frozenset().union(*(step.kinds for step in later))
    if lock is not None or (limit == 1 and Change.SIGNATURE in kinds):
        return None
    return Changes(tuple(sorted(kinds, key=_ORDER.index)))


def _only_line_ends(pdf: OpenPdf, end: int) -> bool:
    if pdf.size - end > 8:
        return False
    pdf.stream.seek(end)
    return not pdf.stream.read().strip(b"\r\n \0")


def _compare(pdf: OpenPdf, signature: Embedded, all_signatures: tuple[Embedded, ...], steps: Steps) -> Changes:
    reader = pdf.reader
    if reader.xrefs.total_revisions - 1 == signature.revision:
        return Changes((Change.UNDEFINED,))  # bytes that belong to no revision: told as a finding
    later = [s for s in all_signatures if s.revision > signature.revision]
    kinds = {Change.TIMESTAMP if s.kind == "document" else Change.SIGNATURE for s in later}
    old = reader.get_historical_resolver(signature.revision)
    new = reader.get_historical_resolver(reader.xrefs.total_revisions - 1)
    if _security_store(old.root) != _security_store(new.root):
        kinds.add(Change.VALIDATION_DATA)
    level, fields, problem = _review(pdf, signature, steps)
    if fields - {s.field for s in later}:
        kinds.add(Change.FORM_FILLING)
    if level == "OTHER":
        kinds |= _suspicious(old, new, signature.revision)
    info_changed = _info(old) != _info(new)
    allowed = level != "OTHER" and _permits(signature, level)
    return Changes(tuple(sorted(kinds or {Change.UNDEFINED}, key=_ORDER.index)), allowed, info_changed, problem)


def _review(pdf: OpenPdf, signature: Embedded, steps: Steps) -> tuple[str, set[str], str]:
    """(modification level, form fields that changed, what is wrong). Where nothing is locked, revision by revision: each is then
    compared once for all signatures before it."""
    field_lock, document_lock = _field_lock(signature), _document_lock(signature)
    if field_lock is None and document_lock is None:
        return _composed([steps.review(i) for i in range(signature.revision + 1, pdf.reader.xrefs.total_revisions)])
    analysis = part_of_sign("diff_analysis")
    result = analysis.DEFAULT_DIFF_POLICY.review_file(
        pdf.reader, signature.revision, field_mdp_spec=field_lock, doc_mdp=document_lock
    )
    if isinstance(result, analysis.SuspiciousModification):
        return "OTHER", set(), str(result)[:200]
    return result.modification_level.name, set(result.changed_form_fields), ""


def _composed(reviews: list[Review]) -> tuple[str, set[str], str]:
    level = max((r.level for r in reviews), key=LEVELS.index, default=LEVELS[0])
    problem = next((r.problem for r in reviews if r.problem), "")
    return level, {name for r in reviews for name in r.fields}, problem


def permission(signature: Embedded) -> int | None:
    """What a signature allows after it: DocMDP P (ISO 32000-2 12.8.2.2) of its own or of its field's lock: 1 nothing,
    2 forms and signatures, 3 annotations too; None where it says nothing."""
    reference = _transform(signature, "/DocMDP")
    parameters = dictionary_of(reference, "/TransformParams")
    if reference is not None:
        value = look(parameters, "/P", 2) if parameters is not None else 2
    else:
        lock = dictionary_of(signature.field_dictionary, "/Lock")
        value = look(lock, "/P") if lock is not None else None
    return int(value) if value in (1, 2, 3) else None


def locks_field(signature: Embedded, name: str) -> bool:
    """Whether a signature's field lock (FieldMDP) covers the form field `name`."""
    spec = _field_lock(signature)
    return spec is not None and bool(spec.is_locked(name))


def _document_lock(signature: Embedded) -> Any:
    value = permission(signature)
    return part_of_sign("fields").MDPPerm(value) if value is not None else None


def _field_lock(signature: Embedded) -> Any:
    parameters = dictionary_of(_transform(signature, "/FieldMDP"), "/TransformParams")
    return part_of_sign("fields").FieldMDPSpec.from_pdf_object(parameters) if parameters is not None else None


def _transform(signature: Embedded, method: str) -> Any:
    references = look(signature.dictionary, "/Reference")
    for entry in references if isinstance(references, list) else ():
        item = resolve(entry)
        if isinstance(item, generic.DictionaryObject) and look(item, "/TransformMethod") == method:
            return item
    return None


def _permits(signature: Embedded, level: str) -> bool:
    limit = permission(signature)
    return limit is None or LEVELS.index(level) <= limit


def _security_store(root: Any) -> tuple[int, ...]:
    """How much validation data the document security store holds."""
    store = dictionary_of(root, "/DSS")
    if store is None:
        return ()
    return tuple(len(look(store, key, ())) for key in ("/Certs", "/CRLs", "/OCSPs", "/VRI"))


def _info(handler: Any) -> dict[str, str]:
    raw = dict.get(handler.trailer_view, "/Info")  # a bare reference would lead to the newest revision
    info = handler.get_object(raw.reference) if isinstance(raw, generic.IndirectObject) else raw
    if not isinstance(info, generic.DictionaryObject):
        return {}
    return {str(k): str(v) for k, v in info.items() if k not in _UNTOLD}


def _suspicious(old: Any, new: Any, revision: int) -> set[Change]:
    before, after = _pages(old), _pages(new)
    if len(before) != len(after):
        return {Change.PAGE}
    kinds: set[Change] = set()
    for one, two in zip(before, after, strict=True):
        if _text_of(one, "/Annots") != _text_of(two, "/Annots"):
            kinds.add(Change.ANNOTATION)
        keys = ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate")
        if any(_text_of(one, key) != _text_of(two, key) for key in keys):
            kinds.add(Change.VISUAL)
    changed = {
        (r.idnum, r.generation)
        for i in range(revision + 1, new.reader.xrefs.total_revisions)
        for r in new.reader.xrefs.explicit_refs_in_revision(i)
    }
    for page in after:
        for key in ("/Contents", "/Resources"):
            if any((int(a), int(b)) in changed for a, b in re.findall(r"(\d+) (\d+) R", _text_of(page, key))):
                kinds.add(Change.VISUAL)
    return kinds or {Change.UNDEFINED}


def _text_of(page: Any, key: str) -> str:
    """How an entry of a page is written, references as they are."""
    from io import BytesIO

    try:
        raw = page.raw_get(key)
    except KeyError:
        return ""
    if isinstance(raw, generic.IndirectObject) and key == "/Annots":
        raw = resolve(raw)
    out = BytesIO()
    raw.write_to_stream(out, None)
    return out.getvalue().decode("latin-1")


def _pages(handler: Any) -> list[Any]:
    """The pages' dictionaries in order; a tree that runs in circles ends at what was seen."""
    found: list[Any] = []
    waiting = [handler.root.raw_get("/Pages")]
    seen: set[Any] = set()
    while waiting and len(found) < 100_000:
        item = waiting.pop()
        if isinstance(item, generic.IndirectObject):
            if item.reference in seen:
                continue
            seen.add(item.reference)
            item = resolve(item)
        if not isinstance(item, generic.DictionaryObject):
            continue
        kids = look(item, "/Kids")
        if isinstance(kids, list):
            waiting += reversed(list(kids))
        else:
            found.append(item)
    return found
