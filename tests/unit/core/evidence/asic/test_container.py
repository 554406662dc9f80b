"""Verifying containers with XAdES: what holds, and every change that must be told."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from econtract_core.evidence import der
from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict, SubIndication, Verdict
from econtract_core.evidence.verify import certificates_of_file, verify_file
from tests.fakes.asic_bench import SIGNATURE, AsicBench, entries_of, write_container
from tests.fakes.evidence_pki import DAY, TestPki, make_token, now
from tests.fakes.pki import Issued

PASSED, FAILED, OPEN = Verdict.TOTAL_PASSED, Verdict.TOTAL_FAILED, Verdict.INDETERMINATE
Change = Callable[[dict[str, bytes]], object]


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> AsicBench:
    return AsicBench(pki, person, tmp_path)


@pytest.fixture(scope="module")
def signed(pki: TestPki, person: Issued, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One container of each level."""
    bench = AsicBench(pki, person, tmp_path_factory.mktemp("signed"))
    return {level: bench.sign(name=f"{level}.asice", level=level).output for level in ("B-B", "B-T", "B-LT", "B-LTA")}


def codes(verdict: DocumentVerdict) -> set[str]:
    return {f.code for f in verdict.findings}


def replaced(old: bytes, new: bytes, entry: str = SIGNATURE) -> Change:
    def change(entries: dict[str, bytes]) -> None:
        assert old in entries[entry]
        entries[entry] = entries[entry].replace(old, new, 1)

    return change


# --- files ---------------------------------------------------------------------------------------------------------------


def rename(entries: dict[str, bytes]) -> None:
    entries["図面 第2号.dwg"] = entries.pop("図面 第1号.dwg")


def swap(entries: dict[str, bytes]) -> None:
    one, two = "図面 第1号.dwg", "数量計算書.csv"
    entries[one], entries[two] = entries[two], entries[one]


FILES: dict[str, tuple[Change, Verdict, SubIndication, str]] = {
    "changed": (lambda e: e.update({"数量計算書.csv": b"1"}), FAILED, SubIndication.HASH_FAILURE, "changed-file"),
    "swapped": (swap, FAILED, SubIndication.HASH_FAILURE, "changed-file"),
    "added": (lambda e: e.update({"内訳.csv": b"1"}), FAILED, SubIndication.FORMAT_FAILURE, "unsigned-file"),
    "hidden": (lambda e: e.update({"META-INF/a.csv": b"1"}), FAILED, SubIndication.FORMAT_FAILURE, "unsigned-file"),
    "deeper": (lambda e: e.update({"a/META-INF/b": b"1"}), FAILED, SubIndication.FORMAT_FAILURE, "unsigned-file"),
    "removed": (lambda e: e.pop("数量計算書.csv"), OPEN, SubIndication.SIGNED_DATA_NOT_FOUND, "missing-file"),
    "renamed": (rename, OPEN, SubIndication.SIGNED_DATA_NOT_FOUND, "missing-file"),
    "simple": (
        lambda e: e.update({"mimetype": b"application/vnd.etsi.asic-s+zip"}),
        FAILED,
        SubIndication.FORMAT_FAILURE,
        "signature-format",
    ),
}


@pytest.mark.parametrize("level", ["B-B", "B-LTA"])
@pytest.mark.parametrize("name", FILES)
def test_other_files(bench: AsicBench, signed: dict[str, Path], name: str, level: str) -> None:
    change, verdict, sub, code = FILES[name]
    found = bench.verify(bench.changed(signed[level], change))
    assert (found.verdict, found.sub_indication) == (verdict, sub)
    assert code in codes(found)
    assert not (found.signatures[0].covers_whole_document and found.signatures[0].intact)


def test_what_is_not_signed_and_only_told(bench: AsicBench, signed: dict[str, Path]) -> None:
    other = replaced(b"text/csv", b"text/html", "META-INF/manifest.xml")
    assert codes(bench.verify(bench.changed(signed["B-T"], other))) == {"manifest-differs"}
    plain = bench.verify(bench.changed(signed["B-T"], lambda e: e.update({"mimetype": b"application/zip"})))
    assert codes(plain) == {"container-form"}
    assert plain.verdict is PASSED
    gone = bench.verify(bench.changed(signed["B-T"], lambda e: e.pop("META-INF/manifest.xml")))
    assert (gone.verdict, gone.findings) == (PASSED, ())


