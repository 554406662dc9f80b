"""What a page holds without showing it, told against what honest documents do as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.verdict import Finding, Severity
from tests.fakes.documents import FONT, build, page, plain, stream

CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
IMAGE = stream(
    b"\0" * 4, b"/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8"
)
MASKED = IMAGE.replace(b"/Width", b"/SMask 6 0 R /Width")
TEXT = b"BT /F1 12 Tf 72 700 Td (Contract) Tj ET"
HARMLESS = {"standard-font"}


def document(
    content: bytes,
    *,
    resources: bytes = b"",
    page_entries: bytes = b"",
    more: tuple[bytes, ...] = (),
    catalog: bytes = b"",
) -> bytes:
    """One page with this content; `more` become objects 6, 7 …."""
    first = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> %s >> %s >>" % (resources, page_entries)
    )
    return build([CATALOG % catalog, PAGES, first, stream(content), FONT, *more])


def findings(folder: Path, data: bytes) -> list[Finding]:
    file = folder / "document.pdf"
    file.write_bytes(data)
    return [f for f in inspect_pdf(file).findings if f.code not in HARMLESS]


def codes(folder: Path, data: bytes) -> set[str]:
    return {f.code for f in findings(folder, data)}


SCAN = b"/XObject << /I 6 0 R >>"
WHOLE_PAGE = b"q 595 0 0 842 0 0 cm /I Do Q "
FOUND = {
    "invisible": (document(b"BT 3 Tr /F1 12 Tf 72 700 Td (secret) Tj ET"), "invisible-text"),
    "white on paper": (document(b"1 g " + TEXT), "same-color-text"),
    "white in CMYK": (document(b"0 0 0 0 k " + TEXT), "same-color-text"),
    "white by a colour space": (document(b"/DeviceRGB cs 1 1 1 sc " + TEXT), "same-color-text"),
    "blue on blue": (document(b"0 0 1 rg 0 600 500 200 re f " + TEXT), "same-color-text"),
    "transparent": (document(b"/G gs " + TEXT, resources=b"/ExtGState << /G << /ca 0 >> >>"), "transparent-text"),
    "tiny": (document(b"BT /F1 0.5 Tf 72 700 Td (small print) Tj ET"), "tiny-text"),
    "tiny by its matrix": (document(b"q .01 0 0 .01 72 700 cm BT /F1 12 Tf (small print) Tj ET Q"), "tiny-text"),
    "above the page": (document(b"BT /F1 12 Tf 72 900 Td (secret) Tj ET"), "text-outside-page"),
    "outside of the crop box": (document(TEXT, page_entries=b"/CropBox [0 0 595 600]"), "text-outside-page"),
    "cut away": (document(b"q 0 0 50 50 re W n " + TEXT + b" Q"), "clipped-text"),
    "under a white box": (document(TEXT + b" 1 g 60 690 200 30 re f"), "text-under-shape"),
    "under lines that make a box": (document(TEXT + b" 60 690 m 260 690 l 260 730 l 60 730 l h f"), "text-under-shape"),
    "under a picture": (document(TEXT + b" q 200 0 0 40 60 690 cm /I Do Q", resources=SCAN, more=(IMAGE,)), "text-under-image"),
    "under an inline picture": (
        document(TEXT + b" q 200 0 0 40 60 690 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q"), "text-under-image",
    ),
    "within a form": (
        document(b"/X Do", resources=b"/XObject << /X 6 0 R >>", more=(
            stream(b"BT 3 Tr /F1 12 Tf 72 700 Td (secret) Tj ET", b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"),
        )), "invisible-text",
    ),
    "half in one stream": (
        plain(stream(b"(secret) Tj ET"), first_page=page().replace(b"4 0 R", b"[4 0 R 6 0 R]")).replace(
            b"BT /F1 24 Tf 72 720 Td (Contract) Tj ET", b"BT 3 Tr /F1 9 Tf 72 720 Td              "
        ), "invisible-text",
    ),
    "unknown filter": (
        build([CATALOG % b"", PAGES, page(), stream(b"\0", b"/Filter /Mystery"), FONT]), "content-not-read",
    ),
    "no area": (document(TEXT, page_entries=b"/CropBox [900 900 950 950]"), "page-without-area"),
}  # fmt: skip
NOT_FOUND = {
    "white on a dark box": document(b"0 g 60 690 200 30 re f 1 g " + TEXT),
    "white on a picture": document(b"q 200 0 0 40 60 690 cm /I Do Q 1 g " + TEXT, resources=SCAN, more=(IMAGE,)),
    "black on a white box": document(b"1 g 60 690 200 30 re f 0 g " + TEXT),
    "a box beside": document(TEXT + b" 1 g 300 690 200 30 re f"),
    "a line through": document(TEXT + b" 60 703 200 1 re f"),
    "a transparent box": document(TEXT + b" /G gs 60 690 200 30 re f", resources=b"/ExtGState << /G << /ca .5 >> >>"),
    "a masked picture": document(TEXT + b" q 200 0 0 40 60 690 cm /I Do Q", resources=SCAN, more=(MASKED,)),
    "a stencil": document(TEXT + b" q 200 0 0 40 60 690 cm BI /W 1 /H 1 /IM true ID \xff EI Q"),
    "on a line": document(b"0 g 60 703 200 1 re f " + TEXT),
    "a frame with a round hole": document(TEXT + b" 60 690 200 30 re 70 700 m 250 700 250 710 70 710 c f*"),
    "a triangle over it": document(TEXT + b" 60 690 m 260 690 l 260 730 l f"),
    "spaces that nobody sees": document(b"BT 3 Tr /F1 12 Tf 72 700 Td (   ) Tj ET"),
    "a colour nobody knows": document(b"/Pattern cs /P scn " + TEXT),
    "large by its matrix": document(b"BT /F1 1 Tf 12 0 0 12 72 700 Tm (Contract) Tj ET"),
    "clipped to what is around it": document(b"q 60 690 200 30 re W n " + TEXT + b" Q"),
    "restored": document(b"q 1 g 3 Tr Q " + TEXT),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found_on_its_page(tmp_path: Path, name: str) -> None:
    data, code = FOUND[name]
    found = findings(tmp_path, data)
    assert [(f.code, f.severity, f.where) for f in found] == [
        (code, Severity.WARN if code != "clipped-text" else Severity.NOTE, "page 1")
    ]


@pytest.mark.parametrize("name", NOT_FOUND)
def test_honest_content_is_not(tmp_path: Path, name: str) -> None:
    assert codes(tmp_path, NOT_FOUND[name]) <= {"unused-content"}


def test_the_place_is_told_in_points(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, document(b"1 g BT /F1 10 Tf 100 500 Td (abcd) Tj ET"))
    assert dict(found.facts) == {"count": "1", "box": "100 498 120 508"}


def test_a_scan_with_its_text_is_a_note(tmp_path: Path) -> None:
    text = b"BT 3 Tr /F1 12 Tf 72 700 Td (what was read) Tj ET "
    for content in (WHOLE_PAGE + text, text + WHOLE_PAGE):
        (found,) = findings(tmp_path, document(content, resources=SCAN, more=(IMAGE,)))
        assert (found.code, found.severity) == ("text-layer", Severity.NOTE)


def test_a_picture_over_the_whole_text_is_a_warning(tmp_path: Path) -> None:
    """The attack 'hide': the picture is taken away after signing. A scan whose text was laid below looks the same."""
    (found,) = findings(tmp_path, document(TEXT + b" " + WHOLE_PAGE, resources=SCAN, more=(IMAGE,)))
    assert (found.code, found.severity) == ("text-under-image", Severity.WARN)


def test_a_layer_that_is_off_is_told_once_and_covers_nothing(tmp_path: Path) -> None:
    layers = b"/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
    group = b"<< /Type /OCG /Name (secret) >>"
    content = TEXT + b" /OC /L BDC 1 g 60 690 200 30 re f BT 3 Tr /F1 12 Tf (x) Tj ET EMC"
    data = document(content, resources=b"/Properties << /L 6 0 R >>", more=(group,), catalog=layers)
    assert codes(tmp_path, data) == {"optional-content", "hidden-layer"}
    shown = data.replace(b"/OFF [6 0 R]", b"/ON [6 0 R]  ")
    assert codes(tmp_path, shown) == {"optional-content", "text-under-shape", "invisible-text"}


def test_a_layer_that_is_for_paper_only(tmp_path: Path) -> None:
    layers = b"/OCProperties << /OCGs [6 0 R] /D << /AS [<< /Event /Print >>] >> >>"
    data = document(TEXT, more=(b"<< /Type /OCG /Name (paper) >>",), catalog=layers)
    assert codes(tmp_path, data) == {"optional-content", "layer-by-use"}


def test_forms_in_forms_end(tmp_path: Path) -> None:
    """A form that draws itself many times over, and forms that each draw the next twice."""
    kind = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>"
    itself = stream(b"/X Do " * 50, kind % 6)
    assert codes(tmp_path, document(b"/X Do", resources=b"/XObject << /X 6 0 R >>", more=(itself,))) == set()
    chain = tuple(stream(b"/X Do " * 30, kind % (7 + n)) for n in range(11))
    data = document(b"/X Do", resources=b"/XObject << /X 6 0 R >>", more=(*chain, stream(b"0 g", kind % 6)))
    found = findings(tmp_path, data)
    assert [(f.code, dict(f.facts)["problem"]) for f in found] == [("content-not-read", "too much")]


def test_a_bomb_is_left_alone(tmp_path: Path) -> None:
    import zlib

    bomb = zlib.compress(b"0 g " * 20_000_000)
    data = build([CATALOG % b"", PAGES, page(), stream(bomb, b"/Filter /FlateDecode"), FONT])
    assert "content-not-read" in codes(tmp_path, data)


# --- fields ------------------------------------------------------------------------------------------------------------


def field(rect: bytes, value: bytes, appearance: int, name: bytes = b"a") -> bytes:
    return b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (%s) /F 4 /V (%s) /Rect [%s] /AP << /N %d 0 R >> >>" % (
        name,
        value,
        rect,
        appearance,
    )


def appearance(text: bytes, background: bytes = b"1 g 0 0 200 20 re f 0 g") -> bytes:
    fonts = b"/Resources << /Font << /F1 5 0 R >> >>"
    return stream(
        b"%s BT /F1 12 Tf 2 5 Td (%s) Tj ET" % (background, text),
        b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] " + fonts,
    )


def form(content: bytes, *objects: bytes, annotations: bytes) -> bytes:
    return document(
        content,
        page_entries=b"/Annots [%s]" % annotations,
        more=objects,
        catalog=b"/AcroForm << /Fields [%s] >>" % annotations,
    )


HERE, THERE = b"72 690 272 710", b"72 500 272 520"


def test_a_field_that_shows_its_value(tmp_path: Path) -> None:
    data = form(b"", field(HERE, b"1,000 yen", 7), appearance(b"1,000  yen"), annotations=b"6 0 R")
    assert codes(tmp_path, data) == {"open-form"}


def test_a_field_that_shows_something_else(tmp_path: Path) -> None:
    """The attack 'replace': the value comes to light as soon as the field is touched."""
    data = form(b"", field(HERE, b"Attacker", 7), appearance(b"World Health Organisation"), annotations=b"6 0 R")
    found = {f.code: f.severity for f in findings(tmp_path, data)}
    assert found["field-value-differs"] is Severity.REFUSE


def test_a_field_over_another_field(tmp_path: Path) -> None:
    objects = (
        field(HERE, b"You are fired", 7),
        appearance(b"You are fired"),
        field(HERE, b"1000 USD", 9, b"b"),
        appearance(b"1000 USD"),
    )
    found = {f.code: f.severity for f in findings(tmp_path, form(b"", *objects, annotations=b"6 0 R 8 0 R"))}
    assert found["field-under-field"] is Severity.REFUSE
    apart = (*objects[:2], field(THERE, b"1000 USD", 9, b"b"), objects[3])
    assert codes(tmp_path, form(b"", *apart, annotations=b"6 0 R 8 0 R")) == {"open-form"}


def test_a_field_over_text_of_the_page(tmp_path: Path) -> None:
    objects = (field(HERE, b"1000 USD", 7), appearance(b"1000 USD"))
    assert codes(tmp_path, form(b"BT /F1 12 Tf 80 695 Td (fired) Tj ET", *objects, annotations=b"6 0 R")) == {
        "open-form",
        "text-under-field",
    }
