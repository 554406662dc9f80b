"""CAdES: .p7s beside its content, .p7m, in ASiC-S and ASiC-E; made by openssl, so that it is not our own reading of the standard."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest

from econtract_core.evidence.verdict import DocumentVerdict, SubIndication, Verdict
from econtract_core.evidence.verify import certificates_of_file
from tests.fakes.asic_bench import AsicBench, entries_of, write_container
from tests.fakes.cades_files import HASH_INDEX, HASH_INDEX_V3, archived, sign, timestamped, with_revocation
from tests.fakes.evidence_pki import TestPki, make_token
from tests.fakes.pki import Issued

pytestmark = pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
PASSED, FAILED, OPEN = Verdict.TOTAL_PASSED, Verdict.TOTAL_FAILED, Verdict.INDETERMINATE
CONTENT = "数量計算書".encode() * 100
ASIC_E, ASIC_S = b"application/vnd.etsi.asic-e+zip", b"application/vnd.etsi.asic-s+zip"


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> AsicBench:
    return AsicBench(pki, person, tmp_path)


SIGNATURE_TIMESTAMP = bytes.fromhex("060b2a864886f70d010910020e")  # id-aa-timeStampToken, RFC 3161 appendix A


def signed(bench: AsicBench, content: bytes = CONTENT, *options: str) -> bytes:
    return sign(bench.folder, bench.person, content, *options, above=bench.pki.issuing)


def told(
    bench: AsicBench, message: bytes, content: bytes | None = CONTENT, *, informed: bool = True
) -> DocumentVerdict:
    file, beside = bench.folder / "a.p7s", bench.folder / "a"
    file.write_bytes(message)
    if content is not None:
        beside.write_bytes(content)
    return bench.verify(file, detached=None if content is None else beside, informed=informed)


def codes(verdict: DocumentVerdict) -> set[str]:
    return {f.code for f in verdict.findings}


# --- files ---------------------------------------------------------------------------------------------------------------


def test_detached(bench: AsicBench) -> None:
    found = told(bench, signed(bench))
    assert (found.format, found.verdict, found.level) == ("CAdES", PASSED, "CAdES-B-B")
    assert found.signatures[0].signer == "山田 太郎"
    assert found.signatures[0].signed_at is not None
    assert set(certificates_of_file(bench.folder / "a.p7s")) == {bench.person.der, bench.pki.issuing.der}


def test_detached_from_other_content_and_from_none(bench: AsicBench) -> None:
    other = told(bench, signed(bench), CONTENT + b"!")
    assert (other.verdict, other.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)
    nothing = told(bench, signed(bench), None)
    assert (nothing.verdict, nothing.sub_indication) == (OPEN, SubIndication.SIGNED_DATA_NOT_FOUND)
    assert "content-not-given" in codes(nothing)


@pytest.mark.parametrize("options", [("-nodetach",), ("-nodetach", "-stream"), ("-nodetach", "-outform", "PEM")])
def test_enveloping_in_every_encoding(bench: AsicBench, options: tuple[str, ...]) -> None:
    message = signed(bench, CONTENT, *options)
    assert told(bench, message, None).verdict is PASSED
    if "PEM" not in options:
        changed = message.replace(CONTENT[:30], CONTENT[:29] + b"!")
        assert told(bench, changed, None).sub_indication is SubIndication.HASH_FAILURE


def test_without_the_signers_certificate_named(bench: AsicBench) -> None:
    """Plain CMS: it holds, and it is called what it is."""
    found = told(bench, signed(bench, CONTENT, "-plain"))
    assert (found.verdict, found.level) == (PASSED, "PKCS7-B")


def test_without_certificates(bench: AsicBench) -> None:
    found = told(bench, signed(bench, CONTENT, "-nocerts"))
    assert found.verdict is not PASSED


def test_two_signers(bench: AsicBench, pki: TestPki) -> None:
    other = pki.person("佐藤 花子")
    (bench.folder / "other.pem").write_bytes(other.pem)
    (bench.folder / "other.key").write_bytes(other.key_pem)
    message = signed(bench, CONTENT, "-signer", "other.pem", "-inkey", "other.key")
    found = told(bench, message)
    assert found.verdict is PASSED
    assert {s.signer for s in found.signatures} == {"山田 太郎", "佐藤 花子"}
    assert told(bench, message, b"other").verdict is FAILED


def test_timestamps_and_levels(bench: AsicBench) -> None:
    t = timestamped(signed(bench), bench.pki)
    assert (told(bench, t).verdict, told(bench, t).level) == (PASSED, "CAdES-B-T")
    lt = with_revocation(t, bench.pki.crl())
    found = told(bench, lt, informed=False)
    assert (found.verdict, found.level) == (PASSED, "CAdES-B-LT")
    wrong = told(bench, timestamped(signed(bench), bench.pki, over=b"other"))
    assert (wrong.verdict, codes(wrong)) == (OPEN, {"timestamp-not-proven"})


@pytest.mark.parametrize("kind", [HASH_INDEX_V3, HASH_INDEX])
def test_archive_timestamps(bench: AsicBench, kind: str) -> None:
    lt = with_revocation(timestamped(signed(bench), bench.pki), bench.pki.crl())
    once = archived(lt, bench.pki, CONTENT, kind)
    found = told(bench, once, informed=False)
    assert (found.verdict, found.level) == (PASSED, "CAdES-B-LTA")
    twice = told(bench, archived(once, bench.pki, CONTENT, kind), informed=False)
    assert (twice.verdict, [t.kind for t in twice.timestamps]) == (PASSED, ["signature", "document", "document"])


def test_archive_timestamps_of_something_else(bench: AsicBench) -> None:
    lt = with_revocation(timestamped(signed(bench), bench.pki), bench.pki.crl())
    other = told(bench, archived(lt, bench.pki, b"other"), informed=False)
    assert (other.verdict, other.level) == (OPEN, "CAdES-B-LT")
    assert "timestamp-not-proven" in codes(other)
    # The index tells of revocation data that is no longer there.
    mine = bench.pki.crl()
    good = archived(with_revocation(timestamped(signed(bench), bench.pki), mine), bench.pki, CONTENT)
    assert told(bench, good).verdict is PASSED
    assert told(bench, good.replace(mine, mine[:-1] + bytes((mine[-1] ^ 1,)))).verdict is OPEN


def test_nothing_of_a_cms_file_can_be_flipped(bench: AsicBench) -> None:
    message = timestamped(signed(bench), bench.pki)
    good = told(bench, message)
    unsigned = (
        message.index(SIGNATURE_TIMESTAMP) - 16
    )  # the last part; nobody signs it, so a timestamp can be taken out
    for place in range(0, len(message), 29):
        found = told(bench, message[:place] + bytes((message[place] ^ 1,)) + message[place + 1 :])
        if found.verdict is PASSED:  # fields that nothing is taken from: lists of algorithms, certificates nobody needs
            taken_out = place > unsigned and (found.level, found.timestamps) == ("CAdES-B-B", ())
            assert taken_out or (found.level, found.timestamps) == (good.level, good.timestamps)
            assert [s.signer for s in found.signatures] == ["山田 太郎"]


@pytest.mark.parametrize("data", [b"", b"hello", b"\x30\x00", b"\x30\x80" + bytes(50), b"-----BEGIN CMS-----\n!!"])
def test_files_that_are_none(bench: AsicBench, data: bytes) -> None:
    assert told(bench, data, None).verdict in (FAILED, Verdict.NO_SIGNATURE)
    assert certificates_of_file(bench.folder / "a.p7s") == ()


def test_a_message_cut_short(bench: AsicBench) -> None:
    message = signed(bench)
    for length in range(20, len(message), 61):
        assert told(bench, message[:length]).verdict is not PASSED


# --- ASiC-S --------------------------------------------------------------------------------------------------------------


def simple(bench: AsicBench, **more: bytes) -> dict[str, bytes]:
    return {"mimetype": ASIC_S, "数量.csv": CONTENT, **more}


def of(bench: AsicBench, entries: dict[str, bytes]) -> DocumentVerdict:
    write_container(bench.folder / "a.asics", entries)
    return bench.verify(bench.folder / "a.asics")


def test_simple_with_cades(bench: AsicBench) -> None:
    entries = simple(bench) | {"META-INF/signature.p7s": signed(bench)}
    found = of(bench, entries)
    assert (found.format, found.verdict, found.level) == ("ASiC-S", PASSED, "CAdES-B-B")
    assert of(bench, entries | {"数量.csv": b"other"}).sub_indication is SubIndication.HASH_FAILURE
    assert of(bench, entries | {"more.csv": b"other"}).verdict is not PASSED
    assert of(bench, {k: v for k, v in entries.items() if k != "数量.csv"}).verdict is not PASSED


def test_simple_with_xades(bench: AsicBench) -> None:
    source = bench.folder / "数量.csv"
    source.write_bytes(CONTENT)
    signature = entries_of(bench.sign((source,)).output)["META-INF/signatures0.xml"]
    entries = simple(bench) | {"META-INF/signatures.xml": signature}
    found = of(bench, entries)
    assert (found.format, found.verdict, found.level) == ("ASiC-S", PASSED, "XAdES-B-T")
    assert of(bench, entries | {"数量.csv": b"other"}).verdict is FAILED


def test_simple_with_a_timestamp(bench: AsicBench) -> None:
    """It proves a time, and nobody's will."""
    token = make_token(bench.pki.tsa, hashlib.sha256(CONTENT).digest())
    found = of(bench, simple(bench) | {"META-INF/timestamp.tst": token})
    assert (found.format, found.verdict, codes(found)) == ("ASiC-S", Verdict.NO_SIGNATURE, {"timestamp-only"})
    assert [(t.kind, t.verdict) for t in found.timestamps] == [("document", PASSED)]
    wrong = of(bench, simple(bench) | {"数量.csv": b"other", "META-INF/timestamp.tst": token})
    assert [t.verdict for t in wrong.timestamps] == [FAILED]
    broken = of(bench, simple(bench) | {"META-INF/timestamp.tst": b"\x30\x00"})
    assert [t.verdict for t in broken.timestamps] == [FAILED]


