"""Signer, Timestamper, Revocation, Verifier: signing and proof. Adapters: `crypto/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol

from econtract_core.evidence.verdict import DocumentVerdict, Inspection
from econtract_desktop.ports.card import CardSignature, CardToken
from econtract_desktop.ports.evidence import Collected

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")  # of ETSI's baseline profiles, lowest first


@dataclass(frozen=True)
class Mark:
    """Where the visible mark (記名押印) of a signature stands. `page`: 1 is the first, -1 the last. `box`: left, bottom, right,
    top in points from the page's lower left corner as it is shown; None: the first free place is taken. Never over text
    unless `over_text`."""

    page: int = -1
    box: tuple[float, float, float, float] | None = None
    over_text: bool = False


@dataclass(frozen=True)
class SignOptions:
    """`level`: one of LEVELS. `reason` and `location` stand in the signature and are signed. `mark`: a visible mark (PDF only).
    `container`: an ASiC-E even for PDFs. `form_field`: the place that a form keeps for a signature is taken, where there is just
    one (a contract's never is: both sides hold what was added against what was offered)."""

    level: str = "B-T"
    reason: str = ""
    location: str = ""
    mark: Mark | None = None
    container: bool = False
    form_field: bool = True


class State(StrEnum):
    """Of a signed document."""

    COMPLETE = "complete"  # all that its level asks for is there
    TIMESTAMP_WAITING = "timestamp-waiting"  # signed; the room for the timestamp is kept
    VALIDATION_DATA_WAITING = (
        "validation-data-waiting"  # timestamped; revocation data of a higher level is not there yet
    )


@dataclass(frozen=True)
class SignedDocument:
    """`inputs`: one for a PDF, one or more for a container. `level`: what was reached, "PAdES-B-T". `signed_at`: this PC's clock.
    `timestamp`: the time that is proven."""

    inputs: tuple[Path, ...]
    output: Path
    format: str  # "PDF" or "ASiC-E"
    level: str
    sha256: str
    size: int
    signed_at: datetime
    timestamp: datetime | None
    state: State = State.COMPLETE


class Timestamper(Protocol):
    def token(self, imprint: bytes) -> bytes:
        """The RFC 3161 TimeStampToken (DER) over a SHA-256 `imprint`, already verified (imprint, nonce, signature, chain, EKU).
        Raises TimestampUnreachable, TimestampRefused, TimestampInvalid. Thread-safe."""
        ...


class Revocation(Protocol):
    def for_certificates(self, certificates: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """(CRLs, OCSP responses) as DER for these certificates (DER), from the cache or the net. What cannot be had is left
        out, never raised: the verdict tells."""
        ...

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        """The CA certificates between a certificate and a trust anchor (DER), nearest first, the anchor left out; as far as
        they are known or can be had."""
        ...


class Signing(Protocol):
    """One signature in the making, read, hashed and laid out before any card is asked. A context manager: unless `complete` or
    `keep` gave it its name, nothing is left of it. One thread at a time, not always the same."""

    @property
    def to_sign(self) -> bytes:
        """What the card signs (hashed by the card port). The same for the same arguments of `prepare`."""
        ...

    def signed(self, signature: CardSignature) -> None:
        """Put the card's signature in and check it against what was prepared. No network. Raises SelfCheckFailed."""
        ...

    def complete(self) -> SignedDocument:
        """Add what the level asks for, check it, give the file its name. After TimestampError `keep` may follow, or `complete`
        again. Raises TimestampError, SelfCheckFailed, OutputExists, DiskFull, FileNotWritable."""
        ...

    def keep(self) -> SignedDocument:
        """Give the file its name without a timestamp; the room for it stays. Raises as `complete` but for the network."""
        ...

    def __enter__(self) -> Signing: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None: ...


class Signer(Protocol):
    def prepare(
        self,
        sources: tuple[Path, ...],
        output: Path,
        certificate: bytes,
        options: SignOptions,
        when: datetime | None = None,
    ) -> Signing:
        """Make ready to sign one PDF (an incremental update of it) or a container of files. `certificate`: the signer's (DER).
        `when`: this PC's time of signing, now if None; part of what is signed.

        Raises what `check_signable` raises, CertificateNotValid, CardCannotSign, OutputExists, DiskFull, FileNotReadable,
        FileNotWritable, SigningFailed.
        """
        ...

    def sign(self, source: Path, output: Path, card: CardToken, options: SignOptions) -> SignedDocument:
        """Sign one file with a card that is logged in: `prepare`, the card, `complete`.

        The result stands under `output` only when it is whole and self-checked; on any error nothing is left there and the
        input is untouched. Raises what these raise.
        """
        ...

    def extend(self, source: Path, output: Path, level: str) -> SignedDocument:
        """Add what a signed file lacks for `level`: a timestamp (in the room kept for it, else as a document timestamp),
        validation data, an archive timestamp; at "B-LTA" always a new archive timestamp, so renewal is the same call. `output` may
        be `source`, which then is replaced at once or not at all. Needs no card.

        Raises NoSignature, TimestampError, SelfCheckFailed, ValidationDataMissing, and for the files as `prepare`.
        """
        ...

    def make_ready(self, source: Path, folder: Path) -> None:
        """Do what takes long before the person decides: inspect, copy into `folder` (where the output will be), hash. Never
        raises for the file: signing says what is wrong with it. May be called from any thread."""
        ...

    def close(self) -> None:
        """Throw away what was made ready and not used."""
        ...

    def check_signable(self, source: Path) -> Inspection:
        """Raises the true reason why this file cannot or must not be signed: NotAPdf, DocumentEncrypted, DocumentLocked,
        ActiveContent, UnsupportedDocument. No card, no PIN, no network."""
        ...


class Verifier(Protocol):
    def verify(
        self, file: Path, at: datetime | None = None, offline: bool = False, detached: Path | None = None
    ) -> DocumentVerdict:
        """A signed file of any kind: PDF, ASiC container, CMS. `detached`: the content of a signature that does not hold it.

        Never raises for what is in the file: a broken file is a verdict, and so is a PC without
        trust anchors. Raises FileNotReadable."""
        ...

    def collect(self, file: Path) -> Collected:
        """The verdict of now, with all it rests on besides the file and the trust anchors. Raises FileNotReadable."""
        ...

    def again(
        self, file: Path, at: datetime, rests: tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]
    ) -> DocumentVerdict:
        """The verdict at a time by these certificates, CRLs and OCSP responses (DER) and this PC's trust anchors alone; no
        network. Raises FileNotReadable."""
        ...

    def inspect(self, file: Path) -> Inspection:
        """What the document hides. Raises FileNotReadable only."""
        ...

    def additions(self, file: Path, offered: int) -> str:
        """What `file` holds after its first `offered` bytes besides signatures that show nothing on the page; "" where it
        holds just those. Never raises for what is in the file. Raises FileNotReadable."""
        ...
