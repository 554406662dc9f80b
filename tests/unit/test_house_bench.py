"""The benchmark harness tells the truth: medians, pairs, targets, alternation, and a broken run breaks off."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.harness import BenchmarkBroken, Plan, evaluate, measure, process
from benchmarks.material import pdf

PLAN = Plan(name="x", unit="ms", target=2.0, what="this against that")


def test_a_ratio_is_of_the_medians_and_its_spread_of_the_pairs() -> None:
    figure = evaluate(PLAN, [30.0, 10.0, 20.0], [10.0, 10.0, 5.0])
    assert (figure.ours, figure.against, figure.value, figure.ok) == (20.0, 10.0, 2.0, True)
    assert figure.spread == (1.0, 4.0)


def test_a_missed_target_is_not_ok() -> None:
    assert not evaluate(PLAN, [21.0], [10.0]).ok
    rate = Plan(name="x", unit="1/s", target=0.9, what="", at_most=False)
    assert not evaluate(rate, [8.0], [10.0]).ok
    assert evaluate(rate, [9.0], [10.0]).ok


def test_difference_and_absolute() -> None:
    assert evaluate(Plan(name="x", unit="ms", target=1, what="", kind="difference"), [11.0], [10.5]).value == 0.5
    figure = evaluate(Plan(name="x", unit="ms", target=60, what="", kind="absolute"), [70.0, 50.0, 40.0], [])
    assert (figure.value, figure.against, figure.ok, figure.spread) == (50.0, None, True, (40.0, 70.0))


def test_the_line_has_the_agreed_fields() -> None:
    line = json.loads(evaluate(PLAN, [1.0], [1.0]).line())
    assert list(line) == ["bench", "kind", "ours", "against", "unit", "value", "target", "ok", "runs", "spread", "what"]


def test_runs_alternate_after_one_warm_up_each() -> None:
    seen: list[str] = []

    def sample(name: str) -> float:
        seen.append(name)
        return 1.0

    figure = measure(PLAN, lambda: sample("o"), lambda: sample("a"), 3)
    assert "".join(seen) == "oa" + "oa" + "ao" + "oa"
    assert figure.runs == 3


def test_a_ratio_without_the_other_side_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        measure(PLAN, lambda: 1.0, None, 3)


def test_a_failing_process_gives_no_figure() -> None:
    with pytest.raises(BenchmarkBroken, match="ended with 3: oh no"):
        process([sys.executable, "-c", "import sys; print('oh no'); sys.exit(3)"])()


def test_the_pdf_is_one_and_has_the_wanted_size() -> None:
    import pypdfium2

    data = pdf(29_000)
    assert 28_500 < len(data) <= 29_000
    document = pypdfium2.PdfDocument(data)
    try:
        assert len(document) == 1
    finally:
        document.close()
