"""E-mail: written into the outbox with the deed, sent by the worker. Who is told is `econtract_core.rules.mail`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import uuid4

from econtract_core.messages.cases import MailData, MailList
from econtract_core.rules import mail as rules
from econtract_core.rules.bulletin import Function, closed_until
from econtract_core.rules.calendar import OfficeCalendar
from econtract_core.rules.case import Case
from econtract_core.rules.clocks import Terms
from econtract_core.rules.dates import in_japan
from econtract_core.rules.mail import Reminder, RunningClock
from econtract_core.rules.procedures import clock_of_invoice, clock_of_request
from econtract_server.repository import bulletins, cases, mails, procedures, registry
from econtract_server.repository.database import Database
from econtract_server.repository.mails import Mail
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.services import mail_texts
from econtract_server.services.deed import Deed
from econtract_server.services.mail_texts import Facts
from econtract_server.smtp import Letter, NotTaken

log = logging.getLogger("econtract_server.mail")
_PAUSES = (60, 300, 1_800, 7_200, 21_600, 43_200)  # seconds after each failure; then it is given up


class Post(Protocol):
    """`smtp.Relay`."""

    def send(self, letter: Letter) -> None:
        """Raises NotTaken."""
        ...


def announce(deed: Deed, case_id: str) -> None:
    """The mails of one deed, in its transaction."""
    payload = deed.operation.payload
    action = getattr(payload, "action", None)
    name = rules.deed_name(payload.kind, action.value if action is not None else None)
    case, _ = cases.find_case(deed.session, case_id, deed.member.organization_id)
    told = rules.told(name, case.body_id, case.contractor_ids, deed.member.organization_id)
    facts = Facts(case.number, name, deed.member.organization, deed.at)
    _write(deed.session, case, told, facts)


def _write(session: Session, case: Case, told: tuple[str, ...], facts: Facts, key: str | None = None) -> None:
    for organization_id in told:
        organization = registry.organization_name(session, organization_id)
        for number, contact in enumerate(c for c in case.contacts if c.organization_id == organization_id):
            new = Mail(
                mail_id=uuid4().hex,
                key=f"{key}:{organization_id}:{number}" if key is not None else None,
                case_id=case.case_id,
                organization_id=organization_id,
                recipient=contact.email,
                deed=facts.deed,
                subject=mail_texts.subject(facts),
                body=mail_texts.body(facts, organization, contact.name),
                created=facts.at,
            )
            mails.add(session, new)


def delivered(session: Session, member: Member, case_id: str) -> MailList:
    """The delivery log of one's own organisation. Raises NotFound."""
    cases.find_case(session, case_id, member.organization_id)
    found = mails.of_case(session, case_id, member.organization_id)
    return MailList(mails=tuple(data_of(one) for one in found))


def data_of(one: Mail) -> MailData:
    return MailData(
        mail_id=one.mail_id,
        created=one.created,
        deed=one.deed,
        recipient=one.recipient,
        subject=one.subject,
        state=one.state,
        tries=one.tries,
        sent_at=one.sent_at,
        problem=one.problem,
    )


@dataclass(frozen=True)
class MailWorker:
    """One thread; several workers on one database do not send the same mail. A worker that is killed between the relay's word and its own
    note sends that one mail again, under the same Message-ID."""

    database: Database
    post: Post
    now: Callable[[], datetime]

    def run_once(self, over: Callable[[], bool] = lambda: False) -> int:
        """Write the reminders that are due, send what waits; how many went. Nothing goes while mail is maintained."""
        self._remind()
        count = 0
        while not over():
            now = self.now()
            with self.database.reading() as session:
                if closed_until(bulletins.not_over(session, now), Function.MAIL, now) is not None:
                    return count
            with self.database.writing() as session:
                mail = mails.take(session, now)
            if mail is None:
                return count
            count += self._send(mail)
        return count

    def _send(self, mail: Mail) -> bool:
        try:
            self.post.send(Letter(mail.mail_id, mail.recipient, mail.subject, mail.body, mail.created))
        except NotTaken as problem:
            given_up = problem.final or mail.tries > len(_PAUSES)
            again = None if given_up else self.now() + timedelta(seconds=_PAUSES[mail.tries - 1])
            log.info("mail %s not taken (%s), try %d", mail.mail_id, problem, mail.tries)
            with self.database.writing() as session:
                mails.failed(session, mail.mail_id, str(problem), again)
            return False
        with self.database.writing() as session:
            mails.sent(session, mail.mail_id, self.now())
        return True

    def _remind(self) -> None:
        """Looked for without being in anybody's way; written where there are some, each once under its key."""
        now = self.now()
        today = in_japan(now).date()
        with self.database.reading() as session:
            found = [(case, one) for case in cases.every(session) for one in _reminders(session, case, now, today)]
        if not found:
            return
        with self.database.writing() as session:
            for case, one in found:
                facts = Facts(case.number, one.kind, "-", now, one.due)
                _write(session, case, one.organizations, facts, one.key)


def _reminders(session: Session, case: Case, now: datetime, today: date) -> tuple[Reminder, ...]:
    if not case.contacts:
        return ()
    contracts = tuple(cases.contracts_of(session, case.case_id))
    later = procedures.find(session, case.case_id)
    terms, calendar = Terms(), OfficeCalendar()
    running = [(r.request_id, clock_of_request(case, r, terms, calendar)) for r in later.requests]
    running += [
        (i.invoice_id, clock_of_invoice(case, later, i.invoice_id, terms, calendar)) for i in later.ledger.invoices
    ]
    clocks = tuple(
        RunningClock(object_id, clock.due, case.body_id)
        for object_id, clock in running
        if clock is not None and clock.ended is None
    )
    return (*rules.signature_reminders(contracts, now), *rules.clock_reminders(clocks, today))
