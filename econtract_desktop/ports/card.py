"""Cards, CardToken, CardWatch: the card as the services see it. Adapters: `card/` (PKCS#11 and PKCS#12 in a card process)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Protocol

from econtract_core.rules.errors import CardError
from econtract_desktop.ports.pin import PinPrompt, PinPurpose, PinRule
from econtract_desktop.ports.progress import Progress


class PinState(StrEnum):
    OK = "ok"
    COUNT_LOW = "count_low"
    FINAL_TRY = "final_try"
    LOCKED = "locked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PinStatus:
    tries_left: int | None
    state: PinState
    rule: PinRule = field(default_factory=PinRule)


@dataclass(frozen=True)
class CardCertificate:
    """A certificate on the card that has its private key there. `sha256`: hex of the DER's SHA-256. `pin_each_time`: its key wants
    the PIN for every signature (known after log-in; the PIN of the log-in serves the first one)."""

    der: bytes = field(repr=False)
    sha256: str
    pin_each_time: bool = False


@dataclass(frozen=True)
class TokenInfo:
    """`reader` is the slot's description, `module` the driver's path (a .p12 file's path for a file card)."""

    reader: str
    module: str
    label: str
    serial: str
    certificates: tuple[CardCertificate, ...]  # those visible before log-in
    pin: PinStatus


@dataclass(frozen=True)
class ReaderInfo:
    """`exclusive`: another program keeps the card for itself. `events`: how often a card has gone in or out, where that is
    counted: two looks with the same number saw the same card."""

    name: str
    atr: str | None  # hex
    present: bool
    exclusive: bool = False
    events: int = 0

    @property
    def built_in(self) -> bool:
        """No reader one puts a card into: Windows shows its own sign-in as "Windows Hello for Business 1" and the like."""
        return self.name.startswith("Windows Hello")


class ServiceState(StrEnum):
    """Of PC/SC. `ABSENT`: this machine has no such library."""

    RUNNING = "running"
    STOPPED = "stopped"
    ABSENT = "absent"


@dataclass(frozen=True)
class CardListing:
    """`modules`: every driver and practice card that was asked; `problems`: those that failed, and how."""

    readers: tuple[ReaderInfo, ...]
    tokens: tuple[TokenInfo, ...]
    service: ServiceState = ServiceState.RUNNING
    modules: tuple[str, ...] = ()
    problems: tuple[tuple[str, CardError], ...] = ()


@dataclass(frozen=True)
class CardSelector:
    """Which card is meant; all None: the only one. The certificate decides over labels and serials, which may be equal."""

    reader: str | None = None
    module: str | None = None
    token: str | None = None
    certificate: str | None = None


@dataclass(frozen=True)
class CardSignature:
    """`value`: RSA PKCS#1 v1.5 as it is, ECDSA as DER (RFC 3279). `algorithm`: "rsa" or "ecdsa"; digest SHA-256."""

    value: bytes
    algorithm: str


class CardToken(Protocol):
    """One card, opened. Blocking; one caller at a time; a context manager that logs out and closes.

    Every call may raise CardMissing, CardRemoved, CardBusy, DriverFault, DriverHung.
    """

    @property
    def info(self) -> TokenInfo: ...

    @property
    def certificate(self) -> CardCertificate:
        """The certificate that is signed with. Raises CertificateMissing, SeveralCards; before log-in LoginRequired where
        it is hidden until then."""
        ...

    def log_in(self, prompt: PinPrompt, purpose: PinPurpose) -> None:
        """Ask for the PIN until the card takes it or the person stops. A wrong PIN is never sent twice; the rule is checked
        before the card is asked. Raises Cancelled, PinRequired, PinLocked; PinIncorrect where the prompt cannot ask again
        (it raises PinRequired the second time)."""
        ...

    @property
    def logged_in(self) -> bool: ...

    def sign(self, message: bytes) -> CardSignature:
        """Sign `message` (hashed here with SHA-256) with the certificate's key, after `log_in`. The signature was verified
        under `certificate` before it is returned; SignatureMismatch otherwise."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> CardToken: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None: ...


class Cards(Protocol):
    def listing(self) -> CardListing:
        """Every reader and card that can be seen without a PIN. Never raises for a missing reader service."""
        ...

    def open(self, selector: CardSelector, progress: Progress | None = None) -> CardToken:
        """`progress` hears step("card-wait", …) with the seconds left as subject while the card takes its time, and may
        cancel that. Raises CardMissing, SeveralCards, DriverMissing, DriverFault."""
        ...

    def close(self) -> None:
        """End every card process."""
        ...


@dataclass(frozen=True)
class CardEvent:
    kind: str  # "reader" or "card"
    change: str  # "inserted" or "removed"
    reader: str
    monotonic: float
    atr: str | None = None


class CardWatch(Protocol):
    def start(self, heard: Callable[[CardEvent], None]) -> None:
        """Call `heard` from a thread of its own for every change, until `stop`. Present readers and cards come first."""
        ...

    def stop(self) -> None: ...
