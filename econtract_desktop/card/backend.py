"""What a kind of card must be able to do inside the card process. One thread; blocking; typed errors only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class SlotView:
    """One token as seen now. `certificates`: DER, those that show. `state` is a `PinState` value. `pin_lengths`: (shortest,
    longest) as the token tells, (0, 0) where it does not. `pin_each_time`: SHA-256 of the certificates whose key wants the PIN
    for every signature, as far as that shows (after log-in)."""

    slot: int
    reader: str
    label: str
    serial: str
    certificates: tuple[bytes, ...]
    tries_left: int | None
    state: str
    pin_lengths: tuple[int, int] = (0, 0)
    pin_each_time: tuple[str, ...] = ()


class Backend(Protocol):
    """Every call may raise the errors of `econtract_core.rules.errors.CardError`."""

    def slots(self) -> tuple[SlotView, ...]: ...

    def log_in(self, slot: int, pin: bytearray, shown: frozenset[str], events: int | None) -> None:
        """Exactly one try, and only at the card that shows one of these certificates (SHA-256; none: any card) and has not
        gone in or out since its reader counted `events` (None: not counted). Raises WrongCard, CardRemoved, PinIncorrect,
        PinLocked. The caller wipes `pin`."""
        ...

    def tries_left(self, slot: int) -> int | None:
        """What the card itself says, without a try and only while nobody is logged in; None where it cannot be asked."""
        ...

    def sign(self, slot: int, certificate_sha256: str, message: bytes) -> tuple[bytes, str]:
        """(signature, "rsa" or "ecdsa") over SHA-256 of `message`; ECDSA as DER. Raises PinRequired where the card wants the
        PIN for each signature and it has been used up: log in again."""
        ...

    def log_out(self, slot: int) -> None: ...
