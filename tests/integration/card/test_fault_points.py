"""A few of the points where a card may fail; all of them by `python -m tests.integration.card.fault_points`."""

from __future__ import annotations

import pytest

from tests.fakes.virtual import LAYOUTS, Table
from tests.integration.card.fault_points import run


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_fault_costs_no_try_and_the_card_comes_back(table: Table, layout: str) -> None:
    counts = run(table, (layout,), every=97, offset=5)
    assert counts.points >= 3
    assert counts.complaints == []
    assert counts.unneeded_tries == 0


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_more_of_them(table: Table, layout: str) -> None:
    counts = run(table, (layout,), every=23, offset=11)
    assert counts.complaints == []
    assert counts.unneeded_tries == 0
