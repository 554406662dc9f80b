"""One card door on the server: registering, renewing, taking back, merging, as whoever has only a card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from econtract_practice import people
from econtract_practice.people import AGENT, CONTRACTOR, OFFICER
from econtract_server.operating import run as operating
from econtract_server.repository import log
from tests.fakes.pki import Issued
from tests.fakes.server_bench import Client, Pki, Running, problem_of, running_server, web_eid_token

NEWCOMER = people.NEWCOMER.person
KNOWN, TOO_LATE, MISSING, INVALID = "ED-RULE-6034", "ED-RULE-6035", "ED-RULE-6031", "ED-RULE-6008"
UNKNOWN_CARD, ENDED, TICKET, NOT_FOUND = "ED-AUTH-7003", "ED-AUTH-7007", "ED-AUTH-7008", "ED-RULE-6005"


@dataclass
class Door:
    """The server's door, and who knocks."""

    running: Running
    pki: Pki
    client: Client

    def knock(self, card: Issued, number: str = "") -> dict[str, Any]:
        challenge = self.client.challenge()
        token = web_eid_token(card, self.running.origin, challenge["nonce"])
        body = {"challenge_id": challenge["challenge_id"], "token": token, "contractor_number": number}
        answer = self.client.send("POST", "/v1/door", json=body)
        assert answer.ok, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def ticket(self, card: Issued) -> str:
        return str(self.knock(card)["ticket"])

    def register(self, card: Issued, **how: Any) -> Any:
        words = {"name": NEWCOMER.name, "role": "代表取締役", "represents": True}
        body = {"operation_id": uuid4().hex, "ticket": self.ticket(card), **words, **how}
        return self.client.send("POST", "/v1/registrations", json=body)

    def renew(self, new: Issued, old: Issued | None, kind: str = "renewed", user: str = "u-yamada") -> Any:
        tickets = {"new_ticket": self.ticket(new), "old_ticket": self.ticket(old) if old else None}
        body = {"operation_id": uuid4().hex, **tickets, "user_id": user, "renewal": kind}
        return self.client.send("POST", "/v1/renewals", json=body)

    def undo(self, card: Issued) -> Any:
        body = {"operation_id": uuid4().hex, "ticket": self.ticket(card)}
        return self.client.send("POST", "/v1/registrations/undo", json=body)

    def officer(self, who: str = "officer") -> Client:
        return self.running.client(self.pki.cards[who])

    def answer(self, officer: Client, account: dict[str, Any], action: str, reason: str = "") -> Any:
        payload = {"kind": "registration.act", "action": action, "reason": reason}
        return officer.operate(account["user_id"], account["revision"], payload)

    def logs_in(self, card: Issued) -> bool:
        client = self.running.client()
        return bool(client.log_in(card).ok)


@pytest.fixture
def door(running: Running, server_pki: Pki) -> Door:
    return Door(running, server_pki, running.client())


@pytest.fixture
def newcomer(server_pki: Pki) -> Issued:
    return server_pki.issue(NEWCOMER)


def account(answer: Any) -> dict[str, Any]:
    assert answer.ok, answer.text
    return answer.json()["account"]  # type: ignore[no-any-return]


def test_every_card_opens_one_door(door: Door, newcomer: Issued) -> None:
    assert door.knock(newcomer)["door"] == "register"
    assert door.knock(newcomer)["ways"] == []
    known = door.knock(door.pki.cards["contractor"])
    assert (known["door"], known["access"], known["account"]) == ("log_in", "full", None)
    again = door.knock(door.pki.issue(CONTRACTOR.person))
    assert (again["door"], again["access"]) == ("renew", "none")
    assert again["ways"][0]["user"] == CONTRACTOR.person.name
    assert again["ways"][0]["sureness"] == "certain"
    assert door.knock(door.pki.cards["stranger"])["door"] == "change_representative"
    namesake = door.knock(door.pki.issue(replace(CONTRACTOR.person, corporate_number="")))
    assert (namesake["door"], namesake["ways"][0]["sureness"]) == ("renew", "likely")
    assert namesake["ways"][0]["user"] == "", "who is registered is not told to a mere likeness"


