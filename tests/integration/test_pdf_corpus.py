"""The corpus run judges as it says: good files signed, bad ones refused, failures told. The corpora themselves are run by hand."""

from __future__ import annotations

from pathlib import Path
from shutil import which

import pytest

from tests.fakes.documents import FONT, PAGES, build, page, plain, stream, updated
from tests.integration import pdf_corpus

DOCUMENTS = Path(__file__).parents[2].parent / "shared/data/pdf"
SCRIPT = b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (1) >> >>"
FILES = {
    "plain": (plain(), "signed"),
    "updated": (updated(plain(), {4: stream(b"0 g")}), "signed"),
    "a key twice": (plain(catalog=b"<< /Type /Catalog /Pages 2 0 R /Lang (a) /Lang (b) >>"), "signed"),
    "another encoding": (plain(catalog=b"<< /Type /Catalog /Pages 2 0 R /Lang <FEFF0061> >>"), "signed"),
    "a form": (
        plain(
            b"<< /FT /Tx /T (a) /V (b) /Subtype /Widget /Rect [9 9 99 30] >>",
            catalog=b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>",
            first_page=page(b"/Annots [6 0 R]"),
        ),
        "signed",
    ),
    "a script": (plain(catalog=SCRIPT), "refused: ActiveContent script"),
    "no pages": (plain(pages=b"<< /Type /Pages /Kids [] /Count 0 >>"), "refused: NotAPdf no pages"),
    "circles": (
        plain(pages=b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>"),
        "refused: NotAPdf the page tree runs in circles",
    ),
    "a table that is written badly": (
        plain().replace(b" 00000 n \n", b" 00000 n \r\n", 1),
        "refused: ActiveContent ambiguous-index",
    ),
    "no PDF": (b"GIF89a", "refused: NotAPdf no PDF header"),
    "a page without contents": (
        build([b"<< /Type /Catalog /Pages 2 0 R >>", PAGES, b"<< /Type /Page /Parent 2 0 R >>", stream(b""), FONT]),
        "signed",
    ),
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> pdf_corpus.Judge:
    return pdf_corpus.Judge(tmp_path_factory.mktemp("corpus"), twice=True)


@pytest.mark.parametrize("name", FILES)
def test_generated_files(judge: pdf_corpus.Judge, tmp_path: Path, name: str) -> None:
    data, outcome = FILES[name]
    file = tmp_path / "file.pdf"
    file.write_bytes(data)
    assert judge.outcome(file) == outcome


def test_a_reference_to_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file.pdf"
    file.write_bytes(plain(first_page=page(b"/Annots [66 0 R]")))
    assert pdf_corpus.Judge(tmp_path).outcome(file) == "signed"


SAMPLE = sorted(DOCUMENTS.rglob("*.pdf"))[::7] if DOCUMENTS.is_dir() else []


@pytest.mark.parametrize("file", SAMPLE or [None], ids=lambda file: file.stem if file else "none")
def test_files_nobody_here_wrote(judge: pdf_corpus.Judge, file: Path | None) -> None:
    if file is None:
        pytest.skip("the shared documents are not here")
    assert judge.outcome(file).split()[0] in ("signed", "refused:")


def test_an_output_that_was_tampered_with_is_a_failure(tmp_path: Path) -> None:
    source, signed = tmp_path / "source.pdf", tmp_path / "signed.pdf"
    source.write_bytes(plain())
    judge = pdf_corpus.Judge(tmp_path)
    assert judge.outcome(source) == "signed"
    good = signed.read_bytes()
    signed.write_bytes(good.replace(b"/F 132", b"/F 133"))
    with pytest.raises(pdf_corpus.Wrong, match="own verdict"):
        judge._judge(source, signed, 1)
    if which("pdfsig"):
        with pytest.raises(pdf_corpus.Wrong, match="pdfsig"):
            pdf_corpus._ask_pdfsig(signed)


@pytest.mark.slow
def test_a_run_with_workers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("plain", "a script"):
        (tmp_path / f"{name}.pdf").write_bytes(FILES[name][0])
    results = pdf_corpus.run(sorted(tmp_path.glob("*.pdf")))
    assert [result["outcome"] for _, result in results] == ["refused: ActiveContent script", "signed"]
    assert all(0 < result["size"] < 500 for _, result in results)
    told = list(pdf_corpus._report([*results, (Path("x.pdf"), {"failure": "hung", "seconds": 1, "size": 1})], None))
    assert told[0] == "FAILURE x.pdf: hung"
    assert told[1] == "1 refused: ActiveContent, 1 signed, 1 FAILURE"
