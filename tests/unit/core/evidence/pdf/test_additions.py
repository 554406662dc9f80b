"""One signature and nothing else: what an update may add, told against what it must not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from econtract_core.evidence.pdf.additions import (
    Additions,
    Mark,
    added_signature,
    added_signatures,
    besides_signature,
    besides_signatures,
)
from econtract_core.rules.errors import FileNotReadable
from tests.fakes.documents import CATALOG, FONT, TEXT, page, plain, stream, updated
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture
def bench(pki: TestPki, tmp_path: Path) -> Bench:
    return Bench(pki, pki.person(), tmp_path)


def _signed_after(bench: Bench, objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> str:
    """What is found where the signer's own update is preceded by one with these objects."""
    changed = bench.folder / f"{len(list(bench.folder.iterdir()))}.pdf"
    changed.write_bytes(updated(plain(), objects, trailer))
    return besides_signature(bench.source, bench.sign(changed, f"forged {changed.name}").output)


def test_a_signature_alone(bench: Bench, pki: TestPki) -> None:
    first = bench.sign().output
    assert besides_signature(bench.source, first) == ""
    second = bench.sign(first, "second.pdf", person=pki.person("佐藤 花子")).output
    assert besides_signature(first, second) == ""
    assert besides_signature(bench.source, second) == "2 new signatures"


def test_each_of_several_signatures_adds_nothing_else(bench: Bench, pki: TestPki) -> None:
    offered = bench.source.stat().st_size
    first = bench.sign().output
    second = bench.sign(first, "second.pdf", person=pki.person("佐藤 花子")).output
    assert besides_signatures(first, offered) == besides_signatures(second, offered) == ""
    assert besides_signatures(second, first.stat().st_size) == ""
    between = bench.folder / "between.pdf"
    between.write_bytes(updated(first.read_bytes(), {4: stream(TEXT.replace(b"Contract", b"Changed!"))}))
    forged = bench.sign(between, "forged.pdf", person=pki.person("佐藤 花子")).output
    assert "4" in besides_signatures(forged, offered)
    for file, kept in ((bench.source, offered), (between, offered), (second, second.stat().st_size)):
        assert besides_signatures(file, kept) == "no signature covers the end"


def test_a_signature_in_a_document_with_annotations_of_its_own(bench: Bench) -> None:
    link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 10 10] /Border [0 0 0] >>"
    for name, entry in (("direct", b"/Annots [6 0 R]"), ("indirect", b"/Annots 7 0 R")):
        bench.source.write_bytes(plain(link, b"[6 0 R]", first_page=page(entry)))
        assert besides_signature(bench.source, bench.sign(name=name).output) == ""
        changed = bench.folder / f"{name}.pdf"
        bigger = link.replace(b"10 10", b"99 99")
        changed.write_bytes(updated(bench.source.read_bytes(), {6: bigger}))
        assert "object 6" in besides_signature(bench.source, bench.sign(changed, f"{name} changed").output)


def test_an_object_written_again_as_it_was_is_no_change(bench: Bench) -> None:
    assert _signed_after(bench, {4: stream(TEXT)}) == ""


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ({4: stream(TEXT.replace(b"Contract", b"Changed!"))}, "object 4"),
        ({5: FONT.replace(b"Helvetica", b"Symbol")}, "object 5"),
        ({3: page(b"/Rotate 90")}, "/Rotate"),
        ({3: page().replace(b"595", b"300")}, "/MediaBox"),
        ({3: page(b"/Annots [<< /Type /Annot /Subtype /Square /Rect [0 0 9 9] >>]")}, "annotations"),
        ({3: page(b"/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /Rect [0 0 9 9] >>]")}, "annotations"),
        ({3: page(b"/AA << >>")}, "/AA"),
        ({2: b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"}, "object 2"),
        ({1: CATALOG.replace(b">>", b"/OpenAction << /S /JavaScript /JS (x) >> >>")}, "/OpenAction"),
        ({1: CATALOG.replace(b">>", b"/Lang (en) >>")}, "/Lang"),
    ],
)
def test_a_change_under_the_signature(bench: Bench, objects: dict[int, bytes], found: str) -> None:
    # Signing a script is refused by the signer; the other changes are told here.
    if b"/JavaScript" in b"".join(objects.values()):
        changed = bench.folder / "changed.pdf"
        changed.write_bytes(updated(plain(), objects))
        assert besides_signature(bench.source, changed) != ""
        return
    assert found in _signed_after(bench, objects)


