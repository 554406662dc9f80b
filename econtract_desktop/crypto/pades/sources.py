"""Where a signature's timestamps and validation data come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import TimestampUnreachable
from econtract_desktop.crypto.pades.proof_data import Proof, gather
from econtract_desktop.crypto.pades.revisions import ValidationData
from econtract_desktop.ports.signer import Revocation, Timestamper


@dataclass(frozen=True)
class Sources:
    """Thread-safe as its parts are."""

    timestamper: Timestamper | None
    revocation: Revocation | None
    trust: Callable[[], TrustStore]
    now: Callable[[], datetime]

    def token(self, imprint: bytes) -> bytes:
        """A verified timestamp token over a SHA-256 imprint. Raises TimestampError."""
        if self.timestamper is None:
            raise TimestampUnreachable(url="", problem="no timestamp service is set")
        return self.timestamper.token(imprint)

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        return self.revocation.issuers(certificate) if self.revocation is not None else ()

    def proof(self, messages: tuple[bytes, ...], held: ValidationData, proven: datetime | None) -> Proof:
        """Validation data for these signatures and tokens (CMS), proven to have existed at `proven`."""
        if self.revocation is None:
            return Proof(ValidationData((), (), ()), whole=False)
        now = self.now()
        return gather(messages, (self.revocation, self.trust), held, (proven or now, now))
