"""The port Signer, on the adapter that writes containers (ASiC-E with XAdES)."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from econtract_core.evidence import der
from econtract_core.evidence.asic import xades
from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.xades import DS
from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import (
    CardCannotSign,
    CardRemoved,
    CertificateNotValid,
    FileNotReadable,
    NoSignature,
    OutputExists,
    SelfCheckFailed,
    SignatureInvalid,
    SigningFailed,
    TimestampUnreachable,
    UnsupportedDocument,
)
from econtract_desktop.crypto.asic.signer import AsicSigner
from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.ports.signer import LEVELS, Signer, SignOptions, State
from tests.fakes.asic_bench import SIGNATURE, AsicBench, entries_of, write_container
from tests.fakes.evidence_pki import CRL_URL, DAY, OCSP_URL, TSA_URL, TestPki, now
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued

WHEN = now() - DAY
no_xmlsec = pytest.mark.skipif(which("xmlsec1") is None, reason="xmlsec1 is not installed")
no_openssl = pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> AsicBench:
    return AsicBench(pki, person, tmp_path)


def left_over(bench: AsicBench) -> list[str]:
    return sorted(p.name for p in bench.folder.iterdir() if p not in bench.sources)


def opened(container: Path, folder: Path) -> Path:
    with zipfile.ZipFile(container) as archive:
        archive.extractall(folder)
    return folder


def xmlsec(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["xmlsec1", "--verify", "--insecure", "--id-attr:Id", "SignedProperties", SIGNATURE]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


# --- what comes out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_verifies(bench: AsicBench, level: str) -> None:
    found = bench.sign(level=level)
    verdict = bench.verify(found.output)
    assert (found.format, found.level, found.state) == ("ASiC-E", f"XAdES-{level}", State.COMPLETE)
    assert (verdict.format, verdict.level, verdict.verdict) == ("ASiC-E", f"XAdES-{level}", Verdict.TOTAL_PASSED)
    assert verdict.findings == ()
    (signature,) = verdict.signatures
    assert (signature.signer, signature.covers_whole_document, signature.intact) == ("山田 太郎", True, True)
    assert [t.kind for t in verdict.timestamps] == {"B-B": [], "B-LTA": ["signature", "document"]}.get(
        level, ["signature"]
    )


def test_the_result_is_whole_and_described(bench: AsicBench) -> None:
    port: Signer = bench.signer
    found = port.sign(bench.drawing, bench.folder / "deep/er/out.asice", KeyCard(bench.person), SignOptions())
    data = found.output.read_bytes()
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (found.level, found.inputs) == ("XAdES-B-T", (bench.drawing,))
    assert found.timestamp is not None
    assert abs(found.timestamp - found.signed_at) < timedelta(minutes=1)
    assert [p.name for p in found.output.parent.iterdir()] == ["out.asice"]


def test_what_other_programs_see_in_it(bench: AsicBench) -> None:
    found = bench.sign()
    data = found.output.read_bytes()
    assert data[30:38] == b"mimetype"
    assert data[38:69] == b"application/vnd.etsi.asic-e+zip"  # where programs that look at magic numbers look
    with zipfile.ZipFile(found.output) as archive:
        assert archive.testzip() is None
        assert [e.compress_type for e in archive.infolist()] == [zipfile.ZIP_STORED] * 5
    entries = entries_of(found.output)
    assert list(entries) == ["mimetype", "図面 第1号.dwg", "数量計算書.csv", "META-INF/manifest.xml", SIGNATURE]
    assert entries["図面 第1号.dwg"] == bench.drawing.read_bytes()


@no_xmlsec
@pytest.mark.parametrize("level", LEVELS)
def test_xmlsec_agrees(bench: AsicBench, level: str) -> None:
    folder = opened(bench.sign(level=level).output, bench.folder / "opened")
    told = xmlsec(folder)
    assert told.returncode == 0
    assert "SignedInfo References (ok/all): 3/3" in told.stderr
    (folder / "数量計算書.csv").write_bytes(b"something else")
    assert xmlsec(folder).returncode != 0


@no_xmlsec
def test_an_elliptic_key_signs_too(bench: AsicBench) -> None:
    for curve in (ec.SECP256R1(), ec.SECP384R1()):
        person = bench.pki.person(key=ec.generate_private_key(curve))
        found = bench.sign(name=f"{curve.name}.asice", person=person)
        assert bench.verify(found.output).verdict is Verdict.TOTAL_PASSED
        assert xmlsec(opened(found.output, bench.folder / curve.name)).returncode == 0


@no_openssl
def test_openssl_agrees_with_the_timestamps(bench: AsicBench) -> None:
    data = entries_of(bench.sign(level="B-LTA").output)[SIGNATURE]
    (signature,) = xades.read(data)
    (bench.folder / "root.pem").write_bytes(bench.pki.root.pem)
    value = xml.canonical(xml.needed(signature.node, f"{DS}SignatureValue"), signature.timestamps[0].canonical)
    archived = b"".join(path.read_bytes() for path in bench.sources) + by_hand(data)
    for name, stamp, octets in (("own", signature.timestamps[0], value), ("archive", signature.archive[0], archived)):
        (bench.folder / name).write_bytes(octets)
        (bench.folder / f"{name}.tst").write_bytes(stamp.token)
        command = ["openssl", "ts", "-verify", "-token_in", "-in", f"{name}.tst", "-data", name, "-CAfile", "root.pem"]
        told = subprocess.run(command, cwd=bench.folder, capture_output=True, text=True, check=False)
        assert "Verification: OK" in told.stdout + told.stderr


def by_hand(data: bytes) -> bytes:
    """What an archive timestamp covers behind the files (EN 319 132-1 5.5.2.2), from the text itself: our signatures are written
    in canonical form but for the namespaces, which exclusive canonicalization puts on the outermost element that uses them."""
    root = xml.parse(data)
    exclusive = xml.Canonical(exclusive=True)

    def of(path: str) -> list[bytes]:
        names = {"ds": DS[1:-1], "x": xades.XADES[1:-1], "x4": xades.XADES_141[1:-1]}
        return [xml.canonical(node, exclusive) for node in root.xpath(path, namespaces=names)]

    parts = [of("//x:SignedProperties"), of("//ds:SignedInfo"), of("//ds:SignatureValue"), of("//ds:KeyInfo")]
    before = [
        of(f"//x:UnsignedSignatureProperties/x:{n}")
        for n in ("SignatureTimeStamp", "CertificateValues", "RevocationValues")
    ]
    return b"".join(octets for found in (*parts, *before) for octets in found)


def test_reason_and_place_are_signed(bench: AsicBench) -> None:
    options = SignOptions(level="B-B", reason="請負契約 <第2回> & 変更\x00", location="東京都千代田区")
    found = bench.signer.sign(bench.sheet, bench.folder / "out.asice", KeyCard(bench.person), options)
    written = entries_of(found.output)[SIGNATURE].decode()
    assert "請負契約 &lt;第2回&gt; &amp; 変更<" in written
    assert bench.verify(found.output).verdict is Verdict.TOTAL_PASSED

    def another(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE] = entries[SIGNATURE].replace("千代田区".encode(), "中央区".encode())

    assert bench.verify(bench.changed(found.output, another)).verdict is Verdict.TOTAL_FAILED


def test_no_files_and_empty_files(bench: AsicBench) -> None:
    with pytest.raises(SigningFailed):
        bench.signer.prepare((), bench.folder / "out.asice", bench.person.der, SignOptions())
    bench.sheet.write_bytes(b"")
    assert bench.verify(bench.sign().output).verdict is Verdict.TOTAL_PASSED


def test_any_file_may_be_signed_that_can_be_read(bench: AsicBench) -> None:
    assert bench.signer.check_signable(bench.drawing).safe_to_sign
    with pytest.raises(FileNotReadable):
        bench.signer.check_signable(bench.folder / "nothing.csv")


# --- prepare, signed, complete -------------------------------------------------------------------------------------------


def test_the_same_arguments_ask_for_the_same_signature(bench: AsicBench) -> None:
    def to_sign(when: datetime, *, level: str = "B-T", name: str = "one.asice") -> bytes:
        options = SignOptions(level=level)
        with bench.signer.prepare(bench.sources, bench.folder / name, bench.person.der, options, when) as signing:
            return signing.to_sign

    first = to_sign(WHEN)
    assert to_sign(WHEN, level="B-LTA", name="two.asice") == first
    assert to_sign(WHEN + timedelta(seconds=1)) != first
    bench.sheet.write_bytes(b"other")
    assert to_sign(WHEN) != first
    assert left_over(bench) == []


def test_a_signature_made_before_fits_a_second_preparation(bench: AsicBench) -> None:
    """A crash between the card and the file costs no second signature."""
    output, card = bench.folder / "out.asice", KeyCard(bench.person)
    with bench.signer.prepare(bench.sources, output, bench.person.der, SignOptions(), WHEN) as signing:
        made = card.sign(signing.to_sign)
    with bench.signer.prepare(bench.sources, output, bench.person.der, SignOptions(), WHEN) as signing:
        signing.signed(made)
        assert signing.complete().signed_at == WHEN
    assert bench.verify(output).verdict is Verdict.TOTAL_PASSED


def test_nothing_is_there_before_the_card_has_signed(bench: AsicBench) -> None:
    with bench.signer.prepare(bench.sources, bench.folder / "out.asice", bench.person.der, SignOptions()) as signing:
        with pytest.raises(SigningFailed):
            signing.complete()
        with pytest.raises(SigningFailed):
            signing.keep()
    assert left_over(bench) == []


def test_signed_now_timestamped_later(bench: AsicBench) -> None:
    output, card = bench.folder / "out.asice", KeyCard(bench.person)
    answer = bench.http.site["POST", TSA_URL]
    bench.http.site["POST", TSA_URL] = HttpAnswer(503, {}, b"")
    with bench.signer.prepare(bench.sources, output, bench.person.der, SignOptions(level="B-LTA")) as signing:
        signing.signed(card.sign(signing.to_sign))
        with pytest.raises(TimestampUnreachable):
            signing.complete()
        kept = signing.keep()
    assert (kept.level, kept.state, kept.timestamp) == ("XAdES-B-B", State.TIMESTAMP_WAITING, None)
    assert bench.verify(output).verdict is Verdict.TOTAL_PASSED
    bench.http.site["POST", TSA_URL] = answer
    done = bench.signer.extend(output, output, "B-LTA")
    assert (done.level, done.state) == ("XAdES-B-LTA", State.COMPLETE)
    assert (done.size, done.sha256) == (output.stat().st_size, hashlib.sha256(output.read_bytes()).hexdigest())
    assert bench.verify(output).level == "XAdES-B-LTA"
    assert card.signed == [signing.to_sign]
    assert left_over(bench) == ["out.asice"]


def test_complete_again_after_the_timestamp_service_was_away(bench: AsicBench) -> None:
    output, card = bench.folder / "out.asice", KeyCard(bench.person)
    answer = bench.http.site["POST", TSA_URL]
    with bench.signer.prepare(bench.sources, output, bench.person.der, SignOptions(level="B-LTA")) as signing:
        signing.signed(card.sign(signing.to_sign))
        for _ in range(2):
            bench.http.site["POST", TSA_URL] = HttpAnswer(503, {}, b"")
            with pytest.raises(TimestampUnreachable):
                signing.complete()
        bench.http.site["POST", TSA_URL] = answer
        assert signing.complete().state is State.COMPLETE
    assert bench.verify(output).level == "XAdES-B-LTA"


def test_without_validation_data_it_waits_for_it(bench: AsicBench) -> None:
    bench.http.site["POST", OCSP_URL] = HttpAnswer(503, {}, b"")
    crl = bench.http.site["GET", CRL_URL]
    bench.http.site["GET", CRL_URL] = HttpAnswer(503, {}, b"")
    found = bench.sign(level="B-LTA")
    assert (found.level, found.state) == ("XAdES-B-T", State.VALIDATION_DATA_WAITING)
    bench.http.site["GET", CRL_URL] = crl
    done = bench.signer.extend(found.output, bench.folder / "done.asice", "B-LTA")
    assert (done.level, done.state) == ("XAdES-B-LTA", State.COMPLETE)
    assert bench.verify(done.output, informed=False).verdict is Verdict.TOTAL_PASSED


# --- extend --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS[1:])
def test_extending_changes_nothing_but_the_signature_file(bench: AsicBench, level: str) -> None:
    before = bench.sign(level="B-B")
    after = bench.signer.extend(before.output, bench.folder / "more.asice", level)
    assert (after.level, after.inputs, after.signed_at) == (f"XAdES-{level}", (before.output,), before.signed_at)
    verdict = bench.verify(after.output)
    assert (verdict.verdict, verdict.level) == (Verdict.TOTAL_PASSED, f"XAdES-{level}")
    old, new = entries_of(before.output), entries_of(after.output)
    assert list(old) == list(new)
    assert [n for n in old if old[n] != new[n]] == [SIGNATURE]


@no_xmlsec
def test_renewing_adds_an_archive_timestamp_each_time(bench: AsicBench) -> None:
    output = bench.sign(level="B-LTA").output
    for stamps in (2, 3):
        bench.signer.extend(output, output, "B-LTA")
        verdict = bench.verify(output)
        assert verdict.verdict is Verdict.TOTAL_PASSED
        assert [t.kind for t in verdict.timestamps] == ["signature", *["document"] * stamps]
    assert xmlsec(opened(output, bench.folder / "opened")).returncode == 0


def test_a_foreign_container_is_extended(bench: AsicBench) -> None:
    """Compressed, in another order, without a manifest, its signature file under another name and with white space between."""
    entries = entries_of(bench.sign(level="B-B").output)
    signature = entries.pop(SIGNATURE).replace(b"</ds:SignedInfo>", b"</ds:SignedInfo>\n  ")
    foreign = bench.folder / "foreign.asice"
    with zipfile.ZipFile(foreign, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/mysignatures-1.xml", signature)
        for name in ("数量計算書.csv", "図面 第1号.dwg"):
            archive.writestr(name, entries[name])
    assert bench.verify(foreign).verdict is Verdict.TOTAL_PASSED
    bench.signer.extend(foreign, bench.folder / "more.asice", "B-LTA")
    assert bench.verify(bench.folder / "more.asice").level == "XAdES-B-LTA"


def test_what_cannot_be_extended(bench: AsicBench) -> None:
    good = bench.sign(level="B-B").output

    def tried(entries: Callable[[dict[str, bytes]], None]) -> None:
        bench.signer.extend(bench.changed(good, entries), bench.folder / "more.asice", "B-T")

    with pytest.raises(SignatureInvalid):
        tried(lambda e: e.update({"数量計算書.csv": b"changed"}))
    with pytest.raises(SignatureInvalid):
        tried(lambda e: e.update({"more.csv": b"not signed"}))
    with pytest.raises(SignatureInvalid):
        tried(lambda e: e.update({SIGNATURE: e[SIGNATURE].replace(b'-value">', b'-value">AAAA')}))
    with pytest.raises(NoSignature):
        tried(lambda e: e.pop(SIGNATURE) and None)
    with pytest.raises(UnsupportedDocument):
        tried(lambda e: e.update({"META-INF/signature.p7s": b""}))
    broken = bench.folder / "broken.asice"
    broken.write_bytes(good.read_bytes()[:-30])
    with pytest.raises(UnsupportedDocument):
        bench.signer.extend(broken, bench.folder / "more.asice", "B-T")
    with pytest.raises(OutputExists):
        bench.signer.extend(good, broken, "B-T")
    assert left_over(bench) == ["broken.asice", "changed.asice", "signed.asice"]


def test_a_failed_extension_in_place_leaves_the_file(bench: AsicBench) -> None:
    output = bench.sign(level="B-B").output
    before = output.read_bytes()
    bench.http.site["POST", TSA_URL] = HttpAnswer(503, {}, b"")
    with pytest.raises(TimestampUnreachable):
        bench.signer.extend(output, output, "B-T")
    assert output.read_bytes() == before
    assert left_over(bench) == ["signed.asice"]


# --- what goes wrong -----------------------------------------------------------------------------------------------------


def test_missing_source(bench: AsicBench) -> None:
    with pytest.raises(FileNotReadable):
        bench.sign((bench.drawing, bench.folder / "nothing.csv"))
    assert left_over(bench) == []


def test_another_file_stands_there(bench: AsicBench) -> None:
    target = bench.folder / "signed.asice"
    target.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        bench.sign()
    assert target.read_bytes() == b"mine"


def test_a_file_that_comes_to_stand_there_meanwhile_is_kept(bench: AsicBench) -> None:
    target = bench.folder / "out.asice"

    class Slow(KeyCard):
        def sign(self, message: bytes) -> CardSignature:
            target.write_bytes(b"mine")
            return super().sign(message)

    with pytest.raises(OutputExists):
        bench.signer.sign(bench.drawing, target, Slow(bench.person), SignOptions())
    assert target.read_bytes() == b"mine"
    assert left_over(bench) == ["out.asice"]


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
def test_a_certificate_out_of_its_time(bench: AsicBench, days: tuple[int, int]) -> None:
    card = KeyCard(bench.pki.person(not_before=now() + days[0] * DAY, not_after=now() + days[1] * DAY))
    with pytest.raises(CertificateNotValid):
        bench.signer.sign(bench.drawing, bench.folder / "out.asice", card, SignOptions())
    assert (card.signed, left_over(bench)) == ([], [])


def test_a_certificate_that_may_not_sign(bench: AsicBench) -> None:
    usage = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    card = KeyCard(bench.pki.person(extensions=(usage,)))
    with pytest.raises(CardCannotSign):
        bench.signer.sign(bench.drawing, bench.folder / "out.asice", card, SignOptions())
    assert card.signed == []


def test_a_card_that_goes_away_leaves_nothing(bench: AsicBench) -> None:
    class Gone(KeyCard):
        def sign(self, message: bytes) -> CardSignature:
            raise CardRemoved(reader="here")

    with pytest.raises(CardRemoved):
        bench.signer.sign(bench.drawing, bench.folder / "out.asice", Gone(bench.person), SignOptions())
    assert left_over(bench) == []


def test_a_card_that_signs_something_else_is_caught(bench: AsicBench) -> None:
    class Wrong(KeyCard):
        def sign(self, message: bytes) -> CardSignature:
            return super().sign(message + b"!")

    with pytest.raises(SelfCheckFailed):
        bench.signer.sign(bench.drawing, bench.folder / "out.asice", Wrong(bench.person), SignOptions())
    assert left_over(bench) == []


def test_no_timestamp_service_is_told_before_the_card_signs(bench: AsicBench) -> None:
    card = KeyCard(bench.person)
    with pytest.raises(TimestampUnreachable):
        AsicSigner(None).sign(bench.drawing, bench.folder / "out.asice", card, SignOptions())
    with pytest.raises(SigningFailed):
        AsicSigner(bench.timestamper).sign(bench.drawing, bench.folder / "o", card, SignOptions(level="B-LT"))
    with pytest.raises(SigningFailed):
        bench.signer.sign(bench.drawing, bench.folder / "o", card, SignOptions(level="B-X"))
    assert card.signed == []


@pytest.mark.parametrize("wrong", [b"", b"\x30\x00", None])
def test_a_timestamp_of_something_else_is_caught(bench: AsicBench, wrong: bytes | None) -> None:
    class Other:
        def token(self, imprint: bytes) -> bytes:
            return bench.timestamper.token(bytes(32)) if wrong is None else wrong

    with pytest.raises(SelfCheckFailed):
        AsicSigner(Other()).sign(bench.drawing, bench.folder / "out.asice", KeyCard(bench.person), SignOptions())
    assert left_over(bench) == []


def test_an_archive_timestamp_of_something_else_is_caught(bench: AsicBench) -> None:
    class Second:
        def __init__(self) -> None:
            self.asked = 0

        def token(self, imprint: bytes) -> bytes:
            self.asked += 1
            return bench.timestamper.token(imprint if self.asked == 1 else bytes(32))

    signer = AsicSigner(Second(), bench.revocation, lambda: bench.trust)
    with pytest.raises(SelfCheckFailed):
        signer.sign(bench.drawing, bench.folder / "out.asice", KeyCard(bench.person), SignOptions(level="B-LTA"))
    assert left_over(bench) == []


def test_what_is_read_back_must_be_what_was_written(bench: AsicBench) -> None:
    """A disk that lies: the entry's bytes change behind the signer's back before the file gets its name."""
    card = KeyCard(bench.person)
    with bench.signer.prepare(
        bench.sources, bench.folder / "out.asice", card.certificate.der, SignOptions()
    ) as signing:
        signing.signed(card.sign(signing.to_sign))
        (part,) = (p for p in bench.folder.iterdir() if p.suffix == ".part")
        with part.open("r+b") as stream:
            stream.seek(30)
            stream.write(b"nimetype")
        with pytest.raises(SelfCheckFailed):
            signing.complete()
    assert left_over(bench) == []


def test_times_in_a_token_are_what_is_told(bench: AsicBench) -> None:
    found = bench.sign(level="B-LTA")
    (signature,) = xades.read(entries_of(found.output)[SIGNATURE])
    assert found.timestamp == der.token_facts(signature.timestamps[0].token)[1]


def test_two_signatures_in_one_container(bench: AsicBench) -> None:
    """Both parties sign the same files: each signature file is extended, and both verify."""
    first = bench.sign(level="B-B")
    second = bench.sign(name="other.asice", person=bench.pki.person("佐藤 花子"), level="B-B")
    entries = entries_of(first.output)
    entries["META-INF/signatures1.xml"] = entries_of(second.output)[SIGNATURE]
    both = bench.folder / "both.asice"
    write_container(both, entries)
    assert [s.signer for s in bench.verify(both).signatures] == ["山田 太郎", "佐藤 花子"]
    bench.signer.extend(both, both, "B-LTA")
    verdict = bench.verify(both)
    assert (verdict.verdict, [s.level for s in verdict.signatures]) == (Verdict.TOTAL_PASSED, ["XAdES-B-LTA"] * 2)


# --- a further signature ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_two_parties_sign_one_container(bench: AsicBench, level: str) -> None:
    other = bench.pki.person("鈴木 花子")
    first = bench.sign(level="B-LTA")
    second = bench.sign((first.output,), "both.asice", person=other, level=level)
    verdict = bench.verify(second.output)
    assert verdict.verdict is Verdict.TOTAL_PASSED
    assert [s.signer for s in verdict.signatures] == ["山田 太郎", "鈴木 花子"]
    assert {s.level for s in verdict.signatures} == {"XAdES-B-LTA", f"XAdES-{level}"}
    assert all(s.covers_whole_document for s in verdict.signatures)
    before, after = entries_of(first.output), entries_of(second.output)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"META-INF/signatures1.xml"}
    third = bench.sign((second.output,), "three.asice", level="B-B")
    assert len(bench.verify(third.output).signatures) == 3


def test_a_container_of_another_program_gets_a_further_signature(bench: AsicBench) -> None:
    """Its names, its order, its missing manifest; deflated entries too."""
    signed = entries_of(bench.sign().output)
    data = signed.pop(SIGNATURE)
    signed.pop("META-INF/manifest.xml")
    theirs = bench.folder / "theirs.asice"
    with zipfile.ZipFile(theirs, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), signed.pop("mimetype"))
        for name, content in reversed(signed.items()):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("META-INF/Signatures1.xml"), data)
    made = bench.sign((theirs,), "ours.asice", person=bench.pki.person("鈴木 花子"), level="B-LTA")
    verdict = bench.verify(made.output)
    assert (verdict.verdict, len(verdict.signatures)) == (Verdict.TOTAL_PASSED, 2)
    assert set(entries_of(made.output)) >= {"META-INF/Signatures1.xml", SIGNATURE}


def test_a_container_whose_signature_does_not_hold_is_refused_before_the_card(bench: AsicBench) -> None:
    def change(entries: dict[str, bytes]) -> None:
        entries["数量計算書.csv"] += b" "

    broken = bench.changed(bench.sign().output, change)
    with pytest.raises(SignatureInvalid):
        bench.sign((broken,), "both.asice")
    assert not (bench.folder / "both.asice").exists()


def test_what_takes_no_further_signature(bench: AsicBench) -> None:
    def with_cades(entries: dict[str, bytes]) -> None:
        entries["META-INF/signature1.p7s"] = b"0"

    def with_a_stranger(entries: dict[str, bytes]) -> None:
        entries["META-INF/notes.txt"] = b"0"

    for change in (with_cades, with_a_stranger):
        with pytest.raises(UnsupportedDocument):
            bench.sign((bench.changed(bench.sign(name=f"{change.__name__}.asice").output, change),), "both.asice")
        (bench.folder / "changed.asice").unlink()


@no_xmlsec
def test_xmlsec_agrees_with_both(bench: AsicBench) -> None:
    made = bench.sign((bench.sign().output,), "both.asice", person=bench.pki.person("鈴木 花子"))
    folder = opened(made.output, bench.folder / "opened")
    for name in (SIGNATURE, "META-INF/signatures1.xml"):
        command = ["xmlsec1", "--verify", "--insecure", "--id-attr:Id", "SignedProperties", name]
        told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert "SignedInfo References (ok/all): 3/3" in told.stderr
