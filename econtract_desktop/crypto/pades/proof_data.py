"""What an archived signature needs beside itself: CA certificates and revocation data of its signer and its timestamps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from econtract_core.evidence import cms
from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import NotAPdf, TrustMissing
from econtract_desktop.crypto.pades.revisions import ValidationData
from econtract_desktop.ports.signer import Revocation


@dataclass(frozen=True)
class Proof:
    """`whole`: every certificate that must be asked about was answered for, and good."""

    data: ValidationData
    whole: bool


def gather(
    messages: tuple[bytes, ...],
    sources: tuple[Revocation, Callable[[], TrustStore]],
    held: ValidationData,
    when: tuple[datetime, datetime],
) -> Proof:
    """For signatures and timestamp tokens (CMS, DER each). `held`: what the document has already. `when`: the time the
    signatures are proven for, and now."""
    revocation, trust = sources
    leaves: list[bytes] = []
    enclosed: dict[bytes, None] = dict.fromkeys(held.certificates)
    for message in messages:
        for read in _all_of(message):
            enclosed.update(dict.fromkeys(read.certificates))
            if read.certificate is not None:
                leaves.append(read.certificate)
    for certificate in tuple(enclosed):
        enclosed.update(dict.fromkeys(revocation.issuers(certificate)))
    certificates = tuple(enclosed)
    crls, ocsps = revocation.for_certificates(certificates)
    data = ValidationData(certificates, crls, ocsps)
    known = RevocationData((*crls, *held.crls), (*ocsps, *held.ocsps))
    try:
        store = trust()
    except TrustMissing:
        return Proof(data, whole=False)
    whole = all(_answered(leaf, certificates, store, known, when) for leaf in dict.fromkeys(leaves))
    return Proof(data, whole)


def _all_of(message: bytes) -> list[cms.SignedMessage]:
    """A signature and the timestamps in it."""
    try:
        read = cms.read(message)
    except NotAPdf:
        return []
    return [read, *(inner for token in read.timestamps for inner in _all_of(token))]


def _answered(
    leaf: bytes,
    others: tuple[bytes, ...],
    trust: TrustStore,
    known: RevocationData,
    when: tuple[datetime, datetime],
) -> bool:
    existed, now = when
    chain = trust.chain(leaf, others, existed).chain
    return chain is not None and known.worst(chain, existed, now).standing in (Standing.GOOD, Standing.NOT_OFFERED)