# --- ASiC-E with CAdES ---------------------------------------------------------------------------------------------------


def manifest(over: dict[str, bytes], signature: str) -> bytes:
    references = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{b64encode(hashlib.sha256(data).digest()).decode()}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in over.items()
    )
    return (
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{signature}"/>{references}</asic:ASiCManifest>'
    ).encode()


def extended(bench: AsicBench) -> dict[str, bytes]:
    files = {"a.csv": CONTENT, "図面.dwg": b"x" * 99}
    name = "META-INF/signature001.p7s"
    over = manifest(files, name)
    return {
        "mimetype": ASIC_E,
        **files,
        "META-INF/ASiCManifest001.xml": over,
        name: timestamped(signed(bench, over), bench.pki),
    }


def archived_container(bench: AsicBench, entries: dict[str, bytes]) -> dict[str, bytes]:
    stamp = "META-INF/timestamp001.tst"
    over = manifest({name: data for name, data in entries.items() if name != "mimetype"}, stamp)
    token = make_token(bench.pki.tsa, hashlib.sha256(over).digest())
    return entries | {"META-INF/ASiCArchiveManifest.xml": over, stamp: token}


def test_extended_with_cades(bench: AsicBench) -> None:
    found = of(bench, extended(bench))
    assert (found.format, found.verdict, found.level, found.findings) == ("ASiC-E", PASSED, "CAdES-B-T", ())
    assert found.signatures[0].covers_whole_document


