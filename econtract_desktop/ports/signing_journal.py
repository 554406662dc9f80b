"""SigningJournals: what a run of signing has done so far, kept so that it goes on after any death of the process.

A card's signature is the one thing that cannot be had again for nothing: what the card was asked is written before it is asked,
what it answered is durable before it is asked again, and a file's SHA-256 is durable before the file gets its name. Adapter:
`store/signing_journal.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.signer import SignedDocument


@dataclass(frozen=True)
class Fate:
    """What the journal knows of one document. `sources` (path → SHA-256) and `when` are those of the last time the card was
    asked; `asked`: how often it was, where it did not refuse: more than once is a card operation done again. `published`: every file that was about to get its
    name, the last one last; `in_place`: the last one got it; `verified`: and was verified there."""

    sources: Mapping[str, str] = field(default_factory=dict)
    when: datetime | None = None
    signature: CardSignature | None = None
    asked: int = 0
    published: tuple[SignedDocument, ...] = ()
    in_place: bool = False
    verified: bool = False


class SigningJournal(Protocol):
    """Of one run. Thread-safe. Documents are told apart by the name of their output. Every call may raise DiskFull,
    FileNotWritable."""

    @property
    def resumed(self) -> bool:
        """There was one already: an earlier run was interrupted."""
        ...

    @property
    def certificate(self) -> bytes | None:
        """The signer's (DER), where one was said."""
        ...

    def fate(self, document: str) -> Fate: ...

    def signer(self, certificate: bytes) -> None:
        """Who signs. Durable."""
        ...

    def asked(self, document: str, sources: Mapping[str, str], when: datetime) -> None:
        """The card is about to be asked. `sources`: path → SHA-256."""
        ...

    def refused(self, document: str) -> None:
        """The card did not sign, for certain or as far as it said."""
        ...

    def signed(self, document: str, signature: CardSignature) -> None:
        """Durable when it returns."""
        ...

    def publishing(self, document: str, made: SignedDocument) -> None:
        """This file is about to get its name. Durable when it returns."""
        ...

    def in_place(self, document: str) -> None:
        """It has its name."""
        ...

    def verified(self, document: str) -> None:
        """It was verified in full under its name."""
        ...

    def finish(self) -> None:
        """All is done and told: the journal goes."""
        ...

    def close(self) -> None:
        """Let go of it, for another process or a later run. Harmless after `finish`, and twice."""
        ...


class SigningJournals(Protocol):
    def open(self, job: str, *, anew: bool = False) -> SigningJournal:
        """The journal of a job (hex digits that name it), begun or gone on with. `anew`: what an earlier run left is forgotten.

        Raises StoreInUse where another process works on this job, StoreUnreadable where the journal is damaged in its middle
        (left as it is), DiskFull, FileNotWritable.
        """
        ...
