"""A card as a reader sees it: power, an ATR, commands and answers; and a log in which no PIN ever stands.

The layouts (`jpki`, `piv`, `ebid`) say what a command does; this class does what all have in common: command chaining, answers longer than
the reader asked for (61xx and GET RESPONSE), and the log. Source: ISO/IEC 7816-3 (ATR, reset), 7816-4 5.3 (chaining).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import asdict, dataclass, replace

from econtract_practice.cards.virtual import apdu
from econtract_practice.cards.virtual.apdu import Answer, Command, Kind, Malformed, Refused
from econtract_practice.cards.virtual.pin import Pin

_LOG = 20_000  # entries; the oldest go first


@dataclass(frozen=True)
class Entry:
    """One command as it was logged. `header`: CLA INS P1 P2; `sent` and `got` count bytes. `select`: the file asked for, hex.
    `pin`: which PIN a VERIFY was for, and never its bytes. `fault`: what a scripted fault did to it."""

    number: int
    kind: str
    header: str
    sent: int
    got: int
    status: str
    select: str = ""
    pin: str = ""
    fault: str = ""


class Card(ABC):
    """The base of the layouts. Not shared between threads."""

    atr: bytes = b""
    pin_tells_verified = True

    def __init__(self, name: str, pins: dict[str, Pin]) -> None:
        self.name = name
        self.pins = pins
        self.entries: deque[Entry] = deque(maxlen=_LOG)
        self.count = 0  # commands since the card was made
        self._begun = b""  # of a command that comes in parts
        self._rest = b""  # of an answer that goes in parts

    def power(self) -> None:
        """On, off or reset: whatever a card keeps in RAM is gone; counters stay."""
        self._begun = self._rest = b""
        for pin in self.pins.values():
            pin.verified = False

    def process(self, raw: bytes) -> bytes:
        """The answer. Never raises for what comes from outside."""
        self.count += 1
        try:
            command = apdu.parse(raw)
        except Malformed as problem:
            self._log(apdu.bare(raw), Answer(problem.status))
            return Answer(problem.status).raw
        answer = self._answer(command)
        self._log(command, answer)
        return answer.raw

    def lost(self, raw: bytes) -> None:
        """A command that never reached the card; it is counted and logged all the same."""
        self.count += 1
        command = replace(apdu.bare(raw), data=b"?" if len(raw) > 5 else b"")
        self._log(command, Answer(0), sent=max(0, len(raw) - 5))

    def mark(self, fault: str) -> None:
        """Write what a fault did beside the last command."""
        self.entries[-1] = replace(self.entries[-1], fault=fault)

    def told(self) -> dict[str, object]:
        """The counters as JSON."""
        return {"pins": {name: pin.told() for name, pin in self.pins.items()}, "commands": self.count}

    def log(self, since: int) -> list[dict[str, object]]:
        """The entries after number `since`, as far as they are kept, as JSON."""
        return [asdict(entry) for entry in self.entries if entry.number > since]

    def _answer(self, command: Command) -> Answer:
        if command.ins == 0xC0:
            return self._more(command)
        self._rest = b""
        if command.chained:
            self._begun += command.data
            return Answer(apdu.OK) if len(self._begun) < 4096 else Answer(apdu.CHAINING_BROKEN)
        begun, self._begun = self._begun, b""
        if begun:
            command = replace(command, data=begun + command.data)
        try:
            data = self.execute(command)
        except Refused as refused:
            return Answer(refused.status)
        if command.le is None and not data:
            return Answer(apdu.OK)
        return self._first(data, command.le or 256)

    def _first(self, data: bytes, most: int) -> Answer:
        if len(data) <= most:
            return Answer(apdu.OK, data)
        self._rest = data[most:]
        return Answer(0x6100 | min(len(self._rest), 256) & 0xFF, data[:most])

    def _more(self, command: Command) -> Answer:
        if not self._rest:
            return Answer(apdu.CONDITIONS_NOT_SATISFIED)
        return self._first(self._rest, command.le or 256)

    @abstractmethod
    def execute(self, command: Command) -> bytes:
        """What comes back with 9000. Raises Refused with any other status word. The layouts' part."""

    def verify(self, pin: Pin, command: Command) -> bytes:
        """VERIFY (ISO/IEC 7816-4 11.5.6): empty asks, else it tries. Raises Refused."""
        status = pin.check(command.data) if command.data else pin.status(tells_verified=self.pin_tells_verified)
        if status != apdu.OK:
            raise Refused(status)
        return b""

    def pin_of(self, command: Command) -> str:
        """Which PIN a VERIFY is for."""
        return next(iter(self.pins), "")

    def _log(self, command: Command, answer: Answer, sent: int | None = None) -> None:
        kind = command.kind
        header = bytes((command.cla, command.ins, command.p1, command.p2)).hex()
        chosen = command.data.hex() if kind is Kind.SELECT else ""
        whose = self.pin_of(command) if kind in (Kind.VERIFY, Kind.PIN_STATUS) else ""
        count = len(command.data) if sent is None else sent
        self.entries.append(
            Entry(self.count, kind.value, header, count, len(answer.data), f"{answer.status:04X}", chosen, whose)
        )
