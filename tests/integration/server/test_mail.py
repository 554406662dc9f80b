"""E-mail from the deed to a mail server on loopback: who gets what, once, and what happens when the relay does not take it."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from econtract_core.rules.errors import NotFound, SettingsUnreadable
from econtract_practice.people import CONTRACTOR
from econtract_practice.post import PostOffice
from econtract_server.config import ServerConfig
from econtract_server.operating import run as operating
from econtract_server.repository import mails
from econtract_server.services.mailing import MailWorker
from econtract_server.smtp import Letter, NotTaken
from econtract_server.working import work
from tests.fakes.server_bench import Client, Pki, Running, running_server


@pytest.fixture
def post(tmp_path: Path) -> Iterator[PostOffice]:
    with PostOffice(tmp_path / "mails") as office:
        yield office


@pytest.fixture
def mailing(server_pki: Pki, tmp_path: Path, post: PostOffice) -> Iterator[Running]:
    how: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": post.port, "smtp_security": "none"}
    with running_server(server_pki, tmp_path / "central", mail_from="keiyaku@body.example", **how) as running:
        yield running


class Refusing:
    """`services.mailing.Post`: takes nothing, for now or for ever."""

    def __init__(self, *, final: bool) -> None:
        self.final = final
        self.asked = 0

    def send(self, letter: Letter) -> None:
        self.asked += 1
        raise NotTaken("450 later" if not self.final else "550 nobody here", final=self.final)


def contacts(client: Client, case_id: str, revision: int, address: str, name: str = "担当") -> None:
    payload = {"kind": "case.contacts", "contacts": [{"name": name, "email": address}]}
    assert client.operate(case_id, revision, payload).ok


def told(running: Running, pki: Pki) -> tuple[Client, Client, str]:
    """An officer, a contractor and a case of theirs of which one mail to the contractor waits."""
    officer, contractor = running.client(pki.cards["officer"]), running.client(pki.cards["contractor"])
    case_id = officer.register(number="2026-83-0153\r\nBcc: x@y.example")
    contacts(officer, case_id, 1, "sato@kanto.example")
    contacts(contractor, case_id, 2, "yamada@aoba.example", "山田\r\nBcc: z@y.example")
    withdrawn = {"kind": "contract.act", "action": "withdraw", "reason": "秘密の理由"}
    assert officer.operate(f"{case_id}-C0", 0, withdrawn).ok
    return officer, contractor, case_id


def letters(post: PostOffice) -> list[EmailMessage]:
    files = sorted(post.folder.glob("*.eml"))
    return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]  # type: ignore[misc]


def test_told_once_without_any_content(mailing: Running, server_pki: Pki, post: PostOffice) -> None:
    officer, contractor, case_id = told(mailing, server_pki)
    for _ in range(2):
        work(mailing.config, threading.Event(), once=True, now=mailing.clock.now)
    (letter,) = letters(post)
    assert letter["To"] == "yamada@aoba.example"
    assert letter["Subject"] == "【電子契約】2026-83-0153  Bcc: x@y.example 契約図書が取り下げられました"
    assert letter["Bcc"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_content()
    assert "山田  Bcc: z@y.example 様" in body
    assert "関東地方整備局" in body
    assert "秘密" not in body
    assert "http" not in body
    (line,) = contractor.send("GET", f"/v1/cases/{case_id}/mails").json()["mails"]
    assert (line["state"], line["recipient"], line["tries"]) == ("sent", "yamada@aoba.example", 1)
    assert letter["Message-ID"] == f"<{line['mail_id']}@body.example>"
    assert officer.send("GET", f"/v1/cases/{case_id}/mails").json() == {"mails": []}, "one's own only"


def test_what_was_refused_tells_nobody(mailing: Running, server_pki: Pki, post: PostOffice) -> None:
    officer, _, case_id = told(mailing, server_pki)
    again = {"kind": "contract.act", "action": "withdraw", "reason": "x"}
    assert not officer.operate(f"{case_id}-C0", 1, again).ok
    work(mailing.config, threading.Event(), once=True, now=mailing.clock.now)
    assert len(letters(post)) == 1


def test_tried_again_with_pauses_then_given_up_and_retried_by_the_operator(
    mailing: Running, server_pki: Pki, capsys: pytest.CaptureFixture[str], post: PostOffice
) -> None:
    told(mailing, server_pki)
    database, refusing = mailing.app.state.office.database, Refusing(final=False)
    worker = MailWorker(database, refusing, mailing.clock.now)
    worker.run_once()
    worker.run_once()
    assert refusing.asked == 1, "not before its pause is over"
    for _ in range(10):
        mailing.clock.ahead += timedelta(hours=13)
        worker.run_once()
    assert refusing.asked == 7
    failed = operator(mailing, capsys, deed="list", state="failed", id=None)
    assert (len(failed), failed[0]["problem"]) == (1, "450 later")
    operator(mailing, capsys, deed="retry", id=failed[0]["mail_id"], state=None)
    with pytest.raises(NotFound):
        operator(mailing, capsys, deed="retry", id="nothing", state=None)
    work(mailing.config, threading.Event(), once=True, now=mailing.clock.now)
    assert len(letters(post)) == 1


def test_a_final_no_is_final(mailing: Running, server_pki: Pki) -> None:
    told(mailing, server_pki)
    refusing = Refusing(final=True)
    worker = MailWorker(mailing.app.state.office.database, refusing, mailing.clock.now)
    mailing.clock.ahead += timedelta(days=1)
    worker.run_once()
    mailing.clock.ahead += timedelta(days=1)
    worker.run_once()
    assert refusing.asked == 1


def test_two_workers_send_one_mail_and_a_killed_one_s_is_taken_over(mailing: Running, server_pki: Pki) -> None:
    told(mailing, server_pki)
    database, now = mailing.app.state.office.database, mailing.clock.now()
    with database.writing() as session:
        first = mails.take(session, now)
        assert first is not None
        assert mails.take(session, now) is None, "it is this worker's"
    with database.writing() as session:
        late = mails.take(session, now + timedelta(minutes=11))
    assert late is not None
    assert (late.mail_id, late.tries) == (first.mail_id, 2)


def test_while_mail_is_maintained_it_waits(mailing: Running, server_pki: Pki, post: PostOffice) -> None:
    told(mailing, server_pki)
    begins, ends = mailing.clock.now(), mailing.clock.now() + timedelta(hours=1)
    window = {"title": "メール", "function": "MAIL", "begins": begins.isoformat(), "ends": ends.isoformat()}
    names = (
        "id",
        "file",
        "title_en",
        "text",
        "text_en",
        "version",
        "link",
        "organization_id",
        "importance",
        "audience",
    )
    options = dict.fromkeys(names) | window
    assert operating(mailing.config, Namespace(subject="maintenance", deed="add", json=True, **options)) == 0
    work(mailing.config, threading.Event(), once=True, now=mailing.clock.now)
    assert letters(post) == []
    mailing.clock.ahead = timedelta(hours=2)
    work(mailing.config, threading.Event(), once=True, now=mailing.clock.now)
    assert len(letters(post)) == 1


def test_reminded_once_of_a_signature(mailing: Running, server_pki: Pki, post: PostOffice) -> None:
    from dataclasses import replace

    from econtract_core.rules.contract import State
    from econtract_server.repository import cases

    officer = mailing.client(server_pki.cards["officer"])
    contractor = mailing.client(server_pki.cards["contractor"])
    case_id = officer.register(number=uuid4().hex)
    contacts(contractor, case_id, 1, "yamada@aoba.example")
    with mailing.app.state.office.database.writing() as session:
        (contract,) = cases.contracts_of(session, case_id)
        near = mailing.clock.now() + timedelta(days=2)
        cases.save_contract(session, replace(contract, state=State.OFFERED, deadline=near, revision=1), 0)
    for _ in range(2):
        work(mailing.config, threading.Event(), once=True, now=mailing.clock.now)
    (letter,) = letters(post)
    assert "署名の期限が近づいています" in letter["Subject"]
    assert CONTRACTOR.person.organization in letter.get_content()


@pytest.mark.parametrize(
    "how",
    [
        {"smtp_security": "plain"},
        {"smtp_security": "none", "smtp_host": "relay.example"},
        {"mail_from": ""},
        {"smtp_user": "x"},
    ],
)
def test_a_configuration_that_cannot_be_is_refused(how: dict[str, Any]) -> None:
    good: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": "a@b.example"}
    base = {"database_url": "sqlite://", "files_dir": "x", "origin": "https://a.example", "trust_dir": "x"}
    with pytest.raises(SettingsUnreadable):
        ServerConfig(**{**base, **good, **how})
    with pytest.raises(SettingsUnreadable):
        work(ServerConfig(**base), threading.Event(), once=True)


def operator(running: Running, capsys: pytest.CaptureFixture[str], **options: Any) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert operating(running.config, Namespace(subject="mail", json=True, **options), running.clock.now) == 0
    return json.loads(capsys.readouterr().out)["mails"]  # type: ignore[no-any-return]
