"""Content streams as operators with their operands (ISO 32000-2 7.8.2). Any bytes; linear in their length; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_W = rb"[\x00\t\n\f\r ]"
_NAME_BYTES = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]*+"
_LITERAL = rb"\(((?:[^()\\]++|\\[\s\S]|\((?:[^()\\]++|\\[\s\S])*+\))*+)\)"  # with one pair of parentheses inside
# Most operators come in one match with their operands; the last group that took part tells what was found.
_TOKEN = re.compile(
    rb"/[A-Za-z0-9]++%(w)s*+<<[^<>()]*+>>%(w)s*+(BDC)"  # 1 marked content with a property list that says nothing of layers
    rb"|(?:/(%(n)s)%(w)s++)?+((?:[-+.0-9]++%(w)s++){0,9}+)([A-Za-z'\"][A-Za-z0-9*'\"]*+)"  # 2 name, 3 numbers, 4 operator
    rb"|\[((?:[^\[\]()<>/%%]++|<[0-9A-Fa-f\s]*+>|\((?:[^()\\]++|\\[\s\S])*+\))*+)\]%(w)s*+(TJ|)"  # 5 array, 6 shown or not
    rb"|<([0-9A-Fa-f\x00\t\n\f\r ]*+)>%(w)s*+(Tj|)"  # 7 hexadecimal string, 8 shown or not
    rb"|%(l)s%(w)s*+(Tj|)"  # 9 string, 10 shown or not
    rb"|([-+.0-9]+)"  # 11 number
    rb"|/(%(n)s)"  # 12 name
    rb"|(\[|\]|<<|>>)"  # 13
    rb"|(\()"  # 14 a string with more inside
    rb"|%%[^\r\n]*+" % {b"w": _W, b"n": _NAME_BYTES, b"l": _LITERAL}
)
_PART = re.compile(rb"([-+.0-9]+)|<([0-9A-Fa-f\x00\t\n\f\r ]*+)>|%s" % _LITERAL)
_IMAGE_END = re.compile(rb"[\x00\t\n\f\r ]EI(?=[\x00\t\n\f\r ]|$)")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|[\s\S])")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_NAME_ESCAPE = re.compile(r"#([0-9A-Fa-f]{2})")
_PARENTHESES = re.compile(rb"\\[\s\S]|[()]")
_MOST_OPERANDS = 64
_LITERALS = {b"true": True, b"false": False, b"null": None}
_MARK, _OPERATOR, _ARRAY, _HEX, _STRING, _NUMBER, _NAME, _FRAME, _DEEP = 1, 4, 6, 8, 10, 11, 12, 13, 14
_Found = tuple[bytes, list[Any]]


@dataclass(frozen=True)
class InlineImage:
    """BI … ID … EI: its entries as they stand."""

    entries: tuple[Any, ...]


@dataclass(frozen=True)
class Array:
    """An array of numbers and strings, not yet taken apart."""

    raw: bytes


def operators(data: bytes) -> Iterator[_Found]:
    """(operator, operands). Numbers are float, strings bytes, names str with their slash, arrays Array, dictionaries left out. An
    inline image comes as b"EI" with one InlineImage."""
    reader, place = _Reader(), 0
    while place < len(data):
        restart = -1
        for match in _TOKEN.finditer(data, place):
            kind = match.lastindex
            if kind == _OPERATOR:
                operator = match[4]
                if operator == b"ID":
                    restart = _after_image(data, match.end())
                    yield b"EI", [InlineImage(tuple(reader.operands(match)))]
                    break
                if operator in _LITERALS:
                    reader.literal(match)
                else:
                    yield operator, reader.operands(match)
            elif kind == _MARK:
                reader.waiting.clear()
                yield b"BMC", []
            elif kind == _DEEP:
                restart, value = _deep_string(data, match.end())
                reader.add(value)
                break
            elif kind is not None and (shown := reader.token(kind, match)):
                yield shown, reader.taken()
        if restart < 0:
            return
        place = restart


class _Reader:
    """Operands that wait for their operator."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.depth = 0  # in dictionaries, and in arrays that hold more than numbers and strings: left out

    def add(self, value: Any) -> None:
        if not self.depth and len(self.waiting) < _MOST_OPERANDS:
            self.waiting.append(value)

    def operands(self, match: re.Match[bytes]) -> list[Any]:
        """What stands before an operator."""
        name, numbers = match[2], match[3]
        if name is None and not self.waiting and not self.depth:
            return _numbers(numbers) if numbers else []
        self._take_in(match)
        return self.taken()

    def literal(self, match: re.Match[bytes]) -> None:
        """true, false and null look like operators."""
        self._take_in(match)
        self.add(_LITERALS[match[4]])

    def taken(self) -> list[Any]:
        operands, self.waiting, self.depth = self.waiting, [], 0
        return operands

    def _take_in(self, match: re.Match[bytes]) -> None:
        if match[2] is not None:
            self.add(name_of(match[2]))
        for number in _numbers(match[3]):
            self.add(number)

    def token(self, kind: int, match: re.Match[bytes]) -> bytes:
        """Take an operand in; the operator that follows it at once, or b""."""
        operator = b""
        if kind == _ARRAY:
            self.add(Array(match[5]))
            operator = match[6]
        elif kind == _HEX:
            self.add(_of_hexadecimal(match[7]))
            operator = match[8]
        elif kind == _STRING:
            self.add(_unescaped(match[9]))
            operator = match[10]
        elif kind == _NUMBER:
            self.add(_number(match[11]))
        elif kind == _NAME:
            self.add(name_of(match[12]))
        elif match[13] in (b"[", b"<<"):
            self.depth += 1
        else:
            self.depth = max(0, self.depth - 1)
        return operator


def parts_of(array: Array) -> list[float | bytes]:
    """An array's numbers and strings."""
    parts: list[float | bytes] = []
    for match in _PART.finditer(array.raw):
        kind = match.lastindex
        parts.append(
            _number(match[1]) if kind == 1 else _of_hexadecimal(match[2]) if kind == 2 else _unescaped(match[3])
        )
    return parts


def name_of(raw: bytes) -> str:
    """A name with its slash, #xx resolved."""
    text = raw.decode("latin-1")
    return "/" + (_NAME_ESCAPE.sub(lambda m: chr(int(m[1], 16)), text) if "#" in text else text)


def _numbers(text: bytes) -> list[Any]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        return [_number(part) for part in re.split(rb"[\x00\t\n\f\r ]+", text) if part]


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _of_hexadecimal(digits: bytes) -> bytes:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        clean = bytes(c for c in digits if c not in b"\x00\t\n\f\r ")
        return bytes.fromhex((clean + b"0" * (len(clean) % 2)).decode("ascii"))


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(_of_escape, text) if b"\\" in text else text


def _of_escape(match: re.Match[bytes]) -> bytes:
    what = match[1]
    if what[0] in b"01234567":
        return bytes((int(what, 8) & 0xFF,))
    return _PLAIN.get(what, what)


def _deep_string(data: bytes, start: int) -> tuple[int, bytes]:
    """(where reading goes on, the string); one that never ends takes the rest."""
    depth = 1
    for match in _PARENTHESES.finditer(data, start):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end(), _unescaped(data[start : match.start()])
    return len(data), b""


def _after_image(data: bytes, start: int) -> int:
    found = _IMAGE_END.search(data, start)
    return found.end() if found else len(data)
