"""Who has sent which file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from econtract_server.repository.once import insert_new
from econtract_server.repository.tables import blob


@dataclass(frozen=True)
class Blob:
    sha256: str
    organization_id: str
    user_id: str
    size: int


def add(connection: Connection, added: Blob, at: datetime) -> None:
    """Sent twice is once."""
    insert_new(
        connection,
        blob,
        sha256=added.sha256,
        organization_id=added.organization_id,
        user_id=added.user_id,
        size=added.size,
        arrived=at.isoformat(),
    )


def size_of(connection: Connection, sha256: str, organization_id: str) -> int | None:
    """The size of a file this organisation has sent; None where it has not."""
    query = select(blob.c.size).where(blob.c.sha256 == sha256, blob.c.organization_id == organization_id)
    size = connection.execute(query).scalar()
    return int(size) if size is not None else None


def every(connection: Connection) -> set[str]:
    """Each file that anybody ever sent."""
    return set(connection.execute(select(blob.c.sha256)).scalars())
