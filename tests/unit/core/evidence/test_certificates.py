"""Signers whose certificates the library refuses are verified like all others."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.evidence.certificates import load_certificate, public_key
from econtract_core.evidence.verdict import SubIndication, Verdict
from econtract_core.identity.certificate import LARGEST
from tests.fakes.evidence_pki import DAY, TestPki, now
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def refused(pki: TestPki) -> Issued:
    person = pki.person_the_library_refuses()
    with pytest.raises(ValueError, match="parsing"):
        x509.load_der_x509_certificate(person.der)
    return person


def test_it_is_read_all_the_same(pki: TestPki, refused: Issued) -> None:
    known = load_certificate(refused.der)
    assert known is not None
    assert known.der == refused.der
    assert known.read.serial_number == refused.certificate.serial_number
    assert public_key(refused.der) == refused.key.public_key()
    assert known.issuer == load_certificate(pki.issuing.der).subject  # type: ignore[union-attr]


def test_its_true_bytes_are_what_its_issuer_signed(pki: TestPki, refused: Issued) -> None:
    known, issuing, root = (load_certificate(c.der) for c in (refused, pki.issuing, pki.root))
    assert known is not None
    assert issuing is not None
    assert root is not None
    assert known.issued_by(issuing)
    assert not known.issued_by(root)
    forged = load_certificate(refused.der.replace(b"Aobabashi&", b"Akababashi"[:10]))
    assert forged is None or not forged.issued_by(issuing)
    renamed = load_certificate(refused.der.replace(b"bashi&Ken", b"bashi&Kem"))
    assert renamed is not None
    assert not renamed.issued_by(issuing)


@pytest.mark.parametrize("level", ["B-T", "B-LTA"])
def test_such_a_signer_signs_and_is_verified(pki: TestPki, refused: Issued, tmp_path: Path, level: str) -> None:
    bench = Bench(pki, refused, tmp_path)
    found = bench.verify(bench.sign(level=level).output)
    assert (found.verdict, found.level) == (Verdict.TOTAL_PASSED, f"PAdES-{level}")
    assert found.signatures[0].signer == "山田 太郎"


def test_and_its_revocation_is_seen(pki: TestPki, refused: Issued, tmp_path: Path) -> None:
    bench = Bench(pki, refused, tmp_path)
    signed = bench.sign().output
    pki.revoked[refused.certificate.serial_number] = now() - DAY
    try:
        found = bench.verify(signed)
    finally:
        pki.revoked.clear()
    assert (found.verdict, found.sub_indication) == (Verdict.TOTAL_FAILED, SubIndication.REVOKED)


def test_and_asked_for_over_the_network(pki: TestPki, refused: Issued, tmp_path: Path) -> None:
    bench = Bench(pki, refused, tmp_path)
    crls, ocsps = bench.revocation.for_certificates((refused.der, pki.issuing.der))
    assert len(crls) + len(ocsps) == 1
    assert bench.revocation.issuers(refused.der) == (pki.issuing.der,)


def test_what_is_no_certificate(refused: Issued) -> None:
    for data in (b"", b"\x30\x00", refused.der[:-1], b"\x30" * 100, bytes(LARGEST + 1)):
        assert load_certificate(data) is None
        with pytest.raises(ValueError, match=r"certificate|element|cut short|DER"):
            public_key(data)


@given(place=st.integers(0, 2_000), value=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_damaged_one_is_read_or_refused(refused: Issued, place: int, value: int) -> None:
    damaged = bytearray(refused.der)
    damaged[place % len(damaged)] = value
    known = load_certificate(bytes(damaged))
    if known is not None and bytes(damaged) != refused.der:
        known.issued_by(known)
