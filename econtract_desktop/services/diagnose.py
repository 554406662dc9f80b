"""環境診断, the card's part: what is wrong between this PC and the card, in the order in which it must be mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import EcontractError, TrustMissing
from econtract_desktop.ports.card import CardListing, Cards, PinState, ServiceState, TokenInfo
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.timestamps import Health, ServiceHealth, TimestampServices, Why
from econtract_desktop.services.trust_anchors import TrustState

if TYPE_CHECKING:
    from econtract_core.identity import Holder

_CLOCK = timedelta(seconds=60)
_AGREE = timedelta(minutes=10)  # of two services' clocks
_SOON = timedelta(days=90)  # a new card takes weeks
_FAILING = {
    None: "stamp_failing",
    Why.SILENT: "stamp_failing",
    Why.BUSY: "stamp_busy",
    Why.TLS: "stamp_tls",
    Why.REFUSED: "stamp_refused",
    Why.INVALID: "stamp_invalid",
    Why.CLOCK: "stamp_clock",
    Why.LOCKED: "stamp_locked",
    Why.PLAIN: "stamp_plain",
}


@dataclass(frozen=True)
class Condition:
    """`key` names the texts "diagnosis.<key>" and "diagnosis.<key>_remedy"; `state`: ok, warn or error."""

    key: str
    state: str
    facts: dict[str, str] = field(default_factory=dict)


class Diagnose:
    def __init__(
        self,
        cards: Cards,
        clock: Clock,
        timestamps: Callable[[], TimestampServices] | None = None,
        anchors: Callable[[], TrustState] | None = None,
    ) -> None:
        """`timestamps` and `anchors` are called when they are asked about."""
        self._anchors = anchors
        self._cards = cards
        self._clock = clock
        self._timestamps = timestamps

    def cards(self) -> tuple[Condition, ...]:
        """No PIN, no network. Never raises for what is missing: that is what it tells."""
        listing = self._cards.listing()
        found = [*_service(listing), *_readers(listing), *_drivers(listing), *_present(listing)]
        for token in listing.tokens:
            found += _token(token, self._clock.now())
        return tuple(found)

    def trust(self) -> tuple[Condition, ...]:
        """The trust anchors: how many, which ends first, and the signed list they come from. No network."""
        if self._anchors is None:
            return ()
        state, now = self._anchors(), self._clock.now()
        found = [_anchors(state, now)]
        if state.in_force is not None:
            list_ = state.in_force
            days = {"begin": f"{in_japan(list_.valid_from):%Y-%m-%d}", "end": f"{in_japan(list_.expires):%Y-%m-%d}"}
            facts = {"serial": str(list_.serial), **days}
            found.append(Condition("trust_list_ok", "ok", facts))
            if now >= list_.expires:
                found[-1] = Condition("trust_list_old", "warn", facts)
        return tuple(found)

    def services(self) -> tuple[Condition, ...]:
        """The timestamp services, each asked once, and this PC's clock against theirs. Network; never raises for what does not
        answer."""
        try:
            states = self._timestamps().look() if self._timestamps is not None else ()
        except TrustMissing:
            return (Condition("stamp_unknown", "error"),)
        except EcontractError as problem:
            return (Condition("stamp_unasked", "error", {"code": problem.code}),)
        if not states:
            return (Condition("stamp_none", "warn"),)
        far = _clock_far(states)
        found = [_stamping(state, far is not None) for state in states]
        if all(state.health is not Health.OK for state in states):
            found = [replace(condition, state="error") for condition in found]
        if far is not None:
            return (*found, Condition("clock_far", "error", _far_facts(far, self._clock.now())))
        off = [state.ahead for state in states if state.health is Health.OK and state.ahead is not None]
        if off and all(abs(ahead) > _CLOCK for ahead in off):
            ahead = min(off, key=abs)
            seconds = str(round(abs(ahead).total_seconds()))
            found.append(
                Condition("clock_slow" if ahead > timedelta(0) else "clock_fast", "warn", {"seconds": seconds})
            )
        elif off:
            found.append(Condition("clock_ok", "ok"))
        return tuple(found)


def _anchors(state: TrustState, now: datetime) -> Condition:
    if not state.anchors:
        return Condition("trust_none", "error")
    first, listed = state.anchors[0], sum(anchor.listed for anchor in state.anchors)
    facts = {
        "count": str(len(state.anchors)),
        "listed": str(listed),
        "placed": str(len(state.anchors) - listed),
        "first": first.name,
        "day": f"{in_japan(first.not_after):%Y-%m-%d}",
    }
    soon = first.not_after < now + _SOON
    return Condition("trust_ends", "warn", facts) if soon else Condition("trust_ok", "ok", facts)


def _clock_far(states: tuple[ServiceHealth, ...]) -> timedelta | None:
    """How far this PC's clock is behind, where it is what is wrong: a service's own Date, or a second service, says the same,
    and no service that agrees with this PC speaks against it."""
    if any(state.health is Health.OK for state in states):
        return None
    off = sorted(state.ahead for state in states if state.why is Why.CLOCK and state.ahead is not None)
    sure = [state.ahead for state in states if state.clock_wrong and state.ahead is not None]
    sure += [b for a, b in pairwise(off) if b - a <= _AGREE]
    return min(sure, key=abs, default=None)


def _far_facts(ahead: timedelta, here: datetime) -> dict[str, str]:
    return {
        "here": f"{in_japan(here):%Y-%m-%d %H:%M}",
        "right": f"{in_japan(here + ahead):%Y-%m-%d %H:%M}",
        "days": str(abs(round(ahead / timedelta(days=1)))),
    }


def _stamping(state: ServiceHealth, clock_wrong: bool) -> Condition:
    facts = {"name": state.name, "problem": state.problem}
    if state.health is Health.OK and state.latency is not None:
        return Condition("stamp_ok", "ok", facts | {"ms": str(round(state.latency.total_seconds() * 1000))})
    if state.health is Health.MAINTENANCE and state.back_at is not None:
        back = in_japan(state.back_at)
        return Condition("stamp_maintenance", "warn", facts | {"back": f"{back:%Y-%m-%d %H:%M}"})
    if state.why is Why.CLOCK and clock_wrong:
        return Condition("stamp_unchecked", "warn", facts)
    return Condition(_FAILING[state.why], "warn", facts)


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