def test_registered_approved_and_in(door: Door, newcomer: Issued) -> None:
    applied = account(door.register(newcomer))
    assert (applied["state"], applied["contractor_number"], applied["allowed"]) == ("APPLIED", None, [])
    assert not door.logs_in(newcomer)
    officer = door.officer()
    (waiting,) = officer.send("GET", "/v1/registrations").json()["accounts"]
    assert (waiting["user"], waiting["allowed"]) == (NEWCOMER.name, ["approve", "return"])
    assert door.running.client(door.pki.cards["contractor"]).send("GET", "/v1/registrations").json() == {"accounts": []}
    done = account(door.answer(officer, waiting, "approve"))
    assert (done["state"], done["contractor_number"]) == ("ACTIVE", "1000000156")
    who = door.running.client(newcomer).send("GET", "/v1/whoami").json()
    assert (who["role"], who["organization"], who["contractor_number"]) == (
        "代表者",
        NEWCOMER.organization,
        "1000000156",
    )
    assert officer.send("GET", "/v1/registrations").json() == {"accounts": []}
    assert door.knock(newcomer)["access"] == "full"


def test_given_back_and_applied_again(door: Door, newcomer: Issued) -> None:
    applied = account(door.register(newcomer, name="佐佐木 学", body_id=OFFICER.organization_id))
    other = door.officer("rival")
    assert other.send("GET", "/v1/registrations").json() == {"accounts": []}
    assert problem_of(door.answer(other, applied, "approve")) == (404, NOT_FOUND)
    officer = door.officer()
    assert problem_of(door.answer(officer, applied, "return"))[1] == "ED-RULE-6003"
    returned = account(door.answer(officer, applied, "return", "氏名の表記が証明書と異なります。"))
    assert returned["state"] == "RETURNED"
    seen = door.knock(newcomer)["account"]
    assert seen["history"][-1]["reason"] == "氏名の表記が証明書と異なります。"
    again = account(door.register(newcomer, name=NEWCOMER.name))
    assert (again["state"], again["user"], again["user_id"]) == ("APPLIED", NEWCOMER.name, applied["user_id"])
    assert account(door.answer(officer, again, "approve"))["state"] == "ACTIVE"


def test_who_is_registered_does_not_register_anew(door: Door) -> None:
    card = door.pki.issue(CONTRACTOR.person)
    refused = door.register(card, name=CONTRACTOR.person.name)
    assert problem_of(refused) == (422, KNOWN)
    assert refused.json()["error"]["facts"]["user"] == "u-yamada"
    assert problem_of(door.register(card, insists=True)) == (422, KNOWN), "certain is certain"
    likely = door.pki.issue(replace(CONTRACTOR.person, corporate_number=""))
    assert problem_of(door.register(likely)) == (422, KNOWN)
    assert account(door.register(likely, insists=True))["state"] == "APPLIED"


def test_a_second_person_of_a_firm_joins_it(door: Door) -> None:
    card = door.pki.issue(replace(AGENT.person, name="小林 光", name_romaji="Hikari Kobayashi"))
    joined = account(door.register(card, name="小林 光", role="営業所長", represents=False))
    assert (joined["organization_id"], joined["role"]) == (CONTRACTOR.organization_id, "営業所長")
    assert account(door.answer(door.officer(), joined, "approve"))["contractor_number"] == "1000000153"


