"""PinPrompt: the card asks the person for the PIN through the user interface.

The PIN lives in a `PinBuffer`: bytes that are overwritten when the `with` block ends. It goes from the prompt to the card
process and nowhere else; it is no argument of a service, in no log, event or error.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol


class PinBuffer:
    """A PIN as wiped bytes (UTF-8). `repr` and pickling tell nothing."""

    __slots__ = ("_bytes",)

    def __init__(self, data: bytearray) -> None:
        """Takes `data` over: it is overwritten by `wipe`."""
        self._bytes = data

    def __enter__(self) -> PinBuffer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.wipe()

    def __len__(self) -> int:
        return len(self._bytes)

    def __repr__(self) -> str:
        return "PinBuffer(…)"

    def __reduce__(self) -> str:
        raise TypeError("a PIN is never pickled")

    @property
    def view(self) -> memoryview:
        """The bytes themselves, without a copy."""
        return memoryview(self._bytes)

    def wipe(self) -> None:
        for i in range(len(self._bytes)):
            self._bytes[i] = 0


@dataclass(frozen=True)
class PinRule:
    """What the card's profile says of its PIN. Checked before the card is asked."""

    min_length: int = 4
    max_length: int = 16
    digits_only: bool = False
    upper_case: bool = False  # letters are sent as capitals (JPKI signing PIN)


@dataclass(frozen=True)
class PinPurpose:
    """What the PIN is for, as the dialog shows it. `documents` are titles; `server` the receiver's name."""

    kind: str  # "sign" or "login"
    documents: tuple[str, ...] = ()
    server: str = ""


@dataclass(frozen=True)
class PinRequest:
    """Everything the dialog shows. `tries_left` None: the card does not tell. `last_error`: code of the try before."""

    purpose: PinPurpose
    token_label: str
    holder: str
    organization: str
    not_after: str
    rule: PinRule
    tries_left: int | None
    last_try: bool
    last_error: str | None = None


class PinPrompt(Protocol):
    def ask(self, request: PinRequest) -> PinBuffer:
        """The PIN, owned by the caller, who wipes it. Raises Cancelled when the person stops, PinRequired when there is
        nobody to ask. Called from any thread; blocks until answered."""
        ...


def half_width(data: bytearray) -> bytearray:
    """Full-width letters, digits and signs (U+FF01–FF5E) as ASCII, in place: people type PINs with the IME on.

    Works on UTF-8 bytes so that the PIN is never a `str`. Returns the same buffer, shortened; what is cut off was wiped.
    """
    end = read = 0
    while read < len(data):
        step, value = 1, data[read]
        if value == 0xEF and read + 2 < len(data):
            point = 0xF000 | (data[read + 1] & 0x3F) << 6 | data[read + 2] & 0x3F
            if 0xFF01 <= point <= 0xFF5E:
                step, value = 3, point - 0xFEE0
        data[end] = value
        end += 1
        read += step
    for i in range(end, len(data)):
        data[i] = 0
    del data[end:]
    return data
