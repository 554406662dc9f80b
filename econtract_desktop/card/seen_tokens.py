"""Tokens as a card process shows them, before one is chosen: reading them, telling one card from another, and what PC/SC says when
something goes wrong."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cryptography import x509

from econtract_core.identity import read_holder
from econtract_core.rules.errors import CardBusy, CardError, CardRemoved, DriverFault, UnsupportedDocument
from econtract_desktop.card.readers import read_readers
from econtract_desktop.ports.card import CardCertificate, CardSelector, PinState, PinStatus, TokenInfo
from econtract_desktop.ports.pin import PinRule

if TYPE_CHECKING:
    from econtract_desktop.card.process import CardProcess

_LOOKS, _BETWEEN = 4, 0.05  # at PC/SC, after something went wrong; seconds


class Homes:
    """Where a certificate that shows only after log-in was seen: beside which certificates that always show. With it another
    person's card of the same kind is known before it gets a PIN."""

    def __init__(self) -> None:
        self._beside: dict[str, frozenset[str]] = {}

    def learn(self, certificates: frozenset[str], shown: frozenset[str]) -> None:
        for certificate in certificates - shown:
            if shown:
                self._beside[certificate] = shown

    def may_be(self, certificate: str, shown: frozenset[str]) -> bool:
        """Whether a card that shows these may hold that one. Yes where nothing is known."""
        known = self._beside.get(certificate)
        return known is None or not shown or certificate in shown or bool(known & shown)


@dataclass(frozen=True)
class SeenToken:
    """A token and where it is."""

    process: CardProcess
    slot: int
    info: TokenInfo
    events: int | None = None  # see `events_of`, before the token was read
    shown: frozenset[str] = frozenset()  # every certificate that its reader's card shows, by SHA-256


def shown_by(slots: list[tuple[int, TokenInfo]], reader: str) -> frozenset[str]:
    """A card may be several tokens (JPKI: two PINs); its certificates together tell which card it is."""
    return frozenset(c.sha256 for _, info in slots if info.reader == reader for c in info.certificates)


def with_rule(info: TokenInfo, rule_of: Callable[[TokenInfo], PinRule | None]) -> TokenInfo:
    """What a driver's row says of the PIN beats what the token says."""
    rule = rule_of(info)
    return info if rule is None else replace(info, pin=replace(info.pin, rule=rule))


def told_by_card(pin: PinStatus, tries: int) -> PinStatus:
    """The card's own number beats the driver's flags."""
    state = {0: PinState.LOCKED, 1: PinState.FINAL_TRY}.get(tries, pin.state)
    if tries > 1 and state in (PinState.LOCKED, PinState.FINAL_TRY):
        state = PinState.COUNT_LOW
    return replace(pin, tries_left=tries, state=state)


def true_cause(error: CardError, reader: str) -> CardError:
    """What PC/SC says of a reader it knew before explains why a driver failed or saw nothing: no reader or card any more, or
    another program has it."""
    exclusive = False
    for look in range(_LOOKS):
        time.sleep(_BETWEEN if look else 0)  # PC/SC itself may be a moment late
        seen = next((each for each in read_readers() if each.name == reader), None)
        if seen is None or not seen.present or seen.atr is None:  # a mute card is none: pcscd has lost sight of it
            return CardRemoved(error.detail, reader=reader)
        exclusive = seen.exclusive
    return CardBusy(error.detail, reader=reader) if exclusive and isinstance(error, DriverFault) else error


def read_slots(
    process: CardProcess, waiting: Callable[[float, float], None] | None = None
) -> list[tuple[int, TokenInfo]]:
    """Every token this process sees."""
    slots = process.call("slots", waiting=waiting)["slots"]
    assert isinstance(slots, list)
    found = []
    for view in slots:
        certificates = []
        for text in view["certificates"]:
            der = base64.b64decode(text)
            if _is_readable(der) and not _is_authority(der):
                sha256 = hashlib.sha256(der).hexdigest()
                certificates.append(CardCertificate(der, sha256, sha256 in view["pin_each_time"]))
        shortest, longest = view["pin_lengths"]
        rule = PinRule(shortest, longest) if longest else PinRule()
        pin = PinStatus(view["tries_left"], PinState(view["state"]), rule)
        info = TokenInfo(view["reader"], process.module, view["label"], view["serial"], tuple(certificates), pin)
        found.append((view["slot"], info))
    return found


def _is_readable(der: bytes) -> bool:
    """What a driver read wrongly is none: whoever looks for the right one then finds it missing, and reads anew."""
    try:
        read_holder(der)
    except UnsupportedDocument:
        return False
    return True


def _is_authority(der: bytes) -> bool:
    """A CA's certificate that lies on the card beside the person's: nobody signs with it."""
    try:
        found = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion):
        return False
    return found.value.ca


def fits(info: TokenInfo, selector: CardSelector) -> bool:
    """Does this token answer the selector? A certificate that is hidden until log-in may still be there."""
    wanted = selector.certificate.lower() if selector.certificate else None
    return (
        selector.reader in (None, info.reader)
        and selector.module in (None, info.module)
        and selector.token in (None, info.label)
        and (wanted is None or not info.certificates or any(c.sha256 == wanted for c in info.certificates))
    )