def test_a_renewed_card_takes_the_old_one_s_place(door: Door) -> None:
    old, new = door.pki.cards["contractor"], door.pki.issue(CONTRACTOR.person)
    assert problem_of(door.renew(new, None)) == (422, MISSING), "while the old card works it is shown too"
    assert problem_of(door.renew(new, door.pki.cards["officer"])) == (422, INVALID)
    session = door.running.client(old)
    done = account(door.renew(new, old))
    assert (done["state"], len(done["cards"]), done["renewal"]) == ("ACTIVE", 2, None)
    assert done["cards"][1]["retired_at"] is not None
    assert door.logs_in(new)
    assert not door.logs_in(old)
    assert session.send("GET", "/v1/whoami").status_code == 401, "the old card's session ends with it"
    assert door.knock(old)["access"] == "none"
    who = door.running.client(new).send("GET", "/v1/whoami").json()
    assert who["user_id"] == "u-yamada"
    assert (
        door.running.client(new).send("GET", "/v1/account").json()["cards"][0]["certificate_sha256"]
        == sha256(new.der).hexdigest()
    )


def test_a_lost_card_s_successor_waits_for_the_body(door: Door) -> None:
    new = door.pki.issue(CONTRACTOR.person)
    asked = account(door.renew(new, None, "lost"))
    assert asked["renewal"]["kind"] == "lost"
    assert door.logs_in(door.pki.cards["contractor"]), "nothing in flight is blocked"
    assert not door.logs_in(new)
    officer = door.officer()
    (waiting,) = officer.send("GET", "/v1/registrations").json()["accounts"]
    assert waiting["allowed"] == ["approve_renewal", "return_renewal"]
    returned = account(door.answer(officer, waiting, "return_renewal", "本人確認ができません。"))
    assert returned["renewal"] is None
    assert problem_of(door.answer(officer, returned, "approve_renewal"))[1] == MISSING
    asked = account(door.renew(new, None, "lost"))
    assert account(door.answer(officer, asked, "approve_renewal"))["state"] == "ACTIVE"
    assert door.logs_in(new)
    assert not door.logs_in(door.pki.cards["contractor"])


def test_a_new_representative_takes_over_and_history_keeps_its_names(door: Door) -> None:
    officer = door.officer()
    case_id = officer.register()
    old = door.running.client(door.pki.cards["contractor"])
    contacts = {"kind": "case.contacts", "contacts": [{"name": "山田", "email": "yamada@example.jp"}]}
    assert old.operate(case_id, 1, contacts).ok
    successor = door.pki.cards["stranger"]
    assert problem_of(door.renew(successor, None)) == (404, NOT_FOUND), "he is not the one he renews"
    asked = account(door.renew(successor, None, "representative_changed"))
    assert problem_of(door.answer(door.officer("rival"), asked, "approve_renewal")) == (404, NOT_FOUND)
    assert account(door.answer(officer, asked, "approve_renewal"))["user"] == "田中 次郎"
    now = door.running.client(successor)
    assert now.send("GET", "/v1/whoami").json()["user"] == "田中 次郎"
    assert len(now.send("GET", "/v1/cases").json()["cases"]) == 1, "cases are carried over"


def test_taken_back_in_time_and_not_later(door: Door, newcomer: Issued) -> None:
    applied = account(door.register(newcomer))
    assert applied["undo_until"] is not None
    assert account(door.undo(newcomer))["state"] == "UNDONE"
    assert door.knock(newcomer)["door"] == "register", "the card is free"
    again = account(door.register(newcomer))
    assert account(door.answer(door.officer(), again, "approve"))["state"] == "ACTIVE"
    assert door.logs_in(newcomer)
    assert problem_of(door.undo(door.pki.cards["contractor"]))[0] == 404, "the operator's work is not undone by users"


def test_later_than_the_window_it_is_the_operator_s(server_pki: Pki, tmp_path: Path) -> None:
    with running_server(server_pki, tmp_path / "central", revocation_required=False) as running:
        door = Door(running, server_pki, running.client())
        card = server_pki.issue(NEWCOMER)
        account(door.register(card))
        running.clock.ahead = timedelta(days=14, minutes=1)
        assert problem_of(door.undo(card)) == (422, TOO_LATE)


