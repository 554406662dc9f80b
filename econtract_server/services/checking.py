"""`econtract-server check`: is the log whole, and is every file there and what it was?"""

from __future__ import annotations

from typing import TypedDict

from econtract_server.objects import Objects
from econtract_server.repository import blobs, cases, log, procedures
from econtract_server.repository.database import Database


class Findings(TypedDict):
    """`audit_broken_at`: the number of the first row of the log that does not hold. Files by their SHA-256."""

    ok: bool
    audit_broken_at: int | None
    files: int
    missing: list[str]
    altered: list[str]
    unrecorded: list[str]  # named by a contract, but nobody is on record as having sent it


def check(database: Database, objects: Objects) -> Findings:
    """Reads every file that was ever sent or named. Changes nothing."""
    with database.reading() as session:
        broken = log.first_broken_link(session)
        named, sent = cases.every_file(session) | procedures.every_file(session), blobs.every(session)
    wanted = sorted(named | sent)
    missing = [sha256 for sha256 in wanted if not objects.path(sha256).is_file()]
    altered = [sha256 for sha256 in wanted if sha256 not in missing and not objects.is_whole(sha256)]
    unrecorded = sorted(named - sent)
    ok = broken is None and not (missing or altered or unrecorded)
    return Findings(
        ok=ok, audit_broken_at=broken, files=len(wanted), missing=missing, altered=altered, unrecorded=unrecorded
    )
