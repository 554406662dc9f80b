"""`python -m econtract_practice cards`: the rig by hand, as a program that is typed to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from econtract_practice.cards.virtual import rig_lacks


class Typed:
    """The program, one line at a time."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "econtract_practice", "cards", "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self._out = self.process.stdout
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(self._out.readline())
            if not lines[-1]:  # it has ended: virtual cards cannot be had here after all
                self.process.communicate()
                pytest.skip(f"no virtual cards: status {self.process.returncode}")
        self.told = json.loads("".join(lines))

    def say(self, *lines: str) -> dict[str, Any]:
        """Type these; the answer to the last, which must be one line."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()
        while (at := (line := self._out.readline()).find("{")) < 0:
            assert line
        answer: dict[str, Any] = json.loads(line[at:])
        return answer


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    if lacks := rig_lacks():
        pytest.skip(f"virtual cards need {lacks}")
    program = Typed(tmp_path_factory.mktemp("cards"))
    yield program
    program.process.communicate()
    assert program.process.returncode == 0


def test_what_it_tells_is_enough_for_another_program(typed: Typed) -> None:
    first, second = typed.told["readers"]
    assert typed.say("insert 0 ebid", "insert 1 piv", "where") == {first: "ebid", second: "piv"}
    command = ["pkcs11-tool", "--module", typed.told["module"], "-L"]
    environment = {**os.environ, **typed.told["environment"]}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "電子入札カード" in shown
    assert first in shown
    assert typed.say("remove 0", "remove 1", "where") == {first: None, second: None}


def test_a_fault_by_hand(typed: Typed) -> None:
    typed.say("insert 0 jpki", "fault 0 status at=2 times=2 status=6A80 executed=yes", "where")
    command = ["pkcs11-tool", "--module", typed.told["module"], "-L"]
    subprocess.run(command, env={**os.environ, **typed.told["environment"]}, capture_output=True, check=True)
    log = typed.say("log jpki 1")["log"]
    assert [(entry["number"], entry["fault"]) for entry in log[:3]] == [(2, "status"), (3, "status"), (4, "")]
    assert "pins" in typed.say(
        "clear 0", "delay 0 0", "release 0", "restart kill", "stop", "start", "remove 0", "stats jpki"
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("fly", "no such command"),
        ("insert 0", "unpack"),
        ("insert 7 piv", "IndexError"),
        ("insert 0 nobody", "no card nobody"),
        ("fault 0 burn", "burn"),
        ("fault 0 pull at=soon", "soon"),
        ("fault 0 pull colour=red", "colour"),
        ("remove first", "first"),
        ("log", "unpack"),
    ],
)
def test_what_was_typed_wrongly_is_said(typed: Typed, line: str, error: str) -> None:
    assert error in str(typed.say(line)["error"])
