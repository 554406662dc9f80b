"""The fuzz runner finds what is broken, and what was found once stays mended."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fuzz import __main__ as runner
from fuzz import pdf
from fuzz.mutate import mutated


class Fragile:
    """A target that cannot stand one byte."""

    def seeds(self) -> list[bytes]:
        return [b"hello, world", b"\x30\x03abc"]

    def run(self, data: bytes) -> str:
        if b"\xff" in data:
            raise ValueError("a byte nobody thought of")
        return "long" if len(data) > 20 else "short"


class Slow(Fragile):
    SECONDS = 0.01

    def run(self, data: bytes) -> str:
        time.sleep(0.03)
        return "done"


@pytest.mark.parametrize("name", sorted(runner.targets()))
def test_every_target_stands_its_seeds_and_known_inputs(name: str) -> None:
    target = runner.targets()[name]
    if name == "apdu":  # a rig of its own, which this process, that may have one already, cannot reach
        command = [sys.executable, "-m", "fuzz", "apdu", "--seconds", "3", "--seed", "1"]
        assert subprocess.run(command, check=False).returncode == 0
        return
    seeds = target.seeds()
    assert seeds
    for data in (*runner.known_inputs(name), *seeds, b""):
        assert isinstance(target.run(data), str)


def test_a_crash_is_found_and_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    outcome = runner.work("fragile", Fragile(), seconds=20, seed=1, finds=tmp_path)
    assert len(outcome.finds) == 5  # and then it stops
    assert all(b"\xff" in path.read_bytes() for path in outcome.finds)
    assert {"long", "short", "CRASH"} == set(outcome.words)
    assert "a byte nobody thought of" in capfd.readouterr().err


def test_a_slow_input_is_a_find(tmp_path: Path) -> None:
    outcome = runner.work("slow", Slow(), seconds=20, seed=1, finds=tmp_path)
    assert outcome.finds[0].name.startswith("slow-")


def test_the_same_seed_makes_the_same_inputs() -> None:
    def inputs(seed: int) -> list[bytes]:
        chance = random.Random(seed)
        return [mutated(b"\x30\x82\x01\x00 some input", [b"another", b""], chance) for _ in range(200)]

    assert inputs(7) == inputs(7)
    assert inputs(7) != inputs(8)
    assert len(set(inputs(7))) > 150


def test_nothing_can_be_mutated_too() -> None:
    chance = random.Random(3)
    assert all(isinstance(mutated(b"", [b""], chance), bytes) for _ in range(500))


def test_the_command_line(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert runner.main(["--list"]) == 0
    assert "certificate" in capfd.readouterr().out.split()
    assert runner.main(["names", "--seconds", "0.2", "--seed", "5"]) == 0
    assert "seed 5" in capfd.readouterr().out
    (tmp_path / "input.bin").write_bytes(b"a\na")
    assert runner.main(["names", "--repeat", str(tmp_path / "input.bin")]) == 0
    assert capfd.readouterr().out == "equal equal\n"
    with pytest.raises(SystemExit):
        runner.main(["nothing"])


def test_how_the_place_of_a_signature_is_filled_means_nothing_and_all_else_does() -> None:
    """Found by fuzzing: one zero of the filling became white space, and the signature still held, as it should."""
    digits = b"30820C1D" + b"ab" * 400 + b"0" * 800
    signed = b"head <" + digits + b"> tail"
    for filling in (digits[:-1] + b"\f", digits[:-1] + b" ", digits.lower()):
        assert pdf.is_kept(signed, b"head <" + filling + b"> tail", len(signed))
    for other in (b"head <" + digits[:-1] + b"1> tail", b"Head <" + digits + b"> tail", b"head <" + digits + b"> tall"):
        assert not pdf.is_kept(signed, other, len(signed))
