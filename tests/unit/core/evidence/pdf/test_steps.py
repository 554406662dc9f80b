"""Revisions that add only what they seem to add are known at once; everything else is left to the difference analysis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.changes import changes_after
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.pdf.steps import Step, Steps
from econtract_core.evidence.pdf.survey import numbers_in
from econtract_core.evidence.verdict import Change, Verdict
from econtract_desktop.crypto.pades.appendix import Appendix
from econtract_desktop.crypto.pades.revisions import append_validation_data
from econtract_desktop.crypto.sources import ValidationData
from econtract_desktop.ports.signer import Mark, SignOptions
from tests.fakes import documents
from tests.fakes.evidence_pki import TestPki
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

NAME = generic.pdf_name
DATA = ValidationData((b"\x30\x03\x02\x01\x01",), (b"\x30\x03\x02\x01\x02",), ())
Deed = Callable[[Appendix], None]


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def steps(file: Path, after: int) -> tuple[Step, ...] | None:
    with OpenPdf(file) as pdf:
        return Steps(pdf, pdf.signatures()).since(after)


def with_update(file: Path, deed: Deed) -> Path:
    """The file with a revision that adds validation data, and does `deed` besides."""
    with OpenPdf(file) as pdf:
        appendix = Appendix(pdf, pdf.size, b"seed")
        deed(appendix)
        append_validation_data(appendix, DATA)
    changed = file.with_name("changed.pdf")
    changed.write_bytes(file.read_bytes() + bytes(appendix.tail))
    return changed


def test_what_we_add_ourselves_is_known(bench: Bench) -> None:
    once = bench.sign(level="B-LTA").output
    options = SignOptions(level="B-LTA", mark=Mark())
    twice = bench.signer.sign(once, bench.folder / "twice.pdf", KeyCard(bench.person), options).output
    found = steps(twice, 0)
    assert found is not None
    kinds = [set(step.kinds) for step in found]
    assert kinds[:3] == [{Change.SIGNATURE}, {Change.VALIDATION_DATA}, {Change.TIMESTAMP}]
    assert kinds[-1] == {Change.TIMESTAMP}
    assert [step.fields for step in found if Change.SIGNATURE in step.kinds] == [{"econtract-1"}, {"econtract-2"}]


def test_an_update_with_validation_data_alone_is_known(bench: Bench) -> None:
    file = with_update(bench.sign(level="B-T").output, lambda _: None)
    assert steps(file, 1) == (Step(frozenset({Change.VALIDATION_DATA}), frozenset()),)
    assert bench.verify(file).verdict is Verdict.TOTAL_PASSED


def page(appendix: Appendix) -> Any:
    return appendix.own(appendix.page(0))


def other_size(appendix: Appendix) -> None:
    page(appendix)[NAME("/MediaBox")] = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 300, 300)])


def other_text(appendix: Appendix) -> None:
    reference = dict.get(appendix.now(appendix.page(0)), "/Contents")
    appendix.put(reference, generic.StreamObject({}, encoded_data=b"BT /F1 24 Tf 72 720 Td (Paid) Tj ET"))


def other_content(appendix: Appendix) -> None:
    page(appendix)[NAME("/Contents")] = appendix.add(generic.StreamObject({}, encoded_data=b"0 0 99 99 re f"))


def an_action(appendix: Appendix) -> None:
    appendix.own(appendix.root)[NAME("/OpenAction")] = generic.ArrayObject([appendix.page(0), NAME("/Fit")])


def a_comment(appendix: Appendix) -> None:
    note = generic.DictionaryObject({NAME("/Type"): NAME("/Annot"), NAME("/Subtype"): NAME("/Square")})
    note[NAME("/Rect")] = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 300, 300)])
    holder = page(appendix)
    holder[NAME("/Annots")] = generic.ArrayObject(
        [*list.copy(appendix.now(dict.get(holder, "/Annots"))), appendix.add(note)]
    )


def other_fields(appendix: Appendix) -> None:
    appendix.own(dict.get(appendix.now(appendix.root), "/AcroForm"))[NAME("/Fields")] = generic.ArrayObject([])


def a_form_script(appendix: Appendix) -> None:
    form = appendix.own(dict.get(appendix.now(appendix.root), "/AcroForm"))
    form[NAME("/NeedAppearances")] = generic.BooleanObject(True)


def another_page(appendix: Appendix) -> None:
    pages = appendix.own(dict.get(appendix.now(appendix.root), "/Pages"))
    kids = list.copy(appendix.now(dict.get(pages, "/Kids")))
    pages[NAME("/Kids")] = generic.ArrayObject([*kids, *kids])


def an_unsigned_field(appendix: Appendix) -> None:
    form = appendix.own(dict.get(appendix.now(appendix.root), "/AcroForm"))
    field = generic.DictionaryObject({NAME("/FT"): NAME("/Tx"), NAME("/T"): generic.pdf_string("price")})
    fields = list.copy(appendix.now(dict.get(form, "/Fields")))
    form[NAME("/Fields")] = generic.ArrayObject([*fields, appendix.add(field)])


@pytest.mark.parametrize(
    "deed",
    [
        other_size, other_text, other_content, an_action, a_comment, other_fields, a_form_script, another_page,
        an_unsigned_field,
    ],
)  # fmt: skip
def test_anything_else_beside_validation_data_is_not_known_and_not_passed(bench: Bench, deed: Deed) -> None:
    file = with_update(bench.sign(level="B-T").output, deed)
    assert steps(file, 1) is None
    passed = bench.verify(file).verdict is Verdict.TOTAL_PASSED
    assert passed is (deed is a_form_script)  # the analysis allows that one: there is no field that could be drawn anew


def test_an_object_that_older_ones_spoke_of_without_having_it_does_not_come_quietly(bench: Bench) -> None:
    """The page names 6 0 R as one of its contents, which nobody had made: whoever makes it changes the page."""

    def fill(appendix: Appendix) -> None:
        assert appendix.add(generic.StreamObject({}, encoded_data=b"0 0 300 300 re f")).idnum == 6

    holed = documents.page().replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 0 R]")
    for first, known in ((documents.page(), True), (holed, False)):
        bench.source.write_bytes(documents.plain(first_page=first))
        assert (steps(with_update(bench.source, fill), 0) is not None) is known


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (b"/Contents [4 0 R 40\n0 R]", {4, 40}),
        (b"/A 4%x\n0 R /B (12 0 R)", {4, 12}),
        (b"/A 4\0 0\0R /B 7 0 RG", {4, 7}),
        (b"<" + b"0" * 100_000 + b">", set()),
    ],
)
def test_which_objects_a_text_speaks_of(text: bytes, numbers: set[int]) -> None:
    assert numbers_in(text) == numbers


def test_removed_validation_data_is_not_an_addition(bench: Bench) -> None:
    signed = bench.sign(level="B-LTA").output

    def drop(appendix: Appendix) -> None:
        store = dict.get(appendix.now(appendix.root), "/DSS")
        appendix.own(store)[NAME("/CRLs")] = generic.ArrayObject([])

    assert steps(with_update(signed, drop), 3) is None


def test_known_or_not_the_answer_is_the_analysis_s(bench: Bench) -> None:
    """The quick way says of real files what the slow one says."""
    once = bench.sign(level="B-LTA").output
    twice = bench.sign(once, "twice.pdf", level="B-LTA").output
    with OpenPdf(twice) as pdf:
        signatures = pdf.signatures()
        quick = [changes_after(pdf, s, signatures) for s in signatures]
        slow = [changes_after(pdf, s, signatures, _Blind(pdf, signatures)) for s in signatures]
    assert quick == slow


class _Blind(Steps):
    """Knows nothing."""

    def since(self, revision: int) -> tuple[Step, ...] | None:
        return None
