"""The log-in token, checked as a server would check it: with `cryptography`, under the card's certificate."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.messages.account import NONCE_PREFIX, AuthToken
from econtract_core.rules.errors import (
    CardCannotSign,
    EcontractError,
    LoginRequired,
    ServerAnswerInvalid,
    ServerNotTrusted,
    UsageError,
)
from econtract_desktop.api.card_login import make_token, origin_of
from econtract_desktop.ports.card import CardSignature
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued, Key, issue, make_authority

_ORIGIN = "https://127.0.0.1:8443"
_NONCE = NONCE_PREFIX + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture(scope="module")
def authority() -> Issued:
    return make_authority()


def _card(authority: Issued, key: Key) -> KeyCard:
    return KeyCard(issue(authority, "山田 太郎", key=key))


def _holds(token: AuthToken, origin: str, nonce: str) -> bool:
    """Steps 8 and 9 of the Web eID validation, by another hand than the program's."""
    key = x509.load_der_x509_certificate(b64decode(token.unverifiedCertificate)).public_key()
    value = sha256(origin.encode()).digest() + sha256(nonce.encode()).digest()
    signature = b64decode(token.signature)
    try:
        if token.algorithm == "RS256":
            assert isinstance(key, rsa.RSAPublicKey)
            key.verify(signature, value, padding.PKCS1v15(), hashes.SHA256())
        else:
            assert token.algorithm == "ES256"
            assert isinstance(key, ec.EllipticCurvePublicKey)
            assert len(signature) == 64
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(encode_dss_signature(r, s), value, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
)
def test_the_token_verifies_for_its_origin_and_nonce_only(authority: Issued, key: Key, algorithm: str) -> None:
    card = _card(authority, key)
    token = make_token(card, _ORIGIN, _NONCE)
    assert (token.algorithm, token.format) == (algorithm, "web-eid:1.0")
    assert b64decode(token.unverifiedCertificate) == card.certificate.der
    assert _holds(token, _ORIGIN, _NONCE)
    assert not _holds(token, "https://127.0.0.1:8444", _NONCE)
    assert not _holds(token, _ORIGIN + "/", _NONCE)
    assert not _holds(token, _ORIGIN, _NONCE[:-1] + "A")


def test_an_ecdsa_signature_is_always_64_bytes(authority: Issued) -> None:
    """R or S is shorter than 32 bytes once in 128 signatures."""
    card = _card(authority, ec.generate_private_key(ec.SECP256R1()))
    for number in range(400):
        nonce = f"{_NONCE}{number}"
        token = make_token(card, _ORIGIN, nonce)
        assert len(b64decode(token.signature)) == 64
        if number % 40 == 0:
            assert _holds(token, _ORIGIN, nonce)


def test_the_card_signs_two_hashes_and_nothing_the_server_chose(authority: Issued) -> None:
    card = _card(authority, ec.generate_private_key(ec.SECP256R1()))
    make_token(card, _ORIGIN, _NONCE)
    assert card.signed == [sha256(_ORIGIN.encode()).digest() + sha256(_NONCE.encode()).digest()]


@pytest.mark.parametrize(
    "nonce",
    [
        "",
        "A" * 60,  # no prefix
        NONCE_PREFIX + "A" * (43 - len(NONCE_PREFIX)),  # too short
        "x" + _NONCE,
        NONCE_PREFIX.lower() + "A" * 44,
        _NONCE + "\n",
        _NONCE + " 契約書",
    ],
)
def test_a_nonce_that_is_none_never_reaches_the_card(authority: Issued, nonce: str) -> None:
    card = _card(authority, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ServerAnswerInvalid):
        make_token(card, _ORIGIN, nonce)
    assert not card.signed


def test_the_shortest_nonce_is_taken(authority: Issued) -> None:
    card = _card(authority, ec.generate_private_key(ec.SECP256R1()))
    nonce = NONCE_PREFIX + "A" * (44 - len(NONCE_PREFIX))
    assert _holds(make_token(card, _ORIGIN, nonce), _ORIGIN, nonce)


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ("http://127.0.0.1:8443", ServerNotTrusted),
        ("ftp://server.test", ServerNotTrusted),
        ("server.test", ServerNotTrusted),
        ("https://server.test/", UsageError),
        ("https://SERVER.test", UsageError),
        ("https://server.test:443", UsageError),
    ],
)
def test_another_origin_than_ours_never_reaches_the_card(
    authority: Issued, origin: str, kind: type[EcontractError]
) -> None:
    card = _card(authority, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(kind):
        make_token(card, origin, _NONCE)
    assert not card.signed


def test_a_card_that_is_not_logged_in_says_so(authority: Issued) -> None:
    with pytest.raises(LoginRequired):
        make_token(KeyCard(issue(authority, "a"), logged_in=False), _ORIGIN, _NONCE)


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()])
def test_a_key_without_a_name_in_the_token_is_refused(authority: Issued, curve: ec.EllipticCurve) -> None:
    """The card hashes with SHA-256; ES384 would want SHA-384."""
    with pytest.raises(CardCannotSign):
        make_token(_card(authority, ec.generate_private_key(curve)), _ORIGIN, _NONCE)


class _Confused(KeyCard):
    """A card that names the wrong algorithm, or gives no DER."""

    def __init__(self, issued: Issued, answer: CardSignature) -> None:
        super().__init__(issued)
        self._answer = answer

    def sign(self, message: bytes) -> CardSignature:
        return self._answer


@pytest.mark.parametrize(
    "answer", [CardSignature(b"x" * 64, "ecdsa"), CardSignature(b"x" * 256, "rsa"), CardSignature(b"", "eddsa")]
)
def test_a_confused_card_is_named(authority: Issued, answer: CardSignature) -> None:
    with pytest.raises(CardCannotSign):
        make_token(_Confused(issue(authority, "a"), answer), _ORIGIN, _NONCE)


@pytest.mark.parametrize(
    ("setting", "origin"),
    [
        ("https://server.test", "https://server.test"),
        (" https://Server.TEST/ ", "https://server.test"),
        ("HTTPS://server.test:443", "https://server.test"),
        ("https://server.test:8443/", "https://server.test:8443"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://xn--eckwd4c7c.test", "https://xn--eckwd4c7c.test"),
    ],
)
def test_an_origin_is_written_as_a_browser_does(setting: str, origin: str) -> None:
    assert origin_of(setting) == origin


@pytest.mark.parametrize(
    "setting",
    [
        "https://",
        "https://server.test/path",
        "https://server.test?x",
        "https://server.test#x",
        "https://user@server.test",
        "https://user:password@server.test",
        "https://server.test:port",
        "https://server.test:99999",
        "https://[::1",
        "https://サーバー.test",
        "https://server.test\\@other.test",
    ],
)
def test_what_is_no_origin_is_refused(setting: str) -> None:
    with pytest.raises(UsageError):
        origin_of(setting)


@given(st.text(max_size=40))
def test_any_setting_is_an_origin_or_a_typed_refusal(setting: str) -> None:
    try:
        origin = origin_of("https://" + setting)
    except (UsageError, ServerNotTrusted):
        return
    assert origin_of(origin) == origin
    assert origin.startswith("https://")
    assert "/" not in origin.removeprefix("https://")
    assert "@" not in origin
