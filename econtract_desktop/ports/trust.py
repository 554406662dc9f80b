"""TrustAnchors: the signed list of trust anchors that is in force on this PC. Adapter: `store/trust_anchors.py`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from econtract_core.evidence.trust_package import AnchorSet


class TrustAnchors(Protocol):
    """Thread-safe; several processes may share one profile."""

    def in_force(self) -> AnchorSet | None:
        """The newest of the program's list and the one taken over last; None where there is neither. Never raises: a kept list
        that was tampered with does not count."""
        ...

    def read(self, package: bytes) -> AnchorSet:
        """What a package holds, without taking it over. Raises TrustPackageError."""
        ...

    def update(self, package: bytes, now: datetime) -> AnchorSet:
        """Take it over, whole or not at all. Raises TrustPackageError; DiskFull, FileNotWritable, StoreInUse."""
        ...
