"""`econtract-server check`: is the log whole, and is every file there and what it was?"""

from __future__ import annotations

from econtract_server.repository import cases, log
from econtract_server.services.office import Office


def check(office: Office) -> dict[str, object]:
    """Reads every file that any contract ever named."""
    with office.database.reading() as session:
        broken = log.first_broken_link(session)
        wanted = sorted(cases.every_file(session))
    missing = [sha256 for sha256 in wanted if not office.objects.has(sha256)]
    altered = [sha256 for sha256 in wanted if sha256 not in missing and not office.objects.is_whole(sha256)]
    ok = broken is None and not missing and not altered
    return {"ok": ok, "audit_broken_at": broken, "files": len(wanted), "missing": missing, "altered": altered}
