"""The e-bidding profile by its commands, and its files as PKCS#15 wants them."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.identity import read_holder
from econtract_practice.cards.virtual import CardPlan
from econtract_practice.cards.virtual.tlv import parts
from econtract_practice.people import CONTRACTOR
from tests.fakes.bare_card import BareCard
from tests.fakes.card_rig import USER_PIN, CardKeys, PlanMaker

INFO = bytes.fromhex("3031300d060960864801650304020105000420")
PIN = USER_PIN.encode().ljust(8, b"\xff")
RSA, EC = "8001028102" + "4B01" + "840100", "8001048102" + "4B01" + "840100"


@pytest.fixture
def ebid(plan: PlanMaker) -> BareCard:
    return BareCard(plan("ebid").build())


def sign(card: BareCard, prepare: str, data: bytes) -> tuple[int, bytes]:
    assert card("002241B6", prepare)[0] == 0x9000
    return card("002A9E9A", data, 256)


def file(card: BareCard, identifier: str) -> bytes:
    assert card("00A4080C", "5015" + identifier)[0] == 0x9000
    found = b""
    while True:
        status, part = card(f"00B0{len(found):04X}", le=256)
        if status != 0x9000:
            assert status == 0x6B00
            return found
        found += part


def test_the_certificate_names_person_firm_and_number(ebid: BareCard) -> None:
    holder, person = read_holder(file(ebid, "4301")), CONTRACTOR.person
    assert (holder.name, holder.organization) == (person.name, person.organization)
    assert (holder.corporate_number, holder.head_office) == (person.corporate_number, person.head_office)
    assert (holder.name_romaji, holder.organization_romaji) == (person.name_romaji, person.organization_romaji)


def inside(data: bytes, *path: tuple[int, int]) -> bytes:
    """Go down: at each step the n-th object (from 0), which must have this tag."""
    for number, tag in path:
        found = list(parts(data))[number]
        assert found[0] == tag
        data = found[1]
    return data


def test_the_files_lead_to_each_other(ebid: BareCard) -> None:
    """PKCS #15: ODF → AODF, PrKDF, CDF; the key's authId is the PIN's, its iD the certificate's, whose path is the certificate's file."""
    odf = file(ebid, "5031")
    paths = [inside(odf, (n, tag), (0, 0x30), (0, 0x04)).hex() for n, tag in enumerate((0xA8, 0xA0, 0xA4))]
    assert [path[:8] for path in paths] == ["3f005015"] * 3
    pin, key, certificate = (file(ebid, path[8:]) for path in paths)
    assert inside(pin, (0, 0x30), (1, 0x30), (0, 0x04)) == inside(key, (0, 0x30), (0, 0x30), (2, 0x04))
    assert inside(key, (0, 0x30), (1, 0x30), (0, 0x04)) == inside(certificate, (0, 0x30), (1, 0x30), (0, 0x04))
    where = inside(certificate, (0, 0x30), (2, 0xA1), (0, 0x30), (0, 0x30), (0, 0x04)).hex()
    assert file(ebid, where[8:])[0] == 0x30
    assert inside(file(ebid, "5032"), (0, 0x30), (3, 0x80)).decode() == ebid.card.name


def test_selecting_tells_size_and_kind(ebid: BareCard) -> None:
    status, answer = ebid("00A40800", "50154301", 256)
    assert status == 0x9000
    assert len(file(ebid, "4301")).to_bytes(2, "big") in answer
    assert ebid("00A40800", "50155000", 256)[0] == 0x6A82
    assert ebid("00A40400", "D392F000260100000001", 256)[0] == 0x6A82
    assert ebid("00A40400", "A000000063504B43532D3135", 256)[0] == 0x9000


def test_the_private_key_cannot_be_read(ebid: BareCard) -> None:
    ebid("00200001", PIN)
    assert ebid("00A4080C", "50154B01")[0] == 0x9000
    assert ebid("00B00000", le=256)[0] == 0x6986


def test_one_pin_many_signatures(ebid: BareCard, card_keys: CardKeys) -> None:
    info = INFO + hashlib.sha256(b"message").digest()
    assert sign(ebid, RSA, info)[0] == 0x6982
    assert ebid("00200001", PIN)[0] == 0x9000
    for _ in range(2):
        status, signature = sign(ebid, RSA, info)
        assert status == 0x9000
        key = x509.load_der_x509_certificate(card_keys.sign[1]).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


def test_or_the_pin_at_each(plan: PlanMaker) -> None:
    card = BareCard(plan("ebid-every-time").build())
    card("00200001", PIN)
    assert [sign(card, RSA, INFO + bytes(32))[0] for _ in range(2)] == [0x9000, 0x6982]
    card("00200001", PIN)
    assert sign(card, RSA, INFO + bytes(32))[0] == 0x9000


def test_an_ec_key(card_keys: CardKeys) -> None:
    card = BareCard(CardPlan("ec", "ebid", {"sign": card_keys.p256}, {"user": USER_PIN}, label="ec").build())
    card("00200001", PIN)
    status, signature = sign(card, EC, hashlib.sha256(b"message").digest())
    assert status == 0x9000
    key = x509.load_der_x509_certificate(card_keys.p256[1]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, b"message", ec.ECDSA(hashes.SHA256()))
    assert sign(card, RSA, INFO + bytes(32))[0] == 0x6985


@pytest.mark.parametrize("data", [bytes(20), INFO + bytes(31), bytes(300)])
def test_other_data_is_padded_as_it_is_or_refused(ebid: BareCard, data: bytes) -> None:
    ebid("00200001", PIN)
    ebid("002241B6", RSA)
    assert ebid.whole("002A9E9A", data)[0] == (0x9000 if len(data) <= 245 else 0x6A80)


def test_ten_tries_and_no_more(ebid: BareCard) -> None:
    tries = [ebid("00200001", b"%08d" % number)[0] for number in range(10)]
    assert tries == [0x63C0 | left for left in range(9, -1, -1)]
    assert ebid("00200001", PIN)[0] == 0x6983
    assert ebid("00200001")[0] == 0x6983


def test_log_out_and_reset(ebid: BareCard) -> None:
    for end in (lambda: ebid("002E0000"), ebid.card.power):
        ebid("00200001", PIN)
        assert ebid("00200001")[0] == 0x9000
        end()
        assert ebid("00200001")[0] == 0x63CA


@pytest.mark.parametrize("prepare", ["800102", "8001028102" + "4B02", "02", "84"])
def test_an_environment_that_makes_no_sense(ebid: BareCard, prepare: str) -> None:
    assert ebid("002241B6", prepare)[0] == 0x6A80


def test_a_wrong_length_costs_no_try(ebid: BareCard) -> None:
    assert ebid("00200001", b"1234")[0] == 0x6700
    assert ebid.card.pins["user"].stats.sent == 0
