"""Every wrong step in every state, from the rules' own tables, over HTTP: refused with the reason the rules give, and nothing changed.

Who asks is always somebody who may do that step in another state, so that it is the state that refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from econtract_core.rules import contract, delegation, handover, inspection, invoice, registration
from econtract_core.rules.errors import RuleError
from econtract_core.rules.machine import Machine
from econtract_practice import people
from tests.fakes.case_in_state import REVISION, put_account, put_contract, put_procedures
from tests.fakes.server_bench import Client, Pki, Running, running_server

ZERO = "0" * 64
Step = tuple[Any, Any, Any]  # state, action, side
BY_SYSTEM = "system"


@pytest.fixture(scope="module")
def server_at(server_pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_server(server_pki, tmp_path_factory.mktemp("wrong")) as server:
        yield server


@pytest.fixture(scope="module")
def people_at(server_at: Running, server_pki: Pki) -> dict[str, Client]:
    return {who: server_at.client(server_pki.cards[who]) for who in ("contractor", "officer", "inspector")}


def wrong_steps(machine: Machine[Any, Any, Any]) -> list[Step]:
    """Each state with each action that its table does not allow there, by the first side of the action's row."""
    states = sorted({s for row in machine.rows.values() for s in (*row.sources, row.target) if s is not None})
    found = []
    for action, row in machine.rows.items():
        side = sorted(row.sides)[0]
        if side.value == BY_SYSTEM:
            continue
        found += [(state, action, side) for state in states if state not in row.sources]
    return found


def expected(machine: Machine[Any, Any, Any], step: Step) -> str:
    state, action, side = step
    with pytest.raises(RuleError) as refused:
        machine.check(state, action, side, "理由")
    return refused.value.code


def by_state(steps: list[Step]) -> dict[Any, list[Step]]:
    found: dict[Any, list[Step]] = {}
    for step in steps:
        found.setdefault(step[0], []).append(step)
    return found


def new_case(people_at: dict[str, Client]) -> str:
    return people_at["officer"].register(number=uuid4().hex)


def refused_all(
    machine: Machine[Any, Any, Any],
    steps: list[Step],
    send: Callable[[Step], Any],
    count: list[str],
) -> None:
    for step in steps:
        answer = send(step)
        assert answer.status_code in (403, 409, 412, 422), f"{step}: {answer.status_code} {answer.text[:200]}"
        assert answer.json()["error"]["code"] == expected(machine, step), f"{step}: {answer.text[:300]}"
        count.append(str(step))


def test_contracts(server_at: Running, people_at: dict[str, Client]) -> None:
    machine, count = contract.MACHINE, []  # type: ignore[var-annotated]
    steps = [s for s in wrong_steps(machine) if s[1] not in (contract.Action.TIMESTAMP, contract.Action.TERMINATE)]
    for state, wrong in by_state(steps).items():
        case_id = new_case(people_at)
        put_contract(server_at, case_id, state.value)

        def send(step: Step, case_id: str = case_id) -> Any:
            _, action, side = step
            client, name = people_at[side.value], f"{case_id}-C0"
            if action is contract.Action.OFFER:
                file = {"document_id": "d1", "title": "x", "sha256": client.put(b"x")}
                return client.operate(name, REVISION, {"kind": "contract.offer", "files": [file]})
            if action in (contract.Action.SIGN, contract.Action.COUNTERSIGN):
                files = {"d1": client.put(b"x")}
                return client.operate(name, REVISION, {"kind": "contract.sign", "action": action.value, "files": files})
            return client.operate(name, REVISION, {"kind": "contract.act", "action": action.value, "reason": "理由"})

        refused_all(machine, wrong, send, count)
        seen = people_at["officer"].send("GET", f"/v1/cases/{case_id}").json()["contracts"][0]
        assert (seen["state"], seen["revision"]) == (state.value, REVISION)
    assert len(count) > 60


FILES = frozenset({inspection.Action.SIGN, inspection.Action.ISSUE_RESULT, inspection.Action.NOTIFY_REPAIR})


def paper(client: Client) -> dict[str, Any]:
    return {"document_id": "p1", "title": "x", "sha256": client.put(b"x")}


def test_requests(server_at: Running, people_at: dict[str, Client]) -> None:
    machine, count = inspection.MACHINE, []  # type: ignore[var-annotated]
    for state, wrong in by_state(wrong_steps(machine)).items():
        case_id = new_case(people_at)
        put_contract(server_at, case_id, "CONCLUDED")
        request_id = put_procedures(server_at, case_id, request=state.value)["request"]

        def send(step: Step, case_id: str = case_id, request_id: str = request_id) -> Any:
            _, action, role = step
            client = people_at[role.value]
            payload: dict[str, Any] = {"kind": "inspection.act", "action": action.value, "reason": "理由"}
            if action is inspection.Action.INSPECT:
                payload = {"kind": "inspection.record", "inspected": {"on": "2026-11-24", "result": "passed"}}
            elif action in FILES:
                payload = {"kind": "inspection.sign", "action": action.value, "file": paper(client)}
            return client.operate(request_id, REVISION, {**payload, "case_id": case_id})

        refused_all(machine, wrong, send, count)
        later = people_at["contractor"].send("GET", f"/v1/cases/{case_id}").json()["procedures"]
        found = [r for r in later["inspections"] if r["request_id"] == request_id]
        assert [r["state"] for r in found] == [state.value]
    assert len(count) > 60


