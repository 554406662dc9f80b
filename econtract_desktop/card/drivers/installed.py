"""`ports.drivers.Drivers`: the rows, the search, trying and learning, and the memory, over this PC."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from econtract_desktop.card.drivers import found_modules, learned_rows, profiles
from econtract_desktop.card.drivers.memory import DriverMemory
from econtract_desktop.card.drivers.module_trial import ModuleTrial
from econtract_desktop.card.drivers.surroundings import Surroundings
from econtract_desktop.card.drivers.windows_registry import open_registry
from econtract_desktop.card.readers import read_readers
from econtract_desktop.config import Settings, machine_policy
from econtract_desktop.ports.card import ReaderInfo
from econtract_desktop.ports.drivers import Candidate, DriverProfile, ModuleReport, Source
from econtract_desktop.ports.registry import Registry

_NAMED_FOR = 300.0  # seconds


class InstalledDrivers:
    """Thread-safe. What is on the disk decides; only the long search by names is remembered for a while."""

    def __init__(
        self,
        settings: Settings,
        around: Surroundings | None = None,
        registry: Registry | None = None,
        readers: Callable[[], tuple[ReaderInfo, ...]] = read_readers,
    ) -> None:
        self._settings = settings
        self._around = around or Surroundings.here()
        self._registry = registry if around is not None else open_registry()
        self._readers = readers
        self._memory = DriverMemory(settings.profile)
        self._lock = threading.Lock()
        self._named: tuple[float, tuple[Candidate, ...]] | None = None  # when, and what was found by its name

    def profiles(self) -> tuple[DriverProfile, ...]:
        rows, _ = profiles.added(self._folders())
        return tuple({**{row.id: row for row in profiles.shipped()}, **rows}.values())

    def broken_rows(self) -> tuple[str, ...]:
        return profiles.added(self._folders())[1]

    def atrs(self) -> tuple[str, ...]:
        return tuple(reader.atr for reader in self._readers() if reader.present and reader.atr)

    def candidates(self, atrs: tuple[str, ...], *, everything: bool = False) -> tuple[Candidate, ...]:
        known = tuple(bytes.fromhex(atr) for atr in atrs if atr)
        found: dict[str, Candidate] = {}
        for candidate in chain(
            self._remembered(atrs),
            found_modules.by_rows(self.profiles(), known, self._around),
            found_modules.by_registry(self._registry, known, self._around),
            found_modules.by_load_path(self._around),
            found_modules.by_p11_kit(self._around),
        ):
            found.setdefault(os.path.realpath(self._around.path(candidate.module)), candidate)
        if everything or not any(candidate.fits_card for candidate in found.values()):
            for candidate in self._by_name():
                found.setdefault(os.path.realpath(self._around.path(candidate.module)), candidate)
        order = list(Source)
        return tuple(sorted(found.values(), key=lambda c: (not c.fits_card, order.index(c.source))))

    def try_module(self, module: str, reader: str | None = None) -> ModuleReport:
        trial = ModuleTrial(self._around, self._settings.card_timeout, self._readers)
        environment = next((dict(c.environment) for c in self._settings.cards if c.module == module), {})
        return trial.run(module, reader, environment)

    def remember(self, module: str, *, atr: str | None, certificate_sha256: str | None) -> None:
        if atr or certificate_sha256:
            self._memory.keep(module, atr or "", certificate_sha256 or "")

    def forget(self, module: str) -> None:
        self._memory.drop(module)

    def learn(self, module: str, reader: str | None, out: Path) -> DriverProfile:
        report = self.try_module(module, reader)
        row = learned_rows.learned(report, self._readers(), self._around.system, datetime.now(UTC).date())
        learned_rows.write(row, out)
        return row

    def _by_name(self) -> tuple[Candidate, ...]:
        """Walking through Program Files takes seconds on a full disk, and what is installed changes rarely."""
        with self._lock:
            if self._named is None or time.monotonic() - self._named[0] > _NAMED_FOR:
                self._named = (time.monotonic(), tuple(found_modules.by_name(self._registry, self._around)))
            return self._named[1]

    def _remembered(self, atrs: tuple[str, ...]) -> Iterator[Candidate]:
        for module in self._memory.modules(tuple(atr.lower() for atr in atrs)):
            if self._around.is_file(module):
                yield Candidate(module, Source.REMEMBERED, fits_card=True)

    def _folders(self) -> tuple[Path, ...]:
        """Where added rows lie: the machine's, then the profile's."""
        return (machine_policy().parent / "drivers", self._settings.profile / "drivers")
