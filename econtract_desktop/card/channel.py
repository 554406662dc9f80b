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
    _send(out, JSON, memoryview(json.dumps(message).encode()))


def send_pin(out: io.RawIOBase, pin: memoryview) -> None:
    """Raises Closed. The caller wipes `pin`."""
    _send(out, PIN, pin)


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


def _send(out: io.RawIOBase, kind: int, data: memoryview) -> None:
    try:
        for part in (memoryview(bytes([kind]) + len(data).to_bytes(4, "big")), data):
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
