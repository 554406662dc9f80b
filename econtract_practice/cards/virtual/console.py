"""A rig by hand: `python -m econtract_practice cards --dir D` prints how to reach it and takes commands until it is told to stop."""

from __future__ import annotations

import cmd
import contextlib
import json
import shlex
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO

from econtract_practice.authority import Authority, PrivateKey
from econtract_practice.cards.making import JPKI_AUTHENTICATION_PIN
from econtract_practice.cards.virtual.apdu import Kind
from econtract_practice.cards.virtual.emulator import RigError
from econtract_practice.cards.virtual.faults import Deed, Fault
from econtract_practice.cards.virtual.plan import CardPlan
from econtract_practice.cards.virtual.rig import CardRig
from econtract_practice.people import CONTRACTOR

_NUMBERS = ("at", "times", "amount")


class Console(cmd.Cmd):
    """One line, one command, one answer. Thread: the one that calls `cmdloop`."""

    prompt = "cards> "
    intro = "Commands: help"

    def __init__(self, rig: CardRig, out: IO[str] | None = None) -> None:
        super().__init__(stdout=out)
        self._rig = rig

    def do_insert(self, line: str) -> None:
        """insert READER CARD: put a card in; readers count from 0"""
        reader, card = shlex.split(line)
        self._rig.insert(int(reader), card)

    def do_remove(self, line: str) -> None:
        """remove READER: pull the card out"""
        self._rig.remove(int(line))

    def do_fault(self, line: str) -> None:
        """fault READER DEED [at=N] [kind=KIND] [times=N] [amount=N] [status=HEX] [other=CARD] [executed=yes]"""
        reader, deed, *more = shlex.split(line)
        given = dict(word.split("=", 1) for word in more)
        told: dict[str, object] = {name: int(given.pop(name)) for name in _NUMBERS if name in given}
        if "status" in given:
            told["status"] = int(given.pop("status"), 16)
        if "executed" in given:
            told["executed"] = given.pop("executed") == "yes"
        self._rig.fault(int(reader), Fault.from_json({"deed": deed, **told, **given}))

    def do_clear(self, line: str) -> None:
        """clear READER: no fault waits any more"""
        self._rig.clear_faults(int(line))

    def do_delay(self, line: str) -> None:
        """delay READER MILLISECONDS: every command takes that much longer"""
        reader, milliseconds = shlex.split(line)
        self._rig.delay(int(reader), float(milliseconds))

    def do_release(self, line: str) -> None:
        """release READER: a card that hangs goes on"""
        self._rig.release(int(line))

    def do_stats(self, line: str) -> None:
        """stats CARD: commands, and each PIN's counters"""
        self._say(asdict(self._rig.stats(line.strip())))

    def do_log(self, line: str) -> None:
        """log CARD [SINCE]: the commands after number SINCE; no PIN is in it"""
        card, *since = shlex.split(line)
        self._say({"log": [asdict(entry) for entry in self._rig.log(card, int(since[0]) if since else 0)]})

    def do_where(self, _: str) -> None:
        """where: which card is in which reader"""
        self._say(dict(zip(self._rig.readers, self._rig.cards(), strict=True)))

    def do_restart(self, line: str) -> None:
        """restart [kill]: pcscd goes and comes again"""
        self._rig.restart_pcscd(kill=line.strip() == "kill")

    def do_stop(self, line: str) -> None:
        """stop [kill]: pcscd goes"""
        self._rig.stop_pcscd(kill=line.strip() == "kill")

    def do_start(self, _: str) -> None:
        """start: pcscd comes again"""
        self._rig.start_pcscd()

    def do_quit(self, _: str) -> bool:
        """quit (or end of input): everything ends"""
        return True

    do_EOF = do_quit  # noqa: N815 - the name that `cmd` calls

    def onecmd(self, line: str) -> bool:
        """True ends the loop. What was typed wrongly is said and forgotten."""
        try:
            return bool(super().onecmd(line))
        except (RigError, KeyError, TypeError, ValueError) as problem:
            self._say({"error": str(problem)})
            return False

    def default(self, line: str) -> None:
        self._say({"error": f"no such command: {line}"})

    def emptyline(self) -> bool:
        return False

    def _say(self, told: object) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        self.stdout.flush()


def run(folder: Path, readers: int, *, ready: Callable[[dict[str, object]], None]) -> None:
    """Start a rig with one card of each layout for the practice contractor and serve standard input. Raises RigUnavailable."""
    authority = Authority.create(folder / "ca", "http://127.0.0.1:9")
    with CardRig(readers) as rig:
        plans = _plans(authority)
        for plan in plans:
            rig.make(plan)
        ready(
            {
                "module": str(rig.module),
                "environment": rig.environment,
                "readers": rig.readers,
                "cards": [{"card": plan.name, "pins": plan.pins} for plan in plans],
                "deeds": [deed.value for deed in Deed],
                "kinds": [kind.value for kind in Kind],
            }
        )
        with contextlib.suppress(KeyboardInterrupt):
            Console(rig).cmdloop()


def _plans(authority: Authority) -> list[CardPlan]:
    person, pin = CONTRACTOR.person, CONTRACTOR.pin

    def pair(key_type: str = "rsa2048") -> tuple[PrivateKey, bytes]:
        return authority.issue(person, key_type=key_type)

    pins = {"auth": JPKI_AUTHENTICATION_PIN, "sign": pin}
    return [
        CardPlan("jpki", "jpki", {"auth": pair(), "sign": pair()}, pins, authority=authority.issuing_der),
        CardPlan("piv", "piv", {"9A": pair(), "9C": pair("rsa3072"), "9D": pair("p256")}, {"user": pin}),
        CardPlan("ebid", "ebid", {"sign": pair()}, {"user": pin}, label="電子入札カード"),
        CardPlan("ebid-every-time", "ebid", {"sign": pair()}, {"user": pin}, label="毎回PINのカード", every_time=True),
    ]
