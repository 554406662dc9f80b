"""CardRig: readers, cards and a pcscd of its own, from a test's or a person's side.

The emulator and pcscd live in a process of their own inside namespaces of their own; programs reach that pcscd from outside through the
namespace's root (`/proc/PID/root`), which `environment` says in pcsc-lite's and OpenSC's variables. Nothing outlives the rig's own process, nor
lies on a disk afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from econtract_practice.cards.virtual.card import Entry
from econtract_practice.cards.virtual.emulator import Emulator
from econtract_practice.cards.virtual.faults import Fault
from econtract_practice.cards.virtual.opensc import opensc_module
from econtract_practice.cards.virtual.pin import PinStats
from econtract_practice.cards.virtual.plan import CardPlan


@dataclass(frozen=True)
class CardStats:
    """`commands`: all that came since the card was made; `pins`: {"auth": …, "sign": …} or {"user": …}."""

    commands: int
    pins: dict[str, PinStats]


class CardRig(Emulator):
    """A context manager: inside the block there are readers. Thread-safe: one request at a time. Readers count from 0."""

    @property
    def root(self) -> Path:
        """The private file system, seen from outside."""
        return Path("/proc", str(self.pid), "root", "run")

    @property
    def environment(self) -> dict[str, str]:
        """What a card process needs to find these readers. pcsc-lite reads the first only once in a process's life."""
        return {
            "PCSCLITE_CSOCK_NAME": str(self.root / "pcscd/pcscd.comm"),
            "OPENSC_CONF": str(self.root / "opensc.conf"),
        }

    @property
    def module(self) -> Path:
        """OpenSC's PKCS#11 module."""
        module = opensc_module()
        assert module is not None
        return module

    def make(self, plan: CardPlan) -> str:
        """A new card, lying beside the readers; its name."""
        self.ask("make", plan=plan.to_json())
        return plan.name

    def insert(self, reader: int, card: str) -> None:
        """Back when PC/SC has seen it (at once where pcscd is not running). Raises RigError where a card is in the way."""
        self.ask("insert", reader=reader, card=card)

    def remove(self, reader: int) -> None:
        """Pull whatever is in, and be back when PC/SC has seen it."""
        self.ask("remove", reader=reader)

    def fault(self, reader: int, fault: Fault) -> None:
        """Counts from now on; several wait side by side, and the first that fits strikes."""
        self.ask("fault", reader=reader, fault=fault.to_json())

    def clear_faults(self, reader: int) -> None:
        self.ask("clear", reader=reader)

    def delay(self, reader: int, milliseconds: float) -> None:
        """Every command at this reader takes that much longer."""
        self.ask("delay", reader=reader, milliseconds=milliseconds)

    def release(self, reader: int) -> None:
        """A card that hangs goes on and answers."""
        self.ask("release", reader=reader)

    def stats(self, card: str) -> CardStats:
        told = self.ask("stats", card=card)
        pins = {name: PinStats(**pin) for name, pin in told["pins"].items()}
        return CardStats(told["commands"], pins)

    def log(self, card: str, since: int = 0) -> tuple[Entry, ...]:
        """The commands after number `since` (see `CardStats.commands`); the last 20,000 are kept. No PIN is in it."""
        return tuple(Entry(**entry) for entry in self.ask("log", card=card, since=since)["log"])

    def wait_present(self, reader: int, seconds: float = 10.0) -> None:
        """Until PC/SC has seen a card. Raises RigError."""
        self.ask("await", reader=reader, state="present", seconds=seconds)

    def wait_empty(self, reader: int, seconds: float = 10.0) -> None:
        """Until PC/SC has seen the reader empty (after a scripted pull). Raises RigError."""
        self.ask("await", reader=reader, state="empty", seconds=seconds)

    def wait_hanging(self, reader: int, seconds: float = 10.0) -> None:
        """Until a card hangs by a fault. Raises RigError."""
        self.ask("await", reader=reader, state="hanging", seconds=seconds)

    def cards(self) -> tuple[str | None, ...]:
        """What is in each reader."""
        return tuple(self.ask("where")["cards"])

    def stop_pcscd(self, *, kill: bool = False) -> None:
        """The service is gone; cards stay where they are. `kill`: without a goodbye, its socket stays behind."""
        self.ask("stop", kill=kill)

    def start_pcscd(self) -> None:
        """Back when it knows every reader and card."""
        self.ask("start")

    def restart_pcscd(self, *, kill: bool = False) -> None:
        self.stop_pcscd(kill=kill)
        self.start_pcscd()
