"""The JPKI layout by its commands, as OpenSC's driver sends them (facts: card-jpki.c)."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.bare_card import BareCard
from tests.fakes.card_rig import JPKI_PINS, CardKeys, PlanMaker

AID = "D392F000260100000001"
INFO = bytes.fromhex("3031300d060960864801650304020105000420")
PIN_FILE = {"auth": "0018", "sign": "001B"}
KEY_FILE = {"auth": "0017", "sign": "001A"}


@pytest.fixture
def jpki(plan: PlanMaker) -> BareCard:
    card = BareCard(plan("jpki").build())
    assert card("00A4040C", AID)[0] == 0x9000
    return card


def log_in(card: BareCard, which: str, pin: str | None = None) -> int:
    assert card("00A4020C", PIN_FILE[which])[0] == 0x9000
    return card("00200080", (pin or JPKI_PINS[which]).encode())[0]


def test_other_applications_and_files_are_not_there(jpki: BareCard) -> None:
    assert jpki("00A4040C", "A000000308000010000100")[0] == 0x6A82
    assert jpki("00A4020C", "00FF")[0] == 0x6A82


def test_nothing_works_before_the_application_is_selected(plan: PlanMaker) -> None:
    card = BareCard(plan("jpki").build())
    assert card("00A4020C", "0018")[0] == 0x6A82
    assert card("00B00000", le=4)[0] == 0x6985


def test_the_signing_certificate_needs_its_pin(jpki: BareCard, card_keys: CardKeys) -> None:
    for file, certificate in (
        ("000A", card_keys.auth[1]),
        ("000B", card_keys.authority),
        ("0002", card_keys.authority),
    ):
        jpki("00A4020C", file)
        assert jpki("00B00000", le=4) == (0x9000, certificate[:4])
    jpki("00A4020C", "0001")
    assert jpki("00B00000", le=4)[0] == 0x6982
    assert log_in(jpki, "auth") == 0x9000
    jpki("00A4020C", "0001")
    assert jpki("00B00000", le=4)[0] == 0x6982
    assert log_in(jpki, "sign") == 0x9000
    jpki("00A4020C", "0001")
    assert jpki("00B00000", le=256) == (0x9000, card_keys.sign[1][:256])
    assert jpki("00B0FFFF", le=4)[0] == 0x6B00


@pytest.mark.parametrize("which", ["auth", "sign"])
def test_each_key_wants_its_own_pin(jpki: BareCard, card_keys: CardKeys, which: str) -> None:
    info = INFO + hashlib.sha256(b"message").digest()
    other = "sign" if which == "auth" else "auth"
    log_in(jpki, other)
    jpki("00A4020C", KEY_FILE[which])
    assert jpki("802A0080", info, 256)[0] == 0x6982
    log_in(jpki, which)
    jpki("00A4020C", KEY_FILE[which])
    status, signature = jpki("802A0080", info, 256)
    assert status == 0x9000
    key = x509.load_der_x509_certificate(getattr(card_keys, which)[1]).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


def test_no_key_selected(jpki: BareCard) -> None:
    log_in(jpki, "sign")
    assert jpki("802A0080", INFO + bytes(32), 256)[0] == 0x6986


def test_the_counter_goes_down_blocks_and_survives_power_loss(jpki: BareCard) -> None:
    assert [log_in(jpki, "sign", "WRONG1") for _ in range(2)] == [0x63C4, 0x63C3]
    jpki.card.power()
    jpki("00A4040C", AID)
    jpki("00A4020C", PIN_FILE["sign"])
    assert jpki("00200080")[0] == 0x63C3
    assert [log_in(jpki, "sign", f"WRONG{n}") for n in "234"] == [0x63C2, 0x63C1, 0x63C0]
    assert log_in(jpki, "sign") == 0x6983
    assert jpki("00200080")[0] == 0x63C0  # any other answer and OpenSC 0.23 drops the whole card
    stats = jpki.card.pins["sign"].stats
    assert (stats.wrong, stats.repeated, stats.when_blocked, stats.right) == (5, 1, 1, 0)
    assert jpki.card.pins["auth"].stats.left == 3
    assert [log_in(jpki, "auth", f"999{n}") for n in "123"] == [0x63C2, 0x63C1, 0x63C0]
    assert jpki("00200080")[0] == 0x63C0


def test_the_right_pin_fills_the_counter_up(jpki: BareCard) -> None:
    log_in(jpki, "auth", "9999")
    assert log_in(jpki, "auth") == 0x9000
    assert jpki.card.pins["auth"].stats.left == 3


@pytest.mark.parametrize("ends", ["power", "select"])
def test_what_ends_a_log_in(jpki, ends: str) -> None:
    log_in(jpki, "sign")
    if ends == "power":
        jpki.card.power()
    jpki("00A4040C", AID)
    jpki("00A4020C", KEY_FILE["sign"])
    assert jpki("802A0080", INFO + bytes(32), 256)[0] == 0x6982


def test_the_log_tells_all_but_the_pin(jpki: BareCard) -> None:
    log_in(jpki, "sign")
    select, verify = jpki.card.log(since=1)
    assert (select["kind"], select["select"]) == ("select", "001b")
    assert (verify["kind"], verify["pin"], verify["sent"], verify["status"]) == ("verify", "sign", 8, "9000")
    kept = repr(jpki.card.log(0)) + repr(vars(jpki.card))
    assert JPKI_PINS["sign"] not in kept
    assert JPKI_PINS["sign"].encode().hex() not in kept
