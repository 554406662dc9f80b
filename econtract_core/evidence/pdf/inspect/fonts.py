"""How far a font's text reaches, and what it says where that can be told (ISO 32000-2 9.2 to 9.7). Glyphs are not looked at."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.budget import Budget, TooMuch
from econtract_core.evidence.pdf.inspect.geometry import number_of
from econtract_core.evidence.pdf.inspect.streams import Unreadable, decoded
from econtract_core.evidence.pdf.reading import dictionary_of, look, resolve

_MOST_WIDTHS = 70_000
_MOST_MAPPED = 70_000
_SINGLE = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")


class Face:
    """One font as content streams use it. Its widths and its mapping to text are read when first asked for."""

    def __init__(self, font: Any, budget: Budget) -> None:
        self._font: Any = font  # anything: a name that stands for no font, too
        self._budget = budget
        kind = look(self._font, "/Subtype")
        self.wide = kind == "/Type0"  # two bytes a character
        self.type3 = kind == "/Type3"
        encoding = look(self._font, "/Encoding") if self.wide else None
        self._upward = isinstance(encoding, str) and encoding.endswith("-V")  # written downwards

    @property
    def downwards(self) -> bool:
        return self._upward

    @cached_property
    def _widths(self) -> tuple[dict[int, float], float]:
        """({code: width in 1/1000 of the size}, the width of all others)."""
        return _composite_widths(self._font, self._budget) if self.wide else _simple_widths(self._font, self._budget)

    @cached_property
    def _to_text(self) -> dict[int, str] | None:
        if self.wide:
            return _to_unicode(self._font, self._budget)
        return _simple_text(self._font, self._budget)

    def codes(self, text: bytes) -> list[int]:
        if not self.wide:
            return list(text)
        return [high << 8 | low for high, low in zip(text[::2], text[1::2], strict=False)]

    def advance(self, text: bytes) -> float:
        """In 1/1000 of the size. Raises TooMuch."""
        codes = self.codes(text)
        if self._upward:
            return 1000.0 * len(codes)
        widths, default = self._widths
        if not widths:
            return default * len(codes)
        return sum([widths.get(code, default) for code in codes])

    def blank(self, text: bytes) -> bool:
        """Whether it is spaces only, as far as can be told. Raises TooMuch."""
        if not text.strip(b"\0 \t\r\n\xa0"):
            return True
        if len(text) > 64 or self._to_text is None:
            return False
        known = self._to_text
        return not "".join(known.get(code, "?") for code in self.codes(text)).strip("\0 \u3000\u00a0\t\r\n")

    def read(self, text: bytes) -> str | None:
        """What it says; None where that cannot be told. Raises TooMuch."""
        known = self._to_text
        if known is None:
            return None
        letters = [known.get(code) for code in self.codes(text)]
        return None if None in letters else "".join(letter or "" for letter in letters)


def _simple_widths(font: Any, budget: Budget) -> tuple[dict[int, float], float]:
    budget.spend(50)
    first = int(number_of(look(font, "/FirstChar")))
    listed = look(font, "/Widths")
    widths = {}
    if isinstance(listed, list):
        widths = {first + i: number_of(w) for i, w in enumerate(list.copy(listed)[:256])}
    if look(font, "/Subtype") == "/Type3":
        matrix = look(font, "/FontMatrix")
        scale = number_of(matrix[0], 0.001) if isinstance(matrix, list) and len(matrix) else 0.001
        widths = {code: width * scale * 1000 for code, width in widths.items()}
    return widths, 600.0 if "Courier" in str(look(font, "/BaseFont", "")) else 500.0


def _composite_widths(font: Any, budget: Budget) -> tuple[dict[int, float], float]:
    below = look(font, "/DescendantFonts")
    child = resolve(below[0]) if isinstance(below, list) and len(below) else None
    if not isinstance(child, generic.DictionaryObject):
        return {}, 1000.0
    return _cid_widths(look(child, "/W"), budget), number_of(look(child, "/DW"), 1000.0)


def _cid_widths(raw: Any, budget: Budget) -> dict[int, float]:
    """/W: c [w w …] or c c w (9.7.4.3)."""
    widths: dict[int, float] = {}
    items = list.copy(raw) if isinstance(raw, list) else []
    budget.spend(len(items))
    place = 0
    while place + 1 < len(items) and len(widths) < _MOST_WIDTHS:
        first, second = int(number_of(items[place])), resolve(items[place + 1])
        if isinstance(second, list):
            budget.spend(len(second))
            widths |= {first + i: number_of(w) for i, w in enumerate(list.copy(second)[:_MOST_WIDTHS])}
            place += 2
        elif place + 2 < len(items):
            last = min(int(number_of(second)), first + _MOST_WIDTHS)
            budget.spend(max(0, last - first) // 8)
            widths |= dict.fromkeys(range(first, last + 1), number_of(items[place + 2]))
            place += 3
        else:
            break
    return widths


def _simple_text(font: Any, budget: Budget) -> dict[int, str] | None:
    """Of a font with one byte a character: by its ToUnicode, else by a known encoding without changes."""
    mapped = _to_unicode(font, budget)
    if mapped is not None:
        return mapped
    encoding = look(font, "/Encoding")
    if isinstance(encoding, generic.DictionaryObject):
        if _moves_ascii(look(encoding, "/Differences")):
            return None
        encoding = look(encoding, "/BaseEncoding")
    symbolic = str(look(font, "/BaseFont", "")).endswith(("Symbol", "ZapfDingbats"))
    if symbolic or (encoding is None and dictionary_of(font, "/FontDescriptor") is not None):
        return None
    return {code: chr(code) for code in range(32, 127)}


def _moves_ascii(differences: Any) -> bool:
    """Whether an encoding's changes touch letters or digits."""
    code = 0
    for raw in list.copy(differences)[:1024] if isinstance(differences, list) else []:
        item = resolve(raw)
        if isinstance(item, str):
            if 48 <= code < 127 and item not in (f"/{chr(code)}", "/quoteleft", "/grave", "/.notdef"):
                return True
            code += 1
        else:
            code = int(number_of(item))
    return False


