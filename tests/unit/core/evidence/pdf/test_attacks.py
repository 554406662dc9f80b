"""Forgeries: what is signed stays byte for byte as it was, what one sees does not. None may pass.

Each begins with a true signature; the attacker has no key, but may have prepared the document before it was signed, and may have
document timestamps, which any public service gives to anybody. `test_honest` are the same moves without the trick.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from econtract_core.evidence.verdict import Verdict
from tests.fakes import documents
from tests.fakes.documents import TEXT, page, plain, stream, updated
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import Issued
from tests.fakes.raw_signing import RawField, signed, stamped
from tests.fakes.signing_bench import Bench

CATALOG = b"/Type /Catalog /Pages 2 0 R"
SIGNED_CATALOG = CATALOG + b" /AcroForm << /Fields [30 0 R] /SigFlags 3 >>"
STAMP = RawField(40, known=b"30 0 R", name=b"stamp")
KEPT = RawField(40, catalog=CATALOG + b" /DSS << /Certs [] >>", known=b"30 0 R", name=b"stamp")
EVIL_TEXT = b"BT /F1 24 Tf 72 720 Td (Forged) Tj ET"
EVIL = stream(EVIL_TEXT)
COVER = stream(
    b"1 g 0 0 595 842 re f 0 g " + EVIL_TEXT,
    b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >>",
)
TWO_CONTENTS = page().replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 0 R]")


class Scene:
    """A signer, and verifying what became of it."""

    def __init__(self, pki: TestPki, person: Issued, folder: Path) -> None:
        self.pki = pki
        self.person = person
        self._bench = Bench(pki, person, folder)

    def sign(self, data: bytes, catalog: bytes = CATALOG, number: int = 30, known: bytes = b"") -> bytes:
        name = b"raw-%d" % number
        return signed(data, RawField(number, catalog=catalog, known=known, name=name), self.pki, self.person)

    def stamp(self, data: bytes, raw: RawField = STAMP) -> bytes:
        return stamped(data, raw, self.pki)

    def verdict(self, data: bytes) -> Verdict:
        file = self._bench.folder / "attacked.pdf"
        file.write_bytes(data)
        return self._bench.verify(file).verdict


def store(more: bytes = b"/DSS << /Certs [] >>", catalog: bytes = SIGNED_CATALOG) -> bytes:
    """A catalog that has gained validation data, or what calls itself so."""
    return b"<< %s %s >>" % (catalog, more)


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def scene(pki: TestPki, person: Issued, tmp_path: Path) -> Scene:
    return Scene(pki, person, tmp_path)


# --- the same without a trick ----------------------------------------------------------------------------------------


def invisible(scene: Scene, data: bytes) -> bytes:
    raw = RawField(
        40,
        known=b"30 0 R",
        name=b"stamp",
        entries=b"/Rect [0 0 0 0] /P 3 0 R",
        objects={3: page(b"/Annots [40 0 R]")},
    )
    return scene.stamp(data, raw)


@pytest.mark.parametrize(
    "deed",
    [
        lambda _scene, data: data,
        lambda _scene, data: updated(data, {1: store()}),
        lambda _scene, data: updated(data, {1: store(b"/DSS 50 0 R"), 50: b"<< /Certs 51 0 R >>", 51: b"[]"}),
        lambda scene, data: scene.stamp(data),
        lambda scene, data: scene.stamp(updated(data, {1: store()}), KEPT),
        invisible,
        lambda scene, data: scene.sign(data, number=60, known=b"30 0 R"),
    ],
)
def test_honest(scene: Scene, deed: Callable[[Scene, bytes], bytes]) -> None:
    assert scene.verdict(deed(scene, scene.sign(plain()))) is Verdict.TOTAL_PASSED


# --- validation data that is something else --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entries",
    [
        b"/DSS 4 0 R",
        b"/DSS << /Certs 4 0 R >>",
        b"/DSS << /VRI 4 0 R >>",
        b"/DSS << /Certs [] /More 4 0 R >>",
        b"/DSS << /Certs [] >> /Extensions 4 0 R",
    ],
)
def test_the_page_s_text_is_written_anew_and_called_validation_data(scene: Scene, entries: bytes) -> None:
    data = scene.sign(plain())
    assert scene.verdict(updated(data, {1: store(entries), 4: EVIL})) is not Verdict.TOTAL_PASSED


@pytest.mark.parametrize(
    ("entries", "prepared", "forged"),
    [
        (b"/DSS << /Certs 7 0 R >>", b"[4 0 R]", b"[4 0 R 91 0 R]"),
        (b"/DSS << /VRI 7 0 R >>", b"[4 0 R]", b"[4 0 R 91 0 R]"),
        (b"/DSS 7 0 R", EVIL.replace(b"Forged", b"Honest"), EVIL),
        (b"/Extensions 7 0 R", EVIL.replace(b"Forged", b"Honest"), EVIL),
    ],
)
def test_validation_data_that_is_the_page_s_text_too(
    scene: Scene, entries: bytes, prepared: bytes, forged: bytes
) -> None:
    """Prepared before signing: one object has two uses, and may grow in one of them."""
    source = plain(stream(b""), prepared, first_page=page().replace(b"/Contents 4 0 R", b"/Contents 7 0 R"))
    data = scene.sign(source, CATALOG + b" " + entries)
    both = b"%s %s" % (SIGNED_CATALOG, entries)
    for catalog in ({}, {1: store(catalog=both, more=b"")}):
        assert scene.verdict(updated(data, {7: forged, 91: EVIL, **catalog})) is not Verdict.TOTAL_PASSED


def test_resources_that_are_validation_data_too(scene: Scene) -> None:
    shared = b"<< /Font << /F1 5 0 R >> /Certs [] >>"
    source = plain(
        stream(b""),
        shared,
        first_page=b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 7 0 R >>",
    )
    data = scene.sign(source, CATALOG + b" /DSS 7 0 R")
    other = b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"
    assert scene.verdict(updated(data, {7: shared.replace(b"5 0 R", b"91 0 R"), 91: other})) is not Verdict.TOTAL_PASSED


def test_validation_data_that_is_taken_away_again(scene: Scene) -> None:
    assert scene.verdict(scene.stamp(updated(scene.sign(plain()), {1: store()}))) is not Verdict.TOTAL_PASSED


# --- objects that nobody had made when it was signed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "reference"),
    [
        (b"", b"90 0 R"),
        (b"/Note (stream)", b"90 0 R"),
        (b"/Note (endobj \\) ( ) stream)", b"90 0 R"),
        (b"/stream 1", b"90 0 R"),
        (b"% endobj\n", b"90 0 R"),
        (b"/Note <endobj>", b"90 0 R"),
        (b"", b"00000000000090 0 R"),
        (b"", b"90 0000000 R"),
        (b"", b"90%x\n0 R"),
        (b"", b"90\0 0\fR"),
    ],
)
def test_a_page_that_names_what_is_made_later(scene: Scene, before: bytes, reference: bytes) -> None:
    own = page(before).replace(b"/Contents 4 0 R", b"")
    contents = b" /Contents [4 0 R %s] >>" % reference
    data = scene.sign(plain(first_page=own[:-2] + contents))
    assert scene.verdict(updated(data, {1: store(), 90: EVIL})) is not Verdict.TOTAL_PASSED


# --- signed places that point behind what is signed ------------------------------------------------------------------


def forward(target: int) -> bytes:
    """A document whose second content stream is listed at an offset that its file does not have."""
    source = plain(stream(b"BT ET"), first_page=TWO_CONTENTS)
    start = source.index(b"6 0 obj")
    end = source.index(b"endobj", start) + 7
    holed = source[:start] + b"\n" * (end - start) + source[end:]
    return holed.replace(b"%010d 00000 n" % start, b"%010d 00000 n" % target)


@pytest.mark.parametrize("how", ["bytes", "store", "stamp"])
def test_an_offset_behind_the_end(scene: Scene, how: str) -> None:
    size = len(scene.sign(forward(9_999_999)))
    data = scene.sign(forward(size))
    assert len(data) == size
    data += b"6 0 obj\n%s\nendobj\n" % EVIL
    if how == "store":
        data = updated(data, {1: store()})
    if how == "stamp":
        data = scene.stamp(data)
    assert scene.verdict(data) is not Verdict.TOTAL_PASSED


@pytest.mark.parametrize("length", ["right", "too long", "missing", "elsewhere"])
def test_a_stream_without_end(scene: Scene, length: str) -> None:
    """The signed part of a stream goes on in what is appended."""
    more = b"\n) ET " + EVIL_TEXT + b"\n"

    def unfinished(number: bytes) -> bytes:
        open_end = b"<< /Length %s >>\nstream\n%s\n" % (number, TEXT)
        return plain(open_end, first_page=TWO_CONTENTS)

    def source(size: int) -> bytes:
        data = unfinished(b"%8d" % 0)
        start = data.rindex(b"stream\n") + 7
        numbers = {"right": b"%8d" % (size + len(more) - start), "too long": b"99999999", "elsewhere": b"  90 0 R"}
        return (
            unfinished(numbers.get(length, b"%% none\n"))
            if length != "missing"
            else data.replace(b"/Length", b"/Lenght")
        )

    size = len(scene.sign(source(0)))
    data = scene.sign(source(size)) + more + b"endstream\nendobj\n"
    objects = {1: store(), **({90: b"%d" % (size + len(more))} if length == "elsewhere" else {})}
    assert scene.verdict(updated(data, objects)) is not Verdict.TOTAL_PASSED


# --- what covers the page --------------------------------------------------------------------------------------------


def test_a_picture_that_goes_by_the_timestamp_s_name(scene: Scene) -> None:
    picture = b"<< /Type /Annot /Subtype /Stamp /T (stamp) /F 4 /Rect [0 0 595 842] /AP << /N 51 0 R >> >>"
    objects = {3: page(b"/Annots [50 0 R]"), 50: picture, 51: COVER}
    raw = RawField(40, known=b"30 0 R", name=b"stamp", entries=b"/Rect [0 0 0 0] /P 3 0 R", objects=objects)
    assert scene.verdict(scene.stamp(scene.sign(plain()), raw)) is not Verdict.TOTAL_PASSED


def test_a_timestamp_that_paints(scene: Scene) -> None:
    objects = {3: page(b"/Annots [40 0 R]"), 51: COVER}
    entries = b"/F 4 /Rect [0 0 595 842] /P 3 0 R /AP << /N 51 0 R >>"
    raw = RawField(40, known=b"30 0 R", name=b"stamp", entries=entries, objects=objects)
    assert scene.verdict(scene.stamp(scene.sign(plain()), raw)) is not Verdict.TOTAL_PASSED


# --- values in other fields ------------------------------------------------------------------------------------------

FIELD = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %d 0 R /Rect [0 0 0 0] >>"


@pytest.mark.parametrize(
    "objects",
    [
        {30: FIELD % (b"raw-30", 61), 60: FIELD % (b"raw-60", 31)},
        {30: FIELD % (b"raw-30", 61)},
        {60: FIELD % (b"raw-60", 31)},
        {60: FIELD % (b"raw-60", 31), 1: b"<< %s >>" % SIGNED_CATALOG},
        {1: b"<< %s /AcroForm << /Fields [60 0 R 30 0 R] /SigFlags 3 >> >>" % CATALOG, 60: FIELD % (b"x", 31)},
    ],
)
def test_signatures_change_places(scene: Scene, objects: dict[int, bytes]) -> None:
    data = scene.sign(scene.sign(plain()), number=60, known=b"30 0 R")
    assert scene.verdict(data) is Verdict.TOTAL_PASSED
    assert scene.verdict(documents.updated(data, objects)) is not Verdict.TOTAL_PASSED
