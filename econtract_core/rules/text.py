"""Characters and file names: what other systems refuse, as findings with their place. Nothing is ever changed silently.

facts.md 4 row 16 (JIS X 0208 levels 1–2 only; 半角カナ, ①, ㈱, levels 3 and 4, 補助漢字, 外字 refused [B90][B91]) and row 17 (file names:
% & ' ; and 機種依存文字 refused; e-Gov bans full-width minus, ~, ¥, spaces and reserved names [B92][B93]). Inside the program all of
Unicode is kept; which classes may go out is a setting. The JIS levels come from the standard library's codecs, not from a table of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from econtract_core.rules.findings import RuleFinding, Weight

MOST_FINDINGS = 1000  # of one text; whoever needs the rest mends these first


class CharacterClass(StrEnum):
    """The first that applies, from the most troublesome to the plainest."""

    PRIVATE_USE = "private-use"  # 外字
    BIDI = "bidi"  # turns the direction of what follows: can show another text than is signed
    CONTROL = "control"
    UNASSIGNED = "unassigned"  # also lone surrogates
    VARIATION_SELECTOR = "variation-selector"  # 異体字セレクタ (IVS)
    COMBINING = "combining"
    INVISIBLE = "invisible"  # zero-width and other format characters
    HALF_WIDTH_KANA = "half-width-kana"
    COMPATIBILITY = "compatibility"  # CJK compatibility ideographs that normalisation would change
    ASCII = "ascii"
    KANA_AND_SIGNS = "kana-and-signs"  # JIS X 0208 rows 1–8
    LEVEL_1 = "level-1"
    LEVEL_2 = "level-2"
    LEVEL_3 = "level-3"
    LEVEL_4 = "level-4"
    VENDOR = "vendor"  # 機種依存文字: cp932 only (NEC, IBM)
    SUPPLEMENTARY = "supplementary"  # 補助漢字 JIS X 0212
    OTHER = "other"


_PLAIN = frozenset(
    {CharacterClass.ASCII, CharacterClass.KANA_AND_SIGNS, CharacterClass.LEVEL_1, CharacterClass.LEVEL_2}
)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ALWAYS_REFUSED = frozenset(
    {CharacterClass.PRIVATE_USE, CharacterClass.BIDI, CharacterClass.CONTROL, CharacterClass.UNASSIGNED}
)
# What is usually written instead of a variant; only ever a suggestion: it may be somebody's name.
_USUAL: Mapping[str, str] = MappingProxyType(
    {
        "髙": "高",
        "﨑": "崎",
        "濵": "浜",
        "栁": "柳",
        "德": "徳",
        "𠮷": "吉",
        "瀨": "瀬",
        "～": "〜",
        "－": "−",
    }
)


@dataclass(frozen=True)
class Repertoire:
    """What the receiving system takes. Default: JIS X 0208 levels 1 and 2 and ASCII. `lines`: whether line ends and tabs may stand in it."""

    allowed: frozenset[CharacterClass] = _PLAIN
    lines: bool = False


def classify(character: str) -> CharacterClass:
    """The class of one character (one code point). Raises ValueError for anything else."""
    if len(character) != 1:
        raise ValueError("not one character")
    return _by_category(character) or _by_block(character) or _by_codec(character)


def _by_category(character: str) -> CharacterClass | None:
    if character in _BIDI:
        return CharacterClass.BIDI
    code = ord(character)
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return CharacterClass.VARIATION_SELECTOR
    return {
        "Co": CharacterClass.PRIVATE_USE,
        "Cc": CharacterClass.CONTROL,
        "Zl": CharacterClass.CONTROL,
        "Zp": CharacterClass.CONTROL,
        "Cn": CharacterClass.UNASSIGNED,
        "Cs": CharacterClass.UNASSIGNED,
        "Mn": CharacterClass.COMBINING,
        "Mc": CharacterClass.COMBINING,
        "Me": CharacterClass.COMBINING,
        "Cf": CharacterClass.INVISIBLE,
    }.get(unicodedata.category(character))


def _by_block(character: str) -> CharacterClass | None:
    if "\uff61" <= character <= "\uff9f":
        return CharacterClass.HALF_WIDTH_KANA
    block = "\uf900" <= character <= "\ufaff" or "\U0002f800" <= character <= "\U0002fa1f"
    if block and unicodedata.normalize("NFC", character) != character:
        return CharacterClass.COMPATIBILITY
    return CharacterClass.ASCII if character.isascii() else None


def _encoded(character: str, codec: str) -> bytes:
    try:
        return character.encode(codec)
    except UnicodeEncodeError:
        return b""


def _by_codec(character: str) -> CharacterClass:
    plain = _encoded(character, "euc_jp")
    # Windows writes ～ and － for the JIS X 0208 signs 〜 and −; both stand at the same place of row 1.
    windows = _encoded(character, "cp932")
    if len(plain) == 2:
        row = plain[0] - 0xA0
        if row <= 8:
            return CharacterClass.KANA_AND_SIGNS
        return CharacterClass.LEVEL_1 if row <= 47 else CharacterClass.LEVEL_2
    if windows:
        return CharacterClass.VENDOR
    # Not euc_jis_2004: Python's lets JIS X 0212 through. The lead byte tells the plane.
    wide = _encoded(character, "shift_jis_2004")
    if wide:
        return CharacterClass.LEVEL_3 if wide[0] < 0xF0 else CharacterClass.LEVEL_4
    return CharacterClass.SUPPLEMENTARY if len(plain) == 3 else CharacterClass.OTHER


def suggestion(character: str) -> str:
    """What is usually written instead, if a standard or use knows one and it is plain; "" otherwise. Never applied by itself."""
    usual = _USUAL.get(character, "")
    found = usual or unicodedata.normalize("NFKC", character)
    fits = found != character and all(classify(c) in _PLAIN for c in found)
    return found if fits else ""


def character_findings(text: str, repertoire: Repertoire) -> tuple[RuleFinding, ...]:
    """Every character that the receiving system would not take, with its place (from 0), code point and a suggestion.

    Controls, direction marks, 外字 and unassigned code points are refused always: what they show is not what is signed. The others are
    warnings, since the program itself keeps them. At most `MOST_FINDINGS`.
    """
    found: list[RuleFinding] = []
    for place, character in enumerate(text):
        kind = classify(character)
        if kind in repertoire.allowed and kind not in _ALWAYS_REFUSED:
            continue
        if repertoire.lines and character in "\n\r\t":
            continue
        if len(found) == MOST_FINDINGS:
            break
        weight = Weight.REFUSAL if kind in _ALWAYS_REFUSED else Weight.WARNING
        value = f"U+{ord(character):04X}"
        found.append(RuleFinding(f"text.{kind.value}", weight, place, value, suggestion(character)))
    return tuple(found)


_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)
_WINDOWS = frozenset('<>:"/\\|?*')


@dataclass(frozen=True)
class FileNameRules:
    """`refused_elsewhere`: what receiving systems ban ([B92][B93]); `most_units`: UTF-16 units Windows takes in one name."""

    refused_elsewhere: frozenset[str] = frozenset("%&';~¥－～￥ 　")
    most_units: int = 255
    repertoire: Repertoire = field(default_factory=Repertoire)


def file_name_findings(name: str, rules: FileNameRules) -> tuple[RuleFinding, ...]:
    """What is wrong with a file's name (without its folder). Refusals: Windows cannot keep it. Warnings: a receiving system bans it."""
    if not name or set(name) <= {"."}:
        return (RuleFinding("file-name.empty", Weight.REFUSAL),)
    found = []
    units = len(name.encode("utf-16-le", "surrogatepass")) // 2
    if units > rules.most_units:
        return (RuleFinding("file-name.long", Weight.REFUSAL, None, str(units), str(rules.most_units)),)
    if _RESERVED.fullmatch(name.split(".", 1)[0].rstrip(" ")):
        found.append(RuleFinding("file-name.reserved", Weight.REFUSAL, 0, name.split(".", 1)[0]))
    if name[-1] in ". ":
        found.append(RuleFinding("file-name.end", Weight.REFUSAL, len(name) - 1, name[-1]))
    for place, character in enumerate(name):
        if character in _WINDOWS:
            found.append(RuleFinding("file-name.windows", Weight.REFUSAL, place, character))
        elif character in rules.refused_elsewhere:
            found.append(RuleFinding("file-name.elsewhere", Weight.WARNING, place, character))
    return (*found, *character_findings(name, rules.repertoire))
