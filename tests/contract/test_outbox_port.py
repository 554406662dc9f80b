"""The port Outbox: what holds for the fake and for the encrypted database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from econtract_desktop.ports.store import Outbox, Queued
from econtract_desktop.store.store import open_store
from tests.fakes.store import FakeKeys, FakeOutbox


@pytest.fixture(params=["fake", "real"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    if request.param == "fake":
        yield FakeOutbox()
        return
    store, outbox = open_store(tmp_path / "profile", FakeKeys())
    yield outbox
    store.close()


def _row(operation_id: str = "op1", object_id: str = "c1-C0") -> Queued:
    return Queued(
        operation_id,
        "contract.act",
        object_id,
        '{"理由": "金額が違う"}',
        ("a" * 64, "b" * 64),
        datetime(2026, 11, 23, 1, 2, 3, 4, tzinfo=UTC),
        "waiting",
        0,
        None,
        None,
    )


def test_a_row_comes_back_as_it_was(outbox: Outbox) -> None:
    rows = (_row("a"), replace(_row("b"), files=(), error_code="ED-NET-5001", error_facts='{"host": "x"}', tries=3))
    for row in rows:
        outbox.add(row)
    assert outbox.rows() == rows


def test_rows_are_in_the_order_they_were_added(outbox: Outbox) -> None:
    for name in ("z", "a", "m"):
        outbox.add(_row(name))
    outbox.mark("a", "unknown")
    outbox.done("z")
    outbox.add(_row("b"))
    assert [row.operation_id for row in outbox.rows()] == ["a", "m", "b"]


def test_the_same_operation_is_never_there_twice(outbox: Outbox) -> None:
    outbox.add(_row())
    outbox.mark("op1", "unknown", "ED-NET-5001", "{}")
    outbox.add(_row())
    (row,) = outbox.rows()
    assert (row.state, row.tries) == ("unknown", 1)


def test_marking_counts_a_try_and_keeps_the_rest(outbox: Outbox) -> None:
    outbox.add(_row())
    outbox.add(_row("op2"))
    outbox.mark("op1", "unknown", "ED-NET-5001", '{"host": "h"}')
    outbox.mark("op1", "refused", "ED-RULE-6004", None)
    assert outbox.rows() == (replace(_row(), state="refused", tries=2, error_code="ED-RULE-6004"), _row("op2"))


def test_what_is_done_leaves_and_never_comes_back(outbox: Outbox) -> None:
    outbox.add(_row())
    outbox.done("op1")
    outbox.done("op1")
    outbox.mark("op1", "unknown")
    assert outbox.rows() == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(steps=st.lists(st.tuples(st.sampled_from(["add", "mark", "done"]), st.sampled_from("abcd")), max_size=12))
def test_it_is_an_ordered_set(outbox: Outbox, steps: list[tuple[str, str]]) -> None:
    for row in outbox.rows():
        outbox.done(row.operation_id)
    model: dict[str, int] = {}
    for step, name in steps:
        if step == "add":
            outbox.add(_row(name))
            model.setdefault(name, 0)
        elif step == "mark":
            outbox.mark(name, "unknown")
            model |= {name: model[name] + 1} if name in model else {}
        else:
            outbox.done(name)
            model.pop(name, None)
    assert [(row.operation_id, row.tries) for row in outbox.rows()] == list(model.items())
