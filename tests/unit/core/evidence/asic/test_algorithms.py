"""Signature values of XML signatures: the known algorithms hold, weak ones are told, ECDSA has one right form."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from econtract_core.evidence.asic.algorithms import ECDSA_SHA256, RSA_SHA256, Value, check
from econtract_core.evidence.verdict import SubIndication
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued

DATA = b"SignedInfo"
WRONG, WEAK = SubIndication.SIG_CRYPTO_FAILURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


def test_rsa(person: Issued) -> None:
    assert isinstance(person.key, rsa.RSAPrivateKey)
    value = person.key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    assert check(person.der, Value(RSA_SHA256, value, DATA)) is None
    assert check(person.der, Value(RSA_SHA256, value, DATA + b"!")) is WRONG
    assert check(person.der, Value(RSA_SHA256.replace("256", "512"), value, DATA)) is WRONG
    assert check(person.der, Value(ECDSA_SHA256, value, DATA)) is WRONG
    assert check(person.der, Value("urn:unknown", value, DATA)) is WRONG
    assert check(b"no certificate", Value(RSA_SHA256, value, DATA)) is WRONG
    pss = person.key.sign(DATA, padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384())
    assert check(person.der, Value("http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", pss, DATA)) is None


def test_what_is_too_weak(pki: TestPki, person: Issued) -> None:
    assert isinstance(person.key, rsa.RSAPrivateKey)
    old = person.key.sign(DATA, padding.PKCS1v15(), hashes.SHA1())
    assert check(person.der, Value("http://www.w3.org/2000/09/xmldsig#rsa-sha1", old, DATA)) is WEAK
    short = pki.person(key=rsa.generate_private_key(65537, 1024))
    assert isinstance(short.key, rsa.RSAPrivateKey)
    value = short.key.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    assert check(short.der, Value(RSA_SHA256, value, DATA)) is WEAK


def test_ecdsa_in_its_one_form(pki: TestPki) -> None:
    person = pki.person(key=ec.generate_private_key(ec.SECP521R1()))
    assert isinstance(person.key, ec.EllipticCurvePrivateKey)
    s = 1 << 520
    while s >> 520:  # one whose second half would do with a byte less
        der = person.key.sign(DATA, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)

    def written(half: int) -> bytes:
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    assert check(person.der, Value(ECDSA_SHA256, written(66), DATA)) is None
    shorter = r.to_bytes(66, "big") + s.to_bytes(65, "big")
    for other in (der, written(67), written(66) + b"\0", shorter, b""):
        assert check(person.der, Value(ECDSA_SHA256, other, DATA)) is WRONG
