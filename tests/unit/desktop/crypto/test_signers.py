"""Which signer a file goes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.rules.errors import FileNotReadable, NotAPdf, SignatureInvalid, UnsupportedDocument
from econtract_desktop.crypto.signers import AnySigner
from econtract_desktop.ports.signer import Signer, SignOptions
from tests.fakes.asic_bench import AsicBench
from tests.fakes.evidence_pki import TestPki
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> AsicBench:
    return AsicBench(pki, person, tmp_path)


@pytest.fixture
def pdf(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


@pytest.fixture
def signer(bench: AsicBench, pdf: Bench) -> Signer:
    return AnySigner(pdf.signer, bench.signer)


def test_each_in_its_form(signer: Signer, bench: AsicBench, pdf: Bench) -> None:
    card = KeyCard(bench.person)
    made = [
        signer.sign(pdf.source, bench.folder / "1", card, SignOptions()),
        signer.sign(bench.drawing, bench.folder / "2", card, SignOptions()),
        signer.sign(pdf.source, bench.folder / "3", card, SignOptions(container=True)),
    ]
    assert [m.format for m in made] == ["PDF", "ASiC-E", "ASiC-E"]
    both = (pdf.source, bench.drawing)
    with signer.prepare(both, bench.folder / "4", bench.person.der, SignOptions()) as signing:
        signing.signed(card.sign(signing.to_sign))
        assert signing.complete().inputs == both


def test_a_pdf_under_another_name_and_another_file_under_a_pdfs(signer: Signer, bench: AsicBench, pdf: Bench) -> None:
    renamed = pdf.source.rename(bench.folder / "contract.dat")
    assert signer.sign(renamed, bench.folder / "out", KeyCard(bench.person), SignOptions()).format == "PDF"
    wrong = bench.drawing.rename(bench.folder / "drawing.PDF")
    with pytest.raises(NotAPdf):
        signer.sign(wrong, bench.folder / "out2", KeyCard(bench.person), SignOptions())
    with pytest.raises(NotAPdf):
        signer.check_signable(wrong)


def test_what_may_be_signed(signer: Signer, bench: AsicBench, pdf: Bench) -> None:
    assert signer.check_signable(pdf.source).pages == 1
    drawing = signer.check_signable(bench.drawing)
    assert (drawing.pages, drawing.safe_to_sign, drawing.findings) == (None, True, ())
    with pytest.raises(FileNotReadable):
        signer.check_signable(bench.folder / "nothing")


def test_extending_goes_by_content(signer: Signer, bench: AsicBench) -> None:
    packed = bench.sign(level="B-B").output.rename(bench.folder / "packed.pdf")
    assert signer.extend(packed, bench.folder / "more", "B-T").format == "ASiC-E"
    packed.write_bytes(packed.read_bytes().replace("掘削".encode(), "盛土".encode()))
    with pytest.raises((SignatureInvalid, UnsupportedDocument)):
        signer.extend(packed, bench.folder / "again", "B-T")