def test_no_signature(bench: AsicBench, signed: dict[str, Path]) -> None:
    found = bench.verify(bench.changed(signed["B-T"], lambda e: e.pop(SIGNATURE)))
    assert (found.verdict, found.level, codes(found)) == (Verdict.NO_SIGNATURE, None, {"no-signature"})
    (bench.folder / "empty.asice").write_bytes(b"PK\5\6" + bytes(18))
    assert bench.verify(bench.folder / "empty.asice").verdict is Verdict.NO_SIGNATURE


def test_two_entries_of_one_name(bench: AsicBench, signed: dict[str, Path]) -> None:
    target = bench.folder / "twice.asice"
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in [*entries_of(signed["B-T"]).items(), ("数量計算書.CSV", b"another")]:
            archive.writestr(name, data)
    found = bench.verify(target)
    assert (found.verdict, codes(found)) == (FAILED, {"broken"})


# --- the signature file --------------------------------------------------------------------------------------------------


def of_another(bench: AsicBench, person: Issued) -> bytes:
    """A good signature file over other files of the same names."""
    bench.sheet.write_bytes(b"other")
    return entries_of(bench.sign(name="another.asice", person=person).output)[SIGNATURE]


def test_a_signature_of_something_else(bench: AsicBench, signed: dict[str, Path], person: Issued) -> None:
    other = of_another(bench, person)
    found = bench.verify(bench.changed(signed["B-T"], lambda e: e.update({SIGNATURE: other})))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


def test_a_signature_value_of_another(bench: AsicBench, signed: dict[str, Path], person: Issued) -> None:
    value = re.search(rb"<ds:SignatureValue.*?</ds:SignatureValue>", of_another(bench, person))
    assert value is not None

    def change(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE] = re.sub(rb"<ds:SignatureValue.*?</ds:SignatureValue>", value[0], entries[SIGNATURE])

    found = bench.verify(bench.changed(signed["B-B"], change))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_another_signing_time(bench: AsicBench, signed: dict[str, Path]) -> None:
    def change(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE] = re.sub(rb"(<xades:SigningTime>)\d{4}", rb"\g<1>2020", entries[SIGNATURE])

    found = bench.verify(bench.changed(signed["B-LTA"], change))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)


def test_another_certificate_of_the_same_key(bench: AsicBench, pki: TestPki, signed: dict[str, Path]) -> None:
    """Whose name stands in it is signed: the same key under another certificate is another signer."""
    twin = pki.person("偽名 次郎", key=bench.person.key)

    def change(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE] = entries[SIGNATURE].replace(base64.b64encode(bench.person.der), base64.b64encode(twin.der))

    found = bench.verify(bench.changed(signed["B-B"], change))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
    assert found.signatures[0].signer == ""


