"""One pass over everything that can be reached from the catalog, each object once, with the page it was found on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect import policy
from econtract_core.evidence.pdf.inspect.catalog import check_catalog, check_page_count
from econtract_core.evidence.pdf.inspect.pages import INHERITED, Leaf
from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.objects import Objects
from econtract_core.evidence.pdf.reading import OpenPdf, dictionary_of, look, resolve
from econtract_core.rules.errors import NotAPdf

_MOST_OBJECTS = 200_000
_MOST_ENTRIES = 250_000  # what takes a few seconds to look through; a contract has some thousands
_DEEPEST_TREE = 64
_MOST_PAGES = 200_000
_STANDARD_FONTS = ("Courier", "Helvetica", "Times", "Symbol", "ZapfDingbats")
_HIDDEN, _NO_VIEW = 2, 32
_NO_TEXT_OF_ITS_OWN = frozenset({"/Popup", "/Link", "/Widget", "/PrinterMark", "/TrapNet"})
_Kids = list[tuple[Any, tuple[Any, ...], dict[str, Any]]]


class Walk:
    """`leaves`: the pages in order. `missing`: what is referred to and is not there. `loose`: pages met outside the page tree."""

    def __init__(self, pdf: OpenPdf, report: Report) -> None:
        self.leaves: list[Leaf] = []
        self.missing: set[tuple[int, int]] = set()
        self.seen: set[tuple[int, int]] = set()
        self._pdf = pdf
        self._report = report
        self._loose: dict[tuple[int, int], str] = {}
        self._in_tree: set[tuple[int, int]] = set()
        self._entries = 0  # of dictionaries and arrays
        self._objects = Objects(pdf.reader)
        self._find = report.find

    def run(self) -> None:
        """Raises NotAPdf and what pyHanko raises."""
        root = self._pdf.reader.root
        check_catalog(root, self._report)
        self._page_tree(root)
        top = [(value, "document") for key, value in _raw_items(root) if key not in _NOT_FOLLOWED]
        info = dict.get(self._pdf.reader.trailer_view, "/Info")
        self._follow(top if info is None else [*top, (info, "document")])
        check_page_count(root, len(self.leaves), self._report)
        for name, place in self._loose.items():
            if name not in self._in_tree:
                self._find("hidden-page", place, number=str(name[0]))

    @property
    def pages(self) -> int:
        return len(self.leaves)

    @property
    def page_numbers(self) -> frozenset[int]:
        """Object numbers of the pages in the page tree."""
        return frozenset(number for number, _ in self._in_tree)

    # --- the page tree ---

    def _page_tree(self, root: Any) -> None:
        """Pages in order, so that what hangs on a page is found with its number."""
        waiting: _Kids = [(dict.get(root, "/Pages"), (), {})]
        while waiting:
            raw, above, inherited = waiting.pop()
            node = self._resolved(raw)
            if not isinstance(node, generic.DictionaryObject):
                continue
            name = raw.reference if isinstance(raw, generic.IndirectObject) else None
            if name in above or len(above) > _DEEPEST_TREE:
                self._find("broken", "document", problem="the page tree runs in circles")
                continue
            kids = look(node, "/Kids")
            if isinstance(kids, list):
                if len(waiting) + len(kids) > _MOST_OBJECTS:
                    raise self._too_much("pages")
                path = (*above, name) if name is not None else above
                own = {key: value for key in INHERITED if (value := look(node, key)) is not None}
                passed = {**inherited, **own} if own else inherited
                waiting += [(kid, path, passed) for kid in reversed(list.copy(kids))]
                place = "document"
            else:
                place = self._leaf(raw, node, inherited)
            if self._first_time(raw):
                self._dictionary(node, place)
                self._follow([(v, place) for k, v in _raw_items(node) if k not in ("/Kids", "/Parent")])
        if not self.leaves:
            self._find("broken", "document", problem="no pages")

    def _leaf(self, raw: Any, node: Any, inherited: dict[str, Any]) -> str:
        if len(self.leaves) >= _MOST_PAGES:  # one page may hang in the tree many times over
            raise self._too_much("pages")
        leaf = Leaf(len(self.leaves) + 1, node, inherited)
        self.leaves.append(leaf)
        if isinstance(raw, generic.IndirectObject):
            name = (raw.idnum, raw.generation)
            if name in self._in_tree:
                self._find("page-twice", f"page {leaf.number}")
            self._in_tree.add(name)
        return f"page {leaf.number}"

    # --- everything else ---

    def _first_time(self, raw: Any) -> bool:
        if not isinstance(raw, generic.IndirectObject):
            return True
        name = (raw.idnum, raw.generation)
        if name in self.seen:
            return False
        self.seen.add(name)
        if len(self.seen) > _MOST_OBJECTS or self._entries > _MOST_ENTRIES:
            raise self._too_much("objects")
        return True

    def _resolved(self, raw: Any) -> Any:
        """What a reference points at; None where it points at nothing, which is the same as null (ISO 32000-2 7.3.10)."""
        if isinstance(raw, generic.IndirectObject) and self._objects.missing(raw):
            self.missing.add((raw.idnum, raw.generation))
            return None
        return resolve(raw)

    def _follow(self, waiting: list[tuple[Any, str]]) -> None:
        while waiting:
            raw, place = waiting.pop()
            if not self._first_time(raw):
                continue
            value = self._resolved(raw)
            if isinstance(value, generic.DictionaryObject):
                if dict.get(value, "/Type") == "/Page":
                    if isinstance(raw, generic.IndirectObject):
                        self._page_met(raw, place)
                    continue  # the page tree comes to it
                self._dictionary(value, place)
                waiting += [(v, place) for k, v in _raw_items(value) if isinstance(v, _COMPOUND) and k not in _UPWARDS]
                self._entries += len(value)
            elif isinstance(value, list):
                self._entries += len(value)
                waiting += [(v, place) for v in list.copy(value) if isinstance(v, _COMPOUND)]

    def _page_met(self, raw: Any, place: str) -> None:
        name = (raw.idnum, raw.generation)
        self.seen.discard(name)
        if name not in self._in_tree and len(self._loose) < 1000:
            self._loose.setdefault(name, place)

    def _dictionary(self, value: Any, place: str) -> None:
        action = look(value, "/S") if "/S" in value else None
        if isinstance(action, str) and action in policy.ACTIONS:
            self._action(value, action, place)
        elif "/JS" in value:
            self._find("script", place)
        kind = look(value, "/Subtype") if "/Subtype" in value else None
        if isinstance(kind, str):
            check = _BY_SUBTYPE.get(kind)
            if check is not None:
                check(self, value, place)
            if kind in policy.RICH_MEDIA:
                self._find("rich-media", place, kind=str(kind)[1:])
            elif "/Rect" in value:
                self._annotation(value, kind, place)
        if isinstance(value, generic.StreamObject) and "/F" in value:
            self._find("external-reference", place)  # the stream's data is in another file
        if kind != "/Type3" and dict.get(value, "/Type") == "/Font":
            self._font(value, kind, place)

    def _action(self, value: Any, action: str, place: str) -> None:
        code, _, judged_as = policy.ACTIONS[action].partition(":")
        if code == "link":
            self._find(code, place, target=str(look(value, "/URI", ""))[:200])
        elif code == "action":
            prints = action == "/Named" and look(value, "/N") == "/Print"
            self._find(code, place, judged_as="Print" if prints else action[1:], kind=action[1:])
        elif code == "rich-media":
            self._find(code, place, kind=action[1:])
        else:
            self._find(code, place, judged_as=judged_as)

    def _annotation(self, value: Any, kind: str, place: str) -> None:
        flags = look(value, "/F", 0)
        if not isinstance(flags, int) or kind == "/Popup":
            return
        if flags & (_HIDDEN | _NO_VIEW) and not _is_signature(value):
            self._find("hidden-annotation", place, kind=kind[1:])
        elif kind not in _NO_TEXT_OF_ITS_OWN and "/AP" in value:
            self._find("changeable-annotation", place, kind=kind[1:])

    def _font(self, value: Any, kind: Any, place: str) -> None:
        if kind == "/Type0":
            return  # its descendant tells
        name = str(look(value, "/BaseFont", "/"))[1:]
        descriptor = dictionary_of(value, "/FontDescriptor")
        embedded = descriptor is not None and any(
            key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
        )
        if not embedded:
            standard = name.startswith(_STANDARD_FONTS) and descriptor is None
            self._find("standard-font" if standard else "unembedded-font", place, name=name[:60])

    def attachment(self, _value: Any, place: str) -> None:
        self._find("attachment", place)

    def form(self, value: Any, place: str) -> None:
        if "/Ref" in value or "/OPI" in value:
            self._find("external-reference", place)
        if "/PS" in value or look(value, "/Subtype2") == "/PS":
            self._find("postscript", place)

    def postscript(self, _value: Any, place: str) -> None:
        self._find("postscript", place)

    def image(self, value: Any, place: str) -> None:
        if "/OPI" in value:
            self._find("external-reference", place)
        if "/Alternates" in value:
            self._find("alternate-image", place)

    def _too_much(self, of_what: str) -> NotAPdf:
        return NotAPdf(file=str(self._pdf.path), problem=f"too many {of_what}")


_BY_SUBTYPE: dict[str, Callable[[Walk, Any, str], None]] = {
    "/FileAttachment": Walk.attachment,
    "/Form": Walk.form,
    "/Image": Walk.image,
    "/PS": Walk.postscript,
}
# The structure tree holds names of what the pages show, and nothing that runs or is drawn; it is most of a tagged document.
_NOT_FOLLOWED = frozenset({"/Pages", "/StructTreeRoot"})
_COMPOUND = (generic.IndirectObject, generic.DictionaryObject, list)
_UPWARDS = frozenset({"/Parent", "/P"})


def _raw_items(value: Any) -> list[tuple[str, Any]]:
    return list(dict.items(value))


def _is_signature(value: Any) -> bool:
    parent = dictionary_of(value, "/Parent")
    return look(value, "/FT") == "/Sig" or (parent is not None and look(parent, "/FT") == "/Sig")
