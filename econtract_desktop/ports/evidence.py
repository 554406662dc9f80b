"""What an evidence file says and carries. The page is made by the port Forms, the proof by the port Verifier."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from econtract_core.evidence.verdict import DocumentVerdict


@dataclass(frozen=True)
class Collected:
    """A verdict with all it rests on besides the file and the trust anchors (DER each)."""

    verdict: DocumentVerdict
    at: datetime
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    ocsps: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class ProvenDocument:
    """`title`: what people call it; `name`: the file's; both are the maker's words. `proof` None: nobody has the file here."""

    title: str
    name: str
    size: int
    proof: Collected | None


@dataclass(frozen=True)
class Deed:
    """A line of a case's history."""

    at: datetime
    what: str  # key of its words, "states.<what>"
    who: str


@dataclass(frozen=True)
class CaseFacts:
    """The case the documents belong to, by the maker's word: no signature speaks of it."""

    number: str
    title: str
    body: str
    contractors: tuple[str, ...]
    history: tuple[Deed, ...]


@dataclass(frozen=True)
class EvidenceReport:
    """`data`: what is embedded for checking again (JSON text). `language`: of its words, "ja" or "en"."""

    language: str
    made_at: datetime
    documents: tuple[ProvenDocument, ...]
    case: CaseFacts | None
    data: str = field(repr=False)
