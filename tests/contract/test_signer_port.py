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
    NoSignature,
    NotAPdf,
    OutputExists,
    SelfCheckFailed,
    SignatureInvalid,
    SigningFailed,
    TimestampUnreachable,
)
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.ports.signer import LEVELS, Signer, SignOptions, State
from tests.fakes import documents
from tests.fakes.evidence_pki import CRL_URL, DAY, OCSP_URL, TSA_URL, TestPki, now
from tests.fakes.http import Sent
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


def test_a_level_nobody_knows(bench: Bench) -> None:
    with pytest.raises(SigningFailed):
        bench.sign(level="B-X")


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_reached_and_verifies(bench: Bench, level: str) -> None:
    found = bench.sign(level=level)
    assert (found.level, found.state) == (f"PAdES-{level}", State.COMPLETE)
    verdict = bench.verify(found.output, informed=level in ("B-B", "B-T"))
    assert (verdict.verdict, verdict.level) == (Verdict.TOTAL_PASSED, f"PAdES-{level}"), verdict.findings
    assert verdict.sha256 == found.sha256


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("start", LEVELS)
def test_every_level_can_be_raised_to_every_higher_one(bench: Bench, start: str, level: str) -> None:
    before = bench.sign(level=start).output
    found = bench.signer.extend(before, bench.folder / "more.pdf", level)
    wanted = max(start, level, key=LEVELS.index)
    verdict = bench.verify(found.output, informed=wanted not in LEVELS[2:])
    assert (verdict.verdict, verdict.level) == (Verdict.TOTAL_PASSED, f"PAdES-{wanted}"), verdict.findings
    assert found.output.read_bytes()[: before.stat().st_size] == before.read_bytes() or start == "B-B"


def test_a_kept_signature_gets_its_timestamp_in_place(bench: Bench) -> None:
    options = SignOptions(level="B-T")
    card = KeyCard(bench.person)
    with bench.signer.prepare((bench.source,), bench.folder / "out.pdf", card.certificate.der, options) as signing:
        signing.signed(card.sign(signing.to_sign))
        kept = signing.keep()
    assert (kept.level, kept.state, kept.timestamp) == ("PAdES-B-B", State.TIMESTAMP_WAITING, None)
    found = bench.signer.extend(kept.output, kept.output, "B-T")
    assert (found.level, found.state, found.size) == ("PAdES-B-T", State.COMPLETE, kept.size)
    assert found.signed_at == kept.signed_at
    verdict = bench.verify(kept.output)
    assert (verdict.verdict, verdict.level) == (Verdict.TOTAL_PASSED, "PAdES-B-T")
    assert left_over(bench.folder) == ["out.pdf"]


def test_where_others_signed_behind_it_a_document_timestamp_does(bench: Bench) -> None:
    once = bench.sign(level="B-B")
    twice = bench.sign(once.output, "twice.pdf", level="B-T")
    found = bench.signer.extend(twice.output, bench.folder / "more.pdf", "B-T")
    verdict = bench.verify(found.output)
    assert [s.level for s in verdict.signatures] == ["PAdES-B-T", "PAdES-B-T"]
    assert [t.kind for t in verdict.timestamps] == ["document", "signature"]
    assert verdict.verdict is Verdict.TOTAL_PASSED


def test_an_archive_timestamp_is_renewed_by_the_same_call(bench: Bench) -> None:
    once = bench.sign(level="B-LTA")
    again = bench.signer.extend(once.output, once.output, "B-LTA")
    verdict = bench.verify(again.output, informed=False)
    assert (verdict.verdict, verdict.level) == (Verdict.TOTAL_PASSED, "PAdES-B-LTA")
    assert [t.kind for t in verdict.timestamps].count("document") == 2


def test_without_revocation_data_the_signature_is_kept_and_raised_later(bench: Bench) -> None:
    answers = {key: bench.http.site.pop(key) for key in (("POST", OCSP_URL), ("GET", CRL_URL))}
    found = bench.sign(level="B-LTA")
    assert (found.level, found.state) == ("PAdES-B-T", State.VALIDATION_DATA_WAITING)
    bench.http.site.update(answers)
    later = bench.signer.extend(found.output, found.output, "B-LTA")
    assert (later.level, later.state) == ("PAdES-B-LTA", State.COMPLETE)
    assert bench.verify(found.output, informed=False).verdict is Verdict.TOTAL_PASSED


