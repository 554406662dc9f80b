"""What a document hides: everything that may change what one sees, or send data, or speak of another file.

Every object that can be reached from the catalog is looked at once, each with the page it was found on. Content streams are not
run. Source: ISO 32000-2 (12.6 actions, 12.5 annotations, 7.11 files, 8.11 optional content); PDF/A forbids most of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf import changes
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf, dictionary_of, look, resolve
from econtract_core.evidence.verdict import Finding, Inspection, Severity
from econtract_core.rules.errors import DocumentEncrypted, NotAPdf

_MOST_OBJECTS = 500_000
_MOST_FINDINGS = 200
_DEEPEST_TREE = 64
_MOST_PAGES = 200_000
_REFUSE, _WARN, _NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE
_ACTIONS = {
    "/JavaScript": ("script", _REFUSE),
    "/Launch": ("action", _REFUSE),
    "/SubmitForm": ("action", _REFUSE),
    "/ImportData": ("action", _REFUSE),
    "/GoToR": ("external-reference", _WARN),
    "/GoToE": ("external-reference", _WARN),
    "/Hide": ("action", _REFUSE),
    "/SetOCGState": ("action", _REFUSE),
    "/ResetForm": ("action", _REFUSE),
    "/Rendition": ("rich-media", _REFUSE),
    "/Movie": ("rich-media", _REFUSE),
    "/Sound": ("rich-media", _REFUSE),
    "/GoTo3DView": ("rich-media", _REFUSE),
    "/RichMediaExecute": ("rich-media", _REFUSE),
    "/Trans": ("action", _WARN),
    "/Thread": ("external-reference", _WARN),
    "/Named": ("action", _NOTE),
    "/URI": ("link", _NOTE),
}
_RICH = frozenset({"/RichMedia", "/Movie", "/Screen", "/Sound", "/3D"})
_STANDARD_FONTS = ("Courier", "Helvetica", "Times", "Symbol", "ZapfDingbats")
_HIDDEN, _NO_VIEW, _INVISIBLE = 2, 32, 1


def inspect_pdf(path: Path) -> Inspection:
    """What a file hides; `safe_to_sign` when nothing of it is a reason to refuse. Raises FileNotReadable only."""
    try:
        with OpenPdf(path) as pdf:
            return inspect_open(pdf)
    except DocumentEncrypted:
        return _refused(path, "encryption", "")
    except NotAPdf as problem:
        return _refused(path, "broken", str(problem.facts.get("problem", "")))


def inspect_open(pdf: OpenPdf) -> Inspection:
    """The same for a file that is being read. Raises NotAPdf where it breaks off in the middle."""
    walk = _Walk(pdf)
    with guarded(str(pdf.path)):
        walk.run()
    if pdf.encrypted:
        walk.find("encryption", _REFUSE)
    if pdf.objection:
        walk.find("read-leniently", _NOTE, problem=pdf.objection)
    walk.locks(pdf.signatures())
    findings = tuple(walk.findings)
    safe = not any(f.severity is _REFUSE for f in findings)
    return Inspection(str(pdf.path), walk.pages, safe, findings)


def next_field_name(pdf: OpenPdf) -> str:
    """The name our next signature field gets: econtract-1, econtract-2 …, one that is free."""
    taken = pdf.field_names()
    number = 1
    while f"econtract-{number}" in taken:
        number += 1
    return f"econtract-{number}"


def locked_by(pdf: OpenPdf, signatures: tuple[Embedded, ...]) -> str:
    """The field of the earlier signature that forbids a further one, or ""."""
    name = next_field_name(pdf) if signatures else ""
    with guarded(str(pdf.path)):
        for item in signatures:
            if changes.permission(item) == 1 or changes.locks_field(item, name):
                return item.field
    return ""


def _refused(path: Path, code: str, problem: str) -> Inspection:
    facts = (("problem", problem),) if problem else ()
    return Inspection(str(path), None, False, (Finding(code, _REFUSE, facts),))


class _Walk:
    """One pass over all reachable objects."""

    def __init__(self, pdf: OpenPdf) -> None:
        self._pdf = pdf
        self._seen: set[tuple[int, int]] = set()
        self.pages = 0
        self.findings: list[Finding] = []
        self._known: set[Finding] = set()

    def find(self, code: str, severity: Severity, where: str = "", **facts: str) -> None:
        finding = Finding(code, severity, tuple(facts.items()), where)
        if finding not in self._known and len(self.findings) < _MOST_FINDINGS:
            self._known.add(finding)
            self.findings.append(finding)

    def run(self) -> None:
        root = self._pdf.reader.root
        self._catalog(root)
        self._page_tree(root)
        self._follow([(value, "document") for key, value in _raw_items(root) if key != "/Pages"])

    def _catalog(self, root: Any) -> None:
        form = dictionary_of(root, "/AcroForm")
        if form is not None:
            if "/XFA" in form:
                self.find("xfa", _REFUSE, "document")
            order = look(form, "/CO")
            if isinstance(order, list) and order:
                self.find("form-calculation", _REFUSE, "document")
            if _true(form, "/NeedAppearances") and look(form, "/Fields"):
                self.find("form-appearance", _WARN, "document")
        names = dictionary_of(root, "/Names")
        if names is not None and "/JavaScript" in names:
            self.find("script", _REFUSE, "document")
        if (names is not None and "/EmbeddedFiles" in names) or "/AF" in root:
            self.find("attachment", _WARN, "document")
        if "/Collection" in root:
            self.find("attachment", _REFUSE, "document")
        optional = dictionary_of(root, "/OCProperties")
        if optional is not None and look(optional, "/OCGs"):
            self.find("optional-content", _WARN, "document")
        if _true(root, "/NeedsRendering"):
            self.find("xfa", _REFUSE, "document")

    def _page_tree(self, root: Any) -> None:
        """Pages in order, so that what hangs on a page is found with its number."""
        waiting: list[tuple[Any, tuple[Any, ...]]] = [(root.raw_get("/Pages"), ())]
        while waiting:
            raw, above = waiting.pop()
            node = resolve(raw)
            if not isinstance(node, generic.DictionaryObject):
                continue
            kids = look(node, "/Kids")
            name = raw.reference if isinstance(raw, generic.IndirectObject) else None
            if name in above or len(above) > _DEEPEST_TREE:
                self.find("broken", _REFUSE, "document", problem="the page tree runs in circles")
                continue
            if isinstance(kids, list):
                if len(waiting) + len(kids) > _MOST_OBJECTS:
                    raise NotAPdf(file=str(self._pdf.path), problem="too many pages")
                path = (*above, name) if name is not None else above
                waiting += [(kid, path) for kid in reversed(list(kids))]
                place = "document"
            else:
                self.pages += 1
                if self.pages > _MOST_PAGES:  # one page may hang in the tree many times over
                    raise NotAPdf(file=str(self._pdf.path), problem="too many pages")
                place = f"page {self.pages}"
            if self._first_time(raw):
                self._dictionary(node, place)
                self._follow([(v, place) for k, v in _raw_items(node) if k not in ("/Kids", "/Parent")])
        if self.pages == 0:
            self.find("broken", _REFUSE, "document", problem="no pages")

    def _first_time(self, raw: Any) -> bool:
        if not isinstance(raw, generic.IndirectObject):
            return True
        name = (raw.idnum, raw.generation)
        if name in self._seen:
            return False
        self._seen.add(name)
        if len(self._seen) > _MOST_OBJECTS:
            raise NotAPdf(file=str(self._pdf.path), problem="too many objects")
        return True

    def _follow(self, waiting: list[tuple[Any, str]]) -> None:
        while waiting:
            raw, place = waiting.pop()
            if not self._first_time(raw):
                continue
            value = resolve(raw)
            if isinstance(value, generic.DictionaryObject):
                if look(value, "/Type") == "/Page":
                    continue  # the page tree comes to it
                self._dictionary(value, place)
                waiting += [(v, place) for k, v in _raw_items(value) if k not in ("/Parent", "/P") and _compound(v)]
            elif isinstance(value, list):
                waiting += [(v, place) for v in value if _compound(v)]

    def _dictionary(self, value: Any, place: str) -> None:
        action = look(value, "/S") if "/S" in value else None
        if isinstance(action, str) and action in _ACTIONS:
            self._action(value, action, place)
        elif "/JS" in value:
            self.find("script", _REFUSE, place)
        kind = look(value, "/Subtype") if "/Subtype" in value else None
        if isinstance(kind, str):
            check = _BY_SUBTYPE.get(kind)
            if check is not None:
                check(self, value, place)
            if kind in _RICH:
                self.find("rich-media", _REFUSE, place, kind=str(kind)[1:])
            elif "/Rect" in value:
                self._annotation(value, kind, place)
        if isinstance(value, generic.StreamObject) and "/F" in value:
            self.find("external-reference", _REFUSE, place)  # the stream's data is in another file
        if look(value, "/Type") == "/Font" and kind != "/Type3":
            self._font(value, place)

    def _action(self, value: Any, action: str, place: str) -> None:
        code, severity = _ACTIONS[action]
        if action == "/Named" and look(value, "/N") == "/Print":
            severity = _WARN
        if code == "link":
            self.find(code, severity, place, target=str(look(value, "/URI", ""))[:200])
        elif code == "action":
            self.find(code, severity, place, kind=action[1:])
        else:
            self.find(code, severity, place)

    def _annotation(self, value: Any, kind: str, place: str) -> None:
        flags = look(value, "/F", 0)
        if not isinstance(flags, int) or kind == "/Popup":
            return
        if flags & (_HIDDEN | _NO_VIEW) and not _is_signature(value):
            self.find("hidden-annotation", _WARN, place, kind=kind[1:])

    def _font(self, value: Any, place: str) -> None:
        if look(value, "/Subtype") == "/Type0":
            return  # its descendant tells
        name = str(look(value, "/BaseFont", "/"))[1:]
        descriptor = dictionary_of(value, "/FontDescriptor")
        embedded = descriptor is not None and any(
            key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
        )
        if not embedded:
            standard = name.startswith(_STANDARD_FONTS) and descriptor is None
            self.find("standard-font" if standard else "unembedded-font", _NOTE, place, name=name[:60])

    def attachment(self, _value: Any, place: str) -> None:
        self.find("attachment", _WARN, place)

    def form(self, value: Any, place: str) -> None:
        if "/Ref" in value or "/OPI" in value:
            self.find("external-reference", _REFUSE, place)
        if "/PS" in value or look(value, "/Subtype2") == "/PS":
            self.find("postscript", _REFUSE, place)

    def postscript(self, _value: Any, place: str) -> None:
        self.find("postscript", _REFUSE, place)

    def locks(self, signatures: tuple[Embedded, ...]) -> None:
        locked = locked_by(self._pdf, signatures)
        if locked:
            self.find("locked", _REFUSE, locked)
        for item in signatures:
            self.find("earlier-timestamp" if item.kind == "document" else "earlier-signature", _NOTE, item.field)


_BY_SUBTYPE: dict[str, Callable[[_Walk, Any, str], None]] = {
    "/FileAttachment": _Walk.attachment,
    "/Form": _Walk.form,
    "/PS": _Walk.postscript,
}


def _raw_items(value: Any) -> list[tuple[str, Any]]:
    return list(dict.items(value))


def _true(value: Any, key: str) -> bool:
    return bool(getattr(look(value, key), "value", False))


def _compound(value: Any) -> bool:
    return isinstance(value, generic.IndirectObject | generic.DictionaryObject | list)


def _is_signature(value: Any) -> bool:
    parent = dictionary_of(value, "/Parent")
    return look(value, "/FT") == "/Sig" or (parent is not None and look(parent, "/FT") == "/Sig")
