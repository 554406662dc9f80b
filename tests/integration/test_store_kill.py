"""Killed at any moment, the store keeps what it acknowledged, and nothing of it twice or by halves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from econtract_desktop.store.keys import FileKeys
from econtract_desktop.store.store import open_store

_ROOT = Path(__file__).parents[2]
_WRITER = Path(__file__).with_name("store_writer.py")
_SOURCE = b"signed bytes" * 1000
_DIGEST = sha256(_SOURCE).hexdigest()
_COURSE = ("open", "add a", "add b", "mark a", "cases", "file", "setting", "done a")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def _start(profile: Path, mode: str, argument: str) -> subprocess.Popen[str]:
    profile.parent.mkdir(exist_ok=True)
    profile.with_name("source").write_bytes(_SOURCE)
    return subprocess.Popen(
        [sys.executable, str(_WRITER), str(profile), mode, argument],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )


def _run(profile: Path, kill_at: int) -> tuple[list[str], int]:
    writer = _start(profile, "steps", str(kill_at))
    said, _ = writer.communicate()
    return said.splitlines(), writer.returncode


def _check(profile: Path, said: list[str]) -> None:
    """Whatever was said holds; the step after it may have happened or not; none after that has."""
    done = len(said)
    assert tuple(said) == _COURSE[:done]
    store, outbox = open_store(profile, FileKeys(profile))
    rows = {row.operation_id: row for row in outbox.rows()}
    assert len(rows) == len(outbox.rows())

    def seen(step: str, happened: bool) -> None:
        place = _COURSE.index(step)
        if place < done:
            assert happened, f"{step} was acknowledged and is lost"
        elif place > done:
            assert not happened, f"{step} is there before its time"

    if "done a" not in said and done < len(_COURSE) - 1:
        seen("add a", "a" in rows)
        seen("mark a", "a" in rows and rows["a"].state == "unknown" and rows["a"].tries == 1)
    seen("add b", "b" in rows)
    seen("done a", "add a" in said and "a" not in rows)
    assert len(store.cases()) in (0, 2)
    seen("cases", bool(store.cases()))
    seen("file", store.file(_DIGEST) is not None)
    assert not (profile / "files" / "broken").exists()
    seen("setting", store.setting("signed") == "file")
    store.close()


def _kill_everywhere(folder: Path, step: int) -> int:
    """Every `step`-th event, each in a fresh profile, until a run gets through. The number of kills."""
    kill_at, kills = 1, 0
    while True:
        profile = folder / str(kill_at) / "profile"
        said, status = _run(profile, kill_at)
        if status == 0:
            assert said[:-1] == list(_COURSE)
            return kills
        assert status == -signal.SIGKILL
        kills += 1
        _check(profile, said)
        again, status = _run(profile, 0)  # the program that was killed can be started again
        assert (status, again[:-1]) == (0, list(_COURSE))
        kill_at += step


def test_killed_at_some_events_nothing_is_lost(tmp_path: Path) -> None:
    assert _kill_everywhere(tmp_path, 9) > 4


@pytest.mark.slow
def test_killed_at_every_event_nothing_is_lost(tmp_path: Path) -> None:
    assert _kill_everywhere(tmp_path, 1) > 40


def test_killed_at_any_time_acknowledged_rows_are_there_once(tmp_path: Path) -> None:
    """Two programs write to one profile and are killed from outside, again and again."""
    profile = tmp_path / "profile"
    chance = random.Random(20261123)
    acknowledged: list[str] = []
    for turn in range(5):
        writers = [_start(profile, "loop", f"{turn}{name}") for name in "ab"]
        for writer in writers:
            assert writer.stdout is not None
            for _ in range(chance.randrange(1, 25)):
                acknowledged.append(writer.stdout.readline().strip())
        for writer in writers:
            writer.kill()
            said, _ = writer.communicate()
            # A line cut short by the kill was not acknowledged.
            acknowledged += [line for line in said.splitlines(keepends=True) if line.endswith("\n")]
        store, outbox = open_store(profile, FileKeys(profile))
        rows = [row.operation_id for row in outbox.rows()]
        assert len(rows) == len(set(rows))
        assert {name.strip() for name in acknowledged} <= set(rows)
        for writer_name in (f"{turn}a", f"{turn}b"):
            numbers = [int(r.split("-")[1]) for r in rows if r.startswith(f"{writer_name}-")]
            assert numbers == list(range(len(numbers)))  # in order, without a gap
        store.close()