def test_invoices(server_at: Running, people_at: dict[str, Client]) -> None:
    machine, count = invoice.INVOICE_MACHINE, []  # type: ignore[var-annotated]
    for state, wrong in by_state(wrong_steps(machine)).items():
        case_id = new_case(people_at)
        put_contract(server_at, case_id, "CONCLUDED")
        invoice_id = put_procedures(server_at, case_id, invoice=state.value)["invoice"]

        def send(step: Step, case_id: str = case_id, invoice_id: str = invoice_id) -> Any:
            _, action, side = step
            client = people_at[side.value]
            payload: dict[str, Any] = {"kind": "invoice.act", "action": action.value, "reason": "理由"}
            if action is invoice.InvoiceAction.SIGN:
                payload = {"kind": "invoice.sign", "file": paper(client)}
            return client.operate(invoice_id, REVISION, {**payload, "case_id": case_id})

        hidden = state in (invoice.InvoiceState.DRAFT, invoice.InvoiceState.SIGNED)
        # What the firm has not sent is not there for the body; a file that is none is told before its moment.
        asked = [s for s in wrong if not (hidden and s[2].value == "officer")]
        refused_all(machine, [s for s in asked if s[1] is not invoice.InvoiceAction.SIGN], send, count)
        later = people_at["contractor"].send("GET", f"/v1/cases/{case_id}").json()["procedures"]
        assert [i["state"] for i in later["invoices"]] == [state.value]
    assert len(count) > 15


def test_handovers(server_at: Running, people_at: dict[str, Client]) -> None:
    machine, count = handover.MACHINE, []  # type: ignore[var-annotated]
    for state, wrong in by_state(wrong_steps(machine)).items():
        case_id = new_case(people_at)
        put_contract(server_at, case_id, "CONCLUDED")
        note_id = put_procedures(server_at, case_id, note=state.value)["note"]

        def send(step: Step, case_id: str = case_id, note_id: str = note_id) -> Any:
            _, action, role = step
            client = people_at[role.value]
            payload: dict[str, Any] = {"kind": "handover.answer", "action": action.value, "reason": "理由"}
            if action is handover.Action.SUBMIT:
                payload = {"kind": "handover.submit", "file": paper(client)}
            return client.operate(note_id, REVISION, {**payload, "case_id": case_id})

        refused_all(machine, wrong, send, count)
    assert len(count) >= 6


def test_registrations(server_at: Running, people_at: dict[str, Client]) -> None:
    machine, count = registration.MACHINE, []  # type: ignore[var-annotated]
    of_body = (
        registration.Action.APPROVE,
        registration.Action.RETURN,
        registration.Action.APPROVE_RENEWAL,
        registration.Action.RETURN_RENEWAL,
    )
    steps = [step for step in wrong_steps(machine) if step[1] in of_body]
    for state, wrong in by_state(steps).items():
        user_id = put_account(server_at, state.value, people.OFFICER.organization_id)

        def send(step: Step, user_id: str = user_id) -> Any:
            payload = {"kind": "registration.act", "action": step[1].value, "reason": "理由"}
            return people_at["officer"].operate(user_id, REVISION, payload)

        refused_all(machine, wrong, send, count)
    assert len(count) >= 12


def test_delegations(people_at: dict[str, Client]) -> None:
    """Ended ones: nothing goes on from there."""
    client = people_at["contractor"]
    reach = {"works": ["invoice"], "first_day": "2020-01-01", "last_day": "2099-12-31", "body_ids": None}
    delegation_id = uuid4().hex
    propose = {"kind": "delegation.propose", "agent_id": people.AGENT.user_id, "reach": reach}
    assert client.operate(delegation_id, 0, propose).ok
    decline = {"kind": "delegation.act", "action": "decline", "reason": "取りやめ"}
    ended = client.operate(delegation_id, 1, decline)
    assert ended.ok, ended.text
    revision = ended.json()["delegation"]["revision"]
    for action in (delegation.Action.DECLINE, delegation.Action.REVOKE):
        again = client.operate(
            delegation_id, revision, {"kind": "delegation.act", "action": action.value, "reason": "x"}
        )
        assert again.json()["error"]["code"] == "ED-RULE-6001", again.text
