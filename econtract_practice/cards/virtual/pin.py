"""A card's PIN: the counter lives here and nowhere else, so it survives power loss and re-insertion."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from hashlib import sha256

from econtract_practice.cards.virtual.apdu import PIN_BLOCKED, PIN_LEFT


@dataclass
class PinStats:
    """What was done to one PIN since the card was made.

    `wrong` counts every try that was lost; `repeated` those of them whose PIN had been refused before (never needed);
    `when_blocked` the PINs that came although no try was left; `asked` the empty VERIFYs, which cost nothing.
    """

    most: int
    left: int
    right: int = 0
    wrong: int = 0
    repeated: int = 0
    when_blocked: int = 0
    asked: int = 0

    @property
    def sent(self) -> int:
        """PINs that reached the card."""
        return self.right + self.wrong + self.when_blocked


class Pin:
    """Compares a PIN and counts. Wrong PINs are known again by a salted hash; none is kept."""

    def __init__(self, value: bytes, tries: int, *, blocked_answer: int = PIN_BLOCKED) -> None:
        """`value` as it stands in a VERIFY, padding and all. `blocked_answer`: to an empty VERIFY when no try is left."""
        self._value = value
        self._blocked_answer = blocked_answer
        self._salt = secrets.token_bytes(16)
        self._refused: set[bytes] = set()
        self.verified = False
        self.stats = PinStats(most=tries, left=tries)

    def check(self, value: bytes) -> int:
        """The status word of a VERIFY with a PIN."""
        if not self.stats.left:
            self.stats.when_blocked += 1
            return PIN_BLOCKED
        if hmac.compare_digest(value, self._value):
            self.stats.right += 1
            self.stats.left = self.stats.most
            self.verified = True
            return 0x9000
        print_of = hmac.digest(self._salt, value, sha256)
        self.stats.repeated += print_of in self._refused
        self._refused.add(print_of)
        self.stats.wrong += 1
        self.stats.left -= 1
        self.verified = False
        return PIN_LEFT | self.stats.left

    def status(self, *, tells_verified: bool) -> int:
        """The status word of an empty VERIFY. `tells_verified`: this card answers 9000 while the PIN is verified."""
        self.stats.asked += 1
        if self.verified and tells_verified:
            return 0x9000
        return PIN_LEFT | self.stats.left if self.stats.left else self._blocked_answer

    def told(self) -> dict[str, int]:
        return asdict(self.stats)
