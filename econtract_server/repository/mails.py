"""The outbox of e-mail, which is its delivery log too. Nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from econtract_core.rules.errors import NotFound
from econtract_server.repository.once import insert_new
from econtract_server.repository.tables import mail

WAITING, SENDING, SENT, FAILED = "waiting", "sending", "sent", "failed"
_BROKEN_OFF = timedelta(minutes=10)  # a worker that took a mail and has not told since is gone


@dataclass(frozen=True)
class Mail:
    """`key`: sent once under it (reminders); None: of one deed. `problem`: of the last try."""

    mail_id: str
    key: str | None
    case_id: str
    organization_id: str
    recipient: str
    deed: str
    subject: str
    body: str
    created: datetime
    state: str = WAITING
    tries: int = 0
    sent_at: datetime | None = None
    problem: str | None = None


def add(connection: Connection, new: Mail) -> None:
    """Within the deed's own transaction: what was done is told, what was undone is not. A key that is known adds nothing."""
    row = {
        "mail_id": new.mail_id,
        "key": new.key,
        "case_id": new.case_id,
        "organization_id": new.organization_id,
        "recipient": new.recipient,
        "deed": new.deed,
        "subject": new.subject,
        "body": new.body,
        "created": _text(new.created),
        "state": WAITING,
        "tries": 0,
        "next_try": _text(new.created),
    }
    if new.key is None:
        connection.execute(insert(mail).values(**row))
    else:
        insert_new(connection, mail, **row)


def take(connection: Connection, now: datetime) -> Mail | None:
    """The oldest whose time has come, for this worker alone; None where there is none."""
    due = (mail.c.state == WAITING) & (mail.c.next_try <= _text(now))
    lost = (mail.c.state == SENDING) & (mail.c.next_try <= _text(now - _BROKEN_OFF))
    query = select(mail).where(or_(due, lost)).order_by(mail.c.next_try, mail.c.mail_id).limit(20)
    for row in connection.execute(query).mappings().all():
        where = (mail.c.mail_id == row["mail_id"], mail.c.state == row["state"], mail.c.tries == row["tries"])
        values = {"state": SENDING, "tries": row["tries"] + 1, "next_try": _text(now)}
        if connection.execute(update(mail).where(*where).values(**values)).rowcount == 1:
            return _mail({**row, "state": SENDING, "tries": row["tries"] + 1})
    return None


def sent(connection: Connection, mail_id: str, at: datetime) -> None:
    _set(connection, mail_id, state=SENT, sent_at=_text(at), problem=None)


def failed(connection: Connection, mail_id: str, problem: str, next_try: datetime | None) -> None:
    """`next_try` None: it is given up until somebody says otherwise."""
    if next_try is None:
        _set(connection, mail_id, state=FAILED, problem=problem[:500])
    else:
        _set(connection, mail_id, state=WAITING, problem=problem[:500], next_try=_text(next_try))


def retry(connection: Connection, mail_id: str, at: datetime) -> Mail:
    """Raises NotFound for one that is not there or was sent."""
    found = [one for one in every(connection) if one.mail_id == mail_id and one.state == FAILED]
    if not found:
        raise NotFound(wanted=mail_id)
    _set(connection, mail_id, state=WAITING, tries=0, next_try=_text(at))
    return found[0]


def every(connection: Connection, state: str | None = None) -> tuple[Mail, ...]:
    query = select(mail).order_by(mail.c.created, mail.c.mail_id)
    if state is not None:
        query = query.where(mail.c.state == state)
    return tuple(_mail(dict(row)) for row in connection.execute(query).mappings())


def of_case(connection: Connection, case_id: str, organization_id: str) -> tuple[Mail, ...]:
    """To this organisation's own contacts."""
    where = (mail.c.case_id == case_id, mail.c.organization_id == organization_id)
    query = select(mail).where(*where).order_by(mail.c.created, mail.c.mail_id)
    return tuple(_mail(dict(row)) for row in connection.execute(query).mappings())


def _set(connection: Connection, mail_id: str, **values: object) -> None:
    connection.execute(update(mail).where(mail.c.mail_id == mail_id).values(**values))


def _mail(row: dict[str, object] | RowMapping) -> Mail:
    moment = row["sent_at"]
    return Mail(
        mail_id=str(row["mail_id"]),
        key=str(row["key"]) if row["key"] is not None else None,
        case_id=str(row["case_id"]),
        organization_id=str(row["organization_id"]),
        recipient=str(row["recipient"]),
        deed=str(row["deed"]),
        subject=str(row["subject"]),
        body=str(row["body"]),
        created=datetime.fromisoformat(str(row["created"])),
        state=str(row["state"]),
        tries=int(str(row["tries"])),
        sent_at=datetime.fromisoformat(str(moment)) if moment is not None else None,
        problem=str(row["problem"]) if row["problem"] is not None else None,
    )


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
