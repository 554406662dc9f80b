"""Decoding content streams within bounds (ISO 32000-2 7.4): what a viewer would still read of a damaged one is read too."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.budget import Budget
from econtract_core.evidence.pdf.reading import look, resolve

_LARGEST = 16 * 1024 * 1024
_LARGEST_TEXT_CODED = 4 * 1024 * 1024
_MOST_FILTERS = 8
_SPACE = re.compile(rb"\s+")


class Unreadable(Exception):
    """A filter nobody here knows, or data that cannot be decoded."""


def decoded(stream: Any, budget: Budget) -> bytes:
    """The stream's data. Raises Unreadable, TooMuch."""
    data: bytes = stream.encoded_data
    budget.take(len(data))
    for name, parameters in _filters(stream):
        decode = _DECODERS.get(name)
        if decode is None:
            raise Unreadable(name.removeprefix("/"))
        data = _unpredicted(decode(data, min(_LARGEST, budget.octets)), parameters)
        budget.take(len(data))
    return data


def _filters(stream: Any) -> list[tuple[str, Any]]:
    names = look(stream, "/Filter")
    if names is None:
        return []
    parameters = look(stream, "/DecodeParms")
    if isinstance(names, str):
        return [(names, parameters[0] if isinstance(parameters, list) and parameters else parameters)]
    if not isinstance(names, list) or len(names) > _MOST_FILTERS:
        raise Unreadable("filter")
    listed = list(parameters) if isinstance(parameters, list) else []
    return [(str(resolve(name)), resolve(listed[i]) if i < len(listed) else None) for i, name in enumerate(names)]


def _flate(data: bytes, most: int) -> bytes:
    machine = zlib.decompressobj()
    try:
        return machine.decompress(data, most + 1)
    except zlib.error:
        return _flate_in_pieces(data, most)


def _flate_in_pieces(data: bytes, most: int) -> bytes:
    """As far as it goes."""
    machine, parts, length = zlib.decompressobj(), [], 0
    try:
        for start in range(0, len(data), 512):
            part = machine.decompress(data[start : start + 512], most + 1 - length)
            parts.append(part)
            length += len(part)
            if length > most:
                break
    except zlib.error:
        if not length:
            raise Unreadable("FlateDecode") from None
    return b"".join(parts)


def _hexadecimal(data: bytes, _most: int) -> bytes:
    digits = _SPACE.sub(b"", data.split(b">", 1)[0])
    try:
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error:
        raise Unreadable("ASCIIHexDecode") from None


def _base85(data: bytes, _most: int) -> bytes:
    if len(data) > _LARGEST_TEXT_CODED:
        raise Unreadable("ASCII85Decode")
    try:
        return base64.a85decode(_SPACE.sub(b"", data).removeprefix(b"<~").split(b"~", 1)[0])
    except ValueError:
        raise Unreadable("ASCII85Decode") from None


def _lzw(data: bytes, most: int) -> bytes:
    """LZW with early change (7.4.4), the only kind seen in life."""
    table = [bytes((n,)) for n in range(256)] + [b"", b""]
    width, bits, held, length = 9, 0, 0, 0
    before, parts = b"", []
    for octet in data:
        held, bits = (held << 8 | octet) & 0xFFFFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits & (1 << width) - 1
        if code == 257:
            break
        if code == 256:
            del table[258:]
            width, before = 9, b""
            continue
        entry = table[code] if code < len(table) else before + before[:1]
        length += len(entry)
        if length > most:
            break
        parts.append(entry)
        if before and len(table) < 4096:
            table.append(before + entry[:1])
        before = entry
        width = 9 if len(table) < 511 else 10 if len(table) < 1023 else 11 if len(table) < 2047 else 12
    return b"".join(parts)


def _run_length(data: bytes, most: int) -> bytes:
    parts, place, length = [], 0, 0
    while place < len(data) and length <= most:
        count = data[place]
        if count == 128:
            break
        part = data[place + 1 : place + 2 + count] if count < 128 else data[place + 1 : place + 2] * (257 - count)
        place += 2 + count if count < 128 else 2
        length += len(part)
        parts.append(part)
    return b"".join(parts)


def _unpredicted(data: bytes, parameters: Any) -> bytes:
    predictor = look(parameters, "/Predictor", 1) if isinstance(parameters, generic.DictionaryObject) else 1
    if predictor != 1:
        raise Unreadable(f"predictor {predictor}")  # for images and tables; no content stream was seen with it
    return data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "/FlateDecode": _flate,
    "/Fl": _flate,
    "/ASCIIHexDecode": _hexadecimal,
    "/AHx": _hexadecimal,
    "/ASCII85Decode": _base85,
    "/A85": _base85,
    "/LZWDecode": _lzw,
    "/LZW": _lzw,
    "/RunLengthDecode": _run_length,
    "/RL": _run_length,
    "/Crypt": lambda data, _most: data,
}
