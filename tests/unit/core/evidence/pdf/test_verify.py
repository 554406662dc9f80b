"""Verdicts over real signatures made here, and over what can be done to them afterwards."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from econtract_core.evidence import cms
from econtract_core.evidence.pdf.verify import certificates_of, verify_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Change, Severity, SubIndication, Verdict
from econtract_core.rules.errors import FileNotReadable, TrustMissing
from econtract_desktop.crypto.pades import cms as cms_build
from econtract_desktop.ports.card import CardSignature
from tests.fakes import documents
from tests.fakes.evidence_pki import DAY, TestPki, make_token, now
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

PASSED, FAILED, OPEN = Verdict.TOTAL_PASSED, Verdict.TOTAL_FAILED, Verdict.INDETERMINATE


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    pki.revoked.clear()
    return Bench(pki, person, tmp_path)


def altered(file: Path, data: bytes) -> Path:
    file.write_bytes(data)
    return file


def test_a_fresh_signature_passes(bench: Bench) -> None:
    found = bench.verify(bench.sign().output)
    one = found.signatures[0]
    assert (found.verdict, found.level, found.findings) == (PASSED, "PAdES-B-T", ())
    assert (one.signer, one.organization, one.field) == ("山田 太郎", "あおば橋建設株式会社", "econtract-1")
    assert one.intact
    assert one.covers_whole_document
    assert one.changes_after == ()
    assert one.proven_at is not None
    assert abs(one.proven_at - now()) < timedelta(minutes=1)
    assert [(t.kind, t.service, t.verdict) for t in found.timestamps] == [("signature", "Test TSA", PASSED)]


def test_b_b_has_no_proven_time(bench: Bench) -> None:
    found = bench.verify(bench.sign(level="B-B").output)
    assert (found.verdict, found.level, found.timestamps) == (PASSED, "PAdES-B-B", ())
    assert found.signatures[0].proven_at is None
    assert found.signatures[0].signed_at is not None


def test_without_revocation_data_nobody_knows(bench: Bench) -> None:
    found = bench.verify(bench.sign().output, informed=False)
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.TRY_LATER)
    assert found.signatures[0].intact


def test_every_flipped_byte_of_the_content_is_seen(bench: Bench) -> None:
    whole = bench.sign().output.read_bytes()
    for place in (10, whole.index(b"Contract"), whole.rindex(b"/ByteRange") - 5, len(whole) - 8):
        data = bytearray(whole)
        data[place] ^= 1
        found = bench.verify(altered(bench.folder / "flipped.pdf", bytes(data)))
        assert found.verdict is FAILED, place


def test_a_flipped_content_byte_is_a_hash_failure(bench: Bench) -> None:
    data = bench.sign().output.read_bytes().replace(b"(Contract)", b"(Kontract)")
    found = bench.verify(altered(bench.folder / "flipped.pdf", data))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)
    assert not found.signatures[0].intact


def test_a_broken_signature_value(bench: Bench) -> None:
    signed = bench.sign(level="B-B")
    data = signed.output.read_bytes()
    contents = re.search(rb"/Contents <([0-9a-f]+)>", data)
    assert contents is not None
    end = len(contents.group(1).rstrip(b"0"))
    place = contents.start(1) + end - 8
    data = data[:place] + (b"0" if data[place : place + 1] != b"0" else b"1") + data[place + 1 :]
    found = bench.verify(altered(bench.folder / "value.pdf", data))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_an_unknown_root_is_no_chain(bench: Bench) -> None:
    other = TrustStore.of(TestPki.make().trust)
    found = verify_pdf(bench.sign().output, other, crls=(bench.pki.crl(),))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert found.signatures[0].intact


def test_revoked_before_the_proven_time_fails(bench: Bench, person: Issued) -> None:
    bench.pki.revoked[person.certificate.serial_number] = now() - DAY
    found = bench.verify(bench.sign().output)
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.REVOKED)


def test_revoked_after_the_proven_time_still_passes(bench: Bench, person: Issued) -> None:
    signed = bench.sign().output
    bench.pki.revoked[person.certificate.serial_number] = now() + timedelta(hours=1)
    crl = bench.pki.crl(now() + timedelta(hours=2))
    found = verify_pdf(signed, bench.trust, at=now() + timedelta(hours=3), crls=(crl,))
    assert found.verdict is PASSED


def test_revoked_without_a_timestamp_is_open(bench: Bench, person: Issued) -> None:
    bench.pki.revoked[person.certificate.serial_number] = now() - DAY
    found = bench.verify(bench.sign(level="B-B").output)
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.REVOKED_NO_POE)


def test_ocsp_answers_too(bench: Bench, person: Issued) -> None:
    signed = bench.sign().output
    good = verify_pdf(signed, bench.trust, ocsps=(bench.pki.ocsp(person),))
    assert good.verdict is PASSED
    bench.pki.revoked[person.certificate.serial_number] = now() - DAY
    bad = verify_pdf(signed, bench.trust, ocsps=(bench.pki.ocsp(person),))
    assert (bad.verdict, bad.sub_indication) == (FAILED, SubIndication.REVOKED)


def test_an_ocsp_answer_of_somebody_else_does_not_count(bench: Bench, person: Issued) -> None:
    stranger = bench.pki.service()  # under the root, but no OCSP responder of the issuing CA
    found = verify_pdf(bench.sign().output, bench.trust, ocsps=(bench.pki.ocsp(person, signed_by=stranger),))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.TRY_LATER)


def test_a_stale_crl_does_not_count(bench: Bench) -> None:
    crl = bench.pki.crl(now() - 10 * DAY, DAY)
    found = verify_pdf(bench.sign().output, bench.trust, crls=(crl,))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.TRY_LATER)


def test_expired_with_a_timestamp_stays_good_with_data_from_then(bench: Bench) -> None:
    short = bench.pki.person(not_after=now() + timedelta(hours=1))
    signed = bench.sign(person=short).output
    crl = bench.pki.crl(now() + timedelta(minutes=5))
    found = verify_pdf(signed, bench.trust, at=now() + 2 * DAY, crls=(crl,))
    assert found.verdict is PASSED


def test_expired_without_a_timestamp_is_open(bench: Bench) -> None:
    short = bench.pki.person(not_after=now() + timedelta(hours=1))
    signed = bench.sign(person=short, level="B-B").output
    found = bench.verify(signed, at=now() + 2 * DAY)
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.OUT_OF_BOUNDS_NO_POE)


def with_token(data: bytes, token: bytes) -> bytes:
    """The signed file with another timestamp token in its signature, all else as it was."""
    contents = re.search(rb"/Contents <([0-9a-f]+)>", data)
    assert contents is not None
    room = contents.group(1)
    message = cms.read(bytes.fromhex(room.decode()))
    assert message.certificate is not None
    assert message.signed_attributes is not None
    chain = (message.certificate, *(c for c in message.certificates if c != message.certificate))
    signature = CardSignature(message.signature, "rsa")
    fresh = cms_build.signed_data(message.signed_attributes, signature, chain, token).hex().encode()
    return data.replace(room, fresh.ljust(len(room), b"0"))


def test_a_timestamp_of_another_signature_proves_nothing(bench: Bench) -> None:
    data = bench.sign().output.read_bytes()
    same = with_token(data, make_token(bench.pki.tsa, sha256(value_in(data)).digest()))
    assert bench.verify(altered(bench.folder / "same.pdf", same)).verdict is PASSED
    other = with_token(data, make_token(bench.pki.tsa, b"\7" * 32))
    found = bench.verify(altered(bench.folder / "swapped.pdf", other))
    assert found.verdict is OPEN
    assert (found.timestamps[0].verdict, found.timestamps[0].sub_indication) == (FAILED, SubIndication.HASH_FAILURE)
    assert found.signatures[0].proven_at is None
    assert found.level == "PAdES-B-B"
    assert [f.code for f in found.findings] == ["timestamp-not-proven"]


def value_in(data: bytes) -> bytes:
    contents = re.search(rb"/Contents <([0-9a-f]+)>", data)
    assert contents is not None
    return cms.read(bytes.fromhex(contents.group(1).decode())).signature


def test_a_timestamp_service_nobody_trusts(bench: Bench) -> None:
    signed = bench.sign().output
    root_of_signers_only = TrustStore.of((bench.pki.issuing.der,))
    found = verify_pdf(signed, root_of_signers_only, crls=(bench.pki.crl(),))
    assert found.timestamps[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert (found.verdict, found.signatures[0].proven_at) == (OPEN, None)


def test_the_second_signer_keeps_the_first(bench: Bench) -> None:
    officer = bench.pki.person("佐藤 花子")
    first = bench.sign()
    second = bench.sign(first.output, "both.pdf", person=officer)
    found = bench.verify(second.output)
    assert found.verdict is PASSED
    assert [(s.field, s.signer) for s in found.signatures] == [
        ("econtract-1", "山田 太郎"),
        ("econtract-2", "佐藤 花子"),
    ]
    assert [s.changes_after for s in found.signatures] == [(Change.SIGNATURE,), ()]
    assert [s.covers_whole_document for s in found.signatures] == [False, True]
    assert found.signatures[0].signed_length == first.size
    assert found.signatures[1].signed_length == second.size


def test_a_changed_page_fails(bench: Bench) -> None:
    data = bench.sign().output.read_bytes()
    other = documents.stream(documents.TEXT.replace(b"Contract", b"Another!"))
    found = bench.verify(altered(bench.folder / "page.pdf", documents.updated(data, {4: other})))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)
    assert found.signatures[0].intact
    assert Change.VISUAL in found.signatures[0].changes_after
    assert "changed-after-signature" in [f.code for f in found.findings]


def test_an_added_annotation_fails(bench: Bench) -> None:
    data = bench.sign().output.read_bytes()
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [10 10 200 50] /Contents (paid) /DA (/F1 9 Tf) >>"
    page = documents.page(b"/Annots [90 0 R]")
    found = bench.verify(altered(bench.folder / "note.pdf", documents.updated(data, {3: page, 90: note})))
    assert found.verdict is FAILED
    assert Change.ANNOTATION in found.signatures[0].changes_after


def test_an_added_page_fails(bench: Bench) -> None:
    data = bench.sign().output.read_bytes()
    pages = b"<< /Type /Pages /Kids [3 0 R 90 0 R] /Count 2 >>"
    found = bench.verify(altered(bench.folder / "more.pdf", documents.updated(data, {2: pages, 90: documents.page()})))
    assert found.verdict is FAILED
    assert found.signatures[0].changes_after == (Change.PAGE,)


def test_a_new_title_is_told(bench: Bench) -> None:
    source = altered(bench.folder / "titled.pdf", documents.plain(info=b"<< /Title (Contract) >>"))
    data = bench.sign(source).output.read_bytes()
    changed = documents.updated(data, {6: b"<< /Title (Another) >>"}, b"/Root 1 0 R /Info 6 0 R")
    found = bench.verify(altered(bench.folder / "title.pdf", changed))
    assert "info-changed" in [f.code for f in found.findings]
    assert found.signatures[0].changes_after == (Change.UNDEFINED,)


def test_bytes_after_the_end_are_told(bench: Bench) -> None:
    data = bench.sign().output.read_bytes() + b"% something else\n"
    found = bench.verify(altered(bench.folder / "more.pdf", data))
    assert [(f.code, f.severity) for f in found.findings] == [("bytes-after-signature", Severity.WARN)]
    assert found.signatures[0].changes_after == (Change.UNDEFINED,)
    assert not found.signatures[0].covers_whole_document


def test_a_line_end_after_the_end_is_nothing(bench: Bench) -> None:
    data = bench.sign().output.read_bytes() + b"\r\n"
    found = bench.verify(altered(bench.folder / "more.pdf", data))
    assert (found.verdict, found.findings, found.signatures[0].changes_after) == (PASSED, (), ())


def test_a_byte_range_that_leaves_out_more_than_the_signature(bench: Bench) -> None:
    data = bench.sign().output.read_bytes()
    found = re.search(rb"\[0 (\d+) (\d+) (\d+)\]", data)
    assert found is not None
    first, second, rest = (int(v) for v in found.groups())
    wider = b"[0 %d %d %d]" % (first - 7, second, rest)
    data = data.replace(found.group(0), wider.ljust(len(found.group(0))))
    verdict = bench.verify(altered(bench.folder / "range.pdf", data))
    assert (verdict.verdict, verdict.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.integers(0, 5_000), value=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_damaged_signature_is_always_a_verdict(bench: Bench, place: int, value: int) -> None:
    signed = bench.folder / "signed.pdf"
    if not signed.exists():
        bench.sign()
    data = signed.read_bytes()
    contents = re.search(rb"/Contents <([0-9a-f]+)>", data)
    assert contents is not None
    start = contents.start(1) + 2 * (place % (len(contents.group(1).rstrip(b"0")) // 2))
    damaged = data[:start] + b"%02x" % value + data[start + 2 :]
    found = bench.verify(altered(bench.folder / "damaged.pdf", damaged))
    assert found.verdict in (PASSED, OPEN, FAILED)
    certificates_of(bench.folder / "damaged.pdf")


def test_no_signature(bench: Bench) -> None:
    found = bench.verify(bench.source)
    assert (found.verdict, found.level, found.signatures) == (Verdict.NO_SIGNATURE, None, ())


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"[" * 100_000])
def test_a_broken_file_is_a_verdict(bench: Bench, data: bytes) -> None:
    found = bench.verify(altered(bench.folder / "broken.pdf", data))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)
    assert [f.code for f in found.findings] == ["broken"]
    assert len(found.sha256) == 64


def test_every_cut_of_a_signed_file_is_a_verdict(bench: Bench) -> None:
    data = bench.sign().output.read_bytes()
    for end in range(0, len(data), 997):
        found = bench.verify(altered(bench.folder / "cut.pdf", data[:end]))
        assert found.verdict in (FAILED, Verdict.NO_SIGNATURE), end


def test_a_file_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(FileNotReadable):
        bench.verify(bench.folder / "nothing.pdf")


def test_an_empty_trust_folder(tmp_path: Path) -> None:
    with pytest.raises(TrustMissing):
        TrustStore.load(tmp_path)


def test_trust_from_a_folder(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "root.pem").write_bytes(bench.pki.root.pem)
    (folder / "issuing.cer").write_bytes(bench.pki.issuing.der)
    (folder / "readme.txt").write_bytes(b"not a certificate")
    (folder / "broken.der").write_bytes(b"not one either")
    trust = TrustStore.load(folder)
    assert (trust.anchors, trust.intermediates) == ((bench.pki.root.der,), (bench.pki.issuing.der,))
    assert verify_pdf(bench.sign().output, trust, crls=(bench.pki.crl(),)).verdict is PASSED


def test_certificates_of_a_file(bench: Bench, person: Issued) -> None:
    found = certificates_of(bench.sign().output)
    assert set(found) == {person.der, bench.pki.issuing.der, bench.pki.tsa.der}
    assert certificates_of(bench.source) == ()
