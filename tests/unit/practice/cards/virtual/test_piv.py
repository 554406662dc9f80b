"""The PIV layout by its commands (SP 800-73-4 part 2)."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_practice.cards.virtual import CardPlan
from econtract_practice.cards.virtual.tlv import find, tlv
from tests.fakes.bare_card import BareCard
from tests.fakes.card_rig import USER_PIN, CardKeys

AID = "A000000308000010000100"
INFO = bytes.fromhex("3031300d060960864801650304020105000420")
PIN = USER_PIN.encode().ljust(8, b"\xff")


@pytest.fixture
def piv(card_keys: CardKeys) -> BareCard:
    """9A RSA-2048, 9C RSA-3072, 9D P-256, 9E RSA-2048."""
    keys = {"9A": card_keys.auth, "9C": card_keys.rsa3072, "9D": card_keys.p256, "9E": card_keys.sign}
    return BareCard(CardPlan("piv", "piv", keys, {"user": USER_PIN}).build())


def sign(card: BareCard, place: str, algorithm: str, block: bytes) -> tuple[int, bytes]:
    status, answer = card.whole(f"0087{algorithm}{place}", tlv(0x7C, tlv(0x82), tlv(0x81, block)))
    return status, find(find(answer, 0x7C) or b"", 0x82) or b""


def padded(size: int, message: bytes) -> bytes:
    info = INFO + hashlib.sha256(message).digest()
    return b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info


def verifies(certificate: bytes, signature: bytes, message: bytes) -> None:
    key = x509.load_der_x509_certificate(certificate).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))


def test_the_application_tells_itself(piv: BareCard) -> None:
    for asked in (AID, AID[:18]):
        status, answer = piv("00A40400", asked, 256)
        assert status == 0x9000
        assert find(find(answer, 0x61) or b"", 0x4F) == bytes.fromhex(AID)[5:]
    assert piv("00A40400", "D392F000260100000001", 256)[0] == 0x6A82


@pytest.mark.parametrize(
    ("tag", "key"), [("5FC105", "auth"), ("5FC10A", "rsa3072"), ("5FC10B", "p256"), ("5FC101", "sign")]
)
def test_certificates_in_several_answers(piv: BareCard, card_keys: CardKeys, tag: str, key: str) -> None:
    status, answer = piv.whole("00CB3FFF", tlv(0x5C, bytes.fromhex(tag)))
    assert status == 0x9000
    assert find(find(answer, 0x53) or b"", 0x70) == getattr(card_keys, key)[1]


def test_objects_and_what_is_not_there(piv: BareCard) -> None:
    assert find(piv.whole("00CB3FFF", "5C017E")[1], 0x7E)
    chuid = find(piv.whole("00CB3FFF", "5C035FC102")[1], 0x53) or b""
    assert len(find(chuid, 0x34) or b"") == 16
    assert piv("00CB3FFF", "5C035FC109", 256)[0] == 0x6982
    piv("00200080", PIN)
    assert piv("00CB3FFF", "5C035FC109", 256)[0] == 0x9000
    assert piv("00CB3FFF", "5C035FFFFF", 256)[0] == 0x6A82


@pytest.mark.parametrize(
    ("place", "algorithm", "key", "size"),
    [("9A", "07", "auth", 256), ("9C", "05", "rsa3072", 384), ("9E", "07", "sign", 256)],
)
def test_rsa_signatures_verify(
    piv: BareCard, card_keys: CardKeys, place: str, algorithm: str, key: str, size: int
) -> None:
    piv("00200080", PIN)
    status, signature = sign(piv, place, algorithm, padded(size, b"message"))
    assert status == 0x9000
    verifies(getattr(card_keys, key)[1], signature, b"message")


def test_bare_rsa_is_bare(piv: BareCard, card_keys: CardKeys) -> None:
    """What PSS padding of the host needs: the block itself, whatever is in it."""
    piv("00200080", PIN)
    block = b"\0" + hashlib.shake_256(b"block").digest(255)
    _, signature = sign(piv, "9A", "07", block)
    numbers = card_keys.auth[0].public_key().public_numbers()  # type: ignore[union-attr]
    assert pow(int.from_bytes(signature, "big"), numbers.e, numbers.n) == int.from_bytes(block, "big")


def test_ecdsa_verifies(piv: BareCard, card_keys: CardKeys) -> None:
    piv("00200080", PIN)
    status, signature = sign(piv, "9D", "11", hashlib.sha256(b"message").digest())
    assert status == 0x9000
    verifies(card_keys.p256[1], signature, b"message")


def test_each_key_has_its_own_pin_rule(piv: BareCard) -> None:
    block, big = padded(256, b"message"), padded(384, b"message")
    assert sign(piv, "9A", "07", block)[0] == 0x6982
    assert sign(piv, "9C", "05", big)[0] == 0x6982
    assert sign(piv, "9E", "07", block)[0] == 0x9000
    piv("00200080", PIN)
    assert [sign(piv, "9A", "07", block)[0] for _ in range(2)] == [0x9000, 0x9000]
    assert sign(piv, "9C", "05", big)[0] == 0x6982  # another command came between
    piv("00200080", PIN)
    assert [sign(piv, "9C", "05", big)[0] for _ in range(2)] == [0x9000, 0x6982]
    assert piv("00200080")[0] == 0x9000  # asking is not giving
    assert sign(piv, "9C", "05", big)[0] == 0x6982


@pytest.mark.parametrize(
    ("place", "algorithm", "size"), [("9A", "05", 256), ("9A", "07", 255), ("9D", "07", 256), ("9A", "11", 32)]
)
def test_a_block_or_algorithm_that_does_not_fit(piv: BareCard, place: str, algorithm: str, size: int) -> None:
    piv("00200080", PIN)
    assert sign(piv, place, algorithm, bytes(size))[0] == 0x6A80


def test_a_key_that_is_not_there(card_keys: CardKeys) -> None:
    card = BareCard(CardPlan("one", "piv", {"9A": card_keys.sign}, {"user": USER_PIN}).build())
    assert sign(card, "9C", "07", padded(256, b""))[0] == 0x6A88


def test_the_pin(piv: BareCard) -> None:
    assert piv("00200080")[0] == 0x63C3
    assert piv("00200080", b"123")[0] == 0x6A80  # no try: the length is wrong
    assert piv("00200080", b"99999999")[0] == 0x63C2
    assert piv("00200080")[0] == 0x63C2
    assert piv("00200080", PIN)[0] == 0x9000
    assert piv("00200080")[0] == 0x9000
    assert piv("0020FF80")[0] == 0x9000
    assert piv("00200080")[0] == 0x63C3
    assert [piv("00200080", b"9999999" + digit)[0] for digit in (b"1", b"2", b"3", b"4")] == [
        0x63C2,
        0x63C1,
        0x63C0,
        0x6983,
    ]
    assert piv("00200080")[0] == 0x6983


def test_a_reset_logs_out(piv: BareCard) -> None:
    piv("00200080", PIN)
    piv.card.power()
    assert piv("00200080")[0] == 0x63C3
    assert sign(piv, "9A", "07", padded(256, b""))[0] == 0x6982


def test_get_response_with_nothing_left(piv: BareCard) -> None:
    assert piv("00C00000", le=256)[0] == 0x6985
