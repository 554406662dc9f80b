"""The parts of a certificate: against the library on real ones, and against nonsense."""

from __future__ import annotations

import re
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from econtract_core import der
from econtract_core.identity import certificate as ours
from econtract_core.rules.errors import UnsupportedDocument
from tests.fakes import certificates as make
from tests.fakes.certificates import text

SUBJECT = make.name(("2.5.4.3", text("山田")))


def system_certificates() -> list[bytes]:
    """Real CA certificates of this machine: many CAs, many habits."""
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    if not bundle.is_file():
        pytest.skip("no ca-certificates on this machine")
    pems = re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", bundle.read_text("ascii"), re.DOTALL)
    return [ssl.PEM_cert_to_DER_cert(pem) for pem in pems]


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")  # a root with serial 0
def test_real_certificates_are_read_as_the_library_reads_them() -> None:
    found = system_certificates()
    assert len(found) > 50
    for data in found:
        parts, theirs = ours.read_parts(data), x509.load_der_x509_certificate(data)
        assert parts.serial == theirs.serial_number
        assert (parts.not_before, parts.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
        for mine, name in ((parts.subject, theirs.subject), (parts.issuer, theirs.issuer)):
            assert [(a.kind, a.text) for a in mine.attributes] == [(a.oid.dotted_string, a.value) for a in name]
        assert set(parts.extensions) == {e.oid.dotted_string for e in theirs.extensions}
        if ours.KEY_USAGE in parts.extensions:
            usage = theirs.extensions.get_extension_for_class(x509.KeyUsage).value
            assert ours.key_usage(parts) == tuple(n for n in ours.USAGES[:7] if getattr(usage, n))
        key = theirs.public_key()
        size = getattr(key, "key_size", 0)
        word = f"RSA-{size}" if isinstance(key, rsa.RSAPublicKey) else f"EC-{key.curve.name}"  # type: ignore[union-attr]
        assert ours.key_algorithm(parts) == word


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "EC-secp256r1"),
        (ec.generate_private_key(ec.SECP384R1()), "EC-secp384r1"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
        (ed448.Ed448PrivateKey.generate(), "Ed448"),
    ],
)
def test_keys(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, word: str) -> None:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert ours.key_algorithm(ours.read_parts(make.certificate(SUBJECT, key=public))) == word


@pytest.mark.parametrize(
    "key",
    [der.write(der.SEQUENCE), der.write(der.SEQUENCE, der.write(der.SEQUENCE, make.oid("1.2.3")), der.write(3, b""))],
)
def test_unknown_keys(key: bytes) -> None:
    assert ours.key_algorithm(ours.read_parts(make.certificate(SUBJECT, key=key))).startswith("unknown (")


@pytest.mark.parametrize(
    ("moment", "year"),
    [(b"500101000000Z", 1950), (b"491231235959Z", 2049), (b"99991231235959Z", 9999), (b"2601010000Z", 2026)],
)
def test_times(moment: bytes, year: int) -> None:
    assert ours.read_parts(make.certificate(SUBJECT, times=(moment, moment))).not_after.year == year


@pytest.mark.parametrize(
    "moment", [b"", b"261301000000Z", b"26010100000000", b"260101000000+0900", b"2601010000 0Z", b"99990230000000Z"]
)
def test_no_times(moment: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        ours.read_parts(make.certificate(SUBJECT, times=(moment, moment)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        make.certificate(SUBJECT)[:-1],
        make.certificate(SUBJECT) + b"\0",
        make.certificate(SUBJECT, serial=b""),
        make.certificate(SUBJECT, serial=bytes(65)),
        make.certificate(SUBJECT, ("2.5.29.99", bytes(1 << 16))),
        make.certificate(SUBJECT, *((f"1.2.3.{n}", b"") for n in range(65))),
    ],
)
def test_no_certificate(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        ours.read_parts(data)


def test_an_extension_that_comes_twice_is_believed_neither_time() -> None:
    parts = ours.read_parts(
        make.certificate(SUBJECT, make.usage(b"\6\xc0"), make.usage(b"\1\x02"), make.policy("1.2.3"))
    )
    assert parts.repeated
    assert ours.key_usage(parts) == ()
    assert ours.policies(parts) == ("1.2.3",)


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (b"\6\xc0", ("digital_signature", "content_commitment")),
        (b"\1\x06", ("key_cert_sign", "crl_sign")),
        (b"\7\0\x80", ("decipher_only",)),
    ],
)
def test_usage(bits: bytes, words: tuple[str, ...]) -> None:
    assert ours.key_usage(ours.read_parts(make.certificate(SUBJECT, make.usage(bits)))) == words


@pytest.mark.parametrize(
    "extension",
    [make.usage(b""), make.usage(b"\0"), make.usage(bytes(9)), ("2.5.29.15", b"\x05\0"), ("2.5.29.15", b"")],
)
def test_broken_usage(extension: tuple[str, bytes]) -> None:
    with pytest.raises(UnsupportedDocument):
        ours.key_usage(ours.read_parts(make.certificate(SUBJECT, extension)))


def test_too_many_names() -> None:
    names = make.alternative(*(make.other_name("1.2.3", text("x")) for _ in range(65)))
    with pytest.raises(UnsupportedDocument):
        ours.alternative_names(ours.read_parts(make.certificate(SUBJECT, names)))


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    for whole in (data, der.write(der.SEQUENCE, data)):
        with suppress(UnsupportedDocument):
            ours.read_parts(whole)
