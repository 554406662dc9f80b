"""The readers PC/SC knows, asked without touching any card's security state."""

from __future__ import annotations

from econtract_desktop.ports.card import ReaderInfo, ServiceState


def read_readers() -> tuple[ReaderInfo, ...]:
    """Empty where there is no PC/SC service or library; never raises. Source: PC/SC part 5 (SCardGetStatusChange)."""
    try:
        from smartcard.scard import (
            SCARD_S_SUCCESS,
            SCARD_SCOPE_USER,
            SCARD_STATE_EXCLUSIVE,
            SCARD_STATE_PRESENT,
            SCARD_STATE_UNAWARE,
            SCardEstablishContext,
            SCardGetStatusChange,
            SCardListReaders,
            SCardReleaseContext,
        )
    except ImportError:  # no libpcsclite on this machine
        return ()
    result, context = SCardEstablishContext(SCARD_SCOPE_USER)
    if result != SCARD_S_SUCCESS:
        return ()
    try:
        result, names = SCardListReaders(context, [])
        if result != SCARD_S_SUCCESS or not names:
            return ()
        result, states = SCardGetStatusChange(context, 0, [(name, SCARD_STATE_UNAWARE) for name in names])
        if result != SCARD_S_SUCCESS:
            return ()
        found = []
        for name, state, atr in states:
            present = bool(state & SCARD_STATE_PRESENT)
            held = bool(state & SCARD_STATE_EXCLUSIVE)
            shown = bytes(atr).hex() if present and atr else None
            found.append(ReaderInfo(name, shown, present, held, state >> 16))
        return tuple(found)
    finally:
        SCardReleaseContext(context)


def service_state() -> ServiceState:
    """Never raises."""
    try:
        from smartcard.scard import SCARD_S_SUCCESS, SCARD_SCOPE_USER, SCardEstablishContext, SCardReleaseContext
    except ImportError:
        return ServiceState.ABSENT
    result, context = SCardEstablishContext(SCARD_SCOPE_USER)
    if result != SCARD_S_SUCCESS:
        return ServiceState.STOPPED
    SCardReleaseContext(context)
    return ServiceState.RUNNING


def events_of(reader: str) -> int | None:
    """How often a card went in or out there; None where PC/SC knows no such reader."""
    return next((seen.events for seen in read_readers() if seen.name == reader), None)
