"""The port SigningJournals, and what its file survives."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from econtract_core.rules.errors import FileNotWritable, StoreInUse, StoreUnreadable
from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.signer import SignedDocument, State
from econtract_desktop.ports.signing_journal import Fate, SigningJournal, SigningJournals
from econtract_desktop.store.signing_journal import FileSigningJournals

JOB = "0123456789abcdef"
NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
SIGNATURE = CardSignature(bytes(range(256)), "rsa")
NAMES = ("契約書.pdf", "図面.asice")


def made(name: str, state: State = State.COMPLETE) -> SignedDocument:
    return SignedDocument((Path("/in") / name,), Path("/out") / name, "PDF", "PAdES-B-T", "ab" * 32, 5, NOW, NOW, state)


def course(journal: SigningJournal) -> list[tuple[Fate, ...]]:
    """A run of two documents; what was known after each step, before the first included."""
    seen = [tuple(map(journal.fate, NAMES))]

    def note() -> None:
        seen.append(tuple(map(journal.fate, NAMES)))

    journal.signer(b"certificate")
    note()
    for name in NAMES:
        for step in (
            lambda n: journal.asked(n, {f"/in/{n}": "cd" * 32}, NOW),
            journal.refused,
            lambda n: journal.asked(n, {f"/in/{n}": "ef" * 32}, NOW),
            lambda n: journal.signed(n, SIGNATURE),
            lambda n: journal.publishing(n, made(n, State.TIMESTAMP_WAITING)),
            lambda n: journal.publishing(n, made(n)),
            journal.in_place,
            journal.verified,
        ):
            step(name)
            note()
    return seen


def test_what_was_written_is_known_to_the_next_run(tmp_path: Path) -> None:
    port: SigningJournals = FileSigningJournals(tmp_path / "signing")
    journal = port.open(JOB)
    assert (journal.resumed, journal.certificate) == (False, None)
    seen = course(journal)
    journal.close()
    again = port.open(JOB)
    assert (again.resumed, again.certificate) == (True, b"certificate")
    assert tuple(map(again.fate, NAMES)) == seen[-1]
    fate = again.fate(NAMES[0])
    assert fate.signature == SIGNATURE
    assert (dict(fate.sources), fate.when, fate.asked) == ({"/in/契約書.pdf": "ef" * 32}, NOW, 1)
    assert [m.state for m in fate.published] == [State.TIMESTAMP_WAITING, State.COMPLETE]
    assert fate.published[-1] == made(NAMES[0])
    assert (fate.in_place, fate.verified) == (True, True)
    again.close()


def test_another_try_after_a_crash_is_counted(tmp_path: Path) -> None:
    port = FileSigningJournals(tmp_path)
    for turn in range(3):
        journal = port.open(JOB)
        assert journal.fate("a").asked == turn
        journal.asked("a", {}, NOW)
        journal.close()


def test_finished_leaves_nothing(tmp_path: Path) -> None:
    journal = FileSigningJournals(tmp_path).open(JOB)
    course(journal)
    journal.finish()
    journal.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotWritable):
        journal.asked("a", {}, NOW)
    fresh = FileSigningJournals(tmp_path).open(JOB)
    assert not fresh.resumed
    fresh.close()


def test_begun_anew_what_was_is_forgotten(tmp_path: Path) -> None:
    port = FileSigningJournals(tmp_path)
    journal = port.open(JOB)
    course(journal)
    journal.close()
    anew = port.open(JOB, anew=True)
    assert (anew.resumed, anew.fate(NAMES[0])) == (False, Fate())
    anew.close()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "signing"
    journal = FileSigningJournals(folder).open(JOB)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    journal.close()


def test_two_at_once_the_second_is_refused(tmp_path: Path) -> None:
    port = FileSigningJournals(tmp_path)
    first = port.open(JOB)
    with pytest.raises(StoreInUse):
        port.open(JOB)
    with pytest.raises(StoreInUse):
        port.open(JOB, anew=True)
    program = (
        "import sys; from pathlib import Path; from econtract_core.rules.errors import StoreInUse\n"
        "from econtract_desktop.store.signing_journal import FileSigningJournals\n"
        "try: FileSigningJournals(Path(sys.argv[1])).open(sys.argv[2]); print('opened')\n"
        "except StoreInUse: print('in use')"
    )

    def other() -> str:
        command = [sys.executable, "-c", program, str(tmp_path), JOB]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert other() == "in use"
    another = port.open("f" * 16)  # another job is nobody's hindrance
    another.close()
    first.close()
    assert other() == "opened"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[tuple[Fate, ...]]]:
    folder = tmp_path_factory.mktemp("journal")
    journal = FileSigningJournals(folder).open(JOB)
    seen = course(journal)
    journal.close()
    return (folder / f"{JOB}.journal").read_bytes(), [tuple(Fate() for _ in NAMES), *seen]


def reopened(folder: Path, data: bytes) -> tuple[Fate, ...]:
    """What a run knows that finds this file; and that it can go on with it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{JOB}.journal"
    path.write_bytes(data)
    port = FileSigningJournals(folder)
    journal = port.open(JOB)
    known = tuple(map(journal.fate, NAMES))
    journal.asked("more", {}, NOW)
    journal.close()
    again = port.open(JOB)
    assert again.fate("more").asked == 1
    assert tuple(map(again.fate, NAMES)) == known
    again.close()
    return known


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1))
def test_cut_off_anywhere_the_lines_before_count(
    tmp_path_factory: pytest.TempPathFactory, written: tuple[bytes, list[tuple[Fate, ...]]], cut: float
) -> None:
    data, seen = written
    end = round(cut * len(data))
    known = reopened(tmp_path_factory.mktemp("cut"), data[:end])
    assert known == seen[data[:end].count(b"\n")]


@settings(max_examples=150, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_a_changed_byte_never_makes_another_story(
    tmp_path_factory: pytest.TempPathFactory,
    written: tuple[bytes, list[tuple[Fate, ...]]],
    place: float,
    change: int,
) -> None:
    data, seen = written
    at = int(place * len(data))
    flipped = bytearray(data)
    flipped[at] ^= change
    in_last_line = at >= data[:-1].rindex(b"\n") + 1
    folder = tmp_path_factory.mktemp("flip")
    if in_last_line:
        assert reopened(folder, bytes(flipped)) == seen[data.count(b"\n") - 1]
        return
    with pytest.raises(StoreUnreadable):
        reopened(folder, bytes(flipped))
    assert (folder / f"{JOB}.journal").read_bytes() == flipped


def test_lines_out_of_order_or_of_another_job_are_refused(
    tmp_path: Path, written: tuple[bytes, list[tuple[Fate, ...]]]
) -> None:
    lines = written[0].splitlines(keepends=True)
    swapped = [*lines[:3], lines[4], lines[3], *lines[5:]]
    missing = [*lines[:3], *lines[4:]]
    for broken in (swapped, missing):
        with pytest.raises(StoreUnreadable):
            reopened(tmp_path, b"".join(broken))
    (tmp_path / ("e" * 16 + ".journal")).write_bytes(written[0])
    with pytest.raises(StoreUnreadable):
        FileSigningJournals(tmp_path).open("e" * 16)
