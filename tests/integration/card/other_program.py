"""Another program at the card: `python -m tests.integration.card.other_program DEED READER`. Says "ready", ends when its input ends.

exclusive: keeps the card for itself; transaction: holds one for a while; reset: resets it again and again; select: selects another
application again and again, and leaves it so.
"""

from __future__ import annotations

import sys
import threading
import time

from smartcard import scard

_PIV = [0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00]
_HELD = 1.0  # seconds of a transaction


def main(deed: str, reader: str) -> None:
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    share = scard.SCARD_SHARE_EXCLUSIVE if deed == "exclusive" else scard.SCARD_SHARE_SHARED
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    result, handle, protocol = scard.SCardConnect(context, reader, share, protocols)
    assert result == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(result)
    over = threading.Event()
    if deed == "transaction":
        scard.SCardBeginTransaction(handle)
        threading.Timer(_HELD, lambda: scard.SCardEndTransaction(handle, scard.SCARD_LEAVE_CARD)).start()
    print("ready", flush=True)
    ends = threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True)
    ends.start()
    while not over.is_set():
        if deed == "reset":
            scard.SCardReconnect(handle, share, protocols, scard.SCARD_RESET_CARD)
        elif deed == "select":
            header = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
            scard.SCardTransmit(handle, header, _PIV)
        time.sleep(0.01)
    scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)


if __name__ == "__main__":
    main(*sys.argv[1:])
