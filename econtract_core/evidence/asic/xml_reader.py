"""XML of strangers: bounded, without DTD, entities or anything external, and canonical XML of its parts (by lxml)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from lxml import etree

from econtract_core.rules.errors import DocumentTooLarge, UnsupportedDocument

Node = Any  # lxml's elements are not typed
LARGEST = 48 * 1024 * 1024  # a signature with large revocation lists
_MOST_ELEMENTS, _MOST_ATTRIBUTES, _MOST_NAMESPACES, _DEEPEST = 100_000, 100_000, 2_000, 64
_XML = "{http://www.w3.org/XML/1998/namespace}"
_IDS = ("Id", "ID", "id", f"{_XML}id")
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii"})


@dataclass(frozen=True)
class Canonical:
    """A canonicalization algorithm. `prefixes`: InclusiveNamespaces of the exclusive one."""

    exclusive: bool = False
    comments: bool = False
    prefixes: tuple[str, ...] = ()


_BY_URI = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": Canonical(),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": Canonical(comments=True),
    "http://www.w3.org/2006/12/xml-c14n11": Canonical(),  # differs in inherited xml: attributes only, which are refused
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": Canonical(comments=True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": Canonical(exclusive=True),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": Canonical(exclusive=True, comments=True),
}
_INCLUSIVE_NAMESPACES = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"


def refused(problem: str) -> UnsupportedDocument:
    return UnsupportedDocument(file="XML", problem=f"XML: {problem}"[:300])


def parse(data: bytes) -> Node:
    """The root element of an UTF-8 document. Raises UnsupportedDocument for what is no XML, or is XML that nobody needs in a
    signature (DTD, entities, processing instructions, above the limits); DocumentTooLarge."""
    if len(data) > LARGEST:
        raise DocumentTooLarge(size=len(data), limit=LARGEST)
    _measure(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,  # the limits are ours, above
        strip_cdata=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as problem:
        raise refused(str(problem)) from None
    if root.getroottree().docinfo.doctype:
        raise refused("a document type")
    return root


class _Meter:
    """Counts while expat reads, and ends the reading at a limit."""

    def __init__(self) -> None:
        self.depth = self.elements = self.attributes = self.namespaces = 0

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise refused(f"the encoding {encoding}")

    def started(self, _name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        self.attributes += len(attributes)
        self.namespaces += sum(1 for name in attributes if name.startswith("xmlns"))
        if (
            self.depth > _DEEPEST
            or self.elements > _MOST_ELEMENTS
            or self.attributes > _MOST_ATTRIBUTES
            or self.namespaces > _MOST_NAMESPACES
        ):
            raise refused("too large or nested too deeply")

    def ended(self, _name: str) -> None:
        self.depth -= 1

    def unwanted(self, *_what: object) -> None:
        raise refused("a document type, an entity or a processing instruction")


def _measure(data: bytes) -> None:
    meter = _Meter()
    parser = expat.ParserCreate("utf-8")
    parser.XmlDeclHandler = meter.declared
    parser.StartElementHandler = meter.started
    parser.EndElementHandler = meter.ended
    parser.StartDoctypeDeclHandler = meter.unwanted
    parser.EntityDeclHandler = meter.unwanted
    parser.ProcessingInstructionHandler = meter.unwanted
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as problem:
        raise refused(str(problem)) from None


def ids(root: Node) -> dict[str, list[Node]]:
    """{Id: the elements that bear it} of a whole document. A reference to an Id that two bear would mean one element to one
    program and the other to another."""
    found: dict[str, list[Node]] = {}
    for element in root.iter(etree.Element):
        for value in {element.get(name) for name in _IDS} - {None}:
            found.setdefault(value, []).append(element)
    return found


def method(element: Node | None) -> Canonical | None:
    """The canonicalization that a CanonicalizationMethod or Transform names; None for another algorithm. Without an element
    it is inclusive Canonical XML 1.0 (EN 319 132-1 4.5, XML-DSig 4.4.3.2)."""
    if element is None:
        return Canonical()
    known = _BY_URI.get(element.get("Algorithm", ""))
    if known is None:
        return None
    below = list(element.iter(etree.Element))[1:]
    if not below:
        return known
    if len(below) > 1 or below[0].tag != _INCLUSIVE_NAMESPACES or not known.exclusive:
        return None
    return Canonical(True, known.comments, tuple(below[0].get("PrefixList", "").split()))


def canonical(element: Node, how: Canonical) -> bytes:
    """Canonical XML of an element with what is in it. Raises UnsupportedDocument."""
    if not how.exclusive and any(n.startswith(_XML) for above in element.iterancestors() for n in above.attrib):
        raise refused("inherited xml: attributes")
    try:
        prefixes = ["" if p == "#default" else p for p in how.prefixes] or None
        written: bytes = etree.tostring(
            element,
            method="c14n",
            exclusive=how.exclusive,
            with_comments=how.comments,
            inclusive_ns_prefixes=prefixes,
            with_tail=False,
        )
    except (etree.LxmlError, ValueError) as problem:
        raise refused(f"canonical form: {problem}") from None
    return written


# --- taking values out -----------------------------------------------------------------------------------------------


def elements(parent: Node | None, *names: str) -> list[Node]:
    """The child elements of these names ("{namespace}local"), in order; all of them without a name."""
    if parent is None:
        return []
    return [child for child in parent.iterchildren(etree.Element) if not names or child.tag in names]


def one(parent: Node | None, *names: str) -> Node | None:
    """The only such child, None where there is none. Raises UnsupportedDocument where there are several."""
    found = elements(parent, *names)
    if len(found) > 1:
        raise refused(f"several {etree.QName(found[0]).localname}")
    return found[0] if found else None


def needed(parent: Node | None, name: str) -> Node:
    """The only such child. Raises UnsupportedDocument where there is not exactly one."""
    found = one(parent, name)
    if found is None:
        raise refused(f"no {etree.QName(name).localname}")
    return found


def text(element: Node | None) -> str:
    """The text of an element that holds nothing else: a comment in the midst would hide a part of it."""
    if element is None:
        return ""
    if len(element):
        raise refused(f"more than text in {etree.QName(element).localname}")
    return (element.text or "").strip()


def binary(element: Node | None) -> bytes:
    """base64Binary. Raises UnsupportedDocument."""
    try:
        return base64.b64decode("".join(text(element).split()), validate=True)
    except (binascii.Error, ValueError):
        raise refused("no base64") from None
