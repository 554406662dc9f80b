"""`econtract sign`, `timestamp` and `extend` as processes: what they print, how they end, and that they go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness import script
from benchmarks.quick_stamps import PATH
from tests.integration.signing.batch import NOBODY, PIN, Batch, leftovers, signatures_in

MakeBatch = Callable[..., Batch]


def command(batch: Batch, *words: str | Path, card: bool = True) -> list[str]:
    service = ["--tsa", f"http://127.0.0.1:{batch.port}{PATH}", "--trust", str(batch.authority.trust_dir)]
    own = ["--profile", str(batch.profile), "--json", *(["--module", str(batch.card)] if card else [])]
    return [str(script("econtract")), *map(str, words), *service, *own]


def start(batch: Batch, *words: str | Path) -> subprocess.Popen[str]:
    reading, writing = os.pipe()
    os.write(writing, f"{PIN}\n".encode())
    os.close(writing)
    process = subprocess.Popen(
        [*command(batch, *words), "--pin-fd", str(reading)], stdout=subprocess.PIPE, text=True, pass_fds=(reading,)
    )
    os.close(reading)
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, Any]:
    out, _ = process.communicate(timeout=120)
    return process.returncode, json.loads(out) if out else None


def sign(batch: Batch, *more: str | Path) -> tuple[int, Any]:
    return ended(start(batch, "sign", *batch.sources, "--out", batch.out, *more))


def run(batch: Batch, *words: str | Path) -> tuple[int, Any]:
    done = subprocess.run(command(batch, *words, card=False), capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_sign_says_all_of_it(make_batch: MakeBatch) -> None:
    batch = make_batch(2)
    status, told = sign(batch, "--reason", "請負契約")
    assert status == 0
    assert {"documents", "pins_asked", "signatures_made", "seconds", "repeated_card_operations", "forecast_pins", "resumed"} <= set(told)  # fmt: skip
    assert abs(told["clock_ahead_s"]) < 60
    first = told["documents"][0]
    assert set(first) == {
        "input", "inputs", "output", "format", "level", "sha256", "signed_at", "timestamp", "state",
    }  # fmt: skip
    assert (first["input"], first["output"]) == (str(batch.sources[0]), str(batch.out / "000.pdf"))
    assert (first["format"], first["level"], first["state"]) == ("PDF", "PAdES-B-T", "complete")
    assert (told["pins_asked"], told["signatures_made"], told["forecast_pins"]) == (1, 2, 1)
    again, problem = sign(batch)
    assert (again, problem["error"]["code"]) == (1, "ED-SIGN-3004")


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are passed the POSIX way")
def test_killed_and_started_again_it_goes_on(make_batch: MakeBatch) -> None:
    batch = make_batch(40)
    kills = 0
    for goal in (3_000, 20_000, 45_000):
        process = start(batch, "sign", *batch.sources, "--out", batch.out)
        while process.poll() is None and sum(j.stat().st_size for j in batch.journals) < goal:
            time.sleep(0.002)
        process.kill()
        kills += ended(process)[0] == -signal.SIGKILL
    status, told = sign(batch)
    assert (status, kills) == (0, 3)
    assert len(told["documents"]) == 40
    assert told["resumed"]
    assert told["repeated_card_operations"] <= kills
    assert told["signatures_made"] < 40
    assert leftovers(batch) == []
    assert [signatures_in(batch.out / source.name) for source in batch.sources] == [1] * 40


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_cleanly_and_goes_on(make_batch: MakeBatch, how: signal.Signals) -> None:
    batch = make_batch(60)
    process = start(batch, "sign", *batch.sources, "--out", batch.out)
    while process.poll() is None and sum(j.stat().st_size for j in batch.journals) < 12_000:
        time.sleep(0.002)
    process.send_signal(how)
    status, told = ended(process)
    assert (status, told["error"]["code"]) == (4, "ED-SIGN-3005")
    assert told["error"]["retriable"]
    assert 0 <= told["error"]["done"] < told["error"]["total"] == 60
    assert not list(batch.out.glob(".*"))
    status, told = sign(batch)
    assert (status, told["repeated_card_operations"], told["resumed"]) == (0, 0, True)
    assert leftovers(batch) == []
    assert [signatures_in(batch.out / source.name) for source in batch.sources] == [1] * 60


def test_timestamps_that_wait_are_added_later(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(2, port=NOBODY)
    status, told = sign(batch)
    assert status == 3
    assert [d["state"] for d in told["documents"]] == ["timestamp-waiting"] * 2
    assert [d["timestamp"] for d in told["documents"]] == [None, None]
    assert told["timestamp_problem"] == "ED-TIME-5101"
    assert sorted(w["file"] for w in told["waiting"]) == [d["output"] for d in told["documents"]]
    assert all(w["deadline"] > w["signed_at"] for w in told["waiting"])
    signed_at = {d["output"]: d["signed_at"] for d in told["documents"]}
    status, told = run(batch, "timestamp")
    assert (status, [p["code"] for p in told["problems"]], len(told["waiting"])) == (3, ["ED-TIME-5101"] * 2, 2)
    status, told = run(replace(batch, port=stamps), "timestamp", batch.out / "001.pdf")
    assert (status, told["documents"][0]["level"]) == (0, "PAdES-B-T")
    status, told = run(replace(batch, port=stamps), "timestamp")
    assert (status, told["waiting"], told["problems"]) == (0, [], [])
    (document,) = told["documents"]
    assert document["signed_at"] == signed_at[document["output"]]
    assert document["timestamp"] is not None
    assert run(replace(batch, port=stamps), "timestamp") == (0, {"documents": [], "problems": [], "waiting": []})


def test_a_file_that_was_moved_away_is_told_and_forgotten(make_batch: MakeBatch) -> None:
    batch = make_batch(1, port=NOBODY)
    assert sign(batch)[0] == 3
    (batch.out / "000.pdf").unlink()
    status, told = run(batch, "timestamp")
    assert (status, [p["code"] for p in told["problems"]]) == (3, ["ED-PC-1005"])
    assert run(batch, "timestamp", "--forget", batch.out / "000.pdf") == (0, {"waiting": []})


def test_wrong_words_are_wrong_usage(make_batch: MakeBatch) -> None:
    batch = make_batch(1)
    assert sign(batch, "--level", "B-X")[0] == 2
    assert run(batch, "extend", batch.sources[0])[0] == 2
    status, told = run(batch, "extend", batch.sources[0], "--level", "B-LTA")
    assert (status, told["error"]["code"]) == (1, "ED-DOC-4012")


def test_other_files_go_into_one_container(make_batch: MakeBatch) -> None:
    batch = make_batch(1)
    drawing: Path = batch.folder / "in" / "図面.dwg"
    drawing.write_bytes(b"AC1032" + bytes(1000))
    status, told = sign(batch)
    assert status == 0
    assert [(d["format"], Path(d["output"]).name) for d in told["documents"]] == [
        ("PDF", "000.pdf"),
        ("ASiC-E", "図面.asice"),
    ]
    assert told["signatures_made"] == 2
