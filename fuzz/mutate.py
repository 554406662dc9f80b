"""Changing inputs: bytes, pieces, and DER lengths and tags. Deterministic for a given random generator."""

from __future__ import annotations

import random

_INTERESTING = (
    0x00,
    0x01,
    0x03,
    0x05,
    0x06,
    0x0C,
    0x13,
    0x14,
    0x1E,
    0x30,
    0x31,
    0x7F,
    0x80,
    0x81,
    0x82,
    0x84,
    0xA0,
    0xA4,
    0xFE,
    0xFF,
)
_LARGEST = 1 << 17


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """`data` with one to a few changes; `others` lend pieces."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        chance.choice(_WAYS)(changed, others, chance)
    return bytes(changed[:_LARGEST])


def _flip(data: bytearray, _: list[bytes], chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(data: bytearray, _: list[bytes], chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice((*_INTERESTING, chance.randrange(256)))


def _cut(data: bytearray, _: list[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    del data[start : start + chance.choice((1, 2, 16, 256, len(data)))]


def _insert(data: bytearray, _: list[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = bytes(chance.choice(_INTERESTING) for _ in range(chance.choice((1, 2, 5, 40))))


def _repeat(data: bytearray, _: list[bytes], chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    piece = bytes(data[start : start + chance.choice((1, 4, 32, 200))])
    data[start:start] = piece * chance.choice((1, 2, 64))


def _splice(data: bytearray, others: list[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    start, length = chance.randrange(len(other) + 1), chance.choice((4, 16, 64, 400))
    place = chance.randrange(len(data) + 1)
    data[place : place + chance.choice((0, length))] = other[start : start + length]


def _length(data: bytearray, _: list[bytes], chance: random.Random) -> None:
    """A DER length that lies: find something like a tag and change what follows."""
    places = [n for n in range(len(data) - 1) if data[n] in (0x04, 0x0C, 0x13, 0x30, 0x31, 0xA0, 0xA3, 0xA4)]
    if places:
        place = chance.choice(places) + 1
        data[place : place + 1] = chance.choice(
            (b"\x00", b"\x7f", b"\x80", b"\x81\xff", b"\x82\xff\xff", b"\x84\xff\xff\xff\xff", bytes([data[place] ^ 1]))
        )


_WAYS = (_flip, _set, _set, _cut, _insert, _repeat, _splice, _splice, _length)