def test_a_card_that_has_ended_reads_and_changes_nothing(door: Door) -> None:
    officer = door.officer()
    case_id = officer.register()
    card = door.pki.cards["contractor"]
    door.running.clock.ahead = card.certificate.not_valid_after_utc - door.running.clock.now() + timedelta(days=1)
    client = door.running.client(card)
    assert client.send("GET", f"/v1/cases/{case_id}").ok
    contacts = {"kind": "case.contacts", "contacts": []}
    assert problem_of(client.operate(case_id, 1, contacts)) == (403, ENDED)
    assert problem_of(client.send("PUT", f"/v1/blobs/{'0' * 64}", data=b"x")) == (403, ENDED)
    assert door.knock(card)["access"] == "read_only"


def test_a_ticket_is_for_one_device_and_some_minutes(door: Door, newcomer: Issued) -> None:
    body = {"operation_id": uuid4().hex, "name": "x", "role": "x", "ticket": door.ticket(newcomer)}
    stranger = door.running.client()
    assert problem_of(stranger.send("POST", "/v1/registrations", json=body)) == (403, TICKET)
    door.running.clock.ahead = timedelta(minutes=31)
    assert problem_of(door.client.send("POST", "/v1/registrations", json=body)) == (403, TICKET)


def test_sent_twice_it_is_done_once_and_logged(door: Door, newcomer: Issued) -> None:
    body = {"operation_id": uuid4().hex, "name": "佐々木 学", "role": "代表取締役", "ticket": door.ticket(newcomer)}
    first = door.client.send("POST", "/v1/registrations", json=body)
    second = door.client.send("POST", "/v1/registrations", json=body)
    assert first.json() == second.json()
    assert first.json()["receipt"]
    other = {**body, "name": "別人"}
    assert problem_of(door.client.send("POST", "/v1/registrations", json=other)) == (422, INVALID)
    with door.running.app.state.office.database.reading() as session:
        assert log.first_broken_link(session) is None


def test_without_a_body_s_look_the_card_s_word_is_enough(server_pki: Pki, tmp_path: Path) -> None:
    with running_server(server_pki, tmp_path / "central", approve_registrations=False) as running:
        door = Door(running, server_pki, running.client())
        card = server_pki.issue(NEWCOMER)
        assert account(door.register(card))["state"] == "ACTIVE"
        assert door.logs_in(card)


def test_the_operator_merges_what_came_through_the_wrong_door(
    door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    likely = door.pki.issue(replace(CONTRACTOR.person, corporate_number=""))
    wrong = account(door.register(likely, insists=True))
    account(door.answer(door.officer(), wrong, "approve"))
    told = _operator(door.running, capsys, "merge", id=wrong["user_id"], into="u-yamada")
    assert (told["user_id"], told["state"]) == ("u-yamada", "ACTIVE")
    assert door.running.client(likely).send("GET", "/v1/whoami").json()["user_id"] == "u-yamada"
    assert not door.logs_in(door.pki.cards["contractor"])
    gone = _operator(door.running, capsys, "account", deed="list", id=None, pick=wrong["user_id"])
    assert (gone["state"], gone["merged_into"]) == ("MERGED", "u-yamada")
    _operator(door.running, capsys, "account", deed="lost", id="u-yamada")
    assert problem_of(door.running.client().log_in(likely)) == (403, UNKNOWN_CARD)


def _operator(
    running: Running, capsys: pytest.CaptureFixture[str], subject: str, pick: str = "", **options: Any
) -> dict[str, Any]:
    import json
    from argparse import Namespace

    capsys.readouterr()
    assert operating(running.config, Namespace(subject=subject, json=True, **options), running.clock.now) == 0
    rows = json.loads(capsys.readouterr().out)["accounts"]
    return next(row for row in rows if row["user_id"] == pick) if pick else rows[0]  # type: ignore[no-any-return]
