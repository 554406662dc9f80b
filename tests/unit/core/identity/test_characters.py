"""Nothing a certificate says steers the screen, and nothing of it is hidden."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.identity.characters import is_variation_selector, visible


@pytest.mark.parametrize(
    "text",
    [
        "山田 太郎",
        "髙橋　𠮷郎",
        "﨑山 \u845b\U000e0100城",  # 葛 with an IVS
        "ヴァイオリン株式会社",
        "Ōno Yūki",
        "がぎぐ",
        "か\u3099",
        "①〜～−－‐—",
        "\U00031350",  # newer than old Unicode tables
        "&<>\"'",
    ],
)
def test_names_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("山田\u202e郎太", "山田[U+202E]郎太"),
        ("a\u200bb", "a[U+200B]b"),
        ("a\nb\x00", "a[U+000A]b[U+0000]"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("外字\ue000", "外字[U+E000]"),
        ("שלום", "".join(f"[U+{ord(c):04X}]" for c in "שלום")),
        ("\u3164", "[U+3164]"),
        ("A\ufe00", "A[U+FE00]"),  # a selector that selects nothing
        ("\u3099", "[U+3099]"),  # a mark without a letter
        ("e\u0301\u0301\u0301", "e\u0301\u0301[U+0301]"),
        ("\U000e0041", "[U+E0041]"),
        ("\ud800", "[U+D800]"),
        ("\x7f\x80", "[U+007F][U+0080]"),
        ("\U0003ffff", "[U+3FFFF]"),
    ],
)
def test_what_misleads_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(max_size=200))
def test_no_text_at_all_gets_through_with_a_trick(text: str) -> None:
    shown = visible(text)
    assert len(shown) <= 10 * len(text)
    assert visible(shown) == shown
    for character in shown:
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        assert unicodedata.bidirectional(character) not in {"R", "AL", "AN", "RLE", "LRE", "RLO", "LRO", "RLI", "LRI"}


def test_the_selectors() -> None:
    assert is_variation_selector("\ufe0f")
    assert is_variation_selector("\U000e01ef")
    assert not is_variation_selector("\u3099")