def test_an_archive_timestamp_that_fails_can_be_tried_again_or_left(bench: Bench) -> None:
    card = KeyCard(bench.person)
    options = SignOptions(level="B-LTA")
    answer, asked = bench.http.site["POST", TSA_URL], []

    def only_once(sent: Sent) -> HttpAnswer:
        asked.append(sent)
        return answer(sent) if len(asked) in (1, 3) else HttpAnswer(503, {}, b"")

    bench.http.site["POST", TSA_URL] = only_once
    outputs = (bench.folder / "again.pdf", bench.folder / "left.pdf")
    for output in outputs:
        with bench.signer.prepare((bench.source,), output, card.certificate.der, options) as signing:
            signing.signed(card.sign(signing.to_sign))
            with pytest.raises(TimestampUnreachable):
                signing.complete()
            found = signing.complete() if output == outputs[0] else signing.keep()
            asked[:] = [] if output == outputs[0] else asked
        level, state = ("B-LTA", State.COMPLETE) if output == outputs[0] else ("B-LT", State.TIMESTAMP_WAITING)
        assert (found.level, found.state) == (f"PAdES-{level}", state)
        assert bench.verify(output, informed=False).verdict is Verdict.TOTAL_PASSED


def test_what_was_not_signed_or_was_altered_is_not_extended(bench: Bench) -> None:
    with pytest.raises(NoSignature):
        bench.signer.extend(bench.source, bench.folder / "more.pdf", "B-LT")
    signed = bench.sign().output
    data = bytearray(signed.read_bytes())
    data[data.index(b"/MediaBox") + 12] ^= 1
    signed.write_bytes(data)
    with pytest.raises((SignatureInvalid, NotAPdf)):
        bench.signer.extend(signed, bench.folder / "more.pdf", "B-LT")
    assert left_over(bench.folder) == ["signed.pdf"]


def test_the_same_arguments_give_the_same_bytes_to_sign(bench: Bench) -> None:
    when, der = now(), KeyCard(bench.person).certificate.der
    seen = set()
    for name in ("a.pdf", "b.pdf"):
        with bench.signer.prepare((bench.source,), bench.folder / name, der, SignOptions(), when) as signing:
            seen.add(signing.to_sign)
    assert len(seen) == 1
    assert left_over(bench.folder) == []


def test_a_signature_too_large_for_its_room(bench: Bench) -> None:
    class Long:
        def token(self, imprint: bytes) -> bytes:
            return bench.timestamper.token(imprint) + bytes(20_000)

    with pytest.raises(SigningFailed):
        PadesSigner(Long()).sign(bench.source, bench.folder / "out.pdf", KeyCard(bench.person), SignOptions())
    assert left_over(bench.folder) == []


def test_a_document_made_ready_is_signed_as_it_was_read(bench: Bench) -> None:
    bench.signer.make_ready(bench.source, bench.folder)
    assert len(left_over(bench.folder)) == 1
    found = bench.sign()
    assert bench.verify(found.output).verdict is Verdict.TOTAL_PASSED
    assert left_over(bench.folder) == ["signed.pdf"]


def test_a_document_that_changed_since_it_was_made_ready_is_read_anew(bench: Bench) -> None:
    bench.signer.make_ready(bench.source, bench.folder)
    bench.source.write_bytes(documents.plain(info=b"<< /Title (Another) >>"))
    found = bench.sign()
    assert found.output.read_bytes().startswith(bench.source.read_bytes())
    assert left_over(bench.folder) == ["signed.pdf"]


def test_what_was_made_ready_and_not_used_is_thrown_away(bench: Bench) -> None:
    bench.signer.make_ready(bench.source, bench.folder)
    bench.signer.close()
    assert left_over(bench.folder) == []