CHANGES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "changed file": lambda e: e.update({"a.csv": b"1"}),
    "added file": lambda e: e.update({"b.csv": b"1"}),
    "hidden file": lambda e: e.update({"META-INF/b.csv": b"1"}),
    "removed file": lambda e: e.pop("a.csv"),
    "renamed file": lambda e: e.update({"b.csv": e.pop("a.csv")}),
    "changed manifest": lambda e: e.update({"META-INF/ASiCManifest001.xml": manifest({"a.csv": b"1"}, "META-INF/signature001.p7s")}),
    "manifest of less": lambda e: e.update({"META-INF/ASiCManifest001.xml": manifest({}, "META-INF/signature001.p7s")}),
    "removed manifest": lambda e: e.pop("META-INF/ASiCManifest001.xml"),
    "two manifests": lambda e: e.update({"META-INF/ASiCManifest002.xml": e["META-INF/ASiCManifest001.xml"]}),
    "manifest of nothing": lambda e: e.update({"META-INF/ASiCManifest001.xml": b"<a/>"}),
    "broken signature": lambda e: e.update({"META-INF/signature001.p7s": b"\x30\x00"}),
    "another's signature": lambda e: e.update({"META-INF/signature002.p7s": e["META-INF/signature001.p7s"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_extended_with_changes(bench: AsicBench, name: str) -> None:
    entries = extended(bench)
    CHANGES[name](entries)
    assert of(bench, entries).verdict in (FAILED, OPEN)


def test_an_archive_manifest(bench: AsicBench) -> None:
    entries = archived_container(bench, extended(bench))
    found = of(bench, entries)
    assert (found.verdict, [t.kind for t in found.timestamps]) == (PASSED, ["signature", "document"])
    wrong = archived_container(bench, extended(bench) | {"META-INF/signature001.p7s": b"\x30\x00"})
    found = of(bench, wrong | {"META-INF/signature001.p7s": entries["META-INF/signature001.p7s"]})
    assert (found.verdict, [t.verdict for t in found.timestamps]) == (OPEN, [PASSED, FAILED])


def test_a_timestamp_over_a_manifest(bench: AsicBench) -> None:
    entries = extended(bench)
    del entries["META-INF/signature001.p7s"]
    over = manifest({n: entries[n] for n in ("a.csv", "図面.dwg")}, "META-INF/timestamp.tst")
    entries["META-INF/ASiCManifest001.xml"] = over
    entries["META-INF/timestamp.tst"] = make_token(bench.pki.tsa, hashlib.sha256(over).digest())
    found = of(bench, entries)
    assert (found.verdict, [t.verdict for t in found.timestamps]) == (Verdict.NO_SIGNATURE, [PASSED])
    assert [t.verdict for t in of(bench, entries | {"b.csv": b""}).timestamps] == [FAILED]


def test_evidence_records_are_told_of(bench: AsicBench) -> None:
    found = of(bench, extended(bench) | {"META-INF/evidencerecord001.ers": b"\x30\x00"})
    assert (found.verdict, codes(found)) == (PASSED, {"not-looked-at"})
