"""CardRig: readers, cards and a pcscd of its own, from a test's or a person's side.

The emulator and pcscd live in a process of their own inside namespaces of their own; programs reach that pcscd from outside through the
namespace's root (`/proc/PID/root`), which `environment` says in pcsc-lite's and OpenSC's variables. Nothing outlives the rig's own process, nor
lies on a disk afterwards.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from econtract_practice.cards.virtual.card import Entry
from econtract_practice.cards.virtual.faults import Fault
from econtract_practice.cards.virtual.opensc import CONFIGURATION, opensc_module
from econtract_practice.cards.virtual.pin import PinStats
from econtract_practice.cards.virtual.plan import CardPlan

_PCSCD = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd")
_DRIVERS = ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so")


class RigUnavailable(RuntimeError):
    """This machine lacks something; the text names it."""


class RigError(RuntimeError):
    """The emulator refused, or PC/SC did not follow."""


@dataclass(frozen=True)
class CardStats:
    """`commands`: all that came since the card was made; `pins`: {"auth": …, "sign": …} or {"user": …}."""

    commands: int
    pins: dict[str, PinStats]


def rig_lacks() -> str | None:
    """What this machine lacks for a rig, as far as it shows without trying; None where nothing."""
    if not sys.platform.startswith("linux"):
        return "Linux"
    wanted = {"pcscd": _find(_PCSCD), "vsmartcard-vpcd": _find(_DRIVERS), "opensc-pkcs11": opensc_module()}
    missing = [name for name, path in wanted.items() if path is None]
    return " ".join(missing) or None


class CardRig:
    """A context manager. Thread-safe: one request at a time. Readers count from 0.

    `fast`: pcscd looks at its readers every 10 ms instead of every 400, where there is a C compiler.
    """

    def __init__(self, readers: int = 2, *, fast: bool = True) -> None:
        self._wanted = readers
        self._fast = fast
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._told: dict[str, Any] = {}

    def __enter__(self) -> CardRig:
        """Raises RigUnavailable, RigError."""
        lacks = rig_lacks()
        if lacks:
            raise RigUnavailable(lacks)
        asked = {
            "pcscd": str(_find(_PCSCD)),
            "driver": str(_find(_DRIVERS)),
            "readers": self._wanted,
            "fast": self._fast,
            "configuration": CONFIGURATION,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "econtract_practice.cards.virtual.host", json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the program, which then ends the rig
        )
        try:
            self._told = self._answer()
        except BaseException:
            self.close()
            raise
        if "unavailable" in self._told:
            reason = self._told["unavailable"]
            self.close()
            raise RigUnavailable(reason)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End pcscd and the emulator; back when they have ended."""
        process, self._process = self._process, None
        if process is None:
            return
        cast(IO[bytes], process.stdin).close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        cast(IO[bytes], process.stdout).close()

    @property
    def pid(self) -> int:
        """Of the emulator's process."""
        assert self._process is not None, "the rig is not running"
        return self._process.pid

    @property
    def readers(self) -> tuple[str, ...]:
        """PC/SC's names, in our order."""
        return tuple(self._told["readers"])

    @property
    def fast(self) -> bool:
        """pcscd notices cards within 10 ms, not within 400."""
        return bool(self._told["fast"])

    @property
    def root(self) -> Path:
        """The private file system, seen from outside."""
        return Path(f"/proc/{self.pid}/root/run")

    @property
    def environment(self) -> dict[str, str]:
        """What a card process needs to find these readers. pcsc-lite reads the first only once in a process's life."""
        return {
            "PCSCLITE_CSOCK_NAME": f"/proc/{self.pid}/root{self._told['socket']}",
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
        self._ask("make", plan=plan.to_json())
        return plan.name

    def insert(self, reader: int, card: str) -> None:
        """Back when PC/SC has seen it (at once where pcscd is not running). Raises RigError where a card is in the way."""
        self._ask("insert", reader=reader, card=card)

    def remove(self, reader: int) -> None:
        """Pull whatever is in, and be back when PC/SC has seen it."""
        self._ask("remove", reader=reader)

    def fault(self, reader: int, fault: Fault) -> None:
        """Counts from now on; several wait side by side, and the first that fits strikes."""
        self._ask("fault", reader=reader, fault=fault.to_json())

    def clear_faults(self, reader: int) -> None:
        self._ask("clear", reader=reader)

    def delay(self, reader: int, milliseconds: float) -> None:
        """Every command at this reader takes that much longer."""
        self._ask("delay", reader=reader, milliseconds=milliseconds)

    def release(self, reader: int) -> None:
        """A card that hangs goes on and answers."""
        self._ask("release", reader=reader)

    def stats(self, card: str) -> CardStats:
        told = self._ask("stats", card=card)
        pins = {name: PinStats(**pin) for name, pin in told["pins"].items()}
        return CardStats(told["commands"], pins)

    def log(self, card: str, since: int = 0) -> tuple[Entry, ...]:
        """The commands after number `since` (see `CardStats.commands`); the last 20,000 are kept. No PIN is in it."""
        return tuple(Entry(**entry) for entry in self._ask("log", card=card, since=since)["log"])

    def wait_present(self, reader: int, seconds: float = 10.0) -> None:
        """Until PC/SC has seen a card. Raises RigError."""
        self._ask("await", reader=reader, state="present", seconds=seconds)

    def wait_empty(self, reader: int, seconds: float = 10.0) -> None:
        """Until PC/SC has seen the reader empty (after a scripted pull). Raises RigError."""
        self._ask("await", reader=reader, state="empty", seconds=seconds)

    def wait_hanging(self, reader: int, seconds: float = 10.0) -> None:
        """Until a card hangs by a fault. Raises RigError."""
        self._ask("await", reader=reader, state="hanging", seconds=seconds)

    def cards(self) -> tuple[str | None, ...]:
        """What is in each reader."""
        return tuple(self._ask("where")["cards"])

    def stop_pcscd(self, *, kill: bool = False) -> None:
        """The service is gone; cards stay where they are. `kill`: without a goodbye, its socket stays behind."""
        self._ask("stop", kill=kill)

    def start_pcscd(self) -> None:
        """Back when it knows every reader and card."""
        self._ask("start")

    def restart_pcscd(self, *, kill: bool = False) -> None:
        self.stop_pcscd(kill=kill)
        self.start_pcscd()

    def _ask(self, do: str, **more: object) -> dict[str, Any]:
        with self._lock:
            assert self._process is not None, "the rig is not running"
            out = cast(IO[bytes], self._process.stdin)
            try:
                out.write(json.dumps({"do": do, **more}).encode() + b"\n")
                out.flush()
            except OSError:
                raise RigError("the emulator has ended") from None
            return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        line = cast(IO[bytes], self._process.stdout).readline()
        if not line:
            raise RigError("the emulator has ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RigError(answer["error"])
        return answer


def _find(places: tuple[str, ...]) -> Path | None:
    found = next((Path(place) for place in places if Path(place).is_file()), None)
    if found is None and (there := shutil.which(Path(places[0]).name)):
        return Path(there)
    return found
