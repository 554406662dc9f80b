"""Commands as bytes: every form of ISO/IEC 7816-4 5.3, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_practice.cards.virtual import apdu
from econtract_practice.cards.virtual.apdu import Answer, Command, Kind, Malformed

HEAD = bytes.fromhex("00A4040C")


@pytest.mark.parametrize(
    ("raw", "data", "le"),
    [
        ("", "", None),
        ("10", "", 16),
        ("00", "", 256),
        ("02 0102", "0102", None),
        ("02 0102 08", "0102", 8),
        ("02 0102 00", "0102", 256),
        ("00 0100", "", 256),
        ("00 0000", "", 65536),
        ("00 0002 0102", "0102", None),
        ("00 0002 0102 0010", "0102", 16),
        ("00 0002 0102 0000", "0102", 65536),
    ],
)
def test_every_form(raw: str, data: str, le: int | None) -> None:
    command = apdu.parse(HEAD + bytes.fromhex(raw))
    assert (command.cla, command.ins, command.p1p2) == (0x00, 0xA4, 0x040C)
    assert (command.data, command.le) == (bytes.fromhex(data), le)


@pytest.mark.parametrize(
    "raw", ["00A404", "00A4040C 03 0102", "00A4040C 01 0102 03", "00A4040C 00 01", "00A4040C 00 0003 01 02"]
)
def test_what_is_no_command(raw: str) -> None:
    with pytest.raises(Malformed):
        apdu.parse(bytes.fromhex(raw))
    assert apdu.kind_of(bytes.fromhex(raw)) is Kind.OTHER


@given(st.binary(max_size=600))
def test_anything_is_a_command_or_malformed(raw: bytes) -> None:
    try:
        command = apdu.parse(raw)
    except Malformed:
        return
    assert raw[:4] == bytes((command.cla, command.ins, command.p1, command.p2))
    assert command.data in raw


def test_an_empty_verify_only_asks() -> None:
    assert Command(0, 0x20, 0, 0x80).kind is Kind.PIN_STATUS
    assert Command(0, 0x20, 0, 0x80, b"1234").kind is Kind.VERIFY
    assert Command(0, 0x20, 0xFF, 0x80).kind is Kind.LOG_OUT


def test_data_is_not_in_the_repr() -> None:
    assert "1234" not in repr(Command(0, 0x20, 0, 0x80, b"1234")) + repr(Answer(0x9000, b"1234"))
