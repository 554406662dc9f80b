"""委任 on the real server: offered, asked for, accepted, passed on, ended; and what an agent may sign, at which moment."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

from econtract_practice.people import AGENT, CONTRACTOR, OFFICER, SUB_AGENT
from econtract_server.operating import add_arguments, run
from econtract_server.repository import delegations
from tests.fakes.server_bench import PARTNER, RIVAL, Client, Pki, Running, problem_of
from tests.fakes.server_desk import Desk, hand_in

NOT_DELEGATED, TOO_WIDE, TURN, NOT_NOW = "ED-RULE-6032", "ED-RULE-6033", "ED-RULE-6002", "ED-RULE-6001"
REACH = {"works": ["contract"], "first_day": "2020-01-01", "last_day": "2099-12-31"}


@pytest.fixture
def agent(running: Running, server_pki: Pki) -> Client:
    return running.client(server_pki.cards["agent"])


@pytest.fixture
def sub_agent(running: Running, server_pki: Pki) -> Client:
    return running.client(server_pki.cards["sub_agent"])


def propose(client: Client, agent_id: str = AGENT.user_id, parent_id: str | None = None, **reach: Any) -> Any:
    """(identifier, answer)"""
    delegation_id = uuid4().hex
    payload = {"agent_id": agent_id, "reach": {**REACH, **reach}, "parent_id": parent_id}
    return delegation_id, client.operate(delegation_id, 0, {"kind": "delegation.propose", **payload})


def act(client: Client, delegation_id: str, action: str, revision: int = 1) -> requests.Response:
    payload = {"kind": "delegation.act", "action": action, "reason": "理由"}
    return client.operate(delegation_id, revision, payload)


def granted(by: Client, to: Client, agent_id: str = AGENT.user_id, parent_id: str | None = None, **reach: Any) -> str:
    delegation_id, answer = propose(by, agent_id, parent_id, **reach)
    assert answer.ok, answer.text
    answer = act(to, delegation_id, "accept")
    assert answer.ok, answer.text
    return str(delegation_id)


def listed(client: Client) -> dict[str, dict[str, Any]]:
    answer = client.send("GET", "/v1/delegations")
    assert answer.ok, answer.text
    return {one["delegation_id"]: one for one in answer.json()["delegations"]}


def states(client: Client) -> dict[str, str]:
    return {key: one["state"] for key, one in listed(client).items()}


def test_offered_accepted_passed_on_and_all_of_it_ended(desk: Desk, agent: Client, sub_agent: Client) -> None:
    first, answer = propose(desk.contractor, sub_delegation=True)
    shown = answer.json()["delegation"]
    assert (shown["state"], shown["allowed"], shown["agent"]["name"]) == ("PROPOSED", ["decline"], "伊藤 健")
    assert answer.json()["case"] is None
    assert problem_of(act(desk.contractor, first, "accept")) == (403, TURN)  # who offers does not accept
    assert problem_of(act(agent, first, "accept", 7)) == (412, "ED-RULE-6004")
    assert act(agent, first, "accept").json()["delegation"]["state"] == "ACTIVE"
    wider = propose(agent, SUB_AGENT.user_id, first, works=["contract", "invoice"])[1]
    assert problem_of(wider) == (422, TOO_WIDE)
    assert wider.json()["error"]["facts"]["dimensions"] == ["works"]
    second = granted(agent, sub_agent, SUB_AGENT.user_id, first)
    assert problem_of(act(sub_agent, first, "revoke", 2)) == (403, TURN)
    assert act(desk.contractor, first, "revoke", 2).ok
    assert states(sub_agent) == {first: "REVOKED", second: "REVOKED"}
    ended = listed(agent)[second]["ended"]
    assert (ended["action"], ended["by"], ended["reason"]) == ("lapse", "", "理由")
    assert problem_of(act(agent, first, "resign", 3)) == (422, NOT_NOW)


def test_an_agent_asks_and_the_representative_accepts(desk: Desk, agent: Client, sub_agent: Client) -> None:
    asked, answer = propose(agent)
    assert answer.json()["delegation"]["grantor"]["user_id"] == CONTRACTOR.user_id
    assert problem_of(act(agent, asked, "accept")) == (403, TURN)
    assert problem_of(act(sub_agent, asked, "accept")) == (403, TURN)
    assert act(desk.contractor, asked, "accept").json()["delegation"]["state"] == "ACTIVE"


def test_what_nobody_can_delegate(desk: Desk, agent: Client, running: Running, server_pki: Pki) -> None:
    case_id = desk.officer.register(PARTNER.organization_id)
    for agent_id, reach, told in (
        (PARTNER.user_id, {}, (404, "ED-RULE-6005")),  # another firm's
        (CONTRACTOR.user_id, {}, (422, "ED-RULE-6008")),
        (AGENT.user_id, {"works": []}, (422, "ED-RULE-6008")),
        (AGENT.user_id, {"body_ids": [PARTNER.organization_id]}, (422, "ED-RULE-6008")),
        (AGENT.user_id, {"case_ids": [case_id]}, (404, "ED-RULE-6005")),
        (AGENT.user_id, {"case_ids": []}, (422, "ED-RULE-6008")),
        (AGENT.user_id, {"most": 0}, (422, "ED-RULE-6008")),
        (AGENT.user_id, {"first_day": "2021-01-01", "last_day": "2021-12-31"}, (422, "ED-RULE-6008")),
    ):
        assert problem_of(propose(desk.contractor, agent_id, **reach)[1]) == told, reach
    assert problem_of(propose(desk.contractor, parent_id="nothing")[1]) == (404, "ED-RULE-6005")
    known, _ = propose(desk.contractor)
    again = {"kind": "delegation.propose", "agent_id": AGENT.user_id, "reach": REACH}
    assert problem_of(desk.contractor.operate(known, 0, again)) == (422, "ED-RULE-6008")
    partner = running.client(server_pki.cards["partner"])
    assert problem_of(act(partner, known, "revoke")) == (404, "ED-RULE-6005")
    assert listed(partner) == {}
    assert listed(desk.officer) == {}  # what nobody has accepted is the firm's own


def test_only_what_was_delegated_is_done(desk: Desk, agent: Client) -> None:
    contract_id = desk.offered()
    case_id = contract_id.removesuffix("-C0")
    review = {"kind": "contract.act", "action": "return", "reason": "誤り"}
    refused = agent.operate(contract_id, 2, review)
    assert problem_of(refused) == (403, NOT_DELEGATED)
    assert refused.json()["error"]["facts"] == {"action": "contract", "problem": "none"}
    assert agent.send("GET", f"/v1/cases/{case_id}").json()["contracts"][0]["allowed"] == []
    inspections = granted(desk.contractor, agent, works=["inspection"])
    assert agent.operate(contract_id, 2, review).json()["error"]["facts"]["problem"] == "work"
    assert act(agent, inspections, "resign", 2).ok
    granted(desk.contractor, agent, most=148_499_999)
    assert agent.operate(contract_id, 2, review).json()["error"]["facts"]["problem"] == "amount"
    granted(desk.contractor, agent, body_ids=[RIVAL.organization_id])
    granted(desk.contractor, agent, case_ids=[case_id], most=148_500_000)
    assert agent.send("GET", f"/v1/cases/{case_id}").json()["contracts"][0]["allowed"] == ["return", "sign"]
    assert agent.operate(contract_id, 2, review).ok


def test_contacts_are_for_whoever_has_some_work_in_the_case(desk: Desk, agent: Client) -> None:
    case_id = desk.offered().removesuffix("-C0")
    contacts = {"kind": "case.contacts", "contacts": [{"name": "伊藤", "email": "ito@example.jp"}]}
    assert problem_of(agent.operate(case_id, 1, contacts)) == (403, NOT_DELEGATED)
    granted(desk.contractor, agent, works=["invoice"])
    assert agent.operate(case_id, 1, contacts).ok


def test_a_signature_counts_at_the_moment_its_timestamp_proves(
    desk: Desk, agent: Client, running: Running, server_pki: Pki
) -> None:
    contract_id = desk.offered()
    original = _fetch(agent, contract_id)
    early = desk.sign(original, "agent")
    time.sleep(2)  # a timestamp's time has whole seconds
    bodies = [OFFICER.organization_id, RIVAL.organization_id]
    delegation_id = granted(desk.contractor, agent, body_ids=bodies)
    refused = hand_in(agent, contract_id, 2, "sign", {"d1": early})
    assert problem_of(refused) == (403, NOT_DELEGATED)
    assert refused.json()["error"]["facts"]["problem"] == "not_accepted"  # when it was signed
    time.sleep(1)
    in_time = desk.sign(original, "agent")
    time.sleep(1)
    assert act(desk.contractor, delegation_id, "revoke", 2).ok
    answer = hand_in(agent, contract_id, 2, "sign", {"d1": in_time})
    assert answer.ok, answer.text
    (signature,) = answer.json()["case"]["contracts"][0]["signatures"]
    assert (signature["user"], signature["delegation_id"]) == ("伊藤 健", delegation_id)
    submit = {"kind": "contract.act", "action": "submit"}
    assert problem_of(agent.operate(contract_id, 3, submit)) == (403, NOT_DELEGATED)  # that is done now, not then
    assert desk.contractor.operate(contract_id, 3, submit).ok
    seen = listed(desk.officer)
    assert [one["reach"]["body_ids"] for one in seen.values()] == [[OFFICER.organization_id]]  # not the other one
    assert set(seen) == {delegation_id}  # the body reads under what was signed
    assert seen[delegation_id]["allowed"] == []


def test_nobody_s_files_are_looked_at_for_who_never_could(desk: Desk, sub_agent: Client) -> None:
    contract_id = desk.offered()
    payload = {"kind": "contract.sign", "action": "sign", "files": {"d1": "0" * 64}}  # sent by nobody
    assert problem_of(sub_agent.operate(contract_id, 2, payload)) == (403, NOT_DELEGATED)


def test_days_end_a_delegation_and_bodies_refuse_agents(desk: Desk, agent: Client, running: Running) -> None:
    contract_id = desk.offered()
    short = granted(desk.contractor, agent)
    give_back = {"kind": "contract.act", "action": "return", "reason": "誤り"}
    operate(running, "accept", OFFICER.organization_id, "--agents", "none")
    assert agent.operate(contract_id, 2, give_back).json()["error"]["facts"]["problem"] == "agents_refused"
    operate(running, "accept", OFFICER.organization_id, "--agents", "all", "--longest-days", "366")
    assert agent.operate(contract_id, 2, give_back).json()["error"]["facts"]["problem"] == "too_long"
    operate(running, "accept", OFFICER.organization_id, "--agents", "no-sub-agents")
    with running.app.state.office.database.writing() as session:  # as if it had been given long ago
        (before,) = delegations.of_firm(session, CONTRACTOR.organization_id)
        past = replace(before.reach, last_day=running.clock.now().date() - timedelta(days=2))
        delegations.save(session, (before,), (replace(before, reach=past, revision=3),))
    assert agent.operate(contract_id, 2, give_back).json()["error"]["facts"]["problem"] == "expired"
    assert states(agent) == {short: "EXPIRED"}
    assert problem_of(act(agent, short, "resign", 3)) == (422, NOT_NOW)


def operate(running: Running, *words: str) -> None:
    """`econtract-server operator organization …` beside the running server."""
    parser = ArgumentParser()
    add_arguments(parser)
    assert run(running.config, parser.parse_args(["organization", *words, "--config", "x"])) == 0


def _fetch(client: Client, contract_id: str) -> bytes:
    case = client.send("GET", f"/v1/cases/{contract_id.removesuffix('-C0')}").json()
    digest = case["contracts"][0]["documents"][0]["sha256"]
    return client.send("GET", f"/v1/contracts/{contract_id}/files/{digest}").content
