"""The visible mark: where it stands, what it shows, and that nothing is ever covered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.evidence.pdf.pictures import grey_page
from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import MarkDoesNotFit
from econtract_desktop.crypto.pades.mark import _back, _fitted
from econtract_desktop.ports.signer import Mark, SignOptions
from tests.fakes import documents
from tests.fakes.evidence_pki import TestPki
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench

FILLED = documents.stream(b"0 0 2000 2000 re f")


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.fixture
def bench(pki: TestPki, person: Issued, tmp_path: Path) -> Bench:
    return Bench(pki, person, tmp_path)


def signed(bench: Bench, mark: Mark, source: Path | None = None, name: str = "out.pdf") -> Path:
    options = SignOptions(level="B-LTA", mark=mark)
    output = bench.folder / name
    return bench.signer.sign(source or bench.source, output, KeyCard(bench.person), options).output


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_it_stands_on_free_paper_however_the_page_is_turned(bench: Bench, turned: int) -> None:
    bench.source.write_bytes(documents.plain(first_page=documents.page(b"/Rotate %d" % turned)))
    before = grey_page(bench.source, 0)
    file = signed(bench, Mark())
    after = grey_page(file, 0)
    assert bench.verify(file, informed=False).verdict is Verdict.TOTAL_PASSED
    drawn = [
        (x, y)
        for y, (old, new) in enumerate(zip(before.rows, after.rows, strict=True))
        for x in range(len(old))
        if old[x] != new[x]
    ]
    assert drawn
    assert all(before.rows[y][x] == 255 for x, y in drawn)
    wide = max(x for x, _ in drawn) - min(x for x, _ in drawn)
    high = max(y for _, y in drawn) - min(y for _, y in drawn)
    assert wide > 3 * high  # upright


def test_a_second_mark_does_not_cover_the_first(bench: Bench) -> None:
    once = signed(bench, Mark())
    twice = signed(bench, Mark(), once, "twice.pdf")
    boxes = [tuple(map(float, found.split())) for found in re.findall(rb"/Rect \[([^\]]*)\]", twice.read_bytes())]
    first, second = (box for box in boxes if any(box))
    assert second[1] >= first[3] or second[3] <= first[1] or second[0] >= first[2] or second[2] <= first[0]
    assert bench.verify(twice, informed=False).verdict is Verdict.TOTAL_PASSED


def test_where_no_place_is_free_it_says_so_before_the_card(bench: Bench) -> None:
    bench.source.write_bytes(full())
    card = KeyCard(bench.person)
    for mark in (Mark(), Mark(page=1, box=(100, 100, 300, 160))):
        with pytest.raises(MarkDoesNotFit):
            bench.signer.sign(bench.source, bench.folder / "out.pdf", card, SignOptions(mark=mark))
    assert card.signed == []
    over = Mark(page=1, box=(100, 100, 300, 160), over_text=True)
    assert bench.verify(signed(bench, over), informed=False).verdict is Verdict.TOTAL_PASSED


def full() -> bytes:
    """A page that is black all over."""
    return documents.build([documents.CATALOG, documents.PAGES, documents.page(), FILLED, documents.FONT])


@pytest.mark.parametrize(
    "mark",
    [Mark(page=2), Mark(page=1, box=(-5, 10, 100, 60)), Mark(page=1, box=(10, 10, 12, 11)), Mark(page=-2)],
    ids=["no such page", "outside", "too small", "no such page from the end"],
)
def test_a_place_that_is_none(bench: Bench, mark: Mark) -> None:
    with pytest.raises(MarkDoesNotFit):
        signed(bench, mark)


@given(
    x=st.floats(0, 500),
    y=st.floats(0, 700),
    turned=st.sampled_from([0, 90, 180, 270]),
)
def test_a_shown_point_is_on_the_paper(x: float, y: float, turned: int) -> None:
    """Turning back and forth: four quarter turns are none."""
    width, height = (500.0, 700.0) if turned in (0, 180) else (700.0, 500.0)
    at = _back(x, y, width, height, turned)
    if turned in (0, 180):
        assert 0 <= at[0] <= width
        assert 0 <= at[1] <= height
    again = _back(*at, *((width, height) if turned in (0, 180) else (height, width)), (360 - turned) % 360)
    assert again == pytest.approx((x, y))


@given(box=st.tuples(st.floats(0, 200), st.floats(0, 200), st.floats(220, 600), st.floats(220, 600)))
def test_a_mark_keeps_its_proportions_inside_the_wanted_box(box: tuple[float, float, float, float]) -> None:
    left, bottom, right, top = _fitted(box, (150.0, 42.0))
    assert box[0] - 1e-6 <= left < right <= box[2] + 1e-6
    assert box[1] - 1e-6 <= bottom < top <= box[3] + 1e-6
    assert (right - left) / (top - bottom) == pytest.approx(150 / 42)
