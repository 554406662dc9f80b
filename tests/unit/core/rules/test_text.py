"""Which characters and file names other systems refuse; the levels of JIS X 0213 against its published tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules import text as t
from econtract_core.rules.findings import RuleFinding, Weight
from econtract_core.rules.text import CharacterClass as C
from econtract_core.rules.text import (
    FileNameRules,
    Repertoire,
    character_findings,
    classify,
    file_name_findings,
    suggestion,
)


@pytest.mark.parametrize(
    ("characters", "kind"),
    [
        ("A~\\ ", C.ASCII),
        ("あア、〇々〜−Ω※", C.KANA_AND_SIGNS),
        ("亜腕吉", C.LEVEL_1),  # first and last of rows 16–47
        ("弌熙", C.LEVEL_2),  # first of row 48, last of row 84
        ("俱㐂", C.LEVEL_3),
        ("丂", C.LEVEL_4),
        ("①㈱髙﨑～－", C.VENDOR),
        ("ｱﾞ｡", C.HALF_WIDTH_KANA),
        ("丄", C.SUPPLEMENTARY),
        ("🍣\U00020bb7", C.OTHER),
        ("\ue000\U000f0000", C.PRIVATE_USE),
        ("\u202e\u200f\u2066", C.BIDI),
        ("\x00\n\x7f\u2028\u2029", C.CONTROL),
        ("\ud800\uffff", C.UNASSIGNED),
        ("\U000e0100\ufe00\ufe0f\U000e01ef", C.VARIATION_SELECTOR),
        ("\u3099\u0301", C.COMBINING),
        ("\u200b\ufeff", C.INVISIBLE),
        ("\ufa19\U0002f800", C.COMPATIBILITY),
    ],
)
def test_the_class_of_a_character(characters, kind):
    for character in characters:
        assert classify(character) is kind, hex(ord(character))


@pytest.mark.parametrize("wrong", ["", "ab"])
def test_one_character_only(wrong):
    with pytest.raises(ValueError, match="one character"):
        classify(wrong)


@pytest.mark.parametrize(
    ("character", "instead"),
    [
        ("髙", "高"),
        ("﨑", "崎"),
        ("ｱ", "ア"),
        ("㈱", "(株)"),
        ("～", "〜"),
        ("\ufa19", "神"),
        ("丂", ""),
        ("亜", ""),
        ("\ue000", ""),
    ],
)
def test_only_a_suggestion(character, instead):
    assert suggestion(character) == instead


def test_findings_have_their_place():
    assert character_findings("高橋", Repertoire()) == ()
    assert character_findings("髙橋\u202e", Repertoire()) == (
        RuleFinding("text.vendor", Weight.WARNING, 0, "U+9AD9", "高"),
        RuleFinding("text.bidi", Weight.REFUSAL, 2, "U+202E", ""),
    )


def test_what_may_go_out_is_a_setting_but_hidden_characters_never():
    everything = Repertoire(frozenset(C))
    assert character_findings("髙🍣ｱ", everything) == ()
    assert [f.name for f in character_findings("\ue000\x01", everything)] == ["text.private-use", "text.control"]


def test_lines_only_where_they_are_meant():
    assert character_findings("甲\r\n\t乙", Repertoire(lines=True)) == ()
    assert [f.place for f in character_findings("甲\n乙", Repertoire())] == [1]


def test_findings_are_bounded():
    assert len(character_findings("①" * 5000, Repertoire())) == t.MOST_FINDINGS


@pytest.mark.parametrize("name", ["契約書.pdf", "a-b_c.xlsx", "CONTRACT.pdf", "COM10.txt", ".hidden", "x" * 255])
def test_a_good_file_name(name):
    assert file_name_findings(name, FileNameRules()) == ()


@pytest.mark.parametrize(
    ("name", "found", "weight", "place"),
    [
        ("", "file-name.empty", "refusal", None),
        ("..", "file-name.empty", "refusal", None),
        ("x" * 256, "file-name.long", "refusal", None),
        ("con", "file-name.reserved", "refusal", 0),
        ("NUL .pdf", "file-name.reserved", "refusal", 0),
        ("Com1.tar.gz", "file-name.reserved", "refusal", 0),
        ("lpt³.txt", "file-name.reserved", "refusal", 0),
        ("a.", "file-name.end", "refusal", 1),
        ("a ", "file-name.end", "refusal", 1),
        ("a:b", "file-name.windows", "refusal", 1),
        ("a/b", "file-name.windows", "refusal", 1),
        ("a%b", "file-name.elsewhere", "warning", 1),
        ("a b", "file-name.elsewhere", "warning", 1),
        ("第①号", "text.vendor", "warning", 1),
        ("ｱ.pdf", "text.half-width-kana", "warning", 0),
        ("a\u202efdp.exe", "text.bidi", "refusal", 1),
        ("a\x00b", "text.control", "refusal", 1),
    ],
)
def test_a_bad_file_name(name, found, weight, place):
    hits = [f for f in file_name_findings(name, FileNameRules()) if f.name == found]
    assert [(f.weight.value, f.place) for f in hits] == [(weight, place)]


def test_astral_characters_count_twice():
    assert file_name_findings("🍣" * 128, FileNameRules())[0].value == "256"


@given(st.text(max_size=60))
def test_anything_can_be_judged(text):
    found = character_findings(text, Repertoire())
    assert all(f.place is not None and f.value == f"U+{ord(text[f.place]):04X}" for f in found)
    assert character_findings("".join(f.suggestion for f in found), Repertoire()) == ()
    file_name_findings(text, FileNameRules())
