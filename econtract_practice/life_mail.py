"""The e-mail of a contract's life: what each step has put into the server's outbox, held against the rules' own table."""

from __future__ import annotations

import email
import email.policy
import time
from pathlib import Path

from econtract_core.messages.cases import CaseData
from econtract_core.rules import mail as rules
from econtract_practice.journey import StepFailed
from econtract_server.config import load
from econtract_server.repository import mails
from econtract_server.repository.database import Database
from econtract_server.repository.mails import Mail

_SENT_WITHIN = 30.0  # seconds


class MailLog:
    """Looks into the server's database, as its operator could."""

    def __init__(self, config: Path) -> None:
        self._database = Database(load(config).database_url)
        self._seen: set[str] = set()

    def since_last(self) -> list[str]:
        """`deed → address` of each mail since the last look. Raises StepFailed where a deed is told that nobody is told of."""
        found = []
        for one in self._all():
            if one.mail_id in self._seen:
                continue
            self._seen.add(one.mail_id)
            found.append(f"{one.deed} → {one.recipient}")
            if one.deed not in rules.REMINDERS and rules.DEEDS.get(one.deed) in (None, rules.Told.NOBODY):
                raise StepFailed(f"a mail that nobody is to get: {one.deed}")
        return found

    def check(self, case: CaseData, deeds: dict[str, str], contacts: dict[str, str], folder: Path) -> int:
        """At the end: for each deed of a kind that was done (name → who did it last), its organisations have their mail, and every mail
        has reached the mail server. How many. `contacts`: organisation → address. Raises StepFailed."""
        every = self._all()
        parties = tuple(party.organization_id for party in case.contractors)
        for deed, actor in deeds.items():
            wanted = {contacts[o] for o in rules.told(deed, case.body.organization_id, parties, actor) if o in contacts}
            there = {one.recipient for one in every if one.deed == deed}
            if not wanted <= there:
                raise StepFailed(f"{deed}: {sorted(there)}, not {sorted(wanted)}")
        until = time.monotonic() + _SENT_WITHIN
        while any(one.state != mails.SENT for one in every):
            if time.monotonic() > until:
                raise StepFailed(f"not sent: {[one.problem for one in every if one.state != mails.SENT]}")
            time.sleep(0.2)
            every = self._all()
        arrived = {_id(path) for path in folder.glob("*.eml")}
        missing = [one.mail_id for one in every if one.mail_id not in arrived]
        if missing:
            raise StepFailed(f"never arrived: {missing}")
        return len(every)

    def close(self) -> None:
        self._database.close()

    def _all(self) -> tuple[Mail, ...]:
        with self._database.reading() as session:
            return mails.every(session)


def _id(path: Path) -> str:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return str(message["Message-ID"]).strip("<>").partition("@")[0]
