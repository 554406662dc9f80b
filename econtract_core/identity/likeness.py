"""Is the person (or firm) on the card the one who is registered? Comparing names as Japanese registries and cards write them.

The answer is for people: EQUAL needs no look, VARIANT is the same but for forms of characters (髙 高), LOOK_ALIKE is different but
hard to see (エ藤 with a kana), DIFFERENT is different. Only EQUAL is equal; what to do with the rest is the caller's rule.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from econtract_core.identity.characters import LONGEST, is_ideograph, is_variation_selector
from econtract_core.identity.variants import ALIKE, FORMS

_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\uff0d"  # one JIS X 0208 minus or hyphen, as different tables map it
_SAME_JIS = {  # both sides stand for one character of JIS X 0208, depending on the conversion table
    "\uff5e": "\u301c",  # ～ 〜
    "\u2225": "\u2016",  # ∥ ‖
    "\u2014": "\u2015",  # — ―
    "\uffe3": "\u203e",  # ￣ ‾
    "\u309b": "\u3099",  # ゛ after its kana, as JIS X 0201 conversions leave it
    "\u309c": "\u309a",
    **dict.fromkeys(_HYPHENS, "-"),
}
_WIDTHS = range(0xFF01, 0xFFEF)  # full-width ASCII, half-width kana, full-width signs
_FIRM_KINDS = {"(株)": "株式会社", "(有)": "有限会社", "(合)": "合同会社", "(資)": "合資会社", "(名)": "合名会社"}
_LONG_VOWELS = (("ou", "o"), ("oo", "o"), ("oh", "o"), ("uu", "u"))
_KUNREI = (
    ("shi", "si"), ("sha", "sya"), ("shu", "syu"), ("sho", "syo"), ("chi", "ti"), ("cha", "tya"), ("chu", "tyu"), ("cho", "tyo"),
    ("tsu", "tu"), ("fu", "hu"), ("ji", "zi"), ("ja", "zya"), ("ju", "zyu"), ("jo", "zyo"), ("dzu", "zu"), ("tch", "tt"),
    ("mb", "nb"), ("mp", "np"), ("mm", "nm"),
)  # fmt: skip


class Likeness(StrEnum):
    EQUAL = "equal"
    VARIANT = "variant"
    LOOK_ALIKE = "look-alike"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Comparison:
    """`differences`: the characters that differ, pair by pair, where both texts have as many; empty otherwise."""

    likeness: Likeness
    differences: tuple[tuple[str, str], ...] = ()


def compare_names(one: str, other: str) -> Comparison:
    """Two names or addresses. Spaces, width, and the way a 濁点 or dash is encoded never matter. Linear.

    Texts longer than anything a certificate may carry are equal only when they are the same text.
    """
    if len(one) > LONGEST or len(other) > LONGEST:
        return Comparison(Likeness.EQUAL if one == other else Likeness.DIFFERENT)
    first, second = _plain(one), _plain(other)
    if first == second:
        return Comparison(Likeness.EQUAL)
    differences = tuple((a, b) for a, b in zip(first, second, strict=False) if a != b)
    pairs = differences if len(first) == len(second) else ()
    for likeness, fold in ((Likeness.VARIANT, _one_form), (Likeness.LOOK_ALIKE, _one_look)):
        if fold(first) == fold(second):
            return Comparison(likeness, pairs)
    return Comparison(Likeness.DIFFERENT, pairs)


def compare_romaji(one: str, other: str) -> Likeness:
    """Two romaji names. EQUAL whatever the case, the order of its words and the punctuation; VARIANT where only the romanization
    differs: Ō, OU, OO, OH and O; SHI and SI; M and N before B, P, M."""
    first, second = _words(one), _words(other)
    if not first or not second or len(one) > LONGEST or len(other) > LONGEST:
        return Likeness.EQUAL if one == other else Likeness.DIFFERENT
    if first == second:
        return Likeness.EQUAL
    same = sorted(map(_kunrei, first)) == sorted(map(_kunrei, second))
    return Likeness.VARIANT if same else Likeness.DIFFERENT


def _plain(text: str) -> str:
    """One encoding for what JIS X 0201 and 0208 know as one character; without spaces."""
    narrow = "".join(unicodedata.normalize("NFKC", c) if ord(c) in _WIDTHS and c not in _SAME_JIS else c for c in text)
    joined = "".join(_SAME_JIS.get(c, c) for c in narrow if not unicodedata.category(c).startswith("Z"))
    # NFC would silently replace compatibility ideographs by others: only what lies between them is composed.
    pieces = re.split("([\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f])", joined)
    return "".join(piece if n % 2 else unicodedata.normalize("NFC", piece) for n, piece in enumerate(pieces))


def _forms(text: str) -> str:
    """Every character in the form that `variants.FORMS` and Unicode choose; 々 and ㈱ written out."""
    folded: list[str] = []
    for character in text:
        if is_variation_selector(character):
            continue
        plain = unicodedata.normalize("NFKC", character)
        if character == "々" and folded and is_ideograph(folded[-1]):
            plain = folded[-1]
        folded.extend(FORMS.get(c, c) for c in plain.translate({ord("ヶ"): "ケ", ord("ヵ"): "カ"}))
    written = "".join(folded)
    for short, long in _FIRM_KINDS.items():
        written = written.replace(short, "".join(FORMS.get(c, c) for c in long))
    return written


def _one_form(text: str) -> str:
    return _forms(text).casefold()


def _one_look(text: str) -> str:
    return "".join(ALIKE.get(c, c) for c in _forms(text)).casefold()


def _words(text: str) -> list[str]:
    """Lower-case words in order of the alphabet; a macron stays as its combining mark until the romanization is compared."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return sorted(re.findall("[a-z\u0302\u0304]+", plain.replace("'", "").replace("\u2019", "").replace("-", "")))


def _kunrei(word: str) -> str:
    folded = re.sub("[\u0302\u0304]", "", word)
    for long, short in (*_KUNREI, *_LONG_VOWELS):
        folded = folded.replace(long, short)
    return folded
