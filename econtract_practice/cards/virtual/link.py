"""One reader's line to pcscd: vpcd's protocol on one side, a card and its faults on the other.

Source: vsmartcard, vpcd.c: both ways two bytes of length (big-endian) and a body; a body of one byte is 00 power off, 01 on, 02 reset (no answer)
or 04 (answer: the ATR; asked at every poll); anything longer is a command.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

from econtract_practice.cards.virtual.apdu import kind_of
from econtract_practice.cards.virtual.card import Card
from econtract_practice.cards.virtual.faults import Deed, Fault, Script, spoil

_OFF, _ON, _RESET, _ATR = 0, 1, 2, 4
_BEFORE = (Deed.PULL, Deed.SWAP)


class Link:
    """Not shared between threads. `find` gives the card of a name (for a swap)."""

    def __init__(self, port: int, find: Callable[[str], Card]) -> None:
        self._port = port
        self._find = find
        self.card: Card | None = None
        self.socket: socket.socket | None = None
        self.script = Script()
        self.delay = 0.0  # seconds, for every command
        self.must_be_seen_empty = False  # pcscd must notice the empty reader before a card comes
        self.hanging = False
        self._due: tuple[float, Callable[[], bytes]] | None = None  # an answer that waits
        self._unheard: bytes | None = None  # a waiting command that the card has not carried out yet
        self._buffer = b""

    @property
    def due(self) -> float | None:
        """When `flush` has something to do."""
        return self._due[0] if self._due else None

    def insert(self, card: Card) -> None:
        card.power()
        self.card = card

    def pull(self) -> None:
        """Take the card out, whatever it is doing. Nothing is told to pcscd but the closed line."""
        self._close()
        self.card = None

    def connect(self) -> None:
        """Put the card on the line where it is not yet. pcscd accepts it at its next poll."""
        if self.card is None or self.socket is not None or self.must_be_seen_empty:
            return
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        line.settimeout(0.05)
        try:
            line.connect(("127.0.0.1", self._port))
        except OSError:  # no pcscd just now
            line.close()
            return
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.card.power()
        self.socket = line

    def readable(self) -> None:
        """Take in what came and answer it."""
        assert self.socket is not None
        try:
            # vpcd writes the length and the body apart; without this, at every receive, each command takes 40 ms.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            came = self.socket.recv(65536)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._close()  # pcscd ended or gave the card up; the card is still in the reader
            return
        self._buffer += came
        self._serve()

    def flush(self) -> None:
        """Send the answer whose time has come."""
        if self._due is not None and time.monotonic() >= self._due[0]:
            finish, self._due = self._due[1], None
            self._unheard = None
            self._send(finish())
            self._serve()

    def release(self) -> None:
        """A card that hangs goes on."""
        if self.hanging and self._due is not None:
            self.hanging = False
            self._due = (0.0, self._due[1])
            self.flush()

    def _serve(self) -> None:
        while self.socket is not None and self._due is None and len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < end:
                return
            body, self._buffer = self._buffer[2:end], self._buffer[end:]
            self._body(body)

    def _body(self, body: bytes) -> None:
        assert self.card is not None
        if len(body) > 1:
            self._command(body)
        elif body[:1] and body[0] == _ATR:
            self._send(self.card.atr)
        elif body[:1] and body[0] in (_OFF, _ON, _RESET):
            self.card.power()

    def _command(self, raw: bytes) -> None:
        card = self.card
        assert card is not None
        fault = self.script.next(kind_of(raw))
        if fault is not None and fault.deed in _BEFORE:
            self._go(card, raw, fault)
            return
        if fault is not None and fault.deed in (Deed.DELAY, Deed.HANG):
            self._wait(card, raw, fault)
            return
        if fault is not None and fault.deed is Deed.RESET:
            card.power()
        if fault is not None and fault.deed is Deed.STATUS and not fault.executed:
            card.lost(raw)
            answer = b""
        else:
            answer = card.process(raw)
        if fault is not None:
            card.mark(fault.deed.value)
            answer = spoil(answer, fault)
        if self.delay:
            self._due = (time.monotonic() + self.delay, lambda: answer)
        else:
            self._send(answer)

    def _wait(self, card: Card, raw: bytes, fault: Fault) -> None:
        def finish() -> bytes:
            answer = card.process(raw)
            card.mark(fault.deed.value)
            return answer

        self.hanging = fault.deed is Deed.HANG
        when = float("inf") if self.hanging else time.monotonic() + self.delay + fault.amount / 1000
        if fault.executed:
            answer = finish()
            self._due = (when, lambda: answer)
        else:
            self._due, self._unheard = (when, finish), raw

    def _go(self, card: Card, raw: bytes, fault: Fault) -> None:
        if fault.executed:
            card.process(raw)
        else:
            card.lost(raw)
        card.mark(fault.deed.value)
        self.pull()
        if fault.deed is Deed.SWAP:
            self.insert(self._find(fault.other))

    def _send(self, body: bytes) -> None:
        if self.socket is None:
            return
        try:
            self.socket.setblocking(True)
            self.socket.sendall(len(body).to_bytes(2, "big") + body)
            self.socket.setblocking(False)
        except OSError:
            self._close()

    def _close(self) -> None:
        line, self.socket = self.socket, None
        unheard, self._unheard = self._unheard, None
        self._buffer, self._due, self.hanging = b"", None, False
        if self.card is not None:
            if unheard is not None:
                self.card.lost(unheard)
            self.card.power()
        if line is not None:
            self.must_be_seen_empty = True
            with contextlib.suppress(OSError):
                line.close()
