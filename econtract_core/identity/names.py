"""X.501 Names out of DER: attributes in order, and the whole as RFC 4514 text for people to read.

Own reading, because the library at hand refuses a whole certificate for an "&" in a PrintableString and for Shift_JIS in a T61String,
and cards with both exist. Bounded: so many attributes, so many characters.
"""

from __future__ import annotations

from dataclasses import dataclass

from econtract_core.der import OBJECT_IDENTIFIER, SEQUENCE, SET, Element
from econtract_core.identity.characters import visible
from econtract_core.identity.strings import NO_STRING, decode
from econtract_core.rules.errors import UnsupportedDocument

COMMON_NAME, SERIAL_NUMBER, COUNTRY, LOCALITY, STATE = "2.5.4.3", "2.5.4.5", "2.5.4.6", "2.5.4.7", "2.5.4.8"
STREET, ORGANIZATION, UNIT, TITLE, DESCRIPTION = "2.5.4.9", "2.5.4.10", "2.5.4.11", "2.5.4.12", "2.5.4.13"
ORGANIZATION_IDENTIFIER, SURNAME, GIVEN_NAME = "2.5.4.97", "2.5.4.4", "2.5.4.42"
_MOST_ATTRIBUTES = 64
_LONGEST_OID = 40  # bytes
_LONGEST_DN = 2000  # characters
# RFC 4514 section 3, then the names directories use for the rest.
_SHORT = {
    COMMON_NAME: "CN", LOCALITY: "L", STATE: "ST", ORGANIZATION: "O", UNIT: "OU", COUNTRY: "C", STREET: "STREET",
    "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID", SERIAL_NUMBER: "serialNumber", TITLE: "title",
    DESCRIPTION: "description", ORGANIZATION_IDENTIFIER: "organizationIdentifier", SURNAME: "SN", GIVEN_NAME: "GN",
    "1.2.840.113549.1.9.1": "emailAddress", "2.5.4.17": "postalCode", "2.5.4.15": "businessCategory", "2.5.4.46": "dnQualifier",
}  # fmt: skip


@dataclass(frozen=True)
class Attribute:
    """One attribute of a Name. `text` is as it was encoded, not yet safe to show; `der` the value's whole element."""

    kind: str  # dotted
    text: str
    doubts: tuple[str, ...]
    der: bytes


@dataclass(frozen=True)
class Name:
    """Relative distinguished names in the order of the encoding."""

    parts: tuple[tuple[Attribute, ...], ...] = ()

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return tuple(attribute for part in self.parts for attribute in part)

    @property
    def doubts(self) -> frozenset[str]:
        return frozenset(doubt for attribute in self.attributes for doubt in attribute.doubts)

    def text(self, kind: str) -> str:
        """Every value of this kind, safe to show, joined by "、"; "" where there is none."""
        return "、".join(visible(a.text) for a in self.attributes if a.kind == kind and a.text)

    def rfc4514(self) -> str:
        """The Name for people: last part first, as RFC 4514 has it; but a value of an unknown kind is shown as text too."""
        shown = ",".join("+".join(_shown(a) for a in part) for part in reversed(self.parts))
        return shown if len(shown) <= _LONGEST_DN else shown[:_LONGEST_DN] + "…"


def read_name(element: Element) -> Name:
    """Raises UnsupportedDocument where this is no Name, or one with absurdly many parts."""
    if element.tag != SEQUENCE:
        raise UnsupportedDocument(file="certificate", problem="a name that is none")
    parts: list[tuple[Attribute, ...]] = []
    count = 0
    for relative in element.children():
        if relative.tag != SET:
            raise UnsupportedDocument(file="certificate", problem="a name that is none")
        part = []
        for pair in relative.children():
            count += 1
            if count > _MOST_ATTRIBUTES:
                raise UnsupportedDocument(file="certificate", problem="a name with too many parts")
            part.append(_attribute(pair))
        parts.append(tuple(part))
    return Name(tuple(parts))


def oid(element: Element) -> str:
    """Dotted. Raises UnsupportedDocument where it is no object identifier, or an absurdly long one."""
    data = element.value
    if element.tag != OBJECT_IDENTIFIER or not data or len(data) > _LONGEST_OID or data[-1] & 0x80:
        raise UnsupportedDocument(file="certificate", problem="an object identifier that is none")
    arcs: list[int] = []
    arc = 0
    for byte in data:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def _attribute(pair: Element) -> Attribute:
    halves = list(pair.children()) if pair.tag == SEQUENCE else []
    if len(halves) != 2:
        raise UnsupportedDocument(file="certificate", problem="a name that is none")
    value = decode(halves[1].tag, halves[1].value)
    return Attribute(oid(halves[0]), value.text, value.doubts, halves[1].whole)


def _shown(attribute: Attribute) -> str:
    kind = _SHORT.get(attribute.kind, attribute.kind)
    if NO_STRING in attribute.doubts:
        return f"{kind}=#{attribute.der[:64].hex()}"
    return f"{kind}={visible(_escaped(attribute.text))}"


def _escaped(text: str) -> str:
    """RFC 4514 section 2.4."""
    escaped = ["\\" + c if c in '"+,;<>\\' else c for c in text]
    if escaped and escaped[-1] == " ":
        escaped[-1] = "\\ "
    if escaped and escaped[0] in (" ", "#"):
        escaped[0] = "\\" + escaped[0]
    return "".join(escaped)
