"""ASN.1 strings, as X.680 has them and as CAs wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.identity import strings
from econtract_core.identity.strings import decode

NAME = "髙橋 太郎"


@pytest.mark.parametrize(
    ("tag", "data", "text"),
    [
        (strings.UTF8, "山田 𠮷郎".encode(), "山田 𠮷郎"),
        (strings.PRINTABLE, b"YAMADA Taro", "YAMADA Taro"),
        (strings.PRINTABLE, b"A&B_Co@example", "A&B_Co@example"),
        (strings.BMP, "山田".encode("utf-16-be"), "山田"),
        (strings.UNIVERSAL, "𠮷".encode("utf-32-be"), "𠮷"),
        (strings.TELETEX, b"Taro", "Taro"),
        (strings.IA5, b"taro@example.jp", "taro@example.jp"),
        (strings.UTF8, b"", ""),
    ],
)
def test_proper_strings(tag: int, data: bytes, text: str) -> None:
    assert decode(tag, data) == strings.Decoded(text)


@pytest.mark.parametrize(
    ("tag", "data", "text", "doubt"),
    [
        (strings.TELETEX, "山田".encode("cp932"), "山田", strings.TELETEX_GUESSED),
        (strings.TELETEX, "山田ﾀﾛｳ".encode("cp932"), "山田ﾀﾛｳ", strings.TELETEX_GUESSED),
        (strings.TELETEX, "髙橋".encode("cp932"), "髙橋", strings.TELETEX_GUESSED),
        (strings.TELETEX, "山田".encode("iso2022_jp"), "山田", strings.TELETEX_GUESSED),
        (strings.TELETEX, "山田".encode(), "山田", strings.TELETEX_GUESSED),
        (strings.TELETEX, "Jérôme Müller".encode("latin-1"), "Jérôme Müller", strings.TELETEX_GUESSED),
        (strings.PRINTABLE, "山田".encode("cp932"), "山田", strings.WRONG_STRING_TYPE),
        (strings.PRINTABLE, "山田".encode(), "山田", strings.WRONG_STRING_TYPE),
        (strings.UTF8, "山田".encode("cp932"), "山田", strings.WRONG_STRING_TYPE),
        (strings.UTF8, b"\xff\xfe\xfa\x01", "\ufffd\ufffd\ufffd\x01", strings.UNDECODABLE),
        (strings.BMP, "𠮷".encode("utf-16-be"), "𠮷", strings.WRONG_STRING_TYPE),
        (strings.BMP, b"\xff\xfe" + "山田".encode("utf-16-le"), "山田", strings.WRONG_STRING_TYPE),
        (strings.BMP, b"\x5c\x71\x75", "山", strings.UNDECODABLE),
        (strings.BMP, b"\xd8\x00\x5c\x71", "\ufffd山", strings.UNDECODABLE),
        (0x03, b"\0\1", "", strings.NO_STRING),
        (strings.UTF8, "山\u202e田".encode(), "山\u202e田", strings.MISLEADING),
    ],
)
def test_what_cas_did(tag: int, data: bytes, text: str, doubt: str) -> None:
    decoded = decode(tag, data)
    assert decoded.text == text
    assert doubt in decoded.doubts


@pytest.mark.parametrize("tag", [strings.UTF8, strings.BMP, strings.TELETEX, strings.PRINTABLE, strings.UNIVERSAL])
def test_absurdly_long_texts_are_cut_between_characters(tag: int) -> None:
    encoding = {strings.BMP: "utf-16-be", strings.UNIVERSAL: "utf-32-be"}.get(tag, "utf-8")
    decoded = decode(tag, ("あ" * 100_000).encode(encoding))
    assert set(decoded.text) == {"あ"}
    assert len(decoded.text) == 512
    assert strings.CUT in decoded.doubts
    assert strings.UNDECODABLE not in decoded.doubts


@given(st.integers(0, 255), st.binary(max_size=3000))
def test_any_bytes_are_some_text(tag: int, data: bytes) -> None:
    assert len(decode(tag, data).text) <= 512


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_utf8_round_trip(text: str) -> None:
    assert decode(strings.UTF8, text.encode()).text == text
