"""Finding the driver of a card: what is on this PC, trying a file the person chose, learning a new row, keeping the choice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from econtract_desktop.ports.drivers import Candidate, DriverProfile, Drivers, ModuleReport


@dataclass(frozen=True)
class FoundDriver:
    """A module on this PC. `title`: the row's, by language; empty where no row names it."""

    module: str
    source: str
    fits_card: bool
    title: dict[str, str]


class FindDriver:
    def __init__(self, drivers: Drivers) -> None:
        self._drivers = drivers

    def found(self) -> tuple[FoundDriver, ...]:
        """Every module on this PC, best first for the cards that are in the readers. None is loaded. May take seconds."""
        titles = {row.id: row.title for row in self._drivers.profiles()}
        return tuple(
            _view(candidate, titles) for candidate in self._drivers.candidates(self._drivers.atrs(), everything=True)
        )

    def broken_rows(self) -> tuple[str, ...]:
        """Added rows that were left out, with what is wrong."""
        return self._drivers.broken_rows()

    def try_module(self, module: Path, reader: str | None = None) -> ModuleReport:
        """What the module is and shows, as findings in plain words. No PIN, no signature."""
        return self._drivers.try_module(str(module), reader)

    def learn(self, module: Path, reader: str | None, out: Path) -> DriverProfile:
        """A new row for a card nobody has described. Raises CardMissing, SeveralCards, DriverMissing, DriverFault,
        FileNotWritable."""
        return self._drivers.learn(str(module), reader, out)

    def keep(self, report: ModuleReport) -> bool:
        """Use this module for its cards from now on: for the ATR where one card is in, and for the certificates it showed.
        False where it showed no card to use it for. Raises FileNotWritable."""
        if not report.usable:
            return False
        present = self._drivers.atrs()
        atr = present[0] if len(present) == 1 else None
        seen: list[str | None] = [hashlib.sha256(der).hexdigest() for slot in report.slots for der in slot.certificates]
        for fingerprint in seen or [None]:
            self._drivers.remember(report.module, atr=atr, certificate_sha256=fingerprint)
        return bool(atr or seen)


def _view(candidate: Candidate, titles: dict[str, dict[str, str]]) -> FoundDriver:
    title = titles.get(candidate.profile, {})
    return FoundDriver(candidate.module, candidate.source.value, candidate.fits_card, title)
