"""Reading cards of every known layout, and of layouts nobody knows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from econtract_core.identity.holder import read_holder
from econtract_core.rules.errors import UnsupportedDocument
from tests.fakes.evidence_pki import TestPki, japanese_name, now
from tests.fakes.pki import Issued

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


def test_romaji_subject_and_japanese_alternative_name(person: Issued) -> None:
    holder = read_holder(person.der)
    assert (holder.name, holder.name_romaji) == ("山田 太郎", "YAMADA Taro")
    assert (holder.organization, holder.organization_romaji) == ("あおば橋建設株式会社", "Aobabashi Kensetsu K.K.")
    assert (holder.corporate_number, holder.title) == ("7000012050002", "代表取締役")
    assert holder.head_office == "東京都千代田区霞が関2-1-3"
    assert holder.issuer == "Test Test Issuing CA"
    assert holder.key_algorithm == "RSA-2048"
    assert holder.usage == ("digital_signature", "content_commitment")
    assert holder.serial == f"{person.certificate.serial_number:x}"
    assert holder.not_before.tzinfo is not None
    assert holder.valid_at(now())
    assert not holder.valid_at(now() + timedelta(days=400))
    assert holder.der == person.der


def test_authority_of_an_agent(pki: TestPki) -> None:
    name = x509.Name(
        [*japanese_name("鈴木 一郎"), x509.NameAttribute(x509.ObjectIdentifier("2.5.4.13"), "入札,契約締結")]
    )
    agent = pki.person(key=KEY, extensions=(x509.SubjectAlternativeName([x509.DirectoryName(name)]),))
    assert read_holder(agent.der).authority == "入札,契約締結"


def test_jpki_names_are_other_names(pki: TestPki) -> None:
    def text(value: str) -> bytes:
        data = value.encode()
        return bytes((0x0C, len(data))) + data

    def other(last: int, value: str) -> x509.OtherName:
        return x509.OtherName(x509.ObjectIdentifier(f"1.2.392.200149.8.5.5.{last}"), text(value))

    names = x509.SubjectAlternativeName([other(1, "髙橋 𠮷郎"), other(5, "東京都千代田区霞が関二丁目1番3号")])
    holder = read_holder(pki.person(key=KEY, extensions=(names,)).der)
    assert (holder.name, holder.head_office) == ("髙橋 𠮷郎", "東京都千代田区霞が関二丁目1番3号")
    assert holder.name_romaji == "YAMADA Taro"


def test_without_an_alternative_name_the_subject_speaks(pki: TestPki) -> None:
    holder = read_holder(pki.person(key=KEY, extensions=()).der)
    assert (holder.name, holder.organization) == ("YAMADA Taro", "Aobabashi Kensetsu K.K.")
    assert (holder.corporate_number, holder.title, holder.head_office, holder.usage) == ("", "", "", ())


@pytest.mark.parametrize("identifier", ["NTRJP-123", "7000012050002X", "", "NTRDE-HRB123456"])
def test_a_strange_organization_identifier_is_no_corporate_number(pki: TestPki, identifier: str) -> None:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, "山田")]
    if identifier:
        attributes.append(x509.NameAttribute(x509.ObjectIdentifier("2.5.4.97"), identifier))
    names = x509.SubjectAlternativeName([x509.DirectoryName(x509.Name(attributes))])
    assert read_holder(pki.person(key=KEY, extensions=(names,)).der).corporate_number == ""


def test_other_alternative_names_do_not_disturb(pki: TestPki) -> None:
    names = x509.SubjectAlternativeName([x509.RFC822Name("taro@example.jp"), x509.DNSName("example.jp")])
    assert read_holder(pki.person(key=KEY, extensions=(names,)).der).name == "YAMADA Taro"


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"hello", b"\x30\x82\xff\xff"])
def test_no_certificate_is_a_typed_error(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        read_holder(data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_damaged_certificate_is_read_or_refused(person: Issued, place: int, value: int) -> None:
    data = bytearray(person.der)
    data[place % len(data)] = value
    with suppress(UnsupportedDocument):
        assert read_holder(bytes(data)).sha256
