"""Which card processes there are: for the drivers the settings name, or, where they name none, for those that fit the cards that
are in; and what the rows say of a card's PIN."""

from __future__ import annotations

import threading
import time

from econtract_desktop.card.process import CardProcess
from econtract_desktop.card.readers import read_readers
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import TokenInfo
from econtract_desktop.ports.drivers import DriverProfile, Drivers
from econtract_desktop.ports.pin import PinRule

_SEARCH_EVERY = 10.0  # seconds: somebody may have installed or chosen a driver meanwhile


class ChosenDrivers:
    """Thread-safe. The disk is searched when another kind of card is in, else now and then."""

    def __init__(self, settings: Settings, drivers: Drivers | None) -> None:
        self._settings = settings
        self._drivers = drivers
        self._lock = threading.Lock()
        self._made = {card.module: CardProcess(card, settings.card_timeout) for card in settings.cards}
        self._searched: tuple[str, ...] | None = None
        self._search_again = 0.0
        self._fitting: tuple[str, ...] = ()
        self._rows: tuple[DriverProfile, ...] | None = None

    def processes(self) -> list[CardProcess]:
        """Best first. Searching may take some milliseconds; nothing is loaded here."""
        with self._lock:
            if self._settings.cards or self._drivers is None:
                return list(self._made.values())
            atrs = self._drivers.atrs()
            if atrs != self._searched or time.monotonic() > self._search_again:
                self._search_again = time.monotonic() + _SEARCH_EVERY
                found = self._drivers.candidates(atrs) if atrs else ()
                # A card that no row knows: every driver on this PC is asked, each in a process of its own.
                fitting = [each for each in found if each.fits_card] or found
                self._searched, self._fitting = atrs, tuple(each.module for each in fitting)
            for module in self._fitting:
                if module not in self._made:
                    self._made[module] = CardProcess(CardSettings(module), self._settings.card_timeout)
            return [self._made[module] for module in self._fitting]

    def rule(self, info: TokenInfo) -> PinRule | None:
        """What the row of the card in this reader says of the PIN; None where no row knows the card."""
        if self._drivers is None:
            return None
        atr = next((bytes.fromhex(r.atr) for r in read_readers() if r.name == info.reader and r.atr), None)
        if atr is None:
            return None
        with self._lock:
            if self._rows is None:
                self._rows = self._drivers.profiles()
            rows = self._rows
        return next((rule for row in rows if row.knows(atr) and (rule := row.pin_rule(info.label))), None)

    def worked(self, info: TokenInfo) -> None:
        """This module has opened this card: next time it comes first."""
        if self._drivers is None or self._settings.cards:
            return
        atr = next((r.atr for r in read_readers() if r.name == info.reader), None)
        for certificate in info.certificates:
            self._drivers.remember(info.module, atr=atr, certificate_sha256=certificate.sha256)

    def close(self) -> None:
        """End every process."""
        with self._lock:
            made = list(self._made.values())
        for process in made:
            process.close()
