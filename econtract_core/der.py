"""Just enough DER (X.690): reading type-length-value by position, and writing it. No types, no recursion, no copies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from econtract_core.rules.errors import UnsupportedDocument

SEQUENCE, SET, INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, BOOLEAN, BIT_STRING = 0x30, 0x31, 0x02, 0x04, 0x06, 0x01, 0x03
NULL = b"\x05\x00"
CONSTRUCTED = 0x20


class Element(NamedTuple):
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


def moment(digits: str) -> datetime:
    """YYYYMMDDhhmmss in UTC. Raises ValueError."""
    if len(digits) != 14 or not digits.isascii() or not digits.isdigit():
        raise ValueError("no time")
    month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
    return datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=UTC)
