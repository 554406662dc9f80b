"""The evidence file: made from real signatures, checked again without a network, and every alteration told."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from econtract_core.rules.errors import OutputExists, UnsupportedDocument
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.forms.evidence_page import evidence_page
from econtract_desktop.ports.progress import NoProgress
from econtract_desktop.services.evidence import EvidenceCheck, MakeEvidence
from econtract_desktop.texts import Texts, table
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

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
    texts = Texts(language)
    return MakeEvidence(verifier, lambda report: evidence_page(report, texts), lambda: datetime.now(UTC), lambda: 1 / 0)  # type: ignore[arg-type,return-value]


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
    assert [d.verdict for d in found.documents] == ["TOTAL-PASSED"] * 2
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
    assert [(d.found, d.same_verdict) for d in found.documents] == [(False, False), (True, True)]
    assert found.unknown == (str(one),)


def test_every_altered_word_of_the_page_is_told(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    evidence, one, two = made
    text = evidence.read_text(encoding="utf-8")
    place = text.index("有効です")
    for changed in (text[:place] + "無効です" + text[place + 4 :], text + " ", text.replace("<h1>", "<h1 >")):
        evidence.write_text(changed, encoding="utf-8", newline="\n")
        found = check(bench, evidence, one, two)
        assert not found.page_untouched
        assert not found.holds


def test_altered_data_does_not_make_a_verdict(bench: Bench, made: tuple[Path, Path, Path]) -> None:
    """Whoever rewrites the data has to live with what the files say."""
    evidence, one, two = made
    before, data, after = re.split(
        r'(?<=<template id="evidence-data">)(.*)(?=</template>)', evidence.read_text("utf-8"), flags=re.DOTALL
    )
    told = json.loads(html.unescape(data))
    told["documents"][0]["verdict"]["signatures"][0]["signer"] = "somebody else"
    evidence.write_text(before + html.escape(json.dumps(told)) + after, encoding="utf-8", newline="\n")
    found = check(bench, evidence, one, two)
    assert found.page_untouched
    assert [d.same_verdict for d in found.documents] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no evidence",
        '<template id="evidence-data">{"format": 1}</template>',
        '<template id="evidence-data">[[[</template>',
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
