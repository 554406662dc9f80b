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

from econtract_core import der
from econtract_core.identity.holder import HolderRole, read_holder
from econtract_core.identity.layouts import LAYOUTS, layout_of
from econtract_core.rules.errors import UnsupportedDocument
from econtract_core.rules.numbers import corporate_number
from tests.fakes import certificates as make
from tests.fakes.certificates import BMP, PRINTABLE, TELETEX, text
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


JPKI = "1.2.392.200149.8.5.5."
NAME = "氏名山田"


def jpki_card(marks: str = "0000") -> bytes:
    """A signing certificate as J-LIS lays it out, of a person who does not exist."""
    subject = make.name(
        ("2.5.4.6", text("JP", PRINTABLE)), ("2.5.4.3", text("202601011234567890123456789AB", PRINTABLE))
    )
    fields = {"1": "髙橋　太郎", "2": marks, "3": "1", "4": "319900102", "5": "東京都千代田区1−2", "6": "000000000000"}
    others = (make.other_name(JPKI + n, text(value)) for n, value in fields.items())
    return make.certificate(
        subject, make.alternative(*others), make.policy("1.2.392.200149.8.5.1.1.20"), make.usage(b"\6\xc0")
    )


def test_a_jpki_signing_certificate() -> None:
    holder = read_holder(jpki_card())
    assert (holder.name, holder.head_office) == ("髙橋　太郎", "東京都千代田区1−2")
    assert (holder.name_romaji, holder.organization) == ("", "")  # the Subject's CN is a number
    assert (holder.layout, holder.ca, holder.role) == ("jpki-sign", "公的個人認証サービス", HolderRole.INDIVIDUAL)
    assert not holder.name_has_substitutes
    assert holder.doubts == ()
    assert holder.subject_dn == "CN=202601011234567890123456789AB,C=JP"


def test_sex_and_birth_date_are_nowhere() -> None:
    holder = read_holder(jpki_card())
    said = repr(holder)
    assert "319900102" not in said
    assert "髙橋" in said  # the search above finds what is there
    assert not any(value == "1" for value in vars(holder).values())


def test_substituted_characters_are_told() -> None:
    assert read_holder(jpki_card("0100")).name_has_substitutes
    assert not read_holder(jpki_card("0100")).address_has_substitutes


def test_the_jpki_authentication_certificate_names_nobody() -> None:
    subject = make.name(("2.5.4.3", text("1234567890ABCDEF", PRINTABLE)))
    holder = read_holder(make.certificate(subject, make.policy("1.2.392.200149.8.5.1.3.30")))
    assert (holder.name, holder.name_romaji, holder.layout) == ("", "", "jpki-auth")


def registry(*fields: tuple[int, str]) -> tuple[str, bytes]:
    tagged = (der.write(0xA0 + n, der.write(0x0C, value.encode())) for n, value in fields)
    return "1.2.392.100300.1.1.3", der.write(der.SEQUENCE, *tagged)


def test_the_commercial_registry() -> None:
    firm = registry(
        (0, "青葉橋建設株式会社"), (1, "010001999001"), (2, "東京都千代田区青葉橋１丁目"), (3, "山田太郎"),
        (4, "代表取締役"), (6, "東京法務局"),
    )  # fmt: skip
    subject = make.name(("2.5.4.10", text("Aobabashi")), ("2.5.4.3", text("YAMADA Taro")))
    holder = read_holder(make.certificate(subject, firm))
    assert (holder.organization, holder.name, holder.title) == ("青葉橋建設株式会社", "山田太郎", "代表取締役")
    assert holder.head_office == "東京都千代田区青葉橋１丁目"
    assert holder.corporate_number == corporate_number("010001999001")
    assert (holder.organization_romaji, holder.name_romaji) == ("Aobabashi", "YAMADA Taro")
    assert (holder.layout, holder.role) == ("commercial-registry", HolderRole.REPRESENTATIVE)


def test_a_broken_registry_extension_is_a_doubt() -> None:
    subject = make.name(("2.5.4.3", text("YAMADA Taro")))
    holder = read_holder(make.certificate(subject, ("1.2.392.100300.1.1.3", b"\x31\x00")))
    assert (holder.name, holder.doubts) == ("YAMADA Taro", ("broken-extension",))


def test_an_unknown_layout_says_so() -> None:
    subject = make.name(("2.5.4.6", text("JP")), ("2.5.4.3", text("山田 太郎")))
    holder = read_holder(make.certificate(subject, make.policy("1.2.3.4")))
    assert (holder.layout, holder.ca, holder.role) == ("unknown", "", HolderRole.UNKNOWN)
    assert (holder.subject_dn, holder.issuer_dn) == ("CN=山田 太郎,C=JP", "CN=Test CA")


