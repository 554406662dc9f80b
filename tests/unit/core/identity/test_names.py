"""X.501 Names: attributes, RFC 4514 text, and nonsense."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from econtract_core import der
from econtract_core.identity import names
from econtract_core.identity.names import Name, oid, read_name
from econtract_core.rules.errors import UnsupportedDocument
from tests.fakes import certificates as make
from tests.fakes.certificates import TELETEX, text


def read(data: bytes) -> Name:
    return read_name(der.element(data))


def test_attributes_in_their_order() -> None:
    name = read(
        make.name((names.COUNTRY, text("JP")), (names.ORGANIZATION, text("A")), (names.COMMON_NAME, text("山田")))
    )
    assert [a.kind for a in name.attributes] == ["2.5.4.6", "2.5.4.10", "2.5.4.3"]
    assert name.text(names.COMMON_NAME) == "山田"
    assert name.text(names.TITLE) == ""
    assert name.rfc4514() == "CN=山田,O=A,C=JP"
    assert name.doubts == frozenset()


def test_repeated_attributes_and_multiple_values() -> None:
    pair = [
        der.write(der.SEQUENCE, make.oid("2.5.4.11"), der.write(0x0C, value.encode())) for value in ("営業部", "入札課")
    ]
    name = read(der.write(der.SEQUENCE, der.write(der.SET, *pair)))
    assert name.text(names.UNIT) == "営業部、入札課"
    assert name.rfc4514() == "OU=営業部+OU=入札課"


def test_text_for_people() -> None:
    name = read(
        make.name(
            (names.COMMON_NAME, text(' #A, B+"C";<D>\\ ')),
            (names.TITLE, text("代表取締役")),
            ("1.2.392.999.1", text("x\u202ey")),
            (names.DESCRIPTION, (0x02, b"\x07")),
        )
    )
    assert name.rfc4514() == (
        'description=#020107,1.2.392.999.1=x[U+202E]y,title=代表取締役,CN=\\ #A\\, B\\+\\"C\\"\\;\\<D\\>\\\\\\ '
    )


def test_shift_jis_in_a_t61_string() -> None:
    name = read(make.name((names.COMMON_NAME, (TELETEX, "山田".encode("cp932")))))
    assert (name.text(names.COMMON_NAME), name.doubts) == ("山田", {"teletex"})


def test_a_very_long_name_is_cut() -> None:
    name = read(make.name(*((names.UNIT, text("あ" * 500)) for _ in range(60))))
    assert len(name.rfc4514()) == 2001


@pytest.mark.parametrize(
    "data",
    [
        make.name(*((names.UNIT, text("x")) for _ in range(65))),
        der.write(der.SET),
        der.write(der.SEQUENCE, der.write(der.SEQUENCE)),
        der.write(der.SEQUENCE, der.write(der.SET, der.write(der.SET))),
        der.write(der.SEQUENCE, der.write(der.SET, der.write(der.SEQUENCE, make.oid("2.5.4.3")))),
        der.write(
            der.SEQUENCE, der.write(der.SET, der.write(der.SEQUENCE, der.write(0x0C, b"a"), der.write(0x0C, b"b")))
        ),
    ],
)
def test_no_name(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        read(data)


@pytest.mark.parametrize("dotted", ["2.5.4.3", "1.2.392.200149.8.5.5.1", "0.9.2342.19200300.100.1.25", "2.999.392.1.1"])
def test_object_identifiers(dotted: str) -> None:
    assert oid(der.element(make.oid(dotted))) == dotted


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x2a\x83", b"\x81" * 41 + b"\x01"])
def test_broken_object_identifiers(content: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        oid(der.element(der.write(der.OBJECT_IDENTIFIER, content)))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_name_or_the_typed_error(data: bytes) -> None:
    with suppress(UnsupportedDocument):
        assert len(read(der.write(der.SEQUENCE, data)).rfc4514()) <= 2001


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2.5.4.3", "2.5.4.10", "2.5.4.11"]), st.text('山田aA0 ,+=\\#"é', min_size=1, max_size=8)
        )
    )
)
def test_the_library_reads_the_same(attributes: list[tuple[str, str]]) -> None:
    """Where both read it, both read the same text, and RFC 4514 text leads back to it."""
    ours = read(make.name(*((kind, text(value)) for kind, value in attributes)))
    theirs = x509.Name([x509.NameAttribute(x509.ObjectIdentifier(k), v) for k, v in attributes])
    assert [(a.kind, a.text) for a in ours.attributes] == [(a.oid.dotted_string, a.value) for a in theirs]
    assert x509.Name.from_rfc4514_string(ours.rfc4514()) == theirs
    assert NameOID.COMMON_NAME.dotted_string == names.COMMON_NAME
