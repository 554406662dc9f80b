"""The card itself by PC/SC, beside its driver: tries left without using one, and a reset that leaves nobody logged in.

Only cards whose commands are known from their drivers' sources are asked, and only while nobody is logged in: selecting an
application takes the card away from the driver until it is reset. Card process only; one thread; never raises.
Source: ISO/IEC 7816-4 (VERIFY without data), NIST SP 800-73-4 part 2 3.2.1, OpenSC card-jpki.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_JPKI = bytes.fromhex("D392F000260100000001")
_PIV = bytes.fromhex("A00000030800001000")
_BLOCKED = 0x6983


@dataclass(frozen=True)
class Question:
    """How a card is asked for its PIN's counter: commands whose answer must be 9000, then VERIFY without data."""

    before: tuple[bytes, ...]
    verify: bytes


def _select(aid: bytes, p2: int) -> bytes:
    return bytes([0x00, 0xA4, 0x04, p2, len(aid)]) + aid


_VERIFY = bytes.fromhex("00200080")
# By what the driver says of the token: (manufacturer begins with, label holds).
_QUESTIONS = (
    ("JPKI", "Authentication", Question((_select(_JPKI, 0x0C), bytes.fromhex("00A4020C020018")), _VERIFY)),
    ("JPKI", "Signature", Question((_select(_JPKI, 0x0C), bytes.fromhex("00A4020C02001B")), _VERIFY)),
    ("piv_II", "", Question((_select(_PIV, 0x00),), _VERIFY)),
)


def question_for(manufacturer: str, label: str) -> Question | None:
    """None where this kind of card is not known well enough to be asked."""
    return next((q for who, what, q in _QUESTIONS if manufacturer.startswith(who) and what in label), None)


def tries_left(reader: str, question: Question) -> int | None:
    """What the card itself says; None where it cannot be asked. Costs no try; leaves the card reset."""
    with _connected(reader) as send:
        if send is None:
            return None
        for command in question.before:
            status = send(command)
            if status >> 8 != 0x61 and status != 0x9000:
                return None
        status = send(question.verify)
    if status == _BLOCKED:
        return 0
    return status & 0x0F if status & 0xFFF0 == 0x63C0 else None


def reset(reader: str) -> bool:
    """Whatever was verified on the card is not any more, for every program. False where no such reader has a card."""
    with _connected(reader) as send:
        return send is not None


class _Send:
    """Sends one command; the status word, 0 where nothing came back."""

    def __init__(self, handle: int, protocol: int) -> None:
        self._handle = handle
        self._protocol = protocol

    def __call__(self, command: bytes) -> int:
        from smartcard.scard import SCARD_PCI_T0, SCARD_PCI_T1, SCARD_PROTOCOL_T0, SCardTransmit

        header = SCARD_PCI_T0 if self._protocol == SCARD_PROTOCOL_T0 else SCARD_PCI_T1
        result, answer = SCardTransmit(self._handle, header, list(command))
        return int.from_bytes(bytes(answer[-2:]), "big") if result == 0 and len(answer) >= 2 else 0


@contextmanager
def _connected(reader: str) -> Iterator[_Send | None]:
    """The card in this reader within one transaction, reset at the end; None where there is none, or somebody else holds it."""
    try:
        from smartcard import scard
    except ImportError:  # no PC/SC library on this machine
        yield None
        return
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        yield None
        return
    try:
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, handle, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, protocols)
        if result != scard.SCARD_S_SUCCESS:
            yield None
            return
        try:
            begun = scard.SCardBeginTransaction(handle) == scard.SCARD_S_SUCCESS
            yield _Send(handle, protocol) if begun else None
            if begun:
                scard.SCardEndTransaction(handle, scard.SCARD_RESET_CARD)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_RESET_CARD)
    finally:
        scard.SCardReleaseContext(context)