def test_practice_cards_have_their_layout(person: Issued) -> None:
    assert layout_of(("2.999.392.1.1",), frozenset()) in LAYOUTS
    holder = read_holder(person.der)
    assert (holder.layout, holder.role) == ("unknown", HolderRole.REPRESENTATIVE)
    assert "O=あおば橋建設株式会社" in holder.alternative_dn


def test_every_layout_has_its_evidence() -> None:
    assert all(row.evidence and row.sure in {"documented", "reported", "own"} for row in LAYOUTS)
    assert layout_of(("1.2.392.200149.8.5.1.10",), frozenset()) is None  # no prefix of digits, but of arcs


def test_an_agent_has_an_authority() -> None:
    names = make.directory(
        make.name(("2.5.4.3", text("鈴木")), ("2.5.4.13", text("入札及び契約締結")), ("2.5.4.12", text("代表者")))
    )
    holder = read_holder(make.certificate(make.name(), make.alternative(names)))
    assert (holder.role, holder.authority) == (HolderRole.AGENT, "入札及び契約締結")


def test_a_wrong_check_digit_is_a_doubt() -> None:
    for number, doubts in (("7123456789012", ()), ("8123456789012", ("corporate-number-check-digit",))):
        holder = read_holder(make.certificate(make.name(("2.5.4.97", text(f"NTRJP-{number}")))))
        assert (holder.corporate_number, holder.doubts) == (number, doubts)


def test_old_string_types() -> None:
    subject = make.name(
        ("2.5.4.10", (TELETEX, "青葉建設".encode("cp932"))),
        ("2.5.4.3", text("山田", BMP)),
        ("2.5.4.7", (PRINTABLE, b"A&B Tower")),
    )
    holder = read_holder(make.certificate(subject))
    assert (holder.organization, holder.name, holder.head_office) == ("青葉建設", "山田", "A&B Tower")
    assert holder.doubts == ("teletex",)


def test_the_user_principal_name() -> None:
    names = make.alternative(make.other_name("1.3.6.1.4.1.311.20.2.3", text("taro@example.jp")))
    assert read_holder(make.certificate(make.name(), names)).upn == "taro@example.jp"


def test_tricks_are_shown() -> None:
    holder = read_holder(make.certificate(make.name(("2.5.4.3", text("山田\u202e\n")))))
    assert (holder.name, holder.doubts) == ("山田[U+202E][U+000A]", ("misleading-characters",))


def test_a_negative_serial_number() -> None:
    assert read_holder(make.certificate(make.name(), serial=b"\xff\x01")).serial == "-ff"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_certificate_is_read_or_refused(person: Issued, place: int, value: int) -> None:
    for whole in (person.der, jpki_card()):
        data = bytearray(whole)
        data[place % len(data)] = value
        with suppress(UnsupportedDocument):
            assert read_holder(bytes(data)).sha256


@given(st.binary(max_size=2000), st.sampled_from(["2.5.29.17", "2.5.29.32", "2.5.29.15", "1.2.392.100300.1.1.3"]))
def test_any_extension_leaves_a_holder(data: bytes, kind: str) -> None:
    for value in (data, der.write(der.SEQUENCE, data)):
        assert (
            read_holder(make.certificate(make.name(("2.5.4.3", text(NAME))), (kind, value))).subject_dn == f"CN={NAME}"
        )


@given(st.integers(0, 255), st.binary(max_size=3000))
def test_any_value_in_any_string(tag: int, data: bytes) -> None:
    with suppress(UnsupportedDocument):
        holder = read_holder(make.certificate(make.name(("2.5.4.3", (tag, data)))))
        assert len(holder.name) <= 10 * 512


def test_tricks_in_other_names_are_shown_too() -> None:
    names = make.alternative(
        make.other_name(JPKI + "1", text("山\u202e田")), make.other_name(JPKI + "5", text("東\n京"))
    )
    holder = read_holder(make.certificate(make.name(), names))
    assert (holder.name, holder.head_office) == ("山[U+202E]田", "東[U+000A]京")
    assert holder.doubts == ("misleading-characters",)


def test_what_is_not_read_raises_no_doubt() -> None:
    """性別 and 生年月日 are not even decoded, so nothing about them can be told."""
    names = make.alternative(*(make.other_name(JPKI + n, (make.UTF8, b"\xff\x00")) for n in "34"))
    assert read_holder(make.certificate(make.name(), names)).doubts == ()
