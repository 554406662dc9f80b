"""What every service needs, made once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from econtract_core.evidence.trust import TrustStore
from econtract_server.config import ServerConfig
from econtract_server.objects import Objects
from econtract_server.outbound import RevocationLists
from econtract_server.repository.database import Database


@dataclass(frozen=True)
class Office:
    config: ServerConfig
    database: Database
    objects: Objects
    trust: TrustStore
    revocation: RevocationLists
    server_id: str
    epoch: str

    def now(self) -> datetime:
        """The server's clock: the legal time of an arrival."""
        return datetime.now(UTC)
