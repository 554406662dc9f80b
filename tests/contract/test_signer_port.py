"""The port Signer, on the adapter that writes PAdES."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import (
    ActiveContent,
    CardCannotSign,
    CardRemoved,
    CertificateNotValid,
    DocumentEncrypted,
    DocumentLocked,
    EcontractError,
    FileNotReadable,
    NotAPdf,
    OutputExists,
    SelfCheckFailed,
    SigningFailed,
    TimestampUnreachable,
)
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.ports.signer import Signer, SignOptions
from tests.fakes import documents
from tests.fakes.evidence_pki import DAY, TSA_URL, TestPki, now
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

SHARED = Path(__file__).parents[2].parent / "shared/data/pdf"


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def left_over(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name != "contract.pdf")


def refuse(bench: Bench, data: bytes, kind: type[EcontractError]) -> EcontractError:
    """Refused by the check before the PIN and by signing itself, without a trace and without a word to the card."""
    source = bench.folder / "contract.pdf"
    source.write_bytes(data)
    with pytest.raises(kind) as caught:
        bench.signer.check_signable(source)
    card = KeyCard(bench.person)
    with pytest.raises(kind):
        bench.signer.sign(source, bench.folder / "out.pdf", card, SignOptions())
    assert card.signed == []
    assert left_over(bench.folder) == []
    assert source.read_bytes() == data
    assert str(source) == caught.value.facts["file"]
    return caught.value


def test_the_result_is_whole_and_described(bench: Bench) -> None:
    port: Signer = bench.signer
    before = bench.source.read_bytes()
    found = port.sign(
        bench.source, bench.folder / "deep/er/out.pdf", KeyCard(bench.person), SignOptions(reason="請負契約")
    )
    data = found.output.read_bytes()
    assert data.startswith(before)
    assert bench.source.read_bytes() == before
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (found.format, found.level, found.inputs) == ("PDF", "PAdES-B-T", (bench.source,))
    assert found.timestamp is not None
    assert abs(found.timestamp - found.signed_at) < timedelta(minutes=1)
    assert bench.verify(found.output).verdict is Verdict.TOTAL_PASSED
    assert left_over(found.output.parent) == ["out.pdf"]


def test_an_elliptic_key_signs_too(bench: Bench) -> None:
    person = bench.pki.person(key=ec.generate_private_key(ec.SECP256R1()))
    assert bench.verify(bench.sign(person=person).output).verdict is Verdict.TOTAL_PASSED


def test_signing_twice_makes_two_fields(bench: Bench) -> None:
    once = bench.sign()
    twice = bench.sign(once.output, "twice.pdf")
    assert twice.output.read_bytes().startswith(once.output.read_bytes())
    assert [s.field for s in bench.verify(twice.output).signatures] == ["econtract-1", "econtract-2"]


def test_a_file_without_a_last_line_end(bench: Bench) -> None:
    bench.source.write_bytes(documents.plain().rstrip(b"\n"))
    found = bench.sign()
    assert found.output.read_bytes().startswith(bench.source.read_bytes())
    assert bench.verify(found.output).verdict is Verdict.TOTAL_PASSED


@pytest.mark.skipif(which("pdfsig") is None, reason="poppler's pdfsig is not installed")
def test_poppler_agrees(bench: Bench) -> None:
    first = bench.sign()
    second = bench.sign(first.output, "both.pdf", person=bench.pki.person("佐藤 花子"))
    told = subprocess.run(["pdfsig", second.output], capture_output=True, text=True, check=False).stdout
    assert told.count("Signature is Valid.") == 2
    assert told.count("ETSI.CAdES.detached") == 2
    assert told.count("- Total document signed") == 1


def test_reasons_why_not(bench: Bench) -> None:
    refuse(bench, b"hello", NotAPdf)
    refuse(bench, b"", NotAPdf)
    refuse(bench, documents.plain()[:300], NotAPdf)
    script = b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (1) >> >>"
    problem = refuse(bench, documents.plain(catalog=script), ActiveContent)
    assert problem.facts["kinds"] == ["script"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
@pytest.mark.parametrize("name", ["minimal-aes256.pdf", "minimal-rc4.pdf", "minimal-with-field-aes256.pdf"])
def test_encrypted(bench: Bench, name: str) -> None:
    refuse(bench, (SHARED / "pyhanko" / name).read_bytes(), DocumentEncrypted)


def locked(bench: Bench, lock: bytes) -> bytes:
    """A signed document whose signature dictionary carries a lock, as another program would have made it: the lock goes in
    before the signature is looked at, so the signature itself is broken; the lock counts all the same."""
    data = bench.sign(name="first.pdf").output.read_bytes()
    (bench.folder / "first.pdf").unlink()
    place = data.index(b"/Type /Sig")
    number = int(data[:place].rsplit(b" 0 obj", 1)[0].rsplit(b"\n", 1)[1])
    end = data.index(b"endobj", place)
    dictionary = data[data.rindex(b"<<", 0, place) : end].rstrip()
    return documents.updated(data, {number: dictionary[:-2] + lock + b">>"})


LOCKS = {
    "certified, no changes": b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P 1 /V /1.2 >> >>]",
    "all fields": b"/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /All >> >>]",
    "our next field": b"/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /Include /Fields [(econtract-2)] >> >>]",
    "all but others": b"/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /Exclude /Fields [(other)] >> >>]",
}


@pytest.mark.parametrize("lock", LOCKS)
def test_an_earlier_lock_is_kept(bench: Bench, lock: str) -> None:
    problem = refuse(bench, locked(bench, LOCKS[lock]), DocumentLocked)
    assert problem.facts["by"] == "econtract-1"


def test_a_lock_of_other_fields_is_none_of_ours(bench: Bench) -> None:
    lock = b"/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action /Include /Fields [(other)] >> >>]"
    problem = refuse(bench, locked(bench, lock), ActiveContent)
    assert problem.facts["kinds"] == ["earlier-signature-broken"]  # and not because it were locked


def test_missing_source(bench: Bench) -> None:
    with pytest.raises(FileNotReadable):
        bench.sign(bench.folder / "nothing.pdf")
    assert left_over(bench.folder) == []


def test_another_file_stands_there(bench: Bench) -> None:
    target = bench.folder / "signed.pdf"
    target.write_bytes(b"mine")
    card = KeyCard(bench.person)
    with pytest.raises(OutputExists):
        bench.signer.sign(bench.source, target, card, SignOptions())
    assert (target.read_bytes(), card.signed) == (b"mine", [])


def test_a_file_that_comes_to_stand_there_meanwhile_is_kept(bench: Bench) -> None:
    target = bench.folder / "signed.pdf"

    class Slow(KeyCard):
        def sign(self, message: bytes) -> CardSignature:
            target.write_bytes(b"mine")
            return super().sign(message)

    with pytest.raises(OutputExists):
        bench.signer.sign(bench.source, target, Slow(bench.person), SignOptions())
    assert target.read_bytes() == b"mine"
    assert left_over(bench.folder) == ["signed.pdf"]


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
def test_a_certificate_out_of_its_time(bench: Bench, days: tuple[int, int]) -> None:
    person = bench.pki.person(not_before=now() + days[0] * DAY, not_after=now() + days[1] * DAY)
    card = KeyCard(person)
    with pytest.raises(CertificateNotValid) as caught:
        bench.signer.sign(bench.source, bench.folder / "out.pdf", card, SignOptions())
    assert set(caught.value.facts) == {"not_before", "not_after"}
    assert (card.signed, left_over(bench.folder)) == ([], [])


def test_a_certificate_that_may_not_sign(bench: Bench) -> None:
    from cryptography import x509

    usage = x509.KeyUsage(False, False, True, False, False, False, False, False, False)
    card = KeyCard(bench.pki.person(extensions=(usage,)))
    with pytest.raises(CardCannotSign):
        bench.signer.sign(bench.source, bench.folder / "out.pdf", card, SignOptions())
    assert card.signed == []


def test_a_card_that_goes_away_leaves_nothing(bench: Bench) -> None:
    class Gone(KeyCard):
        def sign(self, message: bytes) -> CardSignature:
            raise CardRemoved(reader="here")

    with pytest.raises(CardRemoved):
        bench.signer.sign(bench.source, bench.folder / "out.pdf", Gone(bench.person), SignOptions())
    assert left_over(bench.folder) == []


def test_a_card_that_signs_something_else_is_caught(bench: Bench) -> None:
    class Wrong(KeyCard):
        def sign(self, message: bytes) -> CardSignature:
            return super().sign(message + b"!")

    with pytest.raises(SelfCheckFailed):
        bench.signer.sign(bench.source, bench.folder / "out.pdf", Wrong(bench.person), SignOptions())
    assert left_over(bench.folder) == []


def test_no_timestamp_leaves_nothing(bench: Bench) -> None:
    bench.http.site["POST", TSA_URL] = HttpAnswer(503, {}, b"")
    with pytest.raises(TimestampUnreachable):
        bench.sign()
    assert left_over(bench.folder) == []


def test_no_timestamp_service_is_told_before_the_card_signs(bench: Bench) -> None:
    card = KeyCard(bench.person)
    with pytest.raises(TimestampUnreachable):
        PadesSigner(None).sign(bench.source, bench.folder / "out.pdf", card, SignOptions())
    assert card.signed == []


def test_a_timestamp_of_something_else_is_caught(bench: Bench) -> None:
    class Other:
        def token(self, imprint: bytes) -> bytes:
            return bench.timestamper.token(bytes(32))

    with pytest.raises(SelfCheckFailed):
        PadesSigner(Other()).sign(bench.source, bench.folder / "out.pdf", KeyCard(bench.person), SignOptions())
    assert left_over(bench.folder) == []


def test_levels_that_are_not_made_yet(bench: Bench) -> None:
    with pytest.raises(SigningFailed):
        bench.sign(level="B-LTA")


def test_a_signature_too_large_for_its_room(bench: Bench) -> None:
    signer = PadesSigner(bench.timestamper, lambda _certificate: (bytes(20_000),))
    with pytest.raises(SigningFailed):
        signer.sign(bench.source, bench.folder / "out.pdf", KeyCard(bench.person), SignOptions())
    assert left_over(bench.folder) == []
