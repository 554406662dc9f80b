"""What the operator 運用担当者 does, from the server's own command line. Every deed is a line of the audit log; no document's content
is within reach."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from econtract_core.rules.bulletin import Bulletin, Kind
from econtract_core.rules.contract import Side
from econtract_core.rules.delegation import BodyRules
from econtract_core.rules.errors import ValueInvalid
from econtract_server.repository import bulletins, delegations, log, mails, registry
from econtract_server.repository.database import Database
from econtract_server.repository.log import Entry
from econtract_server.repository.mails import Mail
from econtract_server.repository.registry import Organization
from econtract_server.repository.session import Session

USER = "operator"  # in the audit log; no registered user has a name without "u-", and none logs in by it


class Operator:
    """Thread-safe. `at`: the server's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, bulletin: Bulletin, at: datetime) -> Bulletin:
        """Raises ValueInvalid."""
        with self._database.writing() as session:
            log.begin(session)
            bulletins.add(session, bulletin)
            record(session, f"operator.{bulletin.kind.value}.add", bulletin.bulletin_id, asdict(bulletin), at)
        return bulletin

    def end(self, bulletin_id: str, at: datetime) -> Bulletin:
        """Raises NotFound."""
        with self._database.writing() as session:
            log.begin(session)
            ended = bulletins.end(session, bulletin_id, at)
            record(session, f"operator.{ended.kind.value}.end", bulletin_id, {"bulletin_id": bulletin_id}, at)
        return ended

    def listed(self, kind: Kind) -> tuple[Bulletin, ...]:
        """What is over too."""
        with self._database.reading() as session:
            return tuple(b for b in bulletins.every(session) if b.kind is kind)

    def add_organization(self, organization: Organization, at: datetime) -> Organization:
        """Adds it or brings it up to date. Raises SettingsUnreadable where it has another side than before."""
        with self._database.writing() as session:
            log.begin(session)
            registry.seed(session, [organization], [])
            record(session, "operator.organization.add", organization.organization_id, asdict(organization), at)
        return organization

    def accept(self, organization_id: str, accepts: BodyRules, at: datetime) -> BodyRules:
        """What a body accepts of delegations from now on. Raises NotFound, and ValueInvalid for a firm."""
        with self._database.writing() as session:
            log.begin(session)
            side = registry.organization_side(session, organization_id)
            if side is Side.CONTRACTOR:
                raise ValueInvalid(field="organization_id", problem="no body")
            delegations.set_accepted(session, organization_id, accepts)
            record(session, "operator.organization.accept", organization_id, asdict(accepts), at)
        return accepts

    def mails(self, state: str | None = None) -> tuple[Mail, ...]:
        """The outbox: to whom and how far, all of it where `state` is None."""
        with self._database.reading() as session:
            return mails.every(session, state)

    def retry_mail(self, mail_id: str, at: datetime) -> Mail:
        """One that was given up is tried again. Raises NotFound."""
        with self._database.writing() as session:
            log.begin(session)
            found = mails.retry(session, mail_id, at)
            record(session, "operator.mail.retry", mail_id, {"mail_id": mail_id}, at)
        return found

    def organizations(self) -> tuple[Organization, ...]:
        with self._database.reading() as session:
            return registry.organizations(session)


def record(session: Session, deed: str, object_id: str, said: dict[str, object], at: datetime) -> None:
    """A line of the audit log."""
    body = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    digest = sha256(body.encode()).hexdigest()
    entry = Entry(at, USER, deed, object_id, f"operator-{uuid4().hex}", digest, 200, digest)
    log.add(session, entry, body)