def _to_unicode(font: Any, budget: Budget) -> dict[int, str] | None:
    stream = look(font, "/ToUnicode")
    if not isinstance(stream, generic.StreamObject):
        return None
    try:
        data = decoded(stream, budget)
    except Unreadable:
        return None
    budget.spend(len(data) // 16)
    mapped: dict[int, str] = {}
    for kind, block in _BLOCK.findall(data):
        if kind == b"bfchar":
            mapped |= {_code(code): _text(text) for code, text in _SINGLE.findall(block)}
        else:
            _ranges(block, mapped, budget)
        if len(mapped) > _MOST_MAPPED:
            raise TooMuch
    return mapped if mapped else None


def _ranges(block: bytes, mapped: dict[int, str], budget: Budget) -> None:
    for first, last, start, listed in _RANGE.findall(block):
        low, high = _code(first), min(_code(last), _code(first) + 0xFFFF)
        budget.spend(max(0, high - low))
        if listed:
            mapped |= {low + i: _text(text) for i, text in enumerate(_HEX.findall(listed)[: high - low + 1])}
        elif start:
            text = _text(start)
            if text:
                top = ord(text[-1])
                mapped |= {c: text[:-1] + chr(min(top + c - low, 0x10FFFF)) for c in range(low, high + 1)}


def _code(digits: bytes) -> int:
    return int(b"".join(digits.split())[:8] or b"0", 16)


def _text(digits: bytes) -> str:
    clean = b"".join(digits.split())
    return bytes.fromhex((clean + b"0" * (len(clean) % 2)).decode("ascii")).decode("utf-16-be", "replace")
