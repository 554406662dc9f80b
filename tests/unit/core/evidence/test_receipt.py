"""Proofs of arrival: who sealed them, and that no word of them can be changed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from econtract_core.evidence.receipt import Receipt, read_receipt, write_receipt
from econtract_core.evidence.trust import TrustStore
from econtract_core.identity import jws
from econtract_core.rules.errors import ReceiptInvalid
from econtract_practice.authority import Authority
from econtract_practice.people import CONTRACTOR

RECEIPT = Receipt(
    server_id="s1",
    epoch="1",
    operation_id="o1",
    kind="contract.act",
    object_id="c1-C0",
    operation_sha256="a" * 64,
    organization_id="firm",
    user_id="yamada",
    certificate_sha256="b" * 64,
    arrived_at=datetime.now(UTC),
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"), "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def trust(authority: Authority) -> TrustStore:
    return TrustStore.load(authority.trust_dir)


def sealed(authority: Authority, receipt: Receipt = RECEIPT) -> str:
    key = authority.seal.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return write_receipt(receipt, key, (authority.seal.der, authority.issuing_der))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_what_was_sealed_is_read(authority: Authority, trust: TrustStore, host: str) -> None:
    assert read_receipt(sealed(authority), trust, host) == RECEIPT


def test_another_host(authority: Authority, trust: TrustStore) -> None:
    with pytest.raises(ReceiptInvalid):
        read_receipt(sealed(authority), trust, "central.example")


def test_a_persons_certificate_seals_nothing(authority: Authority, trust: TrustStore) -> None:
    key, der = authority.issue(CONTRACTOR.person, key_type="p256")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    with pytest.raises(ReceiptInvalid):
        read_receipt(write_receipt(RECEIPT, key, (der,)), trust, "localhost")


def test_another_authoritys_seal(trust: TrustStore, tmp_path: Path) -> None:
    with pytest.raises(ReceiptInvalid):
        read_receipt(sealed(Authority.create(tmp_path, "http://127.0.0.1:9")), trust, "localhost")


def test_a_time_at_which_the_seal_was_not_valid(authority: Authority, trust: TrustStore) -> None:
    for days in (-30, 20_000):
        receipt = replace(RECEIPT, arrived_at=RECEIPT.arrived_at + timedelta(days=days))
        with pytest.raises(ReceiptInvalid):
            read_receipt(sealed(authority, receipt), trust, "localhost")


@pytest.mark.parametrize("name", list(asdict(RECEIPT)))
def test_no_word_can_be_changed(authority: Authority, trust: TrustStore, name: str) -> None:
    head, body, signature = sealed(authority).split(".")
    claims = json.loads(jws.decoded(body))
    claims[name] = (
        (RECEIPT.arrived_at - timedelta(seconds=1)).isoformat() if name == "arrived_at" else claims[name] + "x"
    )
    with pytest.raises(ReceiptInvalid):
        read_receipt(f"{head}.{jws.encoded(json.dumps(claims).encode())}.{signature}", trust, "localhost")


@pytest.mark.parametrize(
    "change", [{"x5c": []}, {"x5c": ["AAAA"]}, {"x5c": "x"}, {"x5c": ["!"]}, {"crit": ["x"]}, {"typ": "x"}]
)
def test_what_is_no_receipt(authority: Authority, trust: TrustStore, change: dict[str, object]) -> None:
    key = authority.seal.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    head, body, _ = sealed(authority).split(".")
    header = {**json.loads(jws.decoded(head)), **change}
    with pytest.raises(ReceiptInvalid):
        read_receipt(jws.write(header, json.loads(jws.decoded(body)), key), trust, "localhost")


@pytest.mark.parametrize("missing", [*asdict(RECEIPT), "more"])
def test_every_field_and_no_other(authority: Authority, trust: TrustStore, missing: str) -> None:
    key = authority.seal.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    head, body, _ = sealed(authority).split(".")
    claims = json.loads(jws.decoded(body))
    if claims.pop(missing, None) is None:
        claims["more"] = "x"
    with pytest.raises(ReceiptInvalid):
        read_receipt(jws.write(json.loads(jws.decoded(head)), claims, key), trust, "localhost")
