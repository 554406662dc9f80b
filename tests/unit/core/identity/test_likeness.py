"""Equal, a variant, a look-alike, different: what a card's holder is to a registered person."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.identity.likeness import Likeness, compare_names, compare_romaji
from econtract_core.identity.variants import ALIKE, FORMS

NAMES = st.text(alphabet="山田太郎髙高橋﨑崎𠮷吉ガか\u3099ｶﾞ〜～-−々工エ株式会社㈱ 　aA\u202e\ufe00", max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("山田 太郎", "山田　太郎"),
        ("山田太郎", "山田\u00a0太郎"),
        ("ｶﾞｰﾃﾞﾝ", "ガーデン"),
        ("か\u3099く", "がく"),
        ("は゜ん", "ぱん"),
        ("ＡＢＣ１", "ABC1"),
        ("１−２−３", "1-2-3"),
        ("１－２‐３", "1−2-3"),
        ("〜", "～"),
        ("‖", "∥"),
        ("", ""),
        ("神", "神"),
    ],
)
def test_equal(one: str, other: str) -> None:
    assert compare_names(one, other).likeness is Likeness.EQUAL
    assert compare_names(other, one).likeness is Likeness.EQUAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("𠮷田", "吉田"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("齋藤", "斎藤"),
        ("齊藤", "斉藤"),
        ("濵田", "浜田"),
        ("\ufa19", "神"),  # a compatibility ideograph: NFC alone would call it equal
        ("⻑野", "長野"),
        ("⼭田", "山田"),  # Kangxi radical
        ("葛\U000e0100城", "葛城"),
        ("㈱青葉", "株式会社青葉"),
        ("（株）青葉", "株式会社青葉"),
        ("佐々木", "佐佐木"),
        ("霞ヶ関", "霞ケ関"),
        ("abc", "ABC"),
    ],
)
def test_the_same_but_for_variants(one: str, other: str) -> None:
    assert compare_names(one, other).likeness is Likeness.VARIANT
    assert compare_names(other, one).likeness is Likeness.VARIANT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("エ藤", "工藤"),
        ("ニ宮", "二宮"),
        ("へい", "ヘい"),
        ("А社", "A社"),
        ("l0", "IO"),
        ("己斐", "已斐"),
        ("カ石", "力石"),
    ],
)
def test_look_alikes_are_told(one: str, other: str) -> None:
    assert compare_names(one, other).likeness is Likeness.LOOK_ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("斎藤", "斉藤"),
        ("山田太郎", "山田次郎"),
        ("山田", ""),
        ("山田", "山\u202e田"),
        ("々", "木"),
        ("伊藤", "伊東"),
    ],
)
def test_different(one: str, other: str) -> None:
    assert compare_names(one, other).likeness is Likeness.DIFFERENT


def test_the_differences_are_named() -> None:
    assert compare_names("髙橋 一﨑", "高橋一崎").differences == (("髙", "高"), ("﨑", "崎"))
    assert compare_names("山田", "山田太郎").differences == ()


@given(NAMES, NAMES)
def test_comparing_knows_no_side(one: str, other: str) -> None:
    assert compare_names(one, other).likeness is compare_names(other, one).likeness


@given(NAMES)
def test_a_name_is_itself_in_any_encoding(name: str) -> None:
    assert compare_names(name, name).likeness is Likeness.EQUAL
    assert compare_names(name, name.replace(" ", "　")).likeness is Likeness.EQUAL
    decomposed = unicodedata.normalize("NFD", name)
    assert compare_names(name, decomposed).likeness in (Likeness.EQUAL, Likeness.VARIANT)


def test_absurd_lengths_are_compared_plainly() -> None:
    assert compare_names("山" * 10_000, "山" * 10_000).likeness is Likeness.EQUAL
    assert compare_names("髙" * 10_000, "高" * 10_000).likeness is Likeness.DIFFERENT


def test_tables_lead_to_their_ends() -> None:
    for table in (FORMS, ALIKE):
        assert all(table[leader] == leader for leader in table.values())
    assert FORMS["邉"] == FORMS["邊"] == FORMS["辺"] == "辺"
    assert FORMS["斉"] != FORMS["斎"]


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Taro YAMADA", "Yamada Taro", Likeness.EQUAL),
        ("YAMADA, TARO", "Yamada Taro", Likeness.EQUAL),
        ("Jun'ichi", "JUNICHI", Likeness.EQUAL),
        ("ＴＡＲＯ", "taro", Likeness.EQUAL),
        ("Ono Yuki", "Ōno Yūki", Likeness.VARIANT),
        ("OHNO", "ONO", Likeness.VARIANT),
        ("OUNO", "OHNO", Likeness.VARIANT),
        ("Ôno", "Ōno", Likeness.VARIANT),
        ("SHIMBASHI", "SINBASI", Likeness.VARIANT),
        ("Hotchi", "HOTTI", Likeness.VARIANT),
        ("Jiro", "ZIRO", Likeness.VARIANT),
        ("Ito", "Sato", Likeness.DIFFERENT),
        ("", "", Likeness.EQUAL),
        ("", "Ito", Likeness.DIFFERENT),
        ("山田", "山本", Likeness.DIFFERENT),
    ],
)
def test_romaji(one: str, other: str, likeness: Likeness) -> None:
    assert compare_romaji(one, other) is likeness
    assert compare_romaji(other, one) is likeness
