"""How a file is put together: what no index knows, what stands twice or is switched off, what lies around it, who signed before."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.pdf.inspect.policy import RULES
from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.verdict import Severity
from tests.fakes.documents import PAGES, TEXT, page, plain, stream, updated
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench

REFUSE, WARN, NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE
LINK = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"
OTHER_PAGE = b"<< /Type /Page /MediaBox [0 0 595 842] /Contents 7 0 R >>"


def found(folder: Path, data: bytes) -> dict[str, Severity]:
    file = folder / "document.pdf"
    file.write_bytes(data)
    return {f.code: f.severity for f in inspect_pdf(file).findings if f.code != "standard-font"}


def between(data: bytes, inserted: bytes) -> bytes:
    """The file with bytes before its cross-reference table, which is found where it is now."""
    start = data.rindex(b"xref\n0 ")
    place = int(data.rsplit(b"startxref", 1)[1].split()[0])
    moved = data[:start] + inserted + data[start:]
    return moved.replace(b"startxref\n%d" % place, b"startxref\n%d" % (place + len(inserted)))


def test_a_plain_file_has_nothing_of_it(tmp_path: Path) -> None:
    assert found(tmp_path, plain()) == {}
    assert found(tmp_path, between(plain(), b"% a remark, 6 0 obj, no more\n")) == {}


def test_a_second_content_under_a_number_that_is_taken(tmp_path: Path) -> None:
    """The attack 'hide and replace', its first kind: a later index points to the other one."""
    second = b"4 0 obj\n%s\nendobj\n" % stream(TEXT.replace(b"Contract", b"Changed!"))
    assert found(tmp_path, between(plain(), second)) == {"object-redefined": REFUSE}


def test_an_index_that_names_another_object(tmp_path: Path) -> None:
    data = plain(b"<< >>").replace(b"6 0 obj\n<< >>", b"4 0 obj\n<< >>")
    assert found(tmp_path, data) == {"object-redefined": REFUSE}


def test_an_index_that_leads_to_another_object(tmp_path: Path) -> None:
    data = plain(b"<< /A 1 >>", b"<< /B 1 >>", first_page=page(b"/Extra 7 0 R"))
    six, seven = (b"%010d" % data.index(b"%d 0 obj" % n) for n in (6, 7))
    assert found(tmp_path, data.replace(seven + b" 00000 n", six + b" 00000 n"))["broken"] is REFUSE


def test_a_cross_reference_stream_is_no_hidden_object(tmp_path: Path) -> None:
    """Its number may be used again by a later update."""
    data = plain()
    start = data.index(b"xref\n0 6")
    places = [0, *(data.index(b"%d 0 obj" % n) for n in range(1, 6))]
    rows = b"".join(b"%c%s\0" % (n > 0, place.to_bytes(4, "big")) for n, place in enumerate(places))
    table = stream(rows, b"/Type /XRef /W [1 4 1] /Index [0 6] /Size 7 /Root 1 0 R")
    compact = data[:start] + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, start)
    assert found(tmp_path, compact) == {}
    assert set(found(tmp_path, updated(compact, {6: b"<< >>"}))) == {"read-leniently", "revisions"}


def test_a_file_attached_to_a_part_of_the_structure(tmp_path: Path) -> None:
    tree = b"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot << /AF [6 0 R] >> >>"
    attached = plain(b"<< /Type /Filespec /EF << /F 7 0 R >> >>", stream(b"x", b"/Type /EmbeddedFile"), catalog=tree)
    assert found(tmp_path, attached) == {"attachment": WARN}


def test_more_objects_than_anybody_looks_through(tmp_path: Path) -> None:
    assert found(tmp_path, plain(first_page=page(b"/Extra [%s] /More 5 0 R" % (b"0 " * 300_000)))) == {"broken": REFUSE}


def test_content_that_no_index_knows(tmp_path: Path) -> None:
    assert found(tmp_path, between(plain(), b"77 0 obj\n<< >>\nendobj\n")) == {"hidden-object": WARN}


def test_an_annotation_that_is_switched_off(tmp_path: Path) -> None:
    """The attack 'hide and replace', its second kind: one line of a later index switches it on."""
    data = plain(LINK, first_page=page(b"/Annots [6 0 R]"))
    place = data.index(b"6 0 obj")
    off = data.replace(b"%010d 00000 n" % place, b"%010d 00000 f" % place)
    assert found(tmp_path, off)["switched-off-object"] is REFUSE


def test_a_reference_to_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, plain(first_page=page(b"/Annots [66 0 R]"))) == {"missing-object": NOTE}


def test_a_page_that_is_in_no_list(tmp_path: Path) -> None:
    assert found(tmp_path, plain(OTHER_PAGE, stream(TEXT))) == {"hidden-page": WARN, "unused-content": NOTE}
    linked = plain(OTHER_PAGE, stream(TEXT), first_page=page(b"/Annots [<< /Subtype /Link /Dest [6 0 R /Fit] >>]"))
    assert found(tmp_path, linked)["hidden-page"] is WARN


def test_content_that_nothing_uses(tmp_path: Path) -> None:
    assert found(tmp_path, plain(stream(b"0 g"))) == {"unused-content": NOTE}
    assert found(tmp_path, plain(b"<< /Nothing true >>")) == {}


def test_data_in_a_stream_is_not_taken_for_objects(tmp_path: Path) -> None:
    """A PDF that is attached to a PDF, not compressed."""
    inner = stream(plain(b"<< /Inner true >>"))
    assert found(tmp_path, plain(inner, first_page=page(b"/Extra 6 0 R"))) == {}
    by_reference = b"<< /Length 7 0 R >>\nstream\n%s\nendstream" % b"4 0 obj"
    assert "object-redefined" not in found(tmp_path, plain(by_reference, b"7", first_page=page(b"/Extra 6 0 R")))


def test_bytes_before_and_after(tmp_path: Path) -> None:
    assert found(tmp_path, plain() + b"<html>")["data-after-end"] is WARN
    assert found(tmp_path, plain() + b"\r\n \0") == {}
    early = plain().replace(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"#!sh2\n%PDF-1.7\n")  # of the same length
    assert found(tmp_path, early) == {"broken": REFUSE}  # pyHanko wants the header first


def test_an_end_that_ends_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, between(plain(), b"%%EOF\n")) == {"several-ends": NOTE}


def test_updates_are_counted(tmp_path: Path) -> None:
    assert found(tmp_path, updated(plain(), {4: stream(b"0 g")})) == {"revisions": NOTE}


def test_pages_that_do_not_add_up(tmp_path: Path) -> None:
    assert found(tmp_path, plain(pages=PAGES.replace(b"/Count 1", b"/Count 2"))) == {"page-count": WARN}
    twice = PAGES.replace(b"[3 0 R]", b"[3 0 R 3 0 R]").replace(b"/Count 1", b"/Count 2")
    assert found(tmp_path, plain(pages=twice)) == {"page-twice": NOTE}


def test_an_annotation_that_can_be_changed(tmp_path: Path) -> None:
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 9 9] /AP << /N 7 0 R >> >>"
    shown = stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    assert found(tmp_path, plain(note, shown, first_page=page(b"/Annots [6 0 R]"))) == {"changeable-annotation": NOTE}


def test_a_picture_with_another_one_for_paper(tmp_path: Path) -> None:
    image = stream(b"\0", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /Alternates []")
    assert found(tmp_path, plain(image, first_page=page(b"/Extra 6 0 R"))) == {"alternate-image": WARN}


# --- signatures that are there --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture
def signed(pki: TestPki, tmp_path: Path) -> bytes:
    return Bench(pki, pki.person(), tmp_path).sign(level="B-B").output.read_bytes()


def test_a_signature_that_holds(signed: bytes, tmp_path: Path) -> None:
    assert found(tmp_path, signed) == {"earlier-signature": NOTE, "revisions": NOTE}


def test_a_signature_over_other_bytes(signed: bytes, tmp_path: Path) -> None:
    assert found(tmp_path, signed.replace(b"(Contract)", b"(Cantract)"))["earlier-signature-broken"] is REFUSE


def test_a_signature_whose_value_is_wrong(signed: bytes, tmp_path: Path) -> None:
    place = signed.index(b"/Contents <") + 11 + signed[signed.index(b"/Contents <") + 11 :].rstrip(b"0").index(b">")
    digits = signed[signed.index(b"/Contents <") + 11 : place].rstrip(b"0")
    last = signed.index(digits) + len(digits) - 6
    broken = signed[:last] + (b"a" if signed[last : last + 1] != b"a" else b"b") + signed[last + 1 :]
    assert found(tmp_path, broken)["earlier-signature-broken"] is REFUSE


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        (b"608648016503040201", b"608648016503040208"),  # SHA-256 → SHA3-256
        (b"2a864886f70d01010b", b"2a864886f70d01010f"),  # sha256WithRSA → sha512-224WithRSA
    ],
)
def test_a_signature_by_an_unknown_algorithm_is_not_called_broken(
    signed: bytes, tmp_path: Path, known: bytes, unknown: bytes
) -> None:
    assert known in signed
    assert "earlier-signature-broken" not in found(tmp_path, signed.replace(known, unknown))


def test_a_document_changed_after_it_was_signed(signed: bytes, tmp_path: Path) -> None:
    changed = updated(signed, {4: stream(TEXT.replace(b"Contract", b"Changed!"))})
    codes = found(tmp_path, changed)
    assert codes["earlier-signature-changed"] is WARN
    assert "earlier-signature-broken" not in codes


# --- the policy -------------------------------------------------------------------------------------------------------------


def test_every_rule_gives_its_reason() -> None:
    assert all(rule.reason for rule in RULES.values())


def test_nothing_crowds_out_a_reason_to_refuse() -> None:
    report = Report()
    notes = [code for code, rule in RULES.items() if rule.severity is NOTE and ":" not in code]
    for code in notes:
        for number in range(100):
            report.find(code, f"page {number}")
    report.find("script", "page 1")
    assert report.refuses
    assert len(report.findings) <= 201
