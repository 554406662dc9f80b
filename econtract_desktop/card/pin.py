"""The PIN guardian: what the card must never be asked, and whether it was the PIN at all."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from econtract_core.rules.errors import DriverFault, PinFormat, PinIncorrect, PinReplayed
from econtract_desktop.ports.pin import PinBuffer, PinRule


class PinGuardian:
    """Remembers the wrong PINs of each card as salted hashes, for as long as the program runs or until the card has taken
    a right one. Not shared between threads."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)
        self._wrong: dict[str, set[bytes]] = {}

    def check(self, card: str, pin: PinBuffer, rule: PinRule, tries_left: int | None) -> None:
        """Before the card is asked. `card` names it. Makes capitals in place where the rule says so. Raises PinFormat,
        PinReplayed."""
        if rule.upper_case:
            _to_capitals(pin)
        check_rule(pin, rule)
        if self._digest(pin) in self._wrong.get(card, ()):
            raise PinReplayed(attempts_remaining=tries_left)

    def refused(self, card: str, pin: PinBuffer, error: PinIncorrect, before: int | None, after: int | None) -> None:
        """The driver says that the PIN was wrong. Where the card's own counter did not go down, it was not the PIN: raises
        DriverFault and holds nothing against it; else the PIN is never sent again."""
        if before is not None and after is not None and after >= before:
            raise DriverFault(error.detail, problem="the card did not count a wrong PIN") from None
        self._wrong.setdefault(card, set()).add(self._digest(pin))

    def accepted(self, card: str) -> None:
        """The card took a PIN: what was wrong before may have been mistyped twice."""
        self._wrong.pop(card, None)

    def _digest(self, pin: PinBuffer) -> bytes:
        return hmac.digest(self._salt, pin.view, hashlib.sha256)


def check_rule(pin: PinBuffer, rule: PinRule) -> None:
    """Raises PinFormat before the card is asked, so that no try is lost."""
    data = pin.view
    good = rule.min_length <= len(data) <= rule.max_length and all(0x20 < byte < 0x7F for byte in data)
    if rule.digits_only:
        good = good and all(0x30 <= byte <= 0x39 for byte in data)
    if not good:
        raise PinFormat(min_length=rule.min_length, max_length=rule.max_length)


def _to_capitals(pin: PinBuffer) -> None:
    view = pin.view
    for i, byte in enumerate(view):
        if 0x61 <= byte <= 0x7A:
            view[i] = byte - 0x20
