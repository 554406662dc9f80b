"""Files nobody here wrote: each is signed and verified, or refused for a reason that was looked at and is true."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest

from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import EcontractError
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

DOCUMENTS = Path(__file__).parents[2].parent / "shared/data/pdf"

# Every refusal, with what was seen when the file was opened by hand. All other files must come out signed and valid.
REFUSED = {
    "pdfjs/GHOSTSCRIPT-698804-1-fuzzed.pdf": ("NotAPdf", "fuzzed cross-reference table: generation 65536, a subsection at 4294967296"),
    "pdfjs/PDFBOX-4352-0.pdf": ("NotAPdf", "fuzzed: a cross-reference stream whose /W has one number"),
    "pdfjs/Pages-tree-refs.pdf": ("NotAPdf", "page tree: 3 → 4 → 5 → 3, the testcase 'Pages loop'"),
    "pdfjs/REDHAT-1531897-0.pdf": ("NotAPdf", "a stream without end; poppler cannot open it either"),
    "pdfjs/acroform_calculation_order.pdf": ("ActiveContent", "a calculation order"),
    "pdfjs/annotation-button-widget.pdf": ("ActiveContent", "XFA and scripts"),
    "pdfjs/annotation-choice-widget.pdf": ("ActiveContent", "XFA and scripts"),
    "pdfjs/annotation-text-widget.pdf": ("ActiveContent", "XFA and scripts"),
    "pdfjs/autoprint.pdf": ("ActiveContent", "a script that prints when opened"),
    "pdfjs/dates_save.pdf": ("ActiveContent", "scripts in fields"),
    "pdfjs/doc_actions.pdf": ("ActiveContent", "scripts of document and pages"),
    "pdfjs/empty_protected.pdf": ("DocumentEncrypted", "opens without a password, but encrypted"),
    "pdfjs/encrypted-attachment.pdf": ("NotAPdf", "startxref says 2242, the table is at 2223 (and its attachment is encrypted)"),
    "pdfjs/evaljs.pdf": ("ActiveContent", "scripts in fields"),
    "pdfjs/helloworld-bad.pdf": ("NotAPdf", "startxref says 492, the table is at 544"),
    "pdfjs/issue13269.pdf": ("ActiveContent", "scripts in fields"),
    "pdfjs/issue14307.pdf": ("ActiveContent", "scripts in fields"),
    "pdfjs/js-authors.pdf": ("ActiveContent", "scripts of document and fields"),
    "pdfjs/js-buttons.pdf": ("ActiveContent", "scripts of document and fields"),
    "pdfjs/js-colors.pdf": ("ActiveContent", "scripts of document and fields"),
    "pyhanko/broken-objstream1.pdf": ("NotAPdf", "the page tree lies in an object stream without index; poppler finds no page"),
    "pyhanko/circular-page-tree.pdf": ("NotAPdf", "page tree in circles"),
    "pyhanko/minimal-aes256.pdf": ("DocumentEncrypted", "password"),
    "pyhanko/minimal-badxref.pdf": ("ActiveContent", "lines of 19, 20 and 21 bytes in one cross-reference table"),
    "pyhanko/minimal-rc4.pdf": ("DocumentEncrypted", "password"),
    "pyhanko/minimal-startxref-hopeless.pdf": ("NotAPdf", "startxref leads nowhere"),
    "pyhanko/minimal-with-field-aes256.pdf": ("DocumentEncrypted", "password"),
}  # fmt: skip

FILES = sorted(str(p.relative_to(DOCUMENTS)) for p in DOCUMENTS.rglob("*.pdf")) if DOCUMENTS.is_dir() else []
pytestmark = pytest.mark.skipif(not FILES, reason="the shared documents are not here")


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def test_the_table_speaks_of_files_that_are_there() -> None:
    assert set(REFUSED) <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_signed_and_valid_or_refused_for_a_true_reason(bench: Bench, name: str) -> None:
    source = DOCUMENTS / name
    before = source.read_bytes()
    if name in REFUSED:
        with pytest.raises(EcontractError) as caught:
            bench.signer.check_signable(source)
        assert type(caught.value).__name__ == REFUSED[name][0], caught.value
        with pytest.raises(type(caught.value)):
            bench.sign(source)
        assert not (bench.folder / "signed.pdf").exists()
        assert bench.verify(source).verdict is not Verdict.TOTAL_PASSED
        return
    found = bench.signer.check_signable(source)
    signed = bench.sign(source).output
    assert found.safe_to_sign
    assert signed.read_bytes().startswith(before)
    assert bench.verify(signed).verdict is Verdict.TOTAL_PASSED
    if which("pdfsig"):
        told = subprocess.run(["pdfsig", signed], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid." in told
        assert "- Total document signed" in told


@pytest.mark.parametrize("name", [n for n in FILES if n not in REFUSED])
def test_signed_twice_both_hold(bench: Bench, name: str) -> None:
    """Another person signs after the first, as officer and contractor do."""
    once = bench.sign(DOCUMENTS / name, "once.pdf").output
    twice = bench.sign(once, "twice.pdf").output
    found = bench.verify(twice)
    assert [s.verdict for s in found.signatures] == [Verdict.TOTAL_PASSED] * 2, found.findings
