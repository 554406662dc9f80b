"""Verifying and inspecting on this PC: the installed trust anchors, revocation data from the net or kept from earlier."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from econtract_core.evidence.pdf.additions import besides_signatures
from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict, Inspection
from econtract_core.evidence.verify import certificates_of_file, verify_file
from econtract_core.rules.errors import TrustMissing
from econtract_desktop.crypto.revocation import HttpRevocation


class EvidenceVerifier:
    """The port Verifier. Thread-safe."""

    def __init__(self, trust: Callable[[], TrustStore], revocation: Callable[[], HttpRevocation]) -> None:
        self._trust = trust
        self._revocation = revocation

    def verify(
        self, file: Path, at: datetime | None = None, offline: bool = False, detached: Path | None = None
    ) -> DocumentVerdict:
        try:
            trust = self._trust()
        except TrustMissing:
            trust = TrustStore.nobody()  # what the bytes say is still worth telling
        revocation = self._revocation().offline() if offline else self._revocation()
        enclosed = certificates_of_file(file)
        missing = tuple(issuer for der in enclosed for issuer in revocation.issuers(der) if issuer not in enclosed)
        crls, ocsps = revocation.for_certificates((*enclosed, *missing))
        return verify_file(file, trust, at=at, crls=crls, ocsps=ocsps, others=missing, detached=detached)

    def inspect(self, file: Path) -> Inspection:
        return inspect_pdf(file)

    def additions(self, file: Path, offered: int) -> str:
        return besides_signatures(file, offered)
