"""Characters as they may be shown: what a certificate says is never obeyed by the screen, and never hidden by it.

Control characters, bidirectional marks and letters that run from right to left, invisible characters, private use (外字) and
stacked marks become `[U+202E]`. Ideographs of every plane, kana, Latin letters with their marks, and the variation selectors
of ideographs (IVS) stay as they are. Source: Unicode general categories and UAX #9, UTS #37.
"""

from __future__ import annotations

import unicodedata

LONGEST = 512  # characters of one text that are read; registries allow 128
_MOST_MARKS = 2  # one base carries at most so many combining marks
_SHOWN_AS_CODE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Me"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Letters and marks that show nothing: Hangul fillers, braille blank, combining grapheme joiner, Khmer and Mongolian inherents.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")


def visible(text: str) -> str:
    """`text` with everything that could mislead an eye written out as its code point. Linear; at most ten times as long."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    base, marks = "", 0
    for character in text:
        if unicodedata.category(character) in {"Mn", "Mc"} and character not in _BLANK:
            marks += 1
            fits = is_ideograph(base) if is_variation_selector(character) else base != ""
            shown.append(character if fits and marks <= _MOST_MARKS else _code(character))
            continue
        safe = not misleading(character)
        base, marks = (character if safe else ""), 0
        shown.append(character if safe else _code(character))
    return "".join(shown)


def misleading(character: str) -> bool:
    """Would this character hide, reorder, or mean something else on every screen (外字)?"""
    point = ord(character)
    if point < 0x7F:
        return point < 0x20
    if character in _BLANK or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
        return True
    category = unicodedata.category(character)
    if category == "Cn":  # an ideograph newer than this Python's tables is one all the same
        return not 0x20000 <= point <= 0x3FFFD or point & 0xFFFE == 0xFFFE
    return category in _SHOWN_AS_CODE


def is_variation_selector(character: str) -> bool:
    """VS1 to VS256 (Unicode 23.4)."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_ideograph(character: str) -> bool:
    """A Han character or radical, of any block."""
    return (
        "\u2e80" <= character <= "\u2fdf"
        or "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003fffd"
    )


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"
