"""Every route and every kind of operation × every role. The rows are taken from the program's own routes and messages: a new one
without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args
from uuid import uuid4

import pytest
import requests

from econtract_core.messages.cases import Operation
from econtract_core.rules import inspection, invoice, registration
from econtract_core.rules.contract import Side
from econtract_core.rules.machine import Machine
from econtract_practice import people
from tests.fakes import server_bench as bench
from tests.fakes.case_in_state import REVISION, put_account, put_contract, put_procedures
from tests.fakes.server_bench import Client, Pki, Running, running_server

NOBODY, STRANGER, CONTRACTOR, VENTURER, AGENT, OUTSIDE, PARTNER, OFFICER, RIVAL, INSPECTOR = (
    "nobody",  # no session
    "stranger",  # a good card without an account
    "contractor",  # the representative of the joint venture's lead
    "venturer",  # of another member of the joint venture
    "agent",  # of the lead, within a delegation
    "sub_agent",  # of the lead; the delegation does not reach this case
    "partner",  # another firm
    "officer",
    "rival",  # an officer of another body
    "inspector",
)
ROLES = (NOBODY, STRANGER, CONTRACTOR, VENTURER, AGENT, OUTSIDE, PARTNER, OFFICER, RIVAL, INSPECTOR)
WITH_ACCOUNT = frozenset(ROLES) - {NOBODY, STRANGER}
OF_THE_CASE = frozenset({CONTRACTOR, VENTURER, AGENT, OUTSIDE, OFFICER, INSPECTOR})
DENIED = (401, 403, 404)
ZERO = "0" * 64

# method and path → who is let in; {case} is a case of the contractor and the officer
ROUTES: dict[tuple[str, str], frozenset[str]] = {
    ("GET", "/v1/about"): frozenset(ROLES),
    ("POST", "/v1/auth/challenge"): frozenset(ROLES),
    ("POST", "/v1/auth/login"): frozenset(ROLES),  # it refuses by what is in the body
    ("POST", "/v1/auth/logout"): frozenset(),  # only with a session; its own test is in test_login
    ("GET", "/v1/notices"): frozenset(ROLES),  # who sees what of it is in test_notices
    ("GET", "/v1/whoami"): WITH_ACCOUNT,
    ("POST", "/v1/door"): frozenset(ROLES),  # these four refuse by the card's proof; whose is in test_registration
    ("POST", "/v1/registrations"): frozenset(ROLES),
    ("POST", "/v1/registrations/undo"): frozenset(ROLES),
    ("POST", "/v1/renewals"): frozenset(ROLES),
    ("GET", "/v1/registrations"): WITH_ACCOUNT,
    ("GET", "/v1/account"): WITH_ACCOUNT,
    ("GET", "/v1/cases"): WITH_ACCOUNT,
    ("GET", "/v1/cases/{case_id}"): OF_THE_CASE,
    ("GET", "/v1/cases/{case_id}/mails"): OF_THE_CASE,
    ("GET", "/v1/cases/{case_id}/files/{sha256}"): frozenset(),  # there is none yet
    ("GET", "/v1/delegations"): WITH_ACCOUNT,  # whose is in test_delegations
    ("POST", "/v1/ops"): WITH_ACCOUNT,
    ("HEAD", "/v1/blobs/{sha256}"): frozenset(),  # nobody has sent it
    ("PUT", "/v1/blobs/{sha256}"): WITH_ACCOUNT,
    ("GET", "/v1/contracts/{contract_id}/files/{sha256}"): frozenset(),
}
# A session, or a proof of one, would be in the way.
BEFORE_LOG_IN = {
    ("POST", path)
    for path in (
        "/v1/auth/challenge",
        "/v1/auth/login",
        "/v1/auth/logout",
        "/v1/door",
        "/v1/registrations",
        "/v1/registrations/undo",
        "/v1/renewals",
    )
}

PAPER = {"document_id": "p1", "title": "x", "sha256": ZERO}
CLAIM = {"completed_on": "2026-11-24"}
REACH = {
    "works": ["contract", "unit_price", "inspection", "invoice"],
    "first_day": "2020-01-01",
    "last_day": "2099-12-31",
    "body_ids": None,
}
BODY, FIRM, INSPECTORS = frozenset({OFFICER}), frozenset({CONTRACTOR, AGENT}), frozenset({INSPECTOR})
FIRMS = FIRM | {VENTURER}  # every member of the joint venture signs and gives back, the lead does what comes after
BOTH = BODY | FIRM
ANY_BODY = frozenset({OFFICER, RIVAL})  # registering needs no case


@dataclass(frozen=True)
class Row:
    """`may`: who is not refused for who they are; what else stands in the way (a missing file, a guarantee) is another question.
    `target`: "new", "case", "delegation", "account", or "contract", "request", "note", "guarantee", "invoice", put in the state `at`."""

    may: frozenset[str]
    payload: dict[str, Any]
    target: str = "new"
    at: str = ""


def _contract(may: frozenset[str], action: str, at: str) -> Row:
    return Row(may, {"action": action, "reason": "x"}, "contract", at)


_BY_ROLE = {
    inspection.Role.CONTRACTOR: FIRM,
    inspection.Role.OFFICER: BODY,
    inspection.Role.INSPECTOR: INSPECTORS,
    Side.CONTRACTOR: FIRM,
    Side.OFFICER: BODY,
}


def _table(machine: Machine[Any, Any, Any], target: str, files: frozenset[str], only: frozenset[str]) -> list[Row]:
    """A machine's rows as operations: who its table names may, in a state it names. `files`: actions that bring one."""
    found = []
    for action, step in machine.rows.items():
        may = frozenset().union(*(_BY_ROLE[side] for side in step.sides))
        payload = {"file": PAPER} if action in files else {"reason": "x"}
        if action in only:
            found.append(Row(may, {**payload, "action": action.value}, target, sorted(step.sources)[0].value))
    return found


