"""A document that keeps a place for the signature: a form's own empty signature field is filled, once."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest

from econtract_core.evidence.pdf.additions import besides_signature
from econtract_core.evidence.pdf.reading import OpenPdf, look, resolve
from econtract_core.evidence.verdict import Verdict
from econtract_desktop.ports.signer import LEVELS, Mark
from tests.fakes.documents import page, plain
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

FIELD = b"<< /FT /Sig /T <FEFF75326B04> /Subtype /Widget /Rect [300 100 500 160] /P 3 0 R /F 4 %s >>"


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def form(folder: Path, *fields: bytes, form_is_indirect: bool = False, extra: bytes = b"") -> Path:
    names = b" ".join(b"%d 0 R" % number for number in range(6, 6 + len(fields)))
    inside = b"<< /Fields [%s] >>" % names
    catalog = b"<< /Type /Catalog /Pages 2 0 R /AcroForm %s >>" % (
        b"%d 0 R" % (6 + len(fields)) if form_is_indirect else inside
    )
    more = (*fields, inside) if form_is_indirect else fields
    path = folder / "form.pdf"
    path.write_bytes(plain(*more, catalog=catalog, first_page=page(b"/Annots [%s] %s" % (names, extra))))
    return path


def names(file: Path) -> list[str]:
    with OpenPdf(file) as pdf:
        fields = look(look(pdf.reader.root, "/AcroForm"), "/Fields")
        return [str(look(resolve(raw), "/T")) for raw in list.copy(fields)]


@pytest.mark.parametrize("indirect", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_the_form_s_place_is_taken(bench: Bench, level: str, indirect: bool) -> None:
    source = form(bench.folder, FIELD % b"", form_is_indirect=indirect)
    made = bench.sign(source, level=level).output
    assert names(made)[0] == "甲欄"
    with OpenPdf(made) as pdf:
        first, *later = pdf.signatures()
    assert first.field == names(source)[0]
    assert [s.kind for s in later] == (["document"] if level == "B-LTA" else [])
    verdict = bench.verify(made)
    assert verdict.verdict is Verdict.TOTAL_PASSED
    assert verdict.findings == ()


def test_the_mark_stands_in_it(bench: Bench) -> None:
    source = form(bench.folder, FIELD % b"")
    made = bench.sign(source, level="B-T", mark=Mark()).output
    assert bench.verify(made).verdict is Verdict.TOTAL_PASSED
    with OpenPdf(made) as pdf:
        field = resolve(list.copy(look(look(pdf.reader.root, "/AcroForm"), "/Fields"))[0])
        assert [float(v) for v in look(field, "/Rect")] == [300, 100, 500, 160]
        assert [float(v) for v in look(look(look(field, "/AP"), "/N"), "/BBox")] == [0, 0, 200, 60]


@pytest.mark.parametrize(
    "fields",
    [
        (FIELD % b"", (FIELD % b"").replace(b"6B04", b"6B05")),  # which of two is nobody's to guess
        (FIELD % b"/SV << /Type /SV >>",),
        (FIELD % b"/Lock << /Action /All >>",),
        ((FIELD % b"").replace(b"/F 4", b"/F 2"),),
        ((FIELD % b"").replace(b"/P 3 0 R", b""),),
    ],
)
def test_a_place_that_is_not_plain_is_left_alone(bench: Bench, fields: tuple[bytes, ...]) -> None:
    source = form(bench.folder, *fields)
    made = bench.sign(source, level="B-T").output
    assert "econtract-1" in names(made)
    assert bench.verify(made).verdict is Verdict.TOTAL_PASSED


def test_the_second_party_s_signature_stands_beside_it(bench: Bench) -> None:
    source = form(bench.folder, FIELD % b"")
    first = bench.sign(source, level="B-T").output
    second = bench.sign(first, name="second.pdf", level="B-T").output
    assert bench.verify(second).verdict is Verdict.TOTAL_PASSED
    assert names(second) == [*names(source), "econtract-1"]


def test_a_contract_s_place_is_left_alone(bench: Bench) -> None:
    """Both sides hold what was added against what was offered, and a filled field is another one than was offered."""
    source = form(bench.folder, FIELD % b"")
    made = bench.sign(source, level="B-T", form_field=False).output
    assert names(made) == [*names(source), "econtract-1"]
    assert besides_signature(source, made) == ""


@pytest.mark.skipif(which("pdfsig") is None or which("qpdf") is None, reason="pdfsig or qpdf is not installed")
def test_others_see_it_so(bench: Bench) -> None:
    made = bench.sign(form(bench.folder, FIELD % b""), level="B-LTA", mark=Mark()).output
    told = subprocess.run(["pdfsig", "-nocert", str(made)], capture_output=True, text=True, check=False).stdout
    assert told.count("Signature is Valid") >= 1
    assert subprocess.run(["qpdf", "--check", str(made)], capture_output=True, check=False).returncode == 0
