"""The PIN is in no memory where it need not be: both processes are searched while it is used and afterwards."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from econtract_practice.authority import Authority
from econtract_practice.cards import make_softhsm_card
from econtract_practice.people import CONTRACTOR
from tests.fakes.memory import forms_of, hits
from tests.fakes.virtual import LAYOUTS, Table

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="searching memory needs /proc")


class Holder:
    """The process of `pin_holder`, from outside."""

    def __init__(self, process: subprocess.Popen[str], pin: str) -> None:
        self._process = process
        self.forms = forms_of(pin)

    def next(self, go_on: bool = True) -> tuple[str, int | None]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if go_on:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return told["stage"], told["card_pid"]

    @property
    def own(self) -> int:
        """Hits in the program's own process."""
        return hits(self._process.pid, self.forms)


@contextmanager
def holder(pin: str, *arguments: str, **more: str) -> Iterator[Holder]:
    reading, writing = os.pipe()
    os.write(writing, pin.encode() + b"\n")
    os.close(writing)
    command = [sys.executable, "-m", "tests.integration.card.pin_holder", *arguments]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | more | {"PIN_FD": str(reading)},
        pass_fds=(reading,),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(reading)
        yield Holder(process, pin)


def test_a_secret_that_is_there_is_found() -> None:
    secret = secrets.token_hex(12)
    assert hits(os.getpid(), forms_of(secret)) >= 1


@pytest.mark.parametrize("layout", [*LAYOUTS, "softhsm"])
def test_no_pin_stays_in_memory(table: Table, tmp_path: Path, layout: str, authority: Authority) -> None:
    """What remains is the driver's own and ends with the card process, which ends with the log-in: OpenSC 0.23 writes each
    command as text into a buffer for its log and frees that unwiped, log or no log."""
    pin = str(secrets.randbelow(90_000_000) + 10_000_000)
    if layout == "softhsm":
        key, certificate = authority.issue(CONTRACTOR.person)
        made = make_softhsm_card(tmp_path / "soft", "card", pin, key, certificate)
        module, wanted, environment = str(made.module), made.certificate_sha256, dict(made.environment)
    else:
        card = table.make(layout, pin=pin)
        table.rig.insert(0, card.name)
        module, wanted, environment = table.settings.cards[0].module, card.certificate, dict(table.rig.environment)
    with holder(pin, "cards", module, wanted, **environment) as held:
        name, card_pid = held.next(go_on=False)
        assert (name, held.own) == ("logged in", 0)
        assert card_pid is not None
        while_in = hits(card_pid, held.forms)
        name, _ = held.next()
        after = hits(card_pid, held.forms)
        assert (name, held.own) == ("logged out", 0)
        print(f"{layout}: {while_in} in the card process while logged in, {after} after log-out")
        assert after <= (0 if layout == "softhsm" else 1)
        name, _ = held.next()
        assert (name, held.own) == ("closed", 0)
        assert not Path(f"/proc/{card_pid}").exists()


def test_the_window_never_has_it_whole() -> None:
    pin = str(secrets.randbelow(90_000_000) + 10_000_000)
    with holder(pin, "window", QT_QPA_PLATFORM="offscreen") as held:
        name, _ = held.next(go_on=False)
        assert name == "typed"
        assert held.own == 1  # the field's own buffer, which is wiped
        name, _ = held.next()
        assert (name, held.own) == ("taken", 0)