_REQUEST_FILES = frozenset({inspection.Action.SIGN, inspection.Action.ISSUE_RESULT, inspection.Action.NOTIFY_REPAIR})
_REQUEST_ACTS = frozenset(inspection.Action) - _REQUEST_FILES - {inspection.Action.INSPECT}
_INVOICE_ACTS = frozenset(invoice.InvoiceAction) - {invoice.InvoiceAction.SIGN}

OPERATIONS: dict[str, list[Row]] = {
    "case.register": [Row(ANY_BODY, bench.registration())],
    "case.contacts": [Row(BODY | FIRMS, {"contacts": []}, "case")],
    "contract.begin": [Row(BODY, {"contract_kind": "change"})],
    "contract.correct": [Row(BODY, {"corrects_id": "CONTRACT"})],
    "contract.offer": [Row(BODY, {"files": [{"document_id": "d1", "title": "x", "sha256": ZERO}]}, "contract")],
    "contract.act": [
        _contract(frozenset(), "conclude", "COUNTERSIGNED"),
        _contract(FIRMS, "review", "OFFERED"),
        _contract(FIRMS, "return", "UNDER_REVIEW"),
        _contract(FIRM, "submit", "SIGNING"),
        _contract(BODY, "withdraw", "OFFERED"),
        _contract(BODY, "send_back", "SUBMITTED"),
        _contract(BODY, "move_to_paper", "OFFERED"),
        _contract(BOTH, "terminate", "CONCLUDED"),
    ],
    "contract.sign": [
        Row(FIRMS, {"action": "sign", "files": {"d1": ZERO}}, "contract", "UNDER_REVIEW"),
        Row(BODY, {"action": "countersign", "files": {"d1": ZERO}}, "contract", "SUBMITTED"),
    ],
    "inspection.begin": [Row(FIRM, {"inspection_kind": "completion", "claim": CLAIM})],
    "inspection.amend": [Row(FIRM, {"claim": CLAIM}, "request", "DRAFT")],
    "inspection.act": _table(inspection.MACHINE, "request", frozenset(), _REQUEST_ACTS),
    "inspection.sign": _table(inspection.MACHINE, "request", _REQUEST_FILES, _REQUEST_FILES),
    "inspection.record": [
        Row(INSPECTORS, {"inspected": {"on": "2026-11-24", "result": "passed"}}, "request", "RECEIVED")
    ],
    "handover.submit": [Row(FIRM, {"file": PAPER}, "note", "RETURNED")],
    "handover.answer": [
        Row(BODY, {"action": action, "reason": "x"}, "note", "SUBMITTED") for action in ("accept", "return")
    ],
    "guarantee.add": [Row(FIRM, {"guarantee_kind": "advance", "amount": 1})],
    "guarantee.confirm": [Row(BODY, {}, "guarantee")],
    "invoice.draft": [Row(FIRM, {"invoice_kind": "advance", "amount": 1})],
    "invoice.amend": [Row(FIRM, {"amount": 1}, "invoice", "DRAFT")],
    "invoice.sign": [Row(FIRM, {"file": PAPER}, "invoice", "DRAFT")],
    "invoice.act": _table(invoice.INVOICE_MACHINE, "invoice", frozenset(), _INVOICE_ACTS),
    "delegation.propose": [
        Row(frozenset({CONTRACTOR, AGENT}), {"agent_id": people.AGENT.user_id, "reach": REACH}),
        Row(frozenset({CONTRACTOR, OUTSIDE}), {"agent_id": people.SUB_AGENT.user_id, "reach": REACH}),
        Row(frozenset({VENTURER}), {"agent_id": bench.VENTURER.user_id, "reach": REACH}),
    ],
    "delegation.act": [
        Row(frozenset({AGENT}), {"action": "accept"}, "delegation"),
        Row(frozenset({CONTRACTOR, AGENT}), {"action": "decline", "reason": "x"}, "delegation"),
        Row(frozenset({CONTRACTOR}), {"action": "revoke", "reason": "x"}, "delegation"),
        Row(frozenset({AGENT}), {"action": "resign", "reason": "x"}, "delegation"),
    ],
    "registration.act": [
        Row(BODY, {"action": action.value, "reason": "x"}, "account", at)
        for at, actions in (
            ("APPLIED", (registration.Action.APPROVE, registration.Action.RETURN)),
            ("ACTIVE", (registration.Action.APPROVE_RENEWAL, registration.Action.RETURN_RENEWAL)),
        )
        for action in actions
    ],
}
_ANYWHERE = ("case.", "contract.", "delegation.", "registration.")  # they name no case beside their object
Clients = dict[str, Client]


