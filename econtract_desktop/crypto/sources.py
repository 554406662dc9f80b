"""Where a signature's timestamps and validation data come from, whatever the file's form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from econtract_core.evidence import cms
from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import NotAPdf, TimestampUnreachable, TrustMissing
from econtract_desktop.ports.signer import Revocation, Timestamper


@dataclass(frozen=True)
class ValidationData:
    """Certificates, CRLs and OCSP responses (DER)."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)

    def besides(self, held: ValidationData) -> ValidationData:
        """What of this is not in `held`."""
        return ValidationData(
            tuple(c for c in self.certificates if c not in held.certificates),
            tuple(c for c in self.crls if c not in held.crls),
            tuple(o for o in self.ocsps if o not in held.ocsps),
        )

    def __bool__(self) -> bool:
        return bool(self.certificates or self.crls or self.ocsps)


@dataclass(frozen=True)
class Proof:
    """`whole`: every certificate that must be asked about was answered for, and good."""

    data: ValidationData
    whole: bool


_NONE = Proof(ValidationData(), whole=False)


@dataclass(frozen=True)
class Sources:
    """Thread-safe as its parts are. `timestamper` None: nothing is stamped; `revocation` None: no validation data."""

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

    def proof(
        self,
        messages: Iterable[bytes],
        held: ValidationData,
        proven: datetime | None,
        signers: tuple[bytes, ...] = (),
    ) -> Proof:
        """Validation data for signatures and timestamp tokens (CMS) and for `signers` (certificates), which are proven to have
        existed at `proven`. `held`: what the file has already. A message that cannot be read has no proof."""
        if self.revocation is None:
            return _NONE
        leaves = list(signers)
        enclosed = dict.fromkeys((*signers, *held.certificates))
        try:
            for read in (inner for message in messages for inner in _all_of(message)):
                enclosed.update(dict.fromkeys(read.certificates))
                if read.certificate is not None:
                    leaves.append(read.certificate)
        except NotAPdf:
            return _NONE
        for certificate in tuple(enclosed):
            enclosed.update(dict.fromkeys(self.revocation.issuers(certificate)))
        certificates = tuple(enclosed)
        data = ValidationData(certificates, *self.revocation.for_certificates(certificates))
        return Proof(data, self._answers(leaves, data, held, proven))

    def _answers(
        self, leaves: list[bytes], data: ValidationData, held: ValidationData, proven: datetime | None
    ) -> bool:
        try:
            store = self.trust()
        except TrustMissing:
            return False
        known = RevocationData((*data.crls, *held.crls), (*data.ocsps, *held.ocsps))
        now = self.now()
        for leaf in dict.fromkeys(leaves):
            chain = store.chain(leaf, data.certificates, proven or now).chain
            if chain is None:
                return False
            if known.worst(chain, proven or now, now).standing not in (Standing.GOOD, Standing.NOT_OFFERED):
                return False
        return True


def _all_of(message: bytes) -> list[cms.SignedMessage]:
    """A signature or token, and the timestamps in it. Raises NotAPdf."""
    read = cms.read(message)
    return [read, *(inner for token in read.timestamps for inner in _all_of(token))]
