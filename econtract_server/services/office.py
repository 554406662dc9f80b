"""What every service needs, made once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from econtract_core.evidence.trust import TrustStore
from econtract_server.config import ServerConfig
from econtract_server.objects import Objects
from econtract_server.outbound import RevocationSource
from econtract_server.repository.database import Database
from econtract_server.seal import Seal


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """`now`: the server's clock, whose time is the legal time of an arrival."""

    config: ServerConfig
    database: Database
    objects: Objects
    trust: TrustStore
    revocation: RevocationSource
    server_id: str
    epoch: str
    seal: Seal | None = None  # None: this server gives no proofs of arrival
    now: Callable[[], datetime] = system_clock