def test_another_catalog_or_information(bench: Bench) -> None:
    assert "catalog" in _signed_after(bench, {6: CATALOG}, b"/Root 6 0 R")
    assert "catalog" in _signed_after(bench, {6: b"<< /Title (x) >>"}, b"/Root 1 0 R /Info 6 0 R")


def test_no_signature_at_all(bench: Bench) -> None:
    assert besides_signature(bench.source, bench.source) == "no revision was added"
    longer = bench.folder / "longer.pdf"
    longer.write_bytes(updated(plain(), {6: b"<< >>"}))
    assert besides_signature(bench.source, longer) == "0 new signatures"


def test_what_is_no_pdf_is_told_too(bench: Bench) -> None:
    broken = bench.folder / "broken.pdf"
    broken.write_bytes(b"no PDF")
    assert besides_signature(bench.source, broken)
    with pytest.raises(FileNotReadable):
        besides_signature(bench.source, bench.folder / "nowhere.pdf")


# --- visible marks -----------------------------------------------------------------------------------------------------

STAMP = stream(b"1 0 0 rg 0 0 90 30 re S", b"/Type /XObject /Subtype /Form /BBox [0 0 90 30]")
CORNER, ON_TEXT = b"400 60 490 90", b"70 715 160 745"


def _field(rect: bytes, entries: bytes) -> bytes:
    return b"<< /FT /Sig /T (S) /V 7 0 R /Type /Annot /Subtype /Widget /F 132 /P 3 0 R /Rect [%s] %s >>" % (
        rect,
        entries,
    )


def _with_mark(
    folder: Path,
    rect: bytes = CORNER,
    entries: bytes = b"/AP << /N 8 0 R >>",
    objects: dict[int, bytes] | None = None,
    form: bytes = b"",
    first: bytes = b"",
    base: bytes | None = None,
) -> Additions:
    """A signature (of zeros) with a mark, as an update of the plain file; `objects` come with it. `base`: of another file, which
    has an object 6 already."""
    signature = b"<< /Type /Sig /SubFilter /ETSI.CAdES.detached /ByteRange [0 0000000001 0000000002 0000000003] /Contents <3000> >>"
    before, after = folder / "before.pdf", folder / "after.pdf"
    before.write_bytes(base or plain())
    number = 6 if base is None else 7
    parts = {
        1: CATALOG.replace(b">>", b"/AcroForm << /Fields [%d 0 R] /SigFlags 3 %s >> >>" % (number, form)),
        3: page(b"/Annots [%d 0 R] %s" % (number, first)),
        number: _field(rect, entries),
        number + 1: signature,
        number + 2: STAMP,
        **(objects or {}),
    }
    data = updated(base or plain(), parts)
    start = data.index(b"<3000>")
    ranges = b"[0 %010d %010d %010d]" % (start, start + 6, len(data) - start - 6)
    after.write_bytes(data.replace(b"[0 0000000001 0000000002 0000000003]", ranges))
    return added_signature(before, after)


def test_a_mark_is_told_with_its_place(tmp_path: Path) -> None:
    assert _with_mark(tmp_path) == Additions("", (Mark(1, (400.0, 60.0, 490.0, 90.0), False),))
    assert added_signatures(tmp_path / "after.pdf", len(plain())).marks == _with_mark(tmp_path).marks
    assert (
        besides_signature(tmp_path / "before.pdf", tmp_path / "after.pdf") == "the signature covers a part of the page"
    )


def test_a_mark_over_text_is_told(tmp_path: Path) -> None:
    (mark,) = _with_mark(tmp_path, ON_TEXT).marks
    assert mark.over_text


