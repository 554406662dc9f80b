"""環境診断, the card's part: what is wrong between this PC and the card, in the order in which it must be mended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from econtract_core.rules.dates import in_japan
from econtract_desktop.ports.card import CardListing, Cards, PinState, ServiceState, TokenInfo
from econtract_desktop.ports.clock import Clock

if TYPE_CHECKING:
    from econtract_core.identity import Holder

_SOON = timedelta(days=90)  # a new card takes weeks


@dataclass(frozen=True)
class Condition:
    """`key` names the texts "diagnosis.<key>" and "diagnosis.<key>_remedy"; `state`: ok, warn or error."""

    key: str
    state: str
    facts: dict[str, str] = field(default_factory=dict)


class Diagnose:
    def __init__(self, cards: Cards, clock: Clock) -> None:
        self._cards = cards
        self._clock = clock

    def cards(self) -> tuple[Condition, ...]:
        """No PIN, no network. Never raises for what is missing: that is what it tells."""
        listing = self._cards.listing()
        found = [*_service(listing), *_readers(listing), *_drivers(listing), *_present(listing)]
        for token in listing.tokens:
            found += _token(token, self._clock.now())
        return tuple(found)


def _service(listing: CardListing) -> list[Condition]:
    if listing.service is ServiceState.RUNNING:
        return [Condition("service_ok", "ok")]
    # A practice card has no reader: without the service all is well with it.
    state = "warn" if listing.tokens else "error"
    return [Condition(f"service_{listing.service.value}", state)]


def _readers(listing: CardListing) -> list[Condition]:
    if listing.service is not ServiceState.RUNNING:
        return []
    usable = [reader for reader in listing.readers if not reader.built_in]
    if usable:
        return [Condition("reader_ok", "ok", {"reader": reader.name}) for reader in usable]
    return [Condition("reader_built_in" if listing.readers else "reader_none", "warn" if listing.tokens else "error")]


def _drivers(listing: CardListing) -> list[Condition]:
    if not listing.modules:
        return [Condition("driver_none", "error")]
    return [
        Condition("driver_failed", "error", {"module": module, "code": problem.code})
        for module, problem in listing.problems
    ]


def _present(listing: CardListing) -> list[Condition]:
    found = []
    seen = {token.reader for token in listing.tokens}
    for reader in listing.readers:
        if reader.built_in or reader.name in seen or not reader.present:
            continue
        if reader.exclusive:
            found.append(Condition("card_busy", "warn", {"reader": reader.name}))
        elif reader.atr is None:
            found.append(Condition("card_mute", "error", {"reader": reader.name}))
        else:
            found.append(Condition("card_unknown", "error", {"reader": reader.name, "atr": reader.atr}))
    if not found and not listing.tokens:
        found.append(Condition("card_none", "warn"))
    return found


def _token(token: TokenInfo, now: datetime) -> list[Condition]:
    from econtract_core.identity import read_holder

    found = [_holder(read_holder(certificate.der), now) for certificate in token.certificates]
    facts = {"label": token.label, "reader": token.reader}
    if not found:
        found.append(Condition("card_hidden", "ok", facts))
    if token.pin.state is PinState.LOCKED:
        found.append(Condition("pin_locked", "error", facts))
    elif token.pin.state is PinState.FINAL_TRY:
        found.append(Condition("pin_last", "warn", facts))
    return found


def _holder(holder: Holder, now: datetime) -> Condition:
    facts = {
        "holder": holder.name,
        "organization": holder.organization,
        "day": in_japan(holder.not_after).date().isoformat(),
    }
    if now > holder.not_after:
        return Condition("card_expired", "error", facts)
    return (
        Condition("card_expires", "warn", facts)
        if now > holder.not_after - _SOON
        else Condition("card_ok", "ok", facts)
    )
