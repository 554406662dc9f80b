"""Scripted faults: what happens to which command. Plain data, so that a script can travel to the emulator as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from econtract_practice.cards.virtual.apdu import BROKEN, Kind


class Deed(StrEnum):
    """What happens. Where a card comes back later, that is the test's business (`CardRig.insert`), save for `SWAP`."""

    PULL = "pull"  # the card is out; no answer
    SWAP = "swap"  # the card is out, and card `other` is in as soon as PC/SC has seen the empty reader
    RESET = "reset"  # the card loses its power for a moment before the command: log-in and selection are gone
    STATUS = "status"  # the answer is `status` and no data
    FLIP = "flip"  # one bit of the answer is turned: number `amount`, counted from its first
    TRUNCATE = (
        "truncate"  # the answer loses its last `amount` bytes, status word and all; one byte stays (vpcd hangs on none)
    )
    LENGTHEN = "lengthen"  # `amount` bytes of rubbish come before the status word
    DELAY = "delay"  # the answer comes `amount` milliseconds later
    HANG = "hang"  # the answer does not come until the card is released or pulled


@dataclass(frozen=True)
class Fault:
    """At the `at`-th command from now on (1: the next), counting only those of `kind` where it is given; `times` commands long (0: from
    then on for ever). `executed`: the card carries the command out first, and only its answer is hit."""

    deed: Deed
    at: int = 1
    kind: Kind | None = None
    times: int = 1
    executed: bool = False
    status: int = BROKEN
    amount: int = 1
    other: str = ""

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, object]) -> Fault:
        """Raises TypeError, ValueError."""
        kind = told.get("kind")
        return cls(**{**told, "deed": Deed(str(told["deed"])), "kind": Kind(str(kind)) if kind else None})  # type: ignore[arg-type]


class Script:
    """The faults that wait at one reader, in the order they were given; at most one strikes a command."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []  # with the commands of its kind seen so far

    def add(self, fault: Fault) -> None:
        self._waiting.append((fault, 0))

    def clear(self) -> None:
        self._waiting = []

    def next(self, kind: Kind) -> Fault | None:
        """Count one command; the fault that strikes it."""
        struck: Fault | None = None
        left = []
        for fault, seen in self._waiting:
            now = seen + (fault.kind in (None, kind))
            strikes = now > seen and now >= fault.at
            if strikes and struck is None:
                struck = fault
            if not fault.times or now < fault.at + fault.times - 1:
                left.append((fault, now))
        self._waiting = left
        return struck


def spoil(answer: bytes, fault: Fault) -> bytes:
    """The answer as it leaves a card that garbles it."""
    if fault.deed is Deed.STATUS:
        return fault.status.to_bytes(2, "big")
    if fault.deed is Deed.FLIP:
        at = fault.amount % (len(answer) * 8)
        return answer[: at // 8] + bytes([answer[at // 8] ^ 0x80 >> at % 8]) + answer[at // 8 + 1 :]
    if fault.deed is Deed.TRUNCATE:
        return answer[: max(1, len(answer) - fault.amount)]
    if fault.deed is Deed.LENGTHEN:
        return answer[:-2] + b"\xa5" * fault.amount + answer[-2:]
    return answer
