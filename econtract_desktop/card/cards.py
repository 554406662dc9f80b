"""Cards over the drivers and files that are chosen: one card process each."""

from __future__ import annotations

from functools import partial

from econtract_core.rules.errors import (
    CardBusy,
    CardError,
    CardMissing,
    CertificateMissing,
    DriverFault,
    DriverMissing,
    SeveralCards,
)
from econtract_desktop.card.drivers.chosen import ChosenDrivers
from econtract_desktop.card.pin import PinGuardian
from econtract_desktop.card.process import CardProcess
from econtract_desktop.card.readers import read_readers, service_state
from econtract_desktop.card.seen_tokens import Homes, SeenToken, read_slots, shown_by, with_rule
from econtract_desktop.card.token import Care, ProcessToken, choose
from econtract_desktop.config import Settings
from econtract_desktop.ports.card import CardListing, CardSelector, TokenInfo
from econtract_desktop.ports.drivers import Drivers
from econtract_desktop.ports.progress import Progress

_SLOW = 3.0  # seconds before anybody needs to know


class DriverCards:
    """`ports.card.Cards`. Thread-safe."""

    def __init__(self, settings: Settings, drivers: Drivers | None = None) -> None:
        """`drivers`: where the settings name none, those that fit the cards that are in are taken from there; and what its
        rows say of PINs holds."""
        self._chosen = ChosenDrivers(settings, drivers)
        self._guardian = PinGuardian()
        self._homes = Homes()

    def listing(self) -> CardListing:
        tokens: list[TokenInfo] = []
        problems: list[tuple[str, CardError]] = []
        processes = self._chosen.processes()
        for process in processes:
            try:
                tokens += [with_rule(info, self._chosen.rule) for _, info in read_slots(process)]
            except CardError as problem:  # one broken driver must not hide the other cards
                problems.append((process.module, problem))
        modules = tuple(process.module for process in processes)
        return CardListing(read_readers(), tuple(tokens), service_state(), modules, tuple(problems))

    def open(self, selector: CardSelector, progress: Progress | None = None) -> ProcessToken:
        waiting = None if progress is None else partial(_tell, progress)
        care = Care(self._guardian, self._homes, self._chosen, waiting)
        wanted = [p for p in self._chosen.processes() if selector.module in (None, p.module)]
        if not wanted and selector.module is not None:
            raise DriverMissing(module=selector.module, problem="not in the settings")
        try:
            return self._open(wanted, selector, care)
        except (CardMissing, CertificateMissing, DriverFault, SeveralCards):
            _check_free(selector)
            if not any(process.is_running for process in wanted):
                raise
        for process in wanted:  # a driver may hold on to what it once read wrongly: a new process reads anew
            process.close()
        return self._open(wanted, selector, care)

    def _open(self, wanted: list[CardProcess], selector: CardSelector, care: Care) -> ProcessToken:
        found = []
        problem: CardError | None = None
        for process in wanted:
            try:
                events = {reader.name: reader.events for reader in read_readers()}
                slots = read_slots(process, care.waiting)
                found += [
                    SeenToken(
                        process,
                        slot,
                        with_rule(info, self._chosen.rule),
                        events.get(info.reader),
                        shown_by(slots, info.reader),
                    )
                    for slot, info in slots
                ]
            except CardError as error:
                problem = error
        if not found and problem is not None:
            raise problem
        return choose(found, selector, care)

    def processes(self) -> list[CardProcess]:
        """Those that are asked now, best first; they may not run yet."""
        return self._chosen.processes()

    def close(self) -> None:
        self._chosen.close()


def _check_free(selector: CardSelector) -> None:
    """Raises CardBusy where a card cannot be seen because another program keeps it for itself."""
    for reader in read_readers():
        if reader.exclusive and selector.reader in (None, reader.name):
            raise CardBusy(reader=reader.name)


def _tell(progress: Progress, waited: float, limit: float) -> None:
    """A slow card is told of, with the seconds left. Raises Cancelled."""
    progress.check()
    if waited >= _SLOW:
        progress.step("card-wait", round(waited), round(limit), str(round(limit - waited)))
