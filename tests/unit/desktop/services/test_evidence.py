"""The evidence file: made from real signatures, checked again without a network, and every alteration told."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from econtract_core.evidence.revocation import Standing
from econtract_core.evidence.verdict import DocumentVerdict
from econtract_core.messages.cases import CaseData, Party
from econtract_core.rules.case import CaseKind
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import OutputExists, UnsupportedDocument
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.forms.evidence_page import evidence_page
from econtract_desktop.ports.evidence import Collected, EvidenceReport
from econtract_desktop.ports.progress import NoProgress
from econtract_desktop.services.evidence import MakeEvidence
from econtract_desktop.services.evidence_check import EvidenceCheck
from econtract_desktop.services.evidence_file import Rests
from econtract_desktop.texts import Texts, table
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench
from tests.unit.desktop.services.test_files_of_contract import Given

NASTY = "<script>alert(1)</script>\"&'.pdf"


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person(name="<b>山田</b> & 太郎")


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def maker(bench: Bench, language: str = "ja") -> MakeEvidence:
    verifier = EvidenceVerifier(lambda: bench.trust, lambda: bench.revocation)

    def page(report: EvidenceReport) -> str:
        return evidence_page(report, Texts(report.language))

    return MakeEvidence(verifier, page, lambda: datetime.now(UTC), lambda: 1 / 0, language)  # type: ignore[arg-type,return-value]


@pytest.fixture
def made(bench: Bench) -> tuple[Path, Path, Path]:
    """(evidence, a B-T file, a B-LTA file)"""
    one = bench.sign(name="one.pdf", level="B-T").output
    two = bench.sign(name="two.pdf", level="B-LTA").output
    out = bench.folder / "evidence.html"
    maker(bench).of_files((one, two), out, NoProgress())
    return out, one, two


def check(bench: Bench, evidence: Path, *files: Path) -> EvidenceCheck:
    return maker(bench).check(evidence, files, NoProgress())


def test_it_holds_without_the_network(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, two = made
    bench.http.site.clear()
    bench.http.sent.clear()
    found = check(bench, evidence, one, two)
    assert found.holds
    assert [d.now.verdict for d in found.documents if d.now] == ["TOTAL-PASSED"] * 2
    assert not any(d.changed for d in found.documents)
    assert bench.http.sent == []


def test_it_is_one_page_without_scripts_or_anything_from_elsewhere(made: tuple[Path, Path, Path]) -> None:
    text = made[0].read_text(encoding="utf-8")
    assert not re.search(r"<script|<img|<link|src=|href=|url\(|@import", text.split('<template id="evidence-data">')[0])
    assert "default-src 'none'" in text
    assert "&lt;b&gt;山田&lt;/b&gt; &amp; 太郎" in text
    assert "⟦" not in text


def test_a_nasty_file_name_stays_a_name(bench: Bench) -> None:
    signed = bench.sign(name="plain.pdf").output.rename(bench.folder / NASTY.replace("/", "_"))
    out = bench.folder / "evidence.html"
    maker(bench, "en").of_files((signed,), out, NoProgress())
    assert "<script" not in out.read_text(encoding="utf-8")
    assert check(bench, out, signed).holds


def test_an_altered_document_and_one_that_is_missing(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, two = made
    data = bytearray(one.read_bytes())
    data[100] ^= 1
    one.write_bytes(data)
    found = check(bench, evidence, one, two)
    assert not found.holds
    assert [d.found for d in found.documents] == [False, True]
    assert found.differences == ()
    assert found.unknown == (str(one),)


def test_what_is_added_beside_the_words_is_told(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, two = made
    text = evidence.read_text(encoding="utf-8")
    hiding = text.replace("</style>", "dd { display: none }</style>")
    for changed in (
        text + " ",
        text.replace("<h1>", "<h1 >"),
        hiding,
        text.replace("</body>", "<p>すべて有効</p></body>"),
    ):
        evidence.write_text(changed, encoding="utf-8", newline="\n")
        found = check(bench, evidence, one, two)
        assert found.differences
        assert not found.holds


def statements(page: str) -> list[tuple[int, int]]:
    """Where each visible word stands that is not the maker's own."""
    shown = page[page.index("<body>") : page.index('<template id="evidence-data">')]
    start = page.index("<body>")
    own = [
        m.span() for m in re.finditer(r'<d[td]>[^<]*</d[td]><dd>[^<]*<small class="own">|<p class="made">[^<]*', shown)
    ]
    found = [m.span(1) for m in re.finditer(r">([^<>]*[^<>\s][^<>]*)<", shown)]
    proven = [(a, b) for a, b in found if not any(x <= a and b <= y for x, y in own)]
    return [(start + a, start + b) for a, b in proven]


