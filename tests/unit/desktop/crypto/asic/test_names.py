"""Names inside a container: Japanese ones stay, bad ones do not get in, no two are alike."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_desktop.crypto.asic.names import entry_names, media_type


@pytest.mark.parametrize(
    ("given_names", "found"),
    [
        (["図面 第1号.dwg", "数量計算書(変更)①.xlsx"], ["図面 第1号.dwg", "数量計算書(変更)①.xlsx"]),
        (["a/x.csv", "b/x.csv", "c/X.CSV"], ["x.csv", "x (2).csv", "X (3).CSV"]),
        (["か\u3099.txt", "が.txt"], ["が.txt", "が (2).txt"]),
        (["mimetype", "META-INF", "con.txt", "NUL"], ["_mimetype", "_META-INF", "_con.txt", "_NUL"]),
        (["a:b?.txt", "tab\tx", "bidi\u202efdp.exe", " .. "], ["a_b_.txt", "tab_x", "bidi_fdp.exe", "document"]),
        ([".profile", ".profile"], ["profile", "profile (2)"]),
    ],
)
def test_names(given_names: list[str], found: list[str]) -> None:
    assert list(entry_names(tuple(Path(n) for n in given_names))) == found


def test_long_names_keep_their_end() -> None:
    (name,) = entry_names((Path("長" * 90 + ".xlsx"),))
    assert name == "長" * 65 + ".xlsx"
    assert len(name.encode()) <= 200
    (name,) = entry_names((Path("a." + "長" * 50),))
    assert len(name.encode()) <= 200


@given(
    st.lists(st.text(min_size=1, max_size=30).filter(lambda t: "/" not in t and "\0" not in t), min_size=1, max_size=6)
)
def test_any_names(names: list[str]) -> None:
    found = entry_names(tuple(Path(n) for n in names))
    assert len({n.casefold() for n in found}) == len(names)
    for name in found:
        assert name
        assert not set(name) & set('<>:"/\\|?*')
        assert unicodedata.is_normalized("NFC", name)
        assert name not in ("mimetype", "META-INF", ".", "..")


def test_media_types() -> None:
    assert media_type("図面.DWG") == "image/vnd.dwg"
    assert media_type("a.xlsx").startswith("application/vnd.openxml")
    assert media_type("a.unknown") == media_type("a") == "application/octet-stream"
