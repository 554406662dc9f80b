from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.evidence import cms, der
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument


@given(st.integers(0, 2**70))
def test_integers_read_back(value: int) -> None:
    found = der.element(der.integer(value))
    assert int.from_bytes(found.value, "big", signed=True) == value


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_what_is_written_is_read(parts: list[bytes]) -> None:
    data = der.write(der.SEQUENCE, *(der.write(der.OCTET_STRING, part) for part in parts))
    assert [child.value for child in der.element(data).children()] == parts


@given(st.binary(max_size=60))
def test_any_bytes_are_an_element_or_a_typed_error(data: bytes) -> None:
    try:
        found = der.element(data)
        assert found.end <= len(data)
        list(found.children())
    except UnsupportedDocument:
        pass


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x05\x00", b"\x30\x80\x00\x00", b"\x3f\x01\x00", b"\x30\x85\x01"])
def test_no_der(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        der.element(data)


def test_a_child_may_not_run_over_its_frame() -> None:
    with pytest.raises(UnsupportedDocument):
        list(der.element(b"\x30\x03\x04\x05\x01" + bytes(9)).children())


def test_a_set_is_sorted() -> None:
    assert der.set_of(b"\x04\x01\x02", b"\x02\x01\x05") == b"\x31\x06\x02\x01\x05\x04\x01\x02"


def test_indefinite_lengths_become_definite() -> None:
    endless = b"\x30\x80" + b"\x24\x80" + b"\x04\x02ab" + b"\x04\x01c" + b"\0\0" + b"\x02\x01\x05" + b"\0\0" + bytes(7)
    assert der.definite(endless) == der.write(der.SEQUENCE, b"\x04\x03abc", der.integer(5))


@pytest.mark.parametrize("data", [b"\x30\x80", b"\x30\x80\x02\x01\x05", b"\x30\x80" * 100, b"\x30\x80\x04\x80\0\0"])
def test_indefinite_lengths_without_end(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        der.definite(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_definite_or_a_typed_error(data: bytes) -> None:
    with suppress(UnsupportedDocument):
        assert der.definite(b"\x30\x80" + data)[0] == der.SEQUENCE


@given(st.binary(max_size=200))
def test_any_bytes_are_no_cms(data: bytes) -> None:
    with pytest.raises(NotAPdf):
        cms.read(data)
