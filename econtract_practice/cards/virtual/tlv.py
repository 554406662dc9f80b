"""BER-TLV and the little DER that card files need. Source: ISO/IEC 8825-1 (X.690), ISO/IEC 7816-4 5.2.2."""

from __future__ import annotations

from collections.abc import Iterator


def tlv(tag: int, *values: bytes) -> bytes:
    """One object, or what is put together of several. Tags of up to three bytes are written as they are."""
    value = b"".join(values)
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length(len(value)) + value


def length(count: int) -> bytes:
    """Definite form, as short as can be."""
    if count < 0x80:
        return bytes([count])
    size = (count.bit_length() + 7) // 8
    return bytes([0x80 | size]) + count.to_bytes(size, "big")


def parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The objects that lie one behind the other. Raises ValueError where a length lies."""
    at = 0
    while at < len(data):
        tag, at = data[at], at + 1
        if tag & 0x1F == 0x1F:
            while True:
                if at >= len(data):
                    raise ValueError("half a tag")
                tag, at = tag << 8 | data[at], at + 1
                if not tag & 0x80:
                    break
        size, at = _size(data, at)
        if at + size > len(data):
            raise ValueError(f"length {size}, {len(data) - at} bytes follow")
        yield tag, data[at : at + size]
        at += size


def find(data: bytes, tag: int) -> bytes | None:
    """The value of the first object with this tag, at this level."""
    return next((value for found, value in parts(data) if found == tag), None)


def sequence(*values: bytes) -> bytes:
    return tlv(0x30, *values)


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def text(value: str) -> bytes:
    return tlv(0x0C, value.encode())


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bits(*numbers: int) -> bytes:
    """A named BIT STRING with these bits set, trailing zeros left out."""
    if not numbers:
        return tlv(0x03, b"\0")
    count = max(numbers) + 1
    size = (count + 7) // 8
    value = sum(1 << (size * 8 - 1 - number) for number in numbers)
    return tlv(0x03, bytes([size * 8 - count]) + value.to_bytes(size, "big"))


def _size(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise ValueError("no length")
    first, at = data[at], at + 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if not count or count > 3 or at + count > len(data):
        raise ValueError("length cannot be read")
    return int.from_bytes(data[at : at + count], "big"), at + count
