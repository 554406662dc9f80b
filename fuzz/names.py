"""Any two texts: shown safely, and compared with the same answer from both sides."""

from __future__ import annotations

from econtract_core.identity import compare_names, compare_romaji
from econtract_core.identity.characters import visible


def seeds() -> list[bytes]:
    pairs = [
        ("髙橋 太郎", "高橋太郎"),
        ("エ藤", "工藤"),
        ("ｶﾞ〜㈱", "ガ～株式会社"),
        ("Ōno Yūki", "OHNO YUUKI"),
        ("葛\U000e0100", "⻑\u202e"),
    ]
    return [f"{one}\n{other}".encode() for one, other in pairs]


def run(data: bytes) -> str:
    one, _, other = data.decode("utf-8", "surrogateescape").partition("\n")
    for text in (one, other):
        assert visible(visible(text)) == visible(text)
    likeness = compare_names(one, other).likeness
    assert likeness is compare_names(other, one).likeness
    romaji = compare_romaji(one, other)
    assert romaji is compare_romaji(other, one)
    return f"{likeness} {romaji}"
