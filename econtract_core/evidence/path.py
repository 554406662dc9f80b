"""A chain of certificates for people: who issued what to whom, and which answer says that it was not revoked."""

from __future__ import annotations

import hashlib
from itertools import zip_longest

from econtract_core.evidence.revocation import Status
from econtract_core.evidence.trust import Chain
from econtract_core.evidence.verdict import Link
from econtract_core.identity.certificate import read_parts
from econtract_core.identity.characters import visible
from econtract_core.identity.names import COMMON_NAME, Name
from econtract_core.rules.errors import UnsupportedDocument


def links(chain: Chain, statuses: list[Status]) -> tuple[Link, ...]:
    """From the signer's certificate to the anchor. `statuses`: of all but the anchor, in the chain's order; none where revocation was
    not asked."""
    found = []
    for certificate, status in zip_longest(chain.certificates, statuses[: len(chain.certificates) - 1]):
        try:
            parts = read_parts(certificate)
        except UnsupportedDocument:
            return ()  # never of a chain that was validated
        found.append(
            Link(
                subject=_shown(parts.subject),
                issuer=_shown(parts.issuer),
                serial=f"{parts.serial:x}",
                sha256=hashlib.sha256(certificate).hexdigest(),
                not_before=parts.not_before,
                not_after=parts.not_after,
                standing=status.standing.value if status else "",
                answered_by=status.by if status else "",
                answered_at=status.made if status else None,
                answered_until=status.until if status else None,
                revoked_at=status.since if status else None,
            )
        )
    return tuple(found)


def _shown(name: Name) -> str:
    return visible(name.text(COMMON_NAME)) or name.rfc4514()
