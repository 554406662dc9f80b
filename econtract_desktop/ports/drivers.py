"""Drivers: which PKCS#11 module reads which card, where such modules lie on this PC, and what a module really does.

Adapter: `card/drivers/installed.py`. A module that nobody knows is only ever loaded in a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from econtract_desktop.ports.pin import PinRule

SYSTEMS = ("windows", "linux", "macos")


class Sure(StrEnum):
    """How sure a fact is."""

    DOCUMENTED = "documented"  # by the driver's or card's maker, or in the driver's own source
    REPORTED = "reported"  # by others who use it
    MEASURED = "measured"  # by this program, on a card


@dataclass(frozen=True)
class Evidence:
    """Why a profile says what it says."""

    what: str
    source: str
    sure: Sure


@dataclass(frozen=True)
class AtrPattern:
    """An ATR as bytes, and which of its bits count (ISO/IEC 7816-3; the mask as Windows and OpenSC use it)."""

    atr: bytes
    mask: bytes

    def fits(self, atr: bytes) -> bool:
        return len(atr) == len(self.atr) and all(
            a & m == b & m for a, b, m in zip(atr, self.atr, self.mask, strict=True)
        )


@dataclass(frozen=True)
class PinFor:
    """The rule of one PIN. `token`: the label of the token it opens, "" for every token of the card. `tries`: at most."""

    token: str
    rule: PinRule
    tries: int | None = None


@dataclass(frozen=True)
class DriverProfile:
    """One row: a kind of card and the modules that read it. `modules`: paths per system, with %NAME% for the environment; a bare
    file name is looked for where the system keeps such files. `quirks`: words of `card/drivers/profiles.QUIRKS`."""

    id: str
    title: dict[str, str]
    atrs: tuple[AtrPattern, ...]
    aids: tuple[bytes, ...]
    modules: dict[str, tuple[str, ...]]
    pins: tuple[PinFor, ...]
    quirks: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    def knows(self, atr: bytes) -> bool:
        return any(pattern.fits(atr) for pattern in self.atrs)

    def pin_rule(self, token_label: str) -> PinRule | None:
        """The rule for this token's PIN; None where the row does not say."""
        for wanted in (token_label, ""):
            for pin in self.pins:
                if pin.token == wanted:
                    return pin.rule
        return None


class Source(StrEnum):
    """Why a module is a candidate, best first."""

    REMEMBERED = "remembered"  # it read this very card before
    PROFILE = "profile"  # a row knows the card's ATR
    REGISTRY = "registry"  # Windows says which software this ATR belongs to, and this module lies with it
    LOAD_PATH = "load-path"  # e-Government's load path file names it
    P11_KIT = "p11-kit"  # registered with p11-kit
    INSTALLED = "installed"  # a row names it, and it is there
    FOUND = "found"  # a file with PKCS#11's entry point, by its name


@dataclass(frozen=True)
class Candidate:
    """A module file that is on this PC."""

    module: str
    source: Source
    profile: str = ""  # the row's id
    fits_card: bool = False  # the row, the registry or memory knows this ATR or certificate


@dataclass(frozen=True)
class Finding:
    """One plain sentence about a module: `drivers.<code>` in the texts, filled with the facts."""

    code: str
    facts: dict[str, str | int] = field(default_factory=dict)
    good: bool = False


@dataclass(frozen=True)
class ModuleSlot:
    """A slot as a module shows it. `mechanisms`: PKCS#11 numbers. `certificates`: DER, those that show without a PIN."""

    number: int
    reader: str
    present: bool
    recognised: bool
    label: str = ""
    manufacturer: str = ""
    model: str = ""
    flags: int = 0
    min_pin: int = 0
    max_pin: int = 0
    mechanisms: tuple[int, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ModuleReport:
    """What trying a module found. `usable`: it showed a card one could sign with. `stage`: how far it came."""

    module: str
    stage: str
    usable: bool
    findings: tuple[Finding, ...]
    library: dict[str, str]
    slots: tuple[ModuleSlot, ...]
    seconds: float


class Drivers(Protocol):
    """Any thread; `try_module` may block for `card_timeout` seconds."""

    def profiles(self) -> tuple[DriverProfile, ...]:
        """Every row: shipped, the machine's, the profile's. A later one with the same id takes the place of an earlier one."""
        ...

    def broken_rows(self) -> tuple[str, ...]:
        """Files in the settings folders that are no rows, with what is wrong; they are left out."""
        ...

    def atrs(self) -> tuple[str, ...]:
        """ATRs (hex) of the cards that are in the readers now, as PC/SC tells; no driver is loaded. Never raises."""
        ...

    def candidates(self, atrs: tuple[str, ...], *, everything: bool = False) -> tuple[Candidate, ...]:
        """Module files on this PC, best first, for the cards with these ATRs (hex). No module is loaded. Where one fits, the
        disk is not searched for more by their names, unless `everything` is wanted."""
        ...

    def try_module(self, module: str, reader: str | None = None) -> ModuleReport:
        """Load the module in a process of its own and see what it shows. No PIN is asked for or sent. Never raises for what
        the module does."""
        ...

    def remember(self, module: str, *, atr: str | None, certificate_sha256: str | None) -> None:
        """This module has read this card. Raises FileNotWritable."""
        ...

    def forget(self, module: str) -> None:
        """Raises FileNotWritable."""
        ...

    def learn(self, module: str, reader: str | None, out: Path) -> DriverProfile:
        """A new row from what the module shows of the card in the reader, written to `out`. Raises CardMissing,
        DriverMissing, DriverFault, FileNotWritable."""
        ...
