"""Verifying and inspecting on this PC: the installed trust anchors, revocation data from the net or kept from earlier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from econtract_core.evidence.pdf.additions import besides_signatures
from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict, Inspection
from econtract_core.evidence.verify import certificates_of_file, verify_file
from econtract_core.rules.errors import TrustMissing
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.ports.evidence import Collected


class EvidenceVerifier:
    """The port Verifier. Thread-safe."""

    def __init__(self, trust: Callable[[], TrustStore], revocation: Callable[[], HttpRevocation]) -> None:
        self._trust = trust
        self._revocation = revocation

    def verify(
        self, file: Path, at: datetime | None = None, offline: bool = False, detached: Path | None = None
    ) -> DocumentVerdict:
        missing, crls, ocsps = self._rests(file, self._revocation().offline() if offline else self._revocation())
        return verify_file(file, self._known(), at=at, crls=crls, ocsps=ocsps, others=missing, detached=detached)

    def collect(self, file: Path) -> Collected:
        missing, crls, ocsps = self._rests(file, self._revocation())
        at = datetime.now(UTC)
        verdict = verify_file(file, self._known(), at=at, crls=crls, ocsps=ocsps, others=missing)
        return Collected(verdict, at, missing, crls, ocsps)

    def again(
        self, file: Path, at: datetime, rests: tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]
    ) -> DocumentVerdict:
        certificates, crls, ocsps = rests
        return verify_file(file, self._known(), at=at, crls=crls, ocsps=ocsps, others=certificates)

    def _known(self) -> TrustStore:
        try:
            return self._trust()
        except TrustMissing:
            return TrustStore.nobody()  # what the bytes say is still worth telling

    def _rests(
        self, file: Path, revocation: HttpRevocation
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]:
        """(CA certificates the file lacks, CRLs, OCSP responses)."""
        enclosed = certificates_of_file(file)
        missing = tuple(issuer for der in enclosed for issuer in revocation.issuers(der) if issuer not in enclosed)
        return (missing, *revocation.for_certificates((*enclosed, *missing)))

    def inspect(self, file: Path) -> Inspection:
        return inspect_pdf(file)

    def additions(self, file: Path, offered: int) -> str:
        return besides_signatures(file, offered)
