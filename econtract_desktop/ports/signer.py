"""Signer, Timestamper, Revocation, Verifier: signing and proof. Adapters: `crypto/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from econtract_core.evidence.verdict import DocumentVerdict, Inspection
from econtract_desktop.ports.card import CardToken


@dataclass(frozen=True)
class SignOptions:
    """`level` "B-B" or "B-T" (higher ones come with archiving). `name` is printed nowhere yet; `reason` goes into /Reason."""

    level: str = "B-T"
    reason: str = ""
    location: str = ""


@dataclass(frozen=True)
class SignedDocument:
    input: Path
    output: Path
    format: str
    level: str  # "PAdES-B-T"
    sha256: str
    size: int
    signed_at: datetime
    timestamp: datetime | None


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


class Signer(Protocol):
    def sign(self, source: Path, output: Path, card: CardToken, options: SignOptions) -> SignedDocument:
        """Sign one PDF (incremental update) with a card that is logged in.

        The result stands under `output` only when it is whole and self-checked; on any error nothing is left there and the
        input is untouched. Raises the errors of `inspect` (see `check_signable`), CardError, TimestampError, SigningError.
        """
        ...

    def check_signable(self, source: Path) -> Inspection:
        """Raises the true reason why this file cannot or must not be signed: NotAPdf, DocumentEncrypted, DocumentLocked,
        ActiveContent, UnsupportedDocument. No card, no PIN, no network."""
        ...


class Verifier(Protocol):
    def verify(self, file: Path, at: datetime | None = None, offline: bool = False) -> DocumentVerdict:
        """Never raises for what is in the file: a broken file is a verdict, and so is a PC without
        trust anchors. Raises FileNotReadable."""
        ...

    def inspect(self, file: Path) -> Inspection:
        """What the document hides. Raises FileNotReadable only."""
        ...

    def additions(self, file: Path, offered: int) -> str:
        """What `file` holds after its first `offered` bytes besides signatures that show nothing on the page; "" where it
        holds just those. Never raises for what is in the file. Raises FileNotReadable."""
        ...
