"""What hides in documents is found, named and placed."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.verdict import Severity
from econtract_core.rules.errors import FileNotReadable
from tests.fakes.documents import page, plain, stream

REFUSE, WARN, NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE
BASE = b"<< /Type /Catalog /Pages 2 0 R %s >>"
LINK = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S %s >> >>"


def catalog(extra: bytes) -> bytes:
    return plain(catalog=BASE % extra)


def annotation(what: bytes, *more: bytes) -> bytes:
    return plain(what, *more, first_page=page(b"/Annots [6 0 R]"))


CASES = {
    "open action": (catalog(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "script", REFUSE, "document"),
    "named script": (catalog(b"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (1) >>] >> >>"), "script", REFUSE, "document"),
    "document event": (catalog(b"/AA << /WS << /S /JavaScript /JS (1) >> >>"), "script", REFUSE, "document"),
    "page event": (plain(first_page=page(b"/AA << /O << /S /JavaScript /JS (1) >> >>")), "script", REFUSE, "page 1"),
    "script behind a chain": (
        annotation(LINK % b"/GoTo /D [3 0 R /Fit] /Next << /S /JavaScript /JS (1) >>"), "script", REFUSE, "page 1",
    ),
    "launch": (annotation(LINK % b"/Launch /F (calc.exe)"), "action", REFUSE, "page 1"),
    "submit": (annotation(LINK % b"/SubmitForm /F (http://x.test)"), "action", REFUSE, "page 1"),
    "import": (annotation(LINK % b"/ImportData /F (a.fdf)"), "action", REFUSE, "page 1"),
    "hide": (annotation(LINK % b"/Hide /T (a)"), "action", REFUSE, "page 1"),
    "other file": (annotation(LINK % b"/GoToR /F (other.pdf) /D [0 /Fit]"), "external-reference", WARN, "page 1"),
    "web link": (annotation(LINK % b"/URI /URI (https://example.jp/)"), "link", NOTE, "page 1"),
    "print": (catalog(b"/OpenAction << /S /Named /N /Print >>"), "action", WARN, "document"),
    "attachment": (catalog(b"/Names << /EmbeddedFiles << /Names [] >> >>"), "attachment", WARN, "document"),
    "attached note": (annotation(b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] >>"), "attachment", WARN, "page 1"),
    "portfolio": (catalog(b"/Collection << >>"), "attachment", REFUSE, "document"),
    "xfa": (catalog(b"/AcroForm << /Fields [] /XFA [] >>"), "xfa", REFUSE, "document"),
    "calculation": (catalog(b"/AcroForm << /Fields [] /CO [3 0 R] >>"), "form-calculation", REFUSE, "document"),
    "film": (annotation(b"<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] >>"), "rich-media", REFUSE, "page 1"),
    "layers": (catalog(b"/OCProperties << /OCGs [3 0 R] /D << >> >>"), "optional-content", WARN, "document"),
    "data elsewhere": (plain(stream(b"", b"/F (http://x.test/a)"), first_page=page(b"/Extra 6 0 R")), "external-reference", REFUSE, "page 1"),
    "reference form": (
        plain(stream(b"", b"/Type /XObject /Subtype /Form /Ref << /F (a.pdf) >>"), first_page=page(b"/Extra 6 0 R")),
        "external-reference", REFUSE, "page 1",
    ),
    "hidden note": (annotation(b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /F 2 >>"), "hidden-annotation", WARN, "page 1"),
    "font elsewhere": (
        plain(b"<< /Type /Font /Subtype /TrueType /BaseFont /MS-Gothic >>", first_page=page(b"/Extra 6 0 R")),
        "unembedded-font", NOTE, "page 1",
    ),
}  # fmt: skip


def inspected(folder: Path, data: bytes) -> list[tuple[str, Severity, str]]:
    file = folder / "document.pdf"
    file.write_bytes(data)
    return [(f.code, f.severity, f.where) for f in inspect_pdf(file).findings]


@pytest.mark.parametrize("name", CASES)
def test_it_is_found(tmp_path: Path, name: str) -> None:
    data, code, severity, where = CASES[name]
    found = inspected(tmp_path, data)
    assert (code, severity, where) in found
    safe = inspect_pdf(tmp_path / "document.pdf").safe_to_sign
    assert safe is (severity is not REFUSE)


def test_a_plain_document_hides_nothing(tmp_path: Path) -> None:
    assert inspected(tmp_path, plain()) == [("standard-font", NOTE, "page 1")]
    found = inspect_pdf(tmp_path / "document.pdf")
    assert (found.pages, found.safe_to_sign) == (1, True)


def test_a_script_on_the_second_page_is_placed_there(tmp_path: Path) -> None:
    second = page(b"/AA << /O << /S /JavaScript /JS (1) >> >>")
    pages = b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>"
    assert ("script", REFUSE, "page 2") in inspected(tmp_path, plain(second, pages=pages))


def test_a_page_tree_that_runs_in_circles_is_broken(tmp_path: Path) -> None:
    pages = b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>"
    assert ("broken", REFUSE, "document") in inspected(tmp_path, plain(pages=pages))


def test_the_same_page_twice_counts_twice(tmp_path: Path) -> None:
    inspected(tmp_path, plain(pages=b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"))
    assert inspect_pdf(tmp_path / "document.pdf").pages == 2


def test_a_document_without_pages_is_broken(tmp_path: Path) -> None:
    found = inspected(tmp_path, plain(pages=b"<< /Type /Pages /Kids [] /Count 0 >>"))
    assert ("broken", REFUSE, "document") in found


def test_deep_nesting_is_no_crash(tmp_path: Path) -> None:
    deep = b"/Extra " + b"[" * 5_000 + b"]" * 5_000
    assert inspected(tmp_path, catalog(deep))[0][0] == "broken"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotReadable):
        inspect_pdf(tmp_path / "nothing.pdf")