ODD = {
    "no signed properties": (rb'<ds:Reference Type="[^"]*".*?</ds:Reference>', b""),
    "properties not signed as such": (rb' Type="http://uri.etsi.org/01903#SignedProperties"', b""),
    "properties of another": (rb'Target="#S-', b'Target="#T-'),
    "a whole-file reference": (rb'URI="%E5[^"]*"', b'URI=""'),
    "a reference to a part that nobody signs": (
        rb'(<ds:Signature Id="([^"]*)".*?)URI="%E5[^"]*"',
        rb'\1URI="#\2-value"',
    ),
    "no name": (rb' URI="%E5[^"]*"', b""),
    "two signed infos": (rb"<ds:SignatureValue", b"<ds:SignedInfo/><ds:SignatureValue"),
    "a comment in a digest": (rb"(<ds:DigestValue>)(....)", rb"\1\2<!-- -->"),
    "something beside the signatures": (rb"</asic:XAdESSignatures>", b"<ds:Object/></asic:XAdESSignatures>"),
    "a document type": (rb"<asic:XAdESSignatures", b"<!DOCTYPE a><asic:XAdESSignatures"),
    "another canonicalization": (rb"<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"[^\"]*\"", b'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="urn:x"'),
    "no base64": (rb"<ds:DigestValue>", b"<ds:DigestValue>!"),
    "no signature at all": (rb"<ds:Signature .*</ds:Signature>", b""),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_signature_files_against_the_rules(bench: AsicBench, signed: dict[str, Path], name: str) -> None:
    pattern, new = ODD[name]

    def change(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE], count = re.subn(pattern, new, entries[SIGNATURE], count=1, flags=re.DOTALL)
        assert count

    found = bench.verify(bench.changed(signed["B-T"], change))
    assert (found.verdict, found.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)
    assert "signature-format" in codes(found)


UNKNOWN = {
    "a transform of a file": (
        rb'(<ds:Reference Id="[^"]*-r0"[^>]*>)',
        rb'\1<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/></ds:Transforms>',
    ),
    "an unknown digest": (rb"xmlenc#sha256", b"xmlenc#md4"),
    "no signing certificate": (rb"<xades:SigningCertificateV2>.*</xades:SigningCertificateV2>", b""),
    "an unknown signature method": (rb"rsa-sha256", b"rsa-md5"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_unknown_is_never_good(bench: AsicBench, signed: dict[str, Path], name: str) -> None:
    pattern, new = UNKNOWN[name]

    def change(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE], count = re.subn(pattern, new, entries[SIGNATURE], count=1, flags=re.DOTALL)
        assert count

    assert bench.verify(bench.changed(signed["B-T"], change)).verdict in (FAILED, OPEN)


# --- wrapping ------------------------------------------------------------------------------------------------------------


def wrapped_properties(signature: bytes) -> bytes:
    """The signed properties moved aside with their Id, forged ones where programs look."""
    found = re.search(rb"<xades:SignedProperties.*?</xades:SignedProperties>", signature)
    assert found is not None
    forged = re.sub(rb"(<xades:SigningTime>)\d{4}", rb"\g<1>2020", found[0])
    forged = forged.replace(b'-properties">', b'-forged">', 1)
    moved = signature.replace(found[0], forged)
    return moved.replace(b"</ds:Signature>", b"<ds:Object>" + found[0] + b"</ds:Object></ds:Signature>")


def doubled_properties(signature: bytes) -> bytes:
    """The same Id twice: the forged one first."""
    return wrapped_properties(signature).replace(b'-forged">', b'-properties">')


def wrapped_signature(signature: bytes) -> bytes:
    """The true signature inside the object of one that signs nothing of its own."""
    found = re.search(rb"<ds:Signature .*</ds:Signature>", signature)
    assert found is not None
    outer = found[0].replace(b'Id="S-', b'Id="T-').replace(b"#S-", b"#S-").replace(b'Target="#S-', b'Target="#T-')
    return signature.replace(
        found[0], outer.replace(b"</ds:Signature>", b"<ds:Object>" + found[0] + b"</ds:Object></ds:Signature>")
    )


def second_references(signature: bytes) -> bytes:
    """A second SignedInfo with other references beside the signed one."""
    found = re.search(rb"<ds:SignedInfo>.*</ds:SignedInfo>", signature)
    assert found is not None
    return signature.replace(found[0], found[0] + b"<ds:Object>" + found[0] + b"</ds:Object>").replace(
        b"<ds:SignedInfo>", b"<ds:SignedInfo >", 1
    )


@pytest.mark.parametrize("wrap", [wrapped_properties, doubled_properties, wrapped_signature])
def test_wrapping(bench: AsicBench, signed: dict[str, Path], wrap: Callable[[bytes], bytes]) -> None:
    found = bench.verify(bench.changed(signed["B-T"], lambda e: e.update({SIGNATURE: wrap(e[SIGNATURE])})))
    assert found.verdict is FAILED
    assert all(s.signed_at is None or s.signed_at.year != 2020 for s in found.signatures)


def test_what_is_added_beside_a_signature_is_not_read_as_signed(bench: AsicBench, signed: dict[str, Path]) -> None:
    """Only the one SignedInfo in its place counts, whatever stands elsewhere."""
    change = bench.changed(signed["B-T"], lambda e: e.update({SIGNATURE: second_references(e[SIGNATURE])}))
    assert bench.verify(change).verdict is PASSED


# --- timestamps ----------------------------------------------------------------------------------------------------------


def without(name: bytes) -> Change:
    def change(entries: dict[str, bytes]) -> None:
        entries[SIGNATURE], count = re.subn(
            rb"<(\w+):" + name + rb"[ >].*?</\1:" + name + rb">", b"", entries[SIGNATURE], flags=re.DOTALL
        )
        assert count

    return change


def test_a_stripped_timestamp_proves_nothing(bench: AsicBench, signed: dict[str, Path]) -> None:
    """What is left is a lower level, and proves only what that proves: nothing after the certificate's end."""
    short = bench.pki.person(not_after=now() + DAY)
    bench.person, whole = short, bench.sign(name="short.asice", person=short).output
    assert bench.verify(whole).level == "XAdES-B-T"
    stripped = bench.changed(whole, without(b"SignatureTimeStamp"))
    assert bench.verify(stripped).level == "XAdES-B-B"
    later = bench.verify(stripped, at=now() + 2 * DAY)
    assert (later.verdict, later.sub_indication) == (OPEN, SubIndication.OUT_OF_BOUNDS_NO_POE)


def test_validation_data_without_its_timestamp(bench: AsicBench, signed: dict[str, Path]) -> None:
    found = bench.verify(bench.changed(signed["B-LT"], without(b"SignatureTimeStamp")))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.NO_POE)
    both = bench.changed(signed["B-LTA"], without(b"SignatureTimeStamp"))
    assert bench.verify(both).verdict is OPEN  # the archive timestamp covers it
    lower = bench.verify(bench.changed(signed["B-LTA"], without(b"ArchiveTimeStamp")))
    assert (lower.verdict, lower.level) == (PASSED, "XAdES-B-LT")
    assert bench.verify(bench.changed(signed["B-LTA"], without(b"RevocationValues"))).verdict is OPEN


def token_of(signature: bytes, kind: bytes) -> bytes:
    found = re.search(kind + rb".*?<xades:EncapsulatedTimeStamp>(.*?)<", signature, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("kind", [b"SignatureTimeStamp", b"ArchiveTimeStamp"])
def test_a_swapped_timestamp(bench: AsicBench, signed: dict[str, Path], kind: bytes) -> None:
    other = entries_of(bench.sign(name="other.asice", level="B-LTA").output)[SIGNATURE]
    mine = entries_of(signed["B-LTA"])[SIGNATURE]
    change = replaced(token_of(mine, kind), token_of(other, kind))
    found = bench.verify(bench.changed(signed["B-LTA"], change))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
    assert "timestamp-not-proven" in codes(found)
    assert Verdict.TOTAL_FAILED in {t.verdict for t in found.timestamps}


def test_a_timestamp_by_nobody(bench: AsicBench, signed: dict[str, Path]) -> None:
    """A self-made service: right imprint, no chain."""
    stranger = TestPki.make().tsa
    mine = entries_of(signed["B-T"])[SIGNATURE]
    token = base64.b64decode(token_of(mine, b"SignatureTimeStamp"))
    forged = make_token(stranger, der.token_facts(token)[0], time=now() - 100 * DAY)
    found = bench.verify(bench.changed(signed["B-T"], replaced(base64.b64encode(token), base64.b64encode(forged))))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert found.signatures[0].proven_at is None


# --- trust, revocation, time -----------------------------------------------------------------------------------------------


def test_whom_nobody_trusts(signed: dict[str, Path]) -> None:
    found = verify_file(signed["B-LTA"], TrustStore.of(TestPki.make().trust))
    assert (found.verdict, found.sub_indication) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert found.signatures[0].intact


def test_revoked_before_and_after(pki: TestPki, tmp_path: Path) -> None:
    person = pki.person()
    bench = AsicBench(pki, person, tmp_path)
    plain, stamped = bench.sign(name="b.asice", level="B-B").output, bench.sign(name="t.asice").output
    serial = person.certificate.serial_number
    try:
        pki.revoked[serial] = now() - DAY
        assert bench.verify(stamped).sub_indication is SubIndication.REVOKED
        assert bench.verify(plain).sub_indication is SubIndication.REVOKED_NO_POE
        pki.revoked[serial] = now() + timedelta(hours=1)
        assert bench.verify(stamped).verdict is PASSED
    finally:
        del pki.revoked[serial]


def test_without_revocation_data(bench: AsicBench, signed: dict[str, Path]) -> None:
    assert bench.verify(signed["B-T"], informed=False).sub_indication is SubIndication.TRY_LATER
    assert bench.verify(signed["B-LT"], informed=False).verdict is PASSED
    assert bench.verify(signed["B-LTA"], informed=False).verdict is PASSED


def test_certificates_are_told(pki: TestPki, person: Issued, signed: dict[str, Path], tmp_path: Path) -> None:
    assert set(certificates_of_file(signed["B-T"])) == {person.der, pki.issuing.der, pki.tsa.der}
    other = tmp_path / "other.zip"
    write_container(other, {"a.txt": b"1"})
    assert certificates_of_file(other) == ()


# --- every byte ------------------------------------------------------------------------------------------------------------


def harmless(container: Path) -> set[int]:
    """Bytes of a container that say nothing: times, versions and attributes in ZIP headers. Programs show a file's time from
    there; none is signed."""
    with ZipReader(container) as reader:
        entries = reader.entries
    data = container.read_bytes()
    places: set[int] = set()
    central = len(data) - 22 - int.from_bytes(data[-10:-6], "little")
    for entry in entries:
        places |= {*range(entry.header + 4, entry.header + 6), *range(entry.header + 10, entry.header + 14)}
        length = 46 + len(entry.name.encode())
        places |= {*range(central + 4, central + 8), *range(central + 12, central + 16)}
        places |= set(range(central + 36, central + 42))
        central += length
    return places


def flips(bench: AsicBench, container: Path, step: int) -> list[int]:
    """Places where a flipped byte leaves a container TOTAL-PASSED with the level it had."""
    data, level = container.read_bytes(), bench.verify(container).level
    target = bench.folder / "flipped.asice"
    passed = []
    for place in range(0, len(data), step):
        target.write_bytes(data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :])
        found = bench.verify(target)
        if found.verdict is PASSED:
            assert found.level == level
            passed.append(place)
    return passed


def test_some_flipped_bytes(bench: AsicBench, signed: dict[str, Path]) -> None:
    assert set(flips(bench, signed["B-LTA"], 61)) <= harmless(signed["B-LTA"])


@pytest.mark.slow
@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LTA"])
def test_every_flipped_byte(bench: AsicBench, signed: dict[str, Path], level: str) -> None:
    passed = set(flips(bench, signed[level], 1))
    assert passed <= harmless(signed[level])
    assert len(passed) > 20


def test_flipped_bytes_of_the_signature_file(bench: AsicBench, signed: dict[str, Path]) -> None:
    """The same inside the signature file, with a right checksum around it. What may change without harm, because nothing is
    taken from there: the XML declaration and the container's own element; and in the newest timestamp, which nothing covers, the
    list of digest algorithms ahead of its CMS."""
    whole, good = entries_of(signed["B-LTA"]), bench.verify(signed["B-LTA"])
    data = whole[SIGNATURE]
    target = bench.folder / "flipped.asice"
    start, newest = data.index(b"<ds:Signature "), data.index(b"ArchiveTimeStamp")
    for place in range(0, len(data), 23):
        write_container(target, whole | {SIGNATURE: data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]})
        found = bench.verify(target)
        if found.verdict is PASSED:
            assert place < start or place > newest, data[place - 40 : place + 20]
            assert set(found.timestamps) <= set(good.timestamps)
            assert found.level == good.level or "not-looked-at" in codes(found)  # the property has another name now
            assert [s.signer for s in found.signatures] == [s.signer for s in good.signatures]
