"""Just enough DER (X.690): reading type-length-value by position, and writing it. No types, no recursion, no copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from econtract_core.rules.errors import UnsupportedDocument

SEQUENCE, SET, INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, BOOLEAN = 0x30, 0x31, 0x02, 0x04, 0x06, 0x01
NULL = b"\x05\x00"
_CONSTRUCTED = 0x20
_DEEPEST = 40


@dataclass(frozen=True)
class Element:
    """One element inside `data`: its tag, where it starts, where its content starts and ends."""

    data: bytes
    tag: int
    start: int
    content: int
    end: int

    @property
    def whole(self) -> bytes:
        return self.data[self.start : self.end]

    @property
    def value(self) -> bytes:
        return self.data[self.content : self.end]

    def children(self) -> Iterator[Element]:
        """The elements inside this one, in order. Raises UnsupportedDocument where they do not fill it exactly."""
        position = self.content
        while position < self.end:
            child = element(self.data, position)
            if child.end > self.end:
                raise UnsupportedDocument(file="DER", problem="an element runs over its frame")
            yield child
            position = child.end


def element(data: bytes, start: int = 0) -> Element:
    """The element that starts at `start`. Raises UnsupportedDocument for anything that is no DER with a one-byte tag."""
    if start + 2 > len(data) or data[start] & 0x1F == 0x1F:
        raise UnsupportedDocument(file="DER", problem="no element")
    length, content = data[start + 1], start + 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or content + count > len(data):
            raise UnsupportedDocument(file="DER", problem="a length that is no DER")
        length = int.from_bytes(data[content : content + count], "big")
        content += count
    if content + length > len(data):
        raise UnsupportedDocument(file="DER", problem="cut short")
    return Element(data, data[start], start, content, content + length)


def write(tag: int, *parts: bytes) -> bytes:
    """One element around the parts."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return write(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def set_of(*members: bytes) -> bytes:
    """SET OF, its members in DER's order."""
    return write(SET, *sorted(members))


def definite(data: bytes) -> bytes:
    """BER with indefinite lengths and pieced OCTET STRINGs, as some old signers wrote it, as DER would have it; what follows
    the element is dropped. Linear in the data. Raises UnsupportedDocument."""
    written, _ = _definite(data, 0, len(data), 0)
    return written


def _definite(data: bytes, start: int, end: int, depth: int) -> tuple[bytes, int]:
    """(the element at `start` rewritten, where it ends)."""
    if depth > _DEEPEST or start + 2 > end:
        raise UnsupportedDocument(file="BER", problem="cut short or nested too deeply")
    tag = data[start]
    endless = data[start + 1] == 0x80
    if not endless:
        found = element(data, start)
        if found.end > end:
            raise UnsupportedDocument(file="BER", problem="an element runs over its frame")
        if not tag & _CONSTRUCTED:
            return found.whole, found.end
        position, stop = found.content, found.end
    else:
        position, stop = start + 2, end
    parts: list[bytes] = []
    while position < stop:
        if endless and data[position : position + 2] == b"\0\0":
            break
        part, position = _definite(data, position, stop, depth + 1)
        parts.append(part)
    if endless and data[position : position + 2] != b"\0\0":
        raise UnsupportedDocument(file="BER", problem="an element without end")
    if tag == OCTET_STRING | _CONSTRUCTED:
        tag, parts = OCTET_STRING, [element(part).value for part in parts]
    return write(tag, *parts), position + 2 if endless else stop


def issuer_and_serial(certificate: bytes) -> tuple[bytes, bytes]:
    """(issuer Name, serialNumber INTEGER) of a certificate, both as they are encoded there."""
    try:
        parts = list(next(element(certificate).children()).children())
        if parts[0].tag == 0xA0:  # version
            parts = parts[1:]
        return parts[2].whole, parts[0].whole
    except (IndexError, StopIteration):
        raise UnsupportedDocument(file="DER", problem="no certificate") from None


def generalized_time(value: Element) -> datetime:
    """GeneralizedTime as RFC 3161 profiles it: Z, fractions allowed. Raises UnsupportedDocument."""
    try:
        whole, _, fraction = value.value.decode("ascii").removesuffix("Z").partition(".")
        time = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return time + timedelta(microseconds=int((fraction + "000000")[:6]))
    except ValueError:
        raise UnsupportedDocument(file="DER", problem="no time") from None


def token_facts(token: bytes) -> tuple[bytes, datetime]:
    """(hashed message, time) in a TimeStampToken (RFC 3161), without judging the rest of it."""
    try:
        signed = list(element(list(element(token).children())[1].value).children())
        enclosed = next(c for c in signed if c.tag == SEQUENCE)
        info = list(element(element(list(enclosed.children())[1].value).value).children())
        imprint = list(info[2].children())[1].value
        return imprint, generalized_time(info[4])
    except (IndexError, StopIteration):
        raise UnsupportedDocument(file="DER", problem="no timestamp token") from None