@pytest.fixture(scope="module")
def running(server_pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all of them; each test has a case of its own."""
    with running_server(server_pki, tmp_path_factory.mktemp("matrix")) as server:
        yield server


@pytest.fixture(scope="module")
def clients(running: Running, server_pki: Pki) -> Clients:
    made = {role: running.client(server_pki.cards[role] if role in WITH_ACCOUNT else None) for role in ROLES}
    elsewhere = {**REACH, "body_ids": [bench.RIVAL.organization_id]}
    for role, user, reach in ((AGENT, people.AGENT, REACH), (OUTSIDE, people.SUB_AGENT, elsewhere)):
        delegation_id = delegated(made[CONTRACTOR], user.user_id, reach)
        answer = made[role].operate(delegation_id, 1, {"kind": "delegation.act", "action": "accept"})
        assert answer.ok, answer.text
    return made


def delegated(representative: Client, agent_id: str, reach: dict[str, Any]) -> str:
    """Offered; the agent has not accepted yet."""
    delegation_id = uuid4().hex
    payload = {"kind": "delegation.propose", "agent_id": agent_id, "reach": reach}
    answer = representative.operate(delegation_id, 0, payload)
    assert answer.ok, answer.text
    return delegation_id


@pytest.fixture
def case_id(clients: Clients) -> str:
    return _case(clients)


def _case(clients: Clients) -> str:
    """Of a joint venture."""
    return clients[OFFICER].register(
        people.CONTRACTOR.organization_id, bench.VENTURER.organization_id, number=uuid4().hex
    )


def test_every_route_has_a_row(running: Running) -> None:
    paths = running.app.openapi()["paths"]
    routes = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert routes == set(ROUTES)


def test_every_kind_of_operation_has_a_row() -> None:
    union = get_args(Operation.model_fields["payload"].annotation)
    kinds = {kind.model_fields["kind"].default for kind in union}
    assert kinds == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("role", ROLES)
def test_routes(clients: Clients, case_id: str, role: str, method: str, path: str) -> None:
    place = path.format(case_id=case_id, contract_id=f"{case_id}-C0", sha256=ZERO)
    client = _before_log_in(clients[role]) if (method, path) in BEFORE_LOG_IN else clients[role]
    answer = client.send(method, place, **({"data": b"x"} if method in ("POST", "PUT") else {}))
    let_in = answer.status_code not in DENIED
    assert let_in == (role in ROUTES[method, path]), f"{answer.status_code} {answer.text[:200]}"
    if not let_in and role not in WITH_ACCOUNT:
        assert answer.status_code == 401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", OPERATIONS)
def test_operations(running: Running, clients: Clients, role: str, kind: str) -> None:
    for row in OPERATIONS[kind]:
        answer = _try(running, clients, role, kind, row)
        nobodys = role in OF_THE_CASE and not kind.startswith(
            "delegation."
        )  # the case's people find what they look for
        refused = answer.status_code in (401, 403) or (not nobodys and answer.status_code == 404)
        assert refused == (role not in row.may), f"{row.payload} {answer.status_code} {answer.text[:300]}"
        if nobodys:
            assert answer.status_code != 404
        if role not in WITH_ACCOUNT:
            assert answer.status_code == 401


def _before_log_in(client: Client) -> Client:
    """A client of its own."""
    fresh = client.running.client()
    if client.token:
        fresh.token, fresh.device = "", client.device
    return fresh


def _try(running: Running, clients: Clients, role: str, kind: str, row: Row) -> requests.Response:
    case_id = _case(clients)
    contract = f"{case_id}-C0"
    objects = {"new": uuid4().hex, "case": case_id, "contract": contract}
    if row.target == "delegation":
        objects["delegation"] = delegated(clients[CONTRACTOR], people.AGENT.user_id, REACH)
    elif row.target == "account":
        objects["account"] = put_account(running, row.at, people.OFFICER.organization_id)
    elif row.target == "contract" and row.at:
        put_contract(running, case_id, row.at)
    elif row.target not in objects:
        put_contract(running, case_id, "CONCLUDED")
        objects |= put_procedures(running, case_id, **({row.target: row.at} if row.at else {}))
    payload: dict[str, Any] = {name: contract if value == "CONTRACT" else value for name, value in row.payload.items()}
    if not kind.startswith(_ANYWHERE) or kind == "contract.begin":
        payload["case_id"] = case_id
    if kind == "case.register":
        payload["number"] = uuid4().hex
    if "file" in payload and role in WITH_ACCOUNT:  # no PDF, but it is there: who may not sign is told first
        payload["file"] = {**PAPER, "sha256": clients[role].put(b"x")}
    revision = 0 if row.target == "new" or (row.target == "contract" and not row.at) else REVISION
    return clients[role].operate(objects[row.target], revision, {**payload, "kind": kind})