def test_a_forger_with_the_program_changes_any_word_and_is_told(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    """Nothing of the file is secret: the forger may write any page with any data. Each proven word is changed in turn."""
    evidence, one, two = made
    text = evidence.read_text(encoding="utf-8")
    places = statements(text)
    assert len(places) > 100
    data = differences_only(bench, evidence, one, two)
    for start, end in places:
        word = text[start:end]
        forged = f"{text[:start]}{word[:-1]}偽{text[end:]}"
        assert data(forged), word


def differences_only(bench: Bench, evidence: Path, *files: Path) -> Callable[[str], bool]:
    """Whether a forged text is told, with verifying done once: what differs is the text alone."""
    moment = datetime.now(UTC)
    verifier = Remembering(EvidenceVerifier(lambda: bench.trust, lambda: bench.revocation))
    make = MakeEvidence(
        verifier,  # type: ignore[arg-type]
        lambda report: evidence_page(report, Texts(report.language)),
        lambda: moment,
        lambda: 1 / 0,  # type: ignore[arg-type,return-value]
    )

    def told(text: str) -> bool:
        evidence.write_text(text, encoding="utf-8", newline="\n")
        found = make.check(evidence, files, NoProgress())
        return not found.holds and bool(found.differences)

    return told


class Remembering:
    """Verifies each question once."""

    def __init__(self, verifier: EvidenceVerifier) -> None:
        self._verifier = verifier
        self._known: dict[object, DocumentVerdict] = {}

    def again(self, file: Path, at: datetime, rests: Rests) -> DocumentVerdict:
        key = (file, at, rests)
        if key not in self._known:
            self._known[key] = self._verifier.again(file, at, rests)
        return self._known[key]


def forged_data(text: str, change: Callable[[dict[str, Any]], None]) -> str:
    before, data, after = re.split(r'(?<=<template id="evidence-data">)(.*)(?=</template>)', text, flags=re.DOTALL)
    told = json.loads(html.unescape(data))
    change(told)
    return before + html.escape(json.dumps(told, indent=1)) + after


def test_a_page_made_by_the_program_itself_from_forged_verdicts_is_told(
    bench: Bench, made: tuple[Path, Path, Path]
) -> None:
    """The strongest forger: the true program, fed a verdict that says what the forger likes; page and data fit each other."""
    evidence, one, two = made
    evidence.unlink()

    class Lying(EvidenceVerifier):
        def collect(self, file: Path) -> Collected:
            true = super().collect(file)
            first, *rest = true.verdict.signatures
            name = replace(first, signer="偽造 花子")
            return replace(true, verdict=replace(true.verdict, signatures=(name, *rest)))

    liar = MakeEvidence(
        Lying(lambda: bench.trust, lambda: bench.revocation),
        lambda report: evidence_page(report, Texts(report.language)),
        lambda: datetime.now(UTC),
        lambda: 1 / 0,  # type: ignore[arg-type,return-value]
    )
    liar.of_files((one, two), evidence, NoProgress())
    found = check(bench, evidence, one, two)
    assert not found.holds
    assert [(d.document, "偽造 花子" in d.said, "山田" in d.proven) for d in found.differences] == [
        (1, True, True),
        (2, True, True),
    ]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_reader_learns_who_issued_what_and_why_it_counts(bench: Bench, language: str) -> None:
    signed = bench.sign(name="one.pdf", level="B-LTA").output
    out = bench.folder / "evidence.html"
    report = maker(bench, language).of_files((signed,), out, NoProgress())
    text = html.unescape(out.read_text(encoding="utf-8"))
    assert "⟦" not in text
    proof = report.documents[0].proof
    assert proof is not None
    (signature,) = proof.verdict.signatures
    leaf, issuing, anchor = signature.chain
    assert signature.serial == leaf.serial == f"{bench.person.certificate.serial_number:x}"
    assert (leaf.standing, leaf.answered_by in ("crl", "ocsp")) == ("good", True)
    assert leaf.answered_at is not None
    for word in (leaf.serial, issuing.serial, anchor.serial, anchor.sha256, anchor.subject):
        assert word in text
    assert f"{leaf.answered_at.astimezone(JST):%Y-%m-%d %H:%M:%S} JST" in text
    assert all(t.chain for t in proof.verdict.timestamps)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_standing_has_its_words(language: str) -> None:
    assert {f"standing_{standing.value}" for standing in Standing} <= table(language, "evidence").keys()


def test_what_only_the_maker_says_is_said_to_be_so(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    """Title and name can be changed in page and data alike; they are shown as the maker's own words in page and result."""
    evidence, one, two = made
    text = evidence.read_text(encoding="utf-8")
    mark = '<dd>one.pdf <small class="own">作成者の申告</small></dd>'
    assert text.count(mark) == 2
    evidence.write_text(text.replace("one.pdf", "別の契約書.pdf"), encoding="utf-8", newline="\n")
    assert not check(bench, evidence, one, two).holds  # the data says another name
    evidence.unlink()
    renamed = one.rename(one.with_name("別の契約書.pdf"))
    maker(bench).of_files((renamed, two), evidence, NoProgress())
    found = check(bench, evidence, renamed.rename(one), two)
    assert found.holds
    assert ("named", "別の契約書.pdf") in found.own


def test_data_that_lacks_what_the_page_rests_on_is_told(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, two = made

    def without(told: dict[str, Any]) -> None:
        told["documents"][0]["crls"], told["documents"][0]["ocsps"] = [], []

    evidence.write_text(forged_data(evidence.read_text("utf-8"), without), encoding="utf-8", newline="\n")
    found = check(bench, evidence, one, two)
    assert {d.document for d in found.differences} >= {1}
    assert found.documents[0].now is not None
    assert found.documents[0].now.verdict == "INDETERMINATE"


def test_the_moment_of_checking_is_the_checkers(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, two = made
    late = maker(bench).check(evidence, (one, two), NoProgress(), datetime.now(UTC) + timedelta(days=365 * 30))
    assert late.holds  # what the page says of then
    assert [d.changed for d in late.documents] == [True, True]
    early = maker(bench).check(evidence, (one, two), NoProgress(), datetime.now(UTC) - timedelta(hours=1))
    assert early.future
    assert not early.holds


def test_two_documents_with_the_same_bytes(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    _, one, _ = made
    copy = one.with_name("copy.pdf")
    copy.write_bytes(one.read_bytes())
    out = bench.folder / "twice.html"
    maker(bench).of_files((one, copy), out, NoProgress())
    assert check(bench, out, one, copy).holds
    assert check(bench, out, copy).holds  # the bytes are at hand


class OneCase:
    """`services.cases.Cases`, as far as evidence asks it."""

    def __init__(self, case: CaseData) -> None:
        self._case = case

    def find(self, name: str) -> CaseData:
        return self._case


def test_a_case_names_its_documents_as_its_reader_has_them(tmp_path: Path) -> None:
    given = Given(tmp_path)
    contract = given.contract(given.bench.sign().output)
    case = CaseData(
        case_id="c1",
        number="2026-83-0153",
        title="国道20号 橋補修工事",
        kind=CaseKind.WORKS,
        place="東京都",
        body=Party(organization_id="b1", organization="関東地方整備局"),
        contractors=(Party(organization_id="o1", organization="あおば橋建設株式会社"),),
        amount=1,
        tax=0,
        term_from=None,
        term_to=date(2027, 6, 30),
        contacts=(),
        revision=1,
        contracts=(contract,),
    )
    make = MakeEvidence(
        EvidenceVerifier(lambda: given.bench.trust, lambda: given.bench.revocation),
        lambda report: evidence_page(report, Texts(report.language)),
        lambda: datetime.now(UTC),
        lambda: (OneCase(case), given.files),  # type: ignore[arg-type,return-value]
    )
    out = tmp_path / "evidence.html"
    make.of_case("2026-83-0153", out, NoProgress())
    (_, saved), *_ = given.files.save(contract, tmp_path / "saved")
    assert f"'./{saved.name}'" in html.unescape(out.read_text("utf-8"))
    found = make.check(out, (saved,), NoProgress())
    assert found.holds
    assert {("case_title", "国道20号 橋補修工事"), ("body", "関東地方整備局"), ("named", "工事請負契約書")} <= set(
        found.own
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no evidence",
        '<template id="evidence-data">{"format": 1}</template>',
        '<template id="evidence-data">[[[</template>',
        '<template id="evidence-data">{"format": 2, "documents": [{}]}</template>',
        '<template id="evidence-data">7</template>' * 2,
    ],
)
def test_what_is_no_evidence_file_is_said_to_be_none(bench: Bench, text: str) -> None:
    file = bench.folder / "other.html"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnsupportedDocument):
        check(bench, file)


def test_nothing_is_overwritten(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, _ = made
    with pytest.raises(OutputExists):
        maker(bench, "en").of_files((one,), evidence, NoProgress())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_deed_of_a_case_has_its_words(language: str) -> None:
    from econtract_core.rules.contract import Action

    assert {f"deed_{action.value}" for action in Action} <= table(language, "evidence").keys()


def test_another_version_s_wording_is_told_as_such(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    """Years later the words differ, and nobody has forged anything; the verdicts made anew say what counts."""
    evidence, *files = made
    assert check(bench, evidence, *files).made_by == ""
    text = evidence.read_text(encoding="utf-8")

    def older(data: dict[str, Any]) -> None:
        data["program"] = "0.0.1"

    evidence.write_text(forged_data(text, older), encoding="utf-8")
    found = check(bench, evidence, *files)
    assert (found.made_by, found.holds) == ("0.0.1", True)
    evidence.write_text(forged_data(text, older).replace("</h2>", " …</h2>", 1), encoding="utf-8")
    found = check(bench, evidence, *files)
    assert found.made_by == "0.0.1"
    assert found.differences  # told all the same: whoever forges can claim any version
    assert all(document.then is not None for document in found.documents)
