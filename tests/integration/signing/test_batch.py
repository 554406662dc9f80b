"""Signing many documents with the real adapters: in order, all or told why, gone on with after whatever happened."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.material import pdf
from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import (
    Cancelled,
    CardRemoved,
    DocumentAltered,
    EcontractError,
    FileNotReadable,
    FileNotWritable,
    NotAPdf,
    OutputExists,
    StoreInUse,
    StoreUnreadable,
    TimestampUnreachable,
    UsageError,
    WrongCard,
)
from econtract_desktop.ports.signer import SignOptions, State
from econtract_practice.cards import make_file_card
from econtract_practice.people import OFFICER
from tests.integration.signing.batch import (
    NOBODY,
    PIN,
    Batch,
    BatchDesk,
    Tick,
    count_asked,
    leftovers,
    signatures_in,
)

MakeBatch = Callable[..., Batch]


@contextmanager
def desk_of(batch: Batch, tick: Tick = lambda _step: None) -> Iterator[BatchDesk]:
    desk = BatchDesk(batch, tick)
    try:
        yield desk
    finally:
        desk.close()


def at(step: str, number: int, problem: BaseException) -> Tick:
    """Raise this at the n-th such step."""
    left = [number]

    def tick(seen: str) -> None:
        if seen == step:
            left[0] -= 1
            if left[0] == 0:
                raise problem

    return tick


def whole(batch: Batch) -> bool:
    """Every document is signed once and nothing lies about."""
    return leftovers(batch) == [] and all(signatures_in(batch.out / s.name) == 1 for s in batch.sources)


class Watcher:
    """The port Progress: writes down, and stops when told to."""

    def __init__(self, stop_at: str = "", after: int = 0) -> None:
        self.steps: list[tuple[str, int, int, str]] = []
        self._stop = (stop_at, after)

    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        self.steps.append((key, done, total, subject))

    def check(self) -> None:
        key, after = self._stop
        if key and sum(step[0] == key for step in self.steps) >= after:
            raise Cancelled()


def test_all_are_signed_verified_and_told_in_order(make_batch: MakeBatch) -> None:
    batch, watcher = make_batch(30), Watcher()
    with desk_of(batch) as desk:
        signed = desk.sign(watcher)
        verdict = desk.verifier.verify(batch.out / "007.pdf")
    assert signed.timestamp_problem is None
    assert [d.inputs[0] for d in signed.documents] == list(batch.sources)
    assert {(d.level, d.state, d.timestamp is not None) for d in signed.documents} == {
        ("PAdES-B-T", State.COMPLETE, True)
    }
    assert (signed.pins_asked, signed.forecast_pins, signed.signatures_made) == (1, 1, 30)
    assert (signed.repeated_card_operations, signed.resumed, count_asked(batch)) == (0, False, 30)
    assert whole(batch)
    assert verdict.verdict is not Verdict.TOTAL_FAILED
    assert [s[1] for s in watcher.steps if s[0] == "done"] == list(range(1, 31))
    for key in ("check", "card-sign", "timestamp", "placed", "verify"):
        assert sum(step[0] == key for step in watcher.steps) == 30


def test_all_are_checked_before_the_pin(make_batch: MakeBatch) -> None:
    batch = make_batch(3)
    batch.sources[2].write_bytes(b"%PDF-1.7 broken")
    with desk_of(batch, at("before log_in", 1, AssertionError("the PIN was asked"))) as desk:
        with pytest.raises(NotAPdf):
            desk.sign()
        batch.sources[2].write_bytes(pdf(8_000))
        batch.out.mkdir()
        (batch.out / "001.pdf").write_bytes(b"mine")
        with pytest.raises(OutputExists):
            desk.sign()
    assert [p.name for p in batch.out.iterdir()] == ["001.pdf"]
    assert batch.journals == []


def test_the_pins_a_card_will_want_are_told_before_it_signs(make_batch: MakeBatch) -> None:
    batch, watcher = make_batch(5), Watcher()
    desk = BatchDesk(batch, each_time=True)
    signed = desk.sign(watcher)
    desk.close()
    assert signed.forecast_pins == 5
    keys = [step[0] for step in watcher.steps]
    assert ("pins", 0, 5, "") in watcher.steps
    assert keys.index("pins") < keys.index("card-sign")


def test_a_place_that_takes_no_files_is_told_before_the_pin(make_batch: MakeBatch) -> None:
    batch = make_batch(2)
    batch.out.write_bytes(b"not a folder")
    no_pin = at("before log_in", 1, AssertionError("the PIN was asked"))
    with desk_of(batch, no_pin) as desk, pytest.raises(FileNotWritable):
        desk.sign()
    assert batch.out.read_bytes() == b"not a folder"
    assert batch.journals == []


@pytest.mark.parametrize("key", ["check", "card-sign", "timestamp", "placed"])
def test_stopped_by_the_person_and_gone_on_with(make_batch: MakeBatch, key: str) -> None:
    batch = make_batch(30)  # more than can be under way at once
    with desk_of(batch) as desk:
        with pytest.raises(Cancelled) as caught:
            desk.sign(Watcher(key, 3))
        assert set(caught.value.facts) <= {"done", "total"}
        assert not list(batch.out.glob(".*"))
        before = count_asked(batch)
        signed = desk.sign()
    assert whole(batch)
    assert (signed.signatures_made, count_asked(batch)) == (30 - before, 30)
    assert signed.repeated_card_operations == 0
    assert signed.resumed == (key != "check")


def test_a_card_that_was_pulled_costs_only_its_own_document(make_batch: MakeBatch) -> None:
    batch = make_batch(6)
    away = batch.folder / "away.p12"

    def pull(step: str) -> None:
        if step == "before sign" and count_asked(batch) == 3 and batch.card.exists():
            batch.card.rename(away)
        if step == "before complete":
            time.sleep(0.3)  # the service takes its time: what was signed is still under way

    with desk_of(batch, pull) as desk:
        with pytest.raises(CardRemoved):
            desk.sign()
        assert [signatures_in(p) for p in sorted(batch.out.glob("*.pdf"))] == [1, 1, 1]  # what was signed is there
    away.rename(batch.card)
    with desk_of(batch) as desk:
        signed = desk.sign()
    assert whole(batch)
    assert (signed.signatures_made, signed.repeated_card_operations, signed.resumed) == (3, 0, True)


def test_signatures_of_an_earlier_run_need_no_card(make_batch: MakeBatch) -> None:
    batch = make_batch(4)
    with desk_of(batch, at("before complete", 4, SystemError("as if killed"))) as desk, pytest.raises(SystemError):
        desk.sign()
    batch.card.rename(batch.folder / "away.p12")
    with desk_of(batch) as desk:
        signed = desk.sign()
    assert whole(batch)
    assert (signed.pins_asked, signed.signatures_made, count_asked(batch), signed.forecast_pins) == (0, 0, 4, 0)


def interrupted(batch: Batch, step: str = "before complete", number: int = 2) -> None:
    with desk_of(batch, at(step, number, SystemError("as if killed"))) as desk, pytest.raises(SystemError):
        desk.sign()


def test_a_source_that_was_changed_after_it_was_signed_is_told(make_batch: MakeBatch) -> None:
    batch = make_batch(1)
    interrupted(batch, number=1)
    before = batch.sources[0].read_bytes()
    batch.sources[0].write_bytes(before + b"% another\n")
    with desk_of(batch) as desk:
        with pytest.raises(DocumentAltered) as caught:
            desk.sign()
        assert caught.value.facts["file"] == str(batch.sources[0])
        batch.sources[0].write_bytes(before)
        assert desk.sign().repeated_card_operations == 0
    assert whole(batch)


def test_begun_anew_the_changed_source_is_signed(make_batch: MakeBatch) -> None:
    batch = make_batch(1)
    interrupted(batch, number=1)
    batch.sources[0].write_bytes(pdf(9_000))
    with desk_of(batch) as desk:
        signed = desk.sign(anew=True)
    assert (signed.resumed, signed.signatures_made) == (False, 1)
    assert whole(batch)


def test_a_source_that_was_not_signed_yet_may_change(make_batch: MakeBatch) -> None:
    batch = make_batch(2)
    interrupted(batch, "before sign", 2)
    batch.sources[1].write_bytes(pdf(9_000))
    with desk_of(batch) as desk:
        desk.sign()
    assert whole(batch)
    assert (batch.out / "001.pdf").read_bytes().startswith(pdf(9_000))


def test_another_card_does_not_go_on(make_batch: MakeBatch) -> None:
    batch = make_batch(3)
    interrupted(batch, "before sign", 2)
    mine = batch.card.read_bytes(), Path(f"{batch.card}.state").read_bytes()
    key, certificate = batch.authority.issue(OFFICER.person)
    make_file_card(batch.card, "other", PIN, key, certificate)
    no_pin = at("before log_in", 1, AssertionError("the PIN was asked"))
    with desk_of(batch, no_pin) as desk, pytest.raises(WrongCard):
        desk.sign()
    batch.card.write_bytes(mine[0])
    Path(f"{batch.card}.state").write_bytes(mine[1])
    with desk_of(batch) as desk:
        desk.sign()
    assert whole(batch)


@pytest.mark.parametrize(("step", "told"), [("before in_place", OutputExists), ("before verify", DocumentAltered)])
def test_what_came_to_stand_under_the_name_is_kept(
    make_batch: MakeBatch, step: str, told: type[EcontractError]
) -> None:
    batch = make_batch(1)
    interrupted(batch, step, 1)
    (done,) = batch.out.glob("*.pdf")
    done.write_bytes(b"mine")
    with desk_of(batch) as desk, pytest.raises(told):
        desk.sign()
    assert done.read_bytes() == b"mine"


def test_a_document_that_was_moved_away_when_done_stays_away(make_batch: MakeBatch) -> None:
    batch = make_batch(3)
    interrupted(batch, "after verified", 2)
    names = [p.name for p in sorted(batch.out.glob("*.pdf"))]
    (batch.out / names[0]).unlink()
    with desk_of(batch) as desk:
        signed = desk.sign()
    assert len(signed.documents) == 3
    assert sorted(p.name for p in batch.out.glob("*.pdf")) == ["001.pdf", "002.pdf"]


def test_the_same_twice_at_once_is_refused(make_batch: MakeBatch) -> None:
    batch = make_batch(2)
    caught: list[EcontractError] = []

    def second(step: str) -> None:
        if step == "before sign" and not caught:
            caught.append(StoreInUse(path=""))
            with desk_of(batch) as other:
                try:
                    other.sign()
                except EcontractError as problem:
                    caught.append(problem)

    with desk_of(batch, second) as desk:
        desk.sign()
    assert isinstance(caught[1], StoreInUse)
    assert whole(batch)


def test_a_damaged_journal_is_told_and_left(make_batch: MakeBatch) -> None:
    batch = make_batch(3)
    interrupted(batch, "before complete", 3)
    (journal,) = batch.journals
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    with desk_of(batch) as desk:
        with pytest.raises(StoreUnreadable):
            desk.sign()
        assert journal.read_bytes() == data


def test_a_signature_that_no_longer_fits_is_made_again_and_counted(make_batch: MakeBatch) -> None:
    """As if another version of the program laid the document out in another way."""
    batch = make_batch(1)
    interrupted(batch, number=1)
    (journal,) = batch.journals
    from econtract_desktop.store.signing_journal import _checksum

    lines = []
    for line in journal.read_bytes().splitlines():
        record = json.loads(line[17:])
        if record["step"] == "asked":
            record["when"] = (datetime.fromisoformat(record["when"]) + timedelta(minutes=1)).isoformat()
        body = json.dumps(record).encode()
        lines.append(_checksum(body) + b" " + body + b"\n")
    journal.write_bytes(b"".join(lines))
    with desk_of(batch) as desk:
        signed = desk.sign()
    assert (signed.signatures_made, signed.repeated_card_operations) == (1, 1)
    assert whole(batch)


def test_one_container_of_what_is_no_pdf_and_names_that_meet(make_batch: MakeBatch) -> None:
    from econtract_desktop.services.sign_documents import _wanted

    batch = make_batch(2)
    drawing = batch.folder / "図面.dwg"
    drawing.write_bytes(b"AC1032")
    table = batch.folder / "数量.xlsx"
    table.write_bytes(b"PK")
    hidden = batch.folder / "scan"
    hidden.write_bytes(b"\n%PDF-1.4\n")
    files = (batch.sources[0], drawing, table, hidden)
    found = _wanted(files, batch.out, SignOptions())
    assert [(w.sources, w.output.name) for w in found] == [
        ((batch.sources[0],), "000.pdf"),
        ((hidden,), "scan"),
        ((drawing, table), "図面.asice"),
    ]
    (all_in_one,) = _wanted(files, batch.out, SignOptions(container=True))
    assert (all_in_one.sources, all_in_one.output.name) == (files, "000.asice")
    other = batch.folder / "other" / "000.PDF"
    for same in (batch.sources[0], other):
        with pytest.raises(UsageError):
            _wanted((batch.sources[0], same), batch.out, SignOptions())
    with pytest.raises(UsageError):
        _wanted((drawing, drawing), batch.out, SignOptions())


def test_a_container_goes_on_without_the_card(make_batch: MakeBatch) -> None:
    batch = make_batch(1)
    for name in ("図面.dwg", "数量.xlsx"):
        (batch.folder / "in" / name).write_bytes(name.encode() * 1000)
    interrupted(batch)
    assert count_asked(batch) == 2
    with desk_of(batch) as desk:
        signed = desk.sign()
    assert (count_asked(batch), signed.repeated_card_operations) == (2, 0)
    assert [(d.format, d.output.name, len(d.inputs)) for d in signed.documents] == [
        ("PDF", "000.pdf", 1),
        ("ASiC-E", "図面.asice", 2),
    ]


def test_a_container_is_signed_again_beside_other_files(make_batch: MakeBatch) -> None:
    """What the other party has signed stays one container, with two signatures; it goes into no container of its own."""
    from econtract_desktop.services.sign_documents import _wanted

    batch = make_batch(1)
    (batch.folder / "in" / "図面.dwg").write_bytes(b"AC1032")
    with desk_of(batch) as desk:
        first = desk.sign().documents[-1].output
    (batch.folder / "in" / "図面.dwg").unlink()
    container = first.rename(batch.folder / "in" / "図面.asice")
    shutil.rmtree(batch.out)
    for options in (SignOptions(), SignOptions(container=True)):
        assert ((container,), "図面.asice") in [
            (w.sources, w.output.name) for w in _wanted((container,), batch.out, options)
        ]
    with desk_of(batch) as desk:
        signed = desk.sign()
    assert [(d.format, d.output.name) for d in signed.documents] == [("PDF", "000.pdf"), ("ASiC-E", "図面.asice")]
    with zipfile.ZipFile(signed.documents[-1].output) as archive:
        assert [n for n in archive.namelist() if n.endswith(".xml")] == [
            "META-INF/manifest.xml",
            "META-INF/signatures0.xml",
            "META-INF/signatures1.xml",
        ]


def test_a_level_that_was_not_reached_waits_for_the_rest(make_batch: MakeBatch) -> None:
    """Nobody has revocation data here."""
    batch = make_batch(2)
    with desk_of(batch) as desk:
        signed = desk.sign(options=SignOptions(level="B-LTA"))
        assert {(d.level, d.state) for d in signed.documents} == {("PAdES-B-T", State.VALIDATION_DATA_WAITING)}
        assert [w.level for w in desk.waiting.files()] == ["B-LTA"] * 2
        desk.extend.extend((batch.out / "000.pdf",), "B-T", Watcher())
        assert len(desk.waiting.files()) == 2  # it still waits for what it wanted


# --- no timestamp service ---------------------------------------------------------------------------------------------


def test_without_a_timestamp_service_files_are_kept_and_completed_later(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(6, port=NOBODY)
    with desk_of(batch) as desk:
        signed = desk.sign()
        waiting = desk.waiting.files()
        again = desk.waiting.complete(Watcher())
    assert {(d.state, d.level, d.timestamp) for d in signed.documents} == {(State.TIMESTAMP_WAITING, "PAdES-B-B", None)}
    assert isinstance(signed.timestamp_problem, TimestampUnreachable)
    assert whole(batch)
    assert sorted(w.file for w in waiting) == [batch.out / s.name for s in batch.sources]
    assert {w.signed_at for w in waiting} == {d.signed_at for d in signed.documents}
    assert all(w.deadline > w.signed_at + timedelta(days=1) and w.level == "B-T" for w in waiting)
    assert [isinstance(c.problem, TimestampUnreachable) for c in again] == [True] * 6
    with desk_of(replace(batch, port=stamps)) as desk:  # another day, another process
        assert len(desk.waiting.files()) == 6
        done = desk.waiting.complete(Watcher())
        assert [c.problem for c in done] == [None] * 6
        for completed in done:
            document = completed.document
            assert document is not None
            assert document.timestamp is not None
            assert (document.level, document.state) == ("PAdES-B-T", State.COMPLETE)
            assert document.signed_at == completed.waiting.signed_at <= document.timestamp + timedelta(seconds=2)
            assert signatures_in(document.output) == 1
        assert desk.waiting.files() == ()


def test_a_service_that_says_nothing_is_not_waited_for_again_and_again(make_batch: MakeBatch) -> None:
    batch = make_batch(40, port=NOBODY)
    asked: list[str] = []
    with desk_of(batch, asked.append) as desk:
        signed = desk.sign()
    assert {d.state for d in signed.documents} == {State.TIMESTAMP_WAITING}
    assert asked.count("before complete") < 40
    assert whole(batch)


def test_timestamps_of_named_files_come_off_the_list(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(2, port=NOBODY)
    with desk_of(batch) as desk:
        desk.sign()
    first, second = (batch.out / s.name for s in batch.sources)
    with desk_of(replace(batch, port=stamps)) as desk:
        (document,) = desk.extend.timestamp((first,), Watcher())
        assert document.level == "PAdES-B-T"
        assert [w.file for w in desk.waiting.files()] == [second]
        with pytest.raises(FileNotReadable):
            desk.extend.timestamp((second, batch.out / "nothing.pdf"), Watcher())
        assert [w.file for w in desk.waiting.files()] == [second]
        second.unlink()
        (gone,) = desk.waiting.complete(Watcher())
        assert isinstance(gone.problem, FileNotReadable)
        desk.waiting.forget(second)
        assert desk.waiting.files() == ()


def test_killed_before_a_waiting_file_was_entered_it_is_entered_by_the_next_run(make_batch: MakeBatch) -> None:
    batch = make_batch(2, port=NOBODY)
    interrupted(batch, "before verified", 1)
    with desk_of(batch) as desk:
        desk.sign()
        assert len(desk.waiting.files()) == 2


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_nobody_else_may_read_what_is_kept(make_batch: MakeBatch) -> None:
    batch = make_batch(1, port=NOBODY)
    with desk_of(batch) as desk:
        desk.sign()
    for kept in (batch.profile / "signing").iterdir():
        assert kept.stat().st_mode & 0o077 == 0


def test_few_copies_are_open_at_once(make_batch: MakeBatch) -> None:
    batch = make_batch(80)
    most = [0]

    def look(step: str) -> None:
        if step == "before complete":
            time.sleep(0.2)  # the card is quicker than the service
        if step == "before sign":
            most[0] = max(most[0], sum(1 for _ in batch.out.glob(".econtract-*/.*.part")))

    with desk_of(batch, look) as desk:
        desk.sign()
    assert 0 < most[0] <= 25
