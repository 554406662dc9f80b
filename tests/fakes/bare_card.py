"""A virtual card without reader, driver or process: its commands one by one."""

from __future__ import annotations

from econtract_practice.cards.virtual.card import Card


class BareCard:
    """Sends commands given as hex and splits the answers."""

    def __init__(self, card: Card) -> None:
        self.card = card

    def __call__(self, header: str, data: bytes | str = b"", le: int | None = None) -> tuple[int, bytes]:
        """(status word, data); `le` 256 as 00."""
        body = bytes.fromhex(data) if isinstance(data, str) else data
        raw = bytes.fromhex(header) + (bytes([len(body)]) + body if body else b"")
        answer = self.card.process(raw + (bytes([le & 0xFF]) if le is not None else b""))
        return int.from_bytes(answer[-2:], "big"), answer[:-2]

    def whole(self, header: str, data: bytes | str = b"") -> tuple[int, bytes]:
        """The same with chaining there (ISO/IEC 7816-4 5.3.3) and GET RESPONSE back."""
        body = bytes.fromhex(data) if isinstance(data, str) else data
        while len(body) > 255:
            chained = f"{int(header[:2], 16) | 0x10:02X}{header[2:]}"
            assert self(chained, body[:255]) == (0x9000, b"")
            body = body[255:]
        status, found = self(header, body, 256)
        while status >> 8 == 0x61:
            status, more = self("00C00000", le=status & 0xFF)
            found += more
        return status, found
