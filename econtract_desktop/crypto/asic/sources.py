"""Where a container's timestamps and validation data come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from econtract_core.evidence import cms
from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import NotAPdf, TimestampUnreachable, TrustMissing
from econtract_desktop.ports.signer import Revocation, Timestamper


class Authorities(Revocation, Protocol):
    """Revocation data, and the CA certificates above a certificate."""

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]: ...


@dataclass(frozen=True)
class Material:
    """Certificates, CRLs and OCSP responses (DER)."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    def besides(self, held: Material) -> Material:
        """What of this is not in `held`."""
        return Material(
            tuple(c for c in self.certificates if c not in held.certificates),
            tuple(c for c in self.crls if c not in held.crls),
            tuple(o for o in self.ocsps if o not in held.ocsps),
        )

    def __bool__(self) -> bool:
        return bool(self.certificates or self.crls or self.ocsps)


@dataclass(frozen=True)
class Sources:
    """Thread-safe as its parts are. `timestamper` None: nothing is stamped; `authorities` None: no validation data."""

    timestamper: Timestamper | None
    authorities: Authorities | None
    trust: Callable[[], TrustStore]
    now: Callable[[], datetime]

    def token(self, imprint: bytes) -> bytes:
        """A verified timestamp token over a SHA-256 imprint. Raises TimestampError."""
        if self.timestamper is None:
            raise TimestampUnreachable(url="", problem="no timestamp service is set")
        return self.timestamper.token(imprint)

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        return self.authorities.issuers(certificate) if self.authorities is not None else ()

    def proof(
        self, certificate: bytes, tokens: tuple[bytes, ...], held: Material, proven: datetime | None
    ) -> tuple[Material, bool]:
        """(validation data for a signer's certificate and timestamps, whether it answers for each of them). `held`: what the
        signature has already; `proven`: the time at which the signature is proven to have existed."""
        if self.authorities is None:
            return Material(), False
        leaves = [certificate]
        enclosed = dict.fromkeys((certificate, *held.certificates))
        for token in tokens:
            try:
                stamp = cms.read(token, "timestamp")
            except NotAPdf:
                return Material(), False
            enclosed.update(dict.fromkeys(stamp.certificates))
            if stamp.certificate is not None:
                leaves.append(stamp.certificate)
        for one in tuple(enclosed):
            enclosed.update(dict.fromkeys(self.authorities.issuers(one)))
        crls, ocsps = self.authorities.for_certificates(tuple(enclosed))
        found = Material(tuple(enclosed), crls, ocsps)
        return found, self._answers(leaves, found, held, proven)

    def _answers(self, leaves: list[bytes], found: Material, held: Material, proven: datetime | None) -> bool:
        try:
            store = self.trust()
        except TrustMissing:
            return False
        known = RevocationData((*found.crls, *held.crls), (*found.ocsps, *held.ocsps))
        now = self.now()
        for leaf in leaves:
            chain = store.chain(leaf, found.certificates, proven or now).chain
            if chain is None:
                return False
            if known.worst(chain, proven or now, now).standing not in (Standing.GOOD, Standing.NOT_OFFERED):
                return False
        return True
