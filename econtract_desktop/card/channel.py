"""Frames between the program and its card process: a kind byte, a length, the bytes.

JSON frames carry what may be seen; a PIN travels in a frame of its own kind, written from the caller's buffer without a copy
and read into a buffer that is wiped. Nothing is ever unpickled.
"""

from __future__ import annotations

import io
import json

JSON = ord("J")
PIN = ord("P")
_LARGEST = 1 << 20
Facts = dict[str, "str | int | float | bool | list[str] | None"]


class Closed(Exception):
    """The other side is gone."""


def send_json(out: io.RawIOBase, message: dict[str, object]) -> None:
    """Raises Closed."""
    data = json.dumps(message).encode()
    _write(out, memoryview(_head(JSON, len(data)) + data))  # in one piece: the other side wakes once


def send_pin(out: io.RawIOBase, pin: memoryview) -> None:
    """Raises Closed. The caller wipes `pin`."""
    _write(out, memoryview(_head(PIN, len(pin))))
    _write(out, pin)


def receive(source: io.RawIOBase) -> tuple[int, bytearray]:
    """(kind, bytes) of the next frame. Raises Closed."""
    head = _exactly(source, 5)
    length = int.from_bytes(head[1:], "big")
    if length > _LARGEST:
        raise Closed
    return head[0], _exactly(source, length)


def receive_json(source: io.RawIOBase) -> dict[str, object]:
    """Raises Closed where anything but JSON comes."""
    kind, data = receive(source)
    if kind != JSON:
        raise Closed
    message = json.loads(data)
    if not isinstance(message, dict):
        raise Closed
    return message


def _head(kind: int, length: int) -> bytes:
    return bytes([kind]) + length.to_bytes(4, "big")


def _write(out: io.RawIOBase, part: memoryview) -> None:
    try:
        sent = 0
        while sent < len(part):
            sent += out.write(part[sent:]) or 0
    except (OSError, ValueError):
        raise Closed from None


def _exactly(source: io.RawIOBase, length: int) -> bytearray:
    found = bytearray(length)
    view = memoryview(found)
    at = 0
    while at < length:
        try:
            read = source.readinto(view[at:])
        except (OSError, ValueError):
            raise Closed from None
        if not read:
            raise Closed
        at += read
    return found
