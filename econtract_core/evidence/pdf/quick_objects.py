"""Plain PDF objects read by one expression a token (ISO 32000-2 7.3): pyHanko reads byte by byte, five times as slow.

Only what is written in the ordinary way is taken; whatever is unusual (escapes, comments, a key twice, deep nesting, anything
broken) is left to pyHanko, so that it stays the one that judges.
"""

from __future__ import annotations

import re
from typing import Any

from pyhanko.pdf_utils import generic

_DEEPEST = 64
_TOKEN = re.compile(
    rb"[\x00\t\n\f\r ]*+(?:"
    rb"/([A-Za-z0-9_.+,:;@*~^!$&=?|-]++)(?=[\x00\t\n\f\r ()<>\[\]/])"  # 1 name
    rb"|([1-9][0-9]{0,8})[\x00\t\n\f\r ]+([0-9]{1,5})[\x00\t\n\f\r ]+R(?=[\x00\t\n\f\r ()<>\[\]/])"  # 2 3 reference
    rb"|([-+]?[0-9]{1,15})(?=[\x00\t\n\f\r ()<>\[\]/])"  # 4 whole number
    rb"|([-+]?[0-9]{1,15}\.[0-9]{1,15}|[-+]?\.[0-9]{1,15})(?=[\x00\t\n\f\r ()<>\[\]/])"  # 5 number
    rb"|\(([^()\\\r\n]*+)\)"  # 6 string
    rb"|<((?:[0-9A-Fa-f]{2})*+)>"  # 7 hexadecimal string
    rb"|(<<|>>|\[|\])"  # 8
    rb"|(true|false|null)(?=[\x00\t\n\f\r ()<>\[\]/])"  # 9
    rb")"
)
_OPEN_DICTIONARY, _CLOSE_DICTIONARY, _OPEN_ARRAY = b"<<", b">>", b"["


def quick_object(data: bytes, start: int, container: Any) -> tuple[Any, int] | None:
    """(the dictionary or array at `start`, where it ends); None where it is anything else, or unusual. Whether a stream follows
    is for the caller to see."""
    reader = _Reader(container)
    place = start
    while True:
        match = _TOKEN.match(data, place)
        if match is None or not reader.take(match):
            return None
        place = match.end()
        if reader.done is not None:
            return reader.done, place


class _Reader:
    def __init__(self, container: Any) -> None:
        self.done: Any = None
        self._container = container
        self._handler = container.get_pdf_handler()
        self._open: list[list[Any]] = []
        self._dictionaries: list[bool] = []

    def take(self, match: re.Match[bytes]) -> bool:
        """One token; False where it does not fit."""
        kind = match.lastindex
        if kind == 8:
            return self._frame(match[8])
        if not self._open:
            return False
        value = self._value(kind, match)
        value.container_ref = self._container
        self._open[-1].append(value)
        return True

    def _value(self, kind: int | None, match: re.Match[bytes]) -> Any:
        make: Any = generic
        if kind == 1:
            return make.NameObject("/" + match[1].decode("ascii"))
        if kind == 3:
            return make.IndirectObject(int(match[2]), int(match[3]), self._handler)
        if kind == 4:
            return make.NumberObject(int(match[4]))
        if kind == 5:
            return make.FloatObject(match[5].decode("ascii"))
        if kind == 6:
            return make.pdf_string(match[6])
        if kind == 7:
            return make.pdf_string(bytes.fromhex(match[7].decode("ascii")))
        return make.NullObject() if match[9] == b"null" else make.BooleanObject(match[9] == b"true")

    def _frame(self, token: bytes) -> bool:
        if token in (_OPEN_DICTIONARY, _OPEN_ARRAY):
            self._open.append([])
            self._dictionaries.append(token == _OPEN_DICTIONARY)
            return len(self._open) <= _DEEPEST
        if not self._open or self._dictionaries.pop() != (token == _CLOSE_DICTIONARY):
            return False
        items = self._open.pop()
        value = self._dictionary(items) if token == _CLOSE_DICTIONARY else _array(items)
        if value is None:
            return False
        value.container_ref = self._container
        if self._open:
            self._open[-1].append(value)
        else:
            self.done = value
        return True

    def _dictionary(self, items: list[Any]) -> Any:
        names = items[::2]
        if len(items) % 2 or not all(type(name) is generic.NameObject for name in names):
            return None
        entries = dict(zip(names, items[1::2], strict=True))
        make: Any = generic.DictionaryObject
        return make(entries) if len(entries) == len(names) else None


def _array(items: list[Any]) -> Any:
    make: Any = generic.ArrayObject
    return make(items)
