"""Signatures another program made (pyHanko's own signing side): ours reads them, keeps their locks and signs beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from econtract_core.evidence.verdict import Change, Verdict
from econtract_core.rules.errors import DocumentLocked
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def theirs(bench: Bench, source: Path, name: str, **how: object) -> Path:
    """A signature by pyHanko. Keywords go to PdfSignatureMetadata."""
    key = bench.person.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(bench.person.der),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs([x509.Certificate.load(bench.pki.issuing.der)]),
    )
    spec = how.pop("spec", None)
    metadata = signers.PdfSignatureMetadata(field_name="Theirs", **how)
    target = bench.folder / name
    with source.open("rb") as stream, target.open("wb") as out:
        signers.PdfSigner(metadata, signer, new_field_spec=spec).sign_pdf(IncrementalPdfFileWriter(stream), output=out)
    return target


def test_an_adobe_style_signature_passes_and_says_so(bench: Bench) -> None:
    found = bench.verify(theirs(bench, bench.source, "theirs.pdf"))
    assert (found.verdict, found.level) == (Verdict.TOTAL_PASSED, "PKCS7-B")


def test_their_pades_passes(bench: Bench) -> None:
    file = theirs(bench, bench.source, "theirs.pdf", subfilter=fields.SigSeedSubFilter.PADES)
    found = bench.verify(file)
    assert (found.verdict, found.level) == (Verdict.TOTAL_PASSED, "PAdES-B-B")


@pytest.mark.parametrize("permission", [fields.MDPPerm.FILL_FORMS, fields.MDPPerm.ANNOTATE])
def test_a_certification_that_allows_signing_stays_whole(bench: Bench, permission: fields.MDPPerm) -> None:
    certified = theirs(bench, bench.source, "certified.pdf", certify=True, docmdp_permissions=permission)
    found = bench.verify(bench.sign(certified).output)
    assert [s.verdict for s in found.signatures] == [Verdict.TOTAL_PASSED] * 2, found.findings
    assert found.signatures[0].changes_after == (Change.SIGNATURE,)


def test_a_certification_that_forbids_all_is_kept(bench: Bench) -> None:
    certified = theirs(bench, bench.source, "certified.pdf", certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES)
    assert bench.verify(certified).verdict is Verdict.TOTAL_PASSED
    with pytest.raises(DocumentLocked):
        bench.signer.check_signable(certified)


def test_a_field_lock_that_forbids_all_is_kept(bench: Bench) -> None:
    lock = fields.FieldMDPSpec(fields.FieldMDPAction.ALL)
    spec = fields.SigFieldSpec("Theirs", field_mdp_spec=lock, doc_mdp_update_value=fields.MDPPerm.NO_CHANGES)
    with pytest.raises(DocumentLocked):
        bench.signer.check_signable(theirs(bench, bench.source, "locked.pdf", spec=spec))


def test_a_change_a_certification_forbids_fails(bench: Bench) -> None:
    """pyHanko signs over a certification only where it is allowed; so the second signature is ours, its check left out."""
    certified = theirs(bench, bench.source, "certified.pdf", certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES)
    import hashlib

    bench.signer._remember(hashlib.sha256(certified.read_bytes()).hexdigest())
    found = bench.verify(bench.sign(certified).output)
    assert (found.verdict, found.signatures[0].verdict) == (Verdict.TOTAL_FAILED, Verdict.TOTAL_FAILED)
    assert found.signatures[0].intact
    assert found.signatures[1].verdict is Verdict.TOTAL_PASSED


def test_their_signature_after_ours_keeps_ours(bench: Bench) -> None:
    found = bench.verify(theirs(bench, bench.sign().output, "both.pdf", subfilter=fields.SigSeedSubFilter.PADES))
    assert found.verdict is Verdict.TOTAL_PASSED, found.findings
    assert Change.SIGNATURE in found.signatures[0].changes_after
