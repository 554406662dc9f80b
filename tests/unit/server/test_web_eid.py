"""The log-in token's check: against real vectors where they are at hand, and against keys of our own."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha384
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from econtract_core.messages.account import AuthToken
from econtract_core.rules.errors import LoginRefused
from econtract_server.services.web_eid import ALLOWED, check_purpose, check_signature, read_certificate
from tests.fakes.pki import Issued, Key, issue, make_authority

# Test data of web-eid-authtoken-validation-java (MIT): {"origin", "nonce", "tokens": {name: token}}.
VECTORS = Path(__file__).resolve().parents[2] / "assets/web_eid/tokens.json"
ORIGIN, NONCE = "https://server.test", "KEIYAKU-LOGIN-v1:" + "A" * 43


def test_real_tokens() -> None:
    data = json.loads(VECTORS.read_text(encoding="utf-8"))
    algorithms = set()
    for raw in data["tokens"].values():
        raw.pop("issuerApp", None)  # of an older form of the token
        token = AuthToken.model_validate(raw)
        certificate = read_certificate(token)
        check_purpose(certificate)
        every = ALLOWED | {"ES384"}
        check_signature(token, certificate, data["origin"], data["nonce"], every)
        for origin, nonce in (("https://ria.ee/", data["nonce"]), (data["origin"], data["nonce"] + "0")):
            with pytest.raises(LoginRefused):
                check_signature(token, certificate, origin, nonce, every)
        algorithms.add(token.algorithm)
    assert algorithms == {"ES384", "RS256"}


@pytest.fixture(scope="module")
def authority() -> Issued:
    return make_authority()


def _token(issued: Issued, algorithm: str, signature: bytes) -> AuthToken:
    fields: dict[str, Any] = {
        "unverifiedCertificate": b64encode(issued.der).decode(),
        "algorithm": algorithm,
        "signature": b64encode(signature).decode(),
    }
    return AuthToken.model_validate(fields)


def _value() -> bytes:
    return sha256(ORIGIN.encode()).digest() + sha256(NONCE.encode()).digest()


def _raw(key: ec.EllipticCurvePrivateKey, value: bytes, half: int, algorithm: hashes.HashAlgorithm) -> bytes:
    r, s = decode_dss_signature(key.sign(value, ec.ECDSA(algorithm)))
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def test_rsa_and_p256_pass(authority: Issued) -> None:
    one, two = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    card = issue(authority, "a", key=one)
    signature = one.sign(_value(), padding.PKCS1v15(), hashes.SHA256())
    check_signature(_token(card, "RS256", signature), card.certificate, ORIGIN, NONCE)
    card = issue(authority, "b", key=two)
    check_signature(_token(card, "ES256", _raw(two, _value(), 32, hashes.SHA256())), card.certificate, ORIGIN, NONCE)


def test_the_origin_and_the_nonce_are_hashed_apart(authority: Issued) -> None:
    """`https://a` + `bc` is not `https://ab` + `c`."""
    key = rsa.generate_private_key(65537, 2048)
    card = issue(authority, "a", key=key)
    moved = ORIGIN[:-1], ORIGIN[-1] + NONCE
    signature = key.sign(_value(), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(LoginRefused):
        check_signature(_token(card, "RS256", signature), card.certificate, *moved)


def _wrong(key: Key) -> list[tuple[str, bytes]]:
    if isinstance(key, rsa.RSAPrivateKey):
        good = key.sign(_value(), padding.PKCS1v15(), hashes.SHA256())
        pss = key.sign(_value(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        unhashed = key.sign(ORIGIN.encode() + NONCE.encode(), padding.PKCS1v15(), hashes.SHA256())
        return [("RS384", good), ("PS256", pss), ("RS256", pss), ("ES256", good), ("RS256", unhashed)]
    der = key.sign(_value(), ec.ECDSA(hashes.SHA256()))
    good = _raw(key, _value(), 32, hashes.SHA256())
    padded = b"\0" + good[:32] + b"\0" + good[32:]
    return [("ES384", good), ("ES512", good), ("RS256", good), ("ES256", der), ("ES256", padded), ("ES256", b"")]


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_everything_else_is_refused(authority: Issued, kind: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    card = issue(authority, "a", key=key)
    for algorithm, signature in _wrong(key):
        with pytest.raises(LoginRefused):
            check_signature(_token(card, algorithm, signature), card.certificate, ORIGIN, NONCE)


def test_a_curve_goes_with_its_algorithm(authority: Issued) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    card = issue(authority, "a", key=key)
    as_256 = _token(card, "ES256", _raw(key, _value(), 48, hashes.SHA256()))
    with pytest.raises(LoginRefused):
        check_signature(as_256, card.certificate, ORIGIN, NONCE)
    value = sha384(ORIGIN.encode()).digest() + sha384(NONCE.encode()).digest()
    as_384 = _token(card, "ES384", _raw(key, value, 48, hashes.SHA384()))
    with pytest.raises(LoginRefused, match="ES384"):
        check_signature(as_384, card.certificate, ORIGIN, NONCE)
    check_signature(as_384, card.certificate, ORIGIN, NONCE, frozenset({"ES384"}))


def test_a_short_rsa_key_is_refused(authority: Issued) -> None:
    key = rsa.generate_private_key(65537, 1024)
    card = issue(authority, "a", key=key)
    signature = key.sign(_value(), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(LoginRefused):
        check_signature(_token(card, "RS256", signature), card.certificate, ORIGIN, NONCE)


@pytest.mark.parametrize("usage", [None, {"content_commitment"}, {"key_cert_sign"}])
def test_a_key_that_may_not_make_digital_signatures_is_refused(usage: set[str] | None) -> None:
    certificate = _certificate(usage)
    with pytest.raises(LoginRefused):
        check_purpose(certificate)
    check_purpose(_certificate({"digital_signature"}))


def _certificate(usage: set[str] | None) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    began = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=1))
    )
    if usage is not None:
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
        builder = builder.add_extension(x509.KeyUsage(**{n: n in usage for n in names}), critical=True)
    return builder.sign(key, hashes.SHA256())