def test_no_mark_where_nothing_shows(tmp_path: Path) -> None:
    assert _with_mark(tmp_path, b"0 0 0 0") == Additions("")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"rect": b"400 60 600 90"}, "within its page"),
        ({"rect": b"-9 60 90 90"}, "within its page"),
        ({"rect": b"400 -9 490 90"}, "within its page"),
        ({"rect": b"400 800 490 900"}, "within its page"),
        ({"objects": {6: _field(CORNER, b"/AP << /N 8 0 R >>").replace(b"/F 132", b"/F 134")}}, "hidden"),
        (
            {
                "objects": {
                    6: _field(CORNER, b"/AP << /N 8 0 R >> /Kids [9 0 R]"),
                    9: b"<< /Subtype /Widget /Rect [0 0 9 9] /Parent 6 0 R >>",
                }
            },
            "several marks",
        ),
        (
            {
                "objects": {
                    1: CATALOG.replace(b">>", b"/AcroForm << /Fields [6 0 R 9 0 R] >> >>"),
                    9: b"<< /FT /Tx /T (x) >>",
                }
            },
            "fields",
        ),
        ({"entries": b""}, "no appearance"),
        ({"entries": b"/AP << /N 8 0 R /D 8 0 R >>"}, "several"),
        ({"entries": b"/AP << /N << /On 8 0 R >> >>"}, "no form"),
        ({"entries": b"/AP << /N 4 0 R >>"}, "no form"),
        ({"entries": b"/AP << /N 8 0 R >> /A << /S /URI /URI (x) >>"}, "acts"),
        ({"entries": b"/AP << /N 8 0 R >> /OC 9 0 R", "objects": {9: b"<< /Type /OCG /Name (x) >>"}}, "acts"),
        ({"objects": {8: STAMP.replace(b"/BBox", b"/Resources << /Font << /F 5 0 R >> >> /BBox")}}, "there before"),
        ({"objects": {8: STAMP.replace(b"/BBox", b"/Extra 3 0 R /BBox")}}, "there before"),
        ({"objects": {8: STAMP.replace(b"/BBox", b"/F (other.pdf) /BBox")}}, "another file"),
        ({"objects": {8: STAMP.replace(b"/BBox", b"/Ref << >> /BBox")}}, "another file"),
        ({"form": b"/NeedAppearances true"}, "form"),
        ({"form": b"/XFA (x)"}, "form"),
        ({"first": b"/Rotate 90"}, "/Rotate"),
        (
            {"objects": {3: page(b"/Annots [6 0 R 6 0 R 9 0 R]"), 9: _field(ON_TEXT, b"/AP << /N 8 0 R >>")}},
            "annotations",
        ),
        ({"objects": {3: page(b"/Annots []")}}, "0 pages"),
        ({"objects": {4: stream(TEXT.replace(b"Contract", b"Changed!"))}}, "object 4"),
    ],
)
def test_what_is_no_mark(tmp_path: Path, how: dict[str, Any], told: str) -> None:
    found = _with_mark(tmp_path, **how)
    assert told in found.problem
    assert found.marks == ()


def test_a_mark_on_two_pages(tmp_path: Path) -> None:
    pages = b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>"
    base = plain(page(), pages=pages)
    objects = {
        6: page(b"/Annots [7 0 R]"),
        7: _field(CORNER, b"/AP << /N 9 0 R >>").replace(b"7 0 R", b"8 0 R"),
        9: STAMP,
    }
    found = _with_mark(tmp_path, objects=objects, base=base)
    assert found == Additions("the signature's mark stands on 2 pages")


# --- forms that were there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [b"/AcroForm << /Fields [6 0 R] >>", b"/AcroForm 7 0 R"])
def test_a_signature_in_a_form_without_one(bench: Bench, form: bytes) -> None:
    field = b"<< /FT /Tx /T (a) /V (b) /Subtype /Widget /Rect [9 9 99 30] >>"
    catalog = CATALOG.replace(b">>", form + b" >>")
    source = plain(field, b"<< /Fields [6 0 R] >>", catalog=catalog, first_page=page(b"/Annots [6 0 R]"))
    bench.source.write_bytes(source)
    assert besides_signature(bench.source, bench.sign().output) == ""
    filled = bench.folder / "filled.pdf"
    filled.write_bytes(updated(source, {6: field.replace(b"(b)", b"(c)")}))
    assert "a" in besides_signature(bench.source, bench.sign(filled, "forged.pdf").output)


def test_a_file_that_is_read_leniently(bench: Bench) -> None:
    bench.source.write_bytes(plain(catalog=CATALOG.replace(b">>", b"/Lang (ja) /Lang (en) >>")))
    assert besides_signature(bench.source, bench.sign().output) == ""


def test_a_text_in_another_encoding_is_no_change(bench: Bench) -> None:
    bench.source.write_bytes(plain(catalog=CATALOG.replace(b">>", b"/Lang <FEFF006A0061> >>")))
    assert besides_signature(bench.source, bench.sign().output) == ""
    forged = bench.folder / "forged.pdf"
    forged.write_bytes(updated(bench.source.read_bytes(), {1: CATALOG.replace(b">>", b"/Lang <FEFF006A0062> >>")}))
    assert "/Lang" in besides_signature(bench.source, bench.sign(forged, "signed forged.pdf").output)


def test_an_older_version_than_before_is_a_change(bench: Bench) -> None:
    assert "/Version" in _signed_after(bench, {1: CATALOG.replace(b">>", b"/Version /9.9 >>")})
