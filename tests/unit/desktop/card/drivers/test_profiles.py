"""The table of driver rows: shipped ones, added ones, broken ones."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.errors import SettingsUnreadable
from econtract_desktop.card.drivers.profiles import LARGEST, added, read_row, shipped, write_row
from econtract_desktop.ports.drivers import AtrPattern

JPKI_ATR = bytes.fromhex("3be000ff8131fe4514")
ROW = {
    "format": 1,
    "id": "test-card",
    "title": {"ja": "試験", "en": "Test"},
    "atrs": [{"atr": "3b00", "mask": "fff0"}],
    "aids": ["a000000308"],
    "modules": {"linux": ["/opt/test.so"], "windows": []},
    "pins": [{"token": "A", "min_length": 4, "max_length": 8, "digits_only": True, "upper_case": False, "tries": 3}],
    "quirks": ["always-authenticate"],
    "evidence": [{"what": "all", "source": "a test", "sure": "measured"}],
}


def row(**changes: object) -> bytes:
    return json.dumps({**ROW, **changes}).encode()


def test_the_shipped_rows_are_whole_and_say_why() -> None:
    rows = {r.id: r for r in shipped()}
    assert {"jpki-client", "opensc-jpki", "opensc-piv"} <= set(rows)
    for found in rows.values():
        assert found.evidence
        assert any(found.modules.values())
        assert read_row(write_row(found).encode(), "again") == found
    assert {name for name, r in rows.items() if r.knows(JPKI_ATR)} == {"jpki-client", "opensc-jpki"}


def test_pin_rules_by_token() -> None:
    opensc = next(r for r in shipped() if r.id == "opensc-jpki")
    sign, auth = opensc.pin_rule("JPKI (Digital Signature PIN)"), opensc.pin_rule("JPKI (User Authentication PIN)")
    assert sign is not None
    assert auth is not None
    assert (sign.min_length, sign.max_length, sign.upper_case, sign.digits_only) == (6, 16, True, False)
    assert (auth.min_length, auth.max_length, auth.digits_only) == (4, 4, True)
    assert opensc.pin_rule("another token") is None
    client = next(r for r in shipped() if r.id == "jpki-client")
    assert client.pin_rule("whatever its label is") is not None


def test_a_mask_decides_which_bits_count() -> None:
    pattern = AtrPattern(b"\x3b\x00", b"\xff\xf0")
    assert pattern.fits(b"\x3b\x0f")
    assert not pattern.fits(b"\x3b\x10")
    assert not pattern.fits(b"\x3b\x00\x00")


def test_a_row_is_read_and_written() -> None:
    read = read_row(row(), "x")
    assert read.atrs == (AtrPattern(b"\x3b\x00", b"\xff\xf0"),)
    assert read.aids == (bytes.fromhex("a000000308"),)
    assert read_row(write_row(read).encode(), "x") == read


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": 2}, "format 2"),
        ({"surprise": 1}, "unknown: surprise"),
        ({"id": "Bad Id"}, "id:"),
        ({"id": 5}, "id:"),
        ({"title": {"ja": "x"}}, "title: ja and en"),
        ({"atrs": [{"atr": "3b", "mask": "ff"}]}, "atr: 2 to 33"),
        ({"atrs": [{"atr": "3b00", "mask": "ff"}]}, "mask"),
        ({"atrs": [{"atr": "3b00", "mask": "0000"}]}, "mask"),
        ({"atrs": [{"atr": "zz"}]}, "hexadecimal"),
        ({"atrs": [{}]}, "missing: atr"),
        ({"aids": ["00"]}, "aids: 5 to 16"),
        ({"modules": {"amiga": []}}, "modules"),
        ({"modules": {"linux": [7]}}, "modules"),
        ({"pins": [{"min_length": 9, "max_length": 8}]}, "min_length over"),
        ({"pins": [{"min_length": True, "max_length": 8}]}, "not a number"),
        ({"quirks": ["magic"]}, "unknown quirks: magic"),
        ({"evidence": []}, "without evidence"),
        ({"evidence": [{"what": " ", "source": "x", "sure": "measured"}]}, "evidence says"),
        ({"evidence": [{"what": "x", "source": "x", "sure": "probably"}]}, "probably"),
        ({"atrs": [{"atr": "3b00"}] * 101}, "at most 100"),
    ],
)
def test_a_broken_row_says_what_is_wrong(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(SettingsUnreadable) as caught:
        read_row(row(**changes), "row.json")
    assert caught.value.facts["path"] == "row.json"
    assert problem in str(caught.value.facts["problem"])


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"[" * 100_000, b"\xff", b" " * (LARGEST + 1)])
def test_what_is_no_row_at_all(data: bytes) -> None:
    with pytest.raises(SettingsUnreadable):
        read_row(data, "x")


def test_added_rows_and_their_order(tmp_path: Path) -> None:
    machine, user = tmp_path / "machine", tmp_path / "user"
    for folder, title in ((machine, "machine"), (user, "user")):
        folder.mkdir()
        (folder / "a.json").write_bytes(row(title={"ja": title, "en": title}))
    (user / "broken.json").write_bytes(b"{")
    (user / "folder.json").mkdir()
    (user / "note.txt").write_text("not a row")
    rows, complaints = added([machine, user, tmp_path / "nowhere"])
    assert [r.title["en"] for r in rows.values()] == ["user"]
    assert len(complaints) == 2
    assert all(str(user) in complaint for complaint in complaints)


@given(
    st.dictionaries(
        st.sampled_from(sorted(ROW)),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=6), x, max_size=3),
        ),
        max_size=4,
    )
)
def test_any_row_is_read_or_refused(changes: dict[str, object]) -> None:
    with contextlib.suppress(SettingsUnreadable):
        assert read_row(row(**changes), "x").evidence
