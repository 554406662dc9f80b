"""BER-TLV there and back, and DER as X.690 prescribes it."""

from __future__ import annotations

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from econtract_practice.cards.virtual.tlv import bits, find, integer, parts, sequence, tlv


@given(st.lists(st.tuples(st.sampled_from([0x30, 0x53, 0x7C, 0x5F2F]), st.binary(max_size=400)), max_size=4))
def test_there_and_back(objects: list[tuple[int, bytes]]) -> None:
    assert list(parts(b"".join(tlv(tag, value) for tag, value in objects))) == objects


@given(st.binary(max_size=60))
def test_rubbish_raises_value_error_only(data: bytes) -> None:
    try:
        for _, value in parts(data):
            assert value in data
    except ValueError:
        pass


@given(st.integers(0, 2**70))
def test_integers_are_der(value: int) -> None:
    assert core.Integer.load(integer(value), strict=True).native == value


@given(st.sets(st.integers(0, 20), min_size=1))
def test_named_bits_are_der(numbers: set[int]) -> None:
    value = core.BitString.load(bits(*numbers), strict=True).native
    assert {number for number, bit in enumerate(value) if bit} == numbers
    assert len(value) == max(numbers) + 1


def test_find_looks_at_one_level() -> None:
    nested = sequence(tlv(0x80, b"in"))
    assert find(nested, 0x80) is None
    assert find(nested + tlv(0x80, b"out"), 0x80) == b"out"


@pytest.mark.parametrize("broken", ["30", "3005 01", "3084 00000001 00", "3080 00", "5F"])
def test_lengths_that_lie(broken: str) -> None:
    with pytest.raises(ValueError, match=r"length|tag"):
        list(parts(bytes.fromhex(broken)))
