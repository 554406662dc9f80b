"""Every route and every kind of operation × every role. The rows are taken from the program's own routes and messages: a new one
without a row here fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args
from uuid import uuid4

import pytest
import requests

from econtract_core.messages.cases import Operation
from tests.fakes.server_bench import Client, Pki, Running, registration, running_server

NOBODY, STRANGER, CONTRACTOR, PARTNER, OFFICER, RIVAL, INSPECTOR = (
    "nobody",  # no session
    "stranger",  # a good card without an account
    "contractor",
    "partner",  # another firm
    "officer",
    "rival",  # an officer of another body
    "inspector",
)
ROLES = (NOBODY, STRANGER, CONTRACTOR, PARTNER, OFFICER, RIVAL, INSPECTOR)
WITH_ACCOUNT = frozenset({CONTRACTOR, PARTNER, OFFICER, RIVAL, INSPECTOR})
OF_THE_CASE = frozenset({CONTRACTOR, OFFICER, INSPECTOR})
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
    ("GET", "/v1/cases"): WITH_ACCOUNT,
    ("GET", "/v1/cases/{case_id}"): OF_THE_CASE,
    ("GET", "/v1/cases/{case_id}/files/{sha256}"): frozenset(),  # there is none yet
    ("POST", "/v1/ops"): WITH_ACCOUNT,
    ("HEAD", "/v1/blobs/{sha256}"): frozenset(),  # nobody has sent it
    ("PUT", "/v1/blobs/{sha256}"): WITH_ACCOUNT,
    ("GET", "/v1/contracts/{contract_id}/files/{sha256}"): frozenset(),
}

PAPER = {"document_id": "p1", "title": "x", "sha256": ZERO}
CLAIM = {"completed_on": "2026-11-24"}
BODY, FIRM, INSPECTORS = frozenset({OFFICER}), frozenset({CONTRACTOR}), frozenset({INSPECTOR})
BOTH = BODY | FIRM
ANY_BODY = frozenset({OFFICER, RIVAL})  # registering needs no case


@dataclass(frozen=True)
class Row:
    """`may`: who is not refused for who they are; what else stands in the way (the state, a missing file) is another question.
    `target`: "new", "case" or "contract"."""

    may: frozenset[str]
    payload: dict[str, Any]
    target: str = "new"


def _acts(may: frozenset[str], **more: Any) -> Row:
    return Row(may, {"reason": "x", **more}, "contract")


OPERATIONS: dict[str, list[Row]] = {
    "case.register": [Row(ANY_BODY, registration())],
    "case.contacts": [Row(BOTH, {"contacts": []}, "case")],
    "contract.begin": [Row(BODY, {"contract_kind": "change"})],
    "contract.correct": [Row(BODY, {"corrects_id": "CONTRACT"})],
    "contract.offer": [Row(BODY, {"files": [{"document_id": "d1", "title": "x", "sha256": ZERO}]}, "contract")],
    "contract.act": [
        _acts(frozenset(), action="conclude"),
        _acts(FIRM, action="review"),
        _acts(FIRM, action="return"),
        _acts(FIRM, action="submit"),
        _acts(BODY, action="withdraw"),
        _acts(BODY, action="send_back"),
        _acts(BODY, action="move_to_paper"),
        _acts(BOTH, action="terminate"),
    ],
    "contract.sign": [
        Row(FIRM, {"action": "sign", "files": {"d1": ZERO}}, "contract"),
        Row(BODY, {"action": "countersign", "files": {"d1": ZERO}}, "contract"),
    ],
    "inspection.begin": [Row(FIRM, {"inspection_kind": "completion", "claim": CLAIM})],
    "inspection.amend": [Row(FIRM, {"claim": CLAIM}, "contract")],
    "inspection.act": [Row(BOTH, {"action": "submit"}, "contract")],
    "inspection.sign": [Row(BOTH, {"action": "sign", "file": PAPER}, "contract")],
    "inspection.record": [Row(BOTH | INSPECTORS, {"inspected": {"on": "2026-11-24", "result": "passed"}}, "contract")],
    "handover.submit": [Row(BOTH, {"file": PAPER}, "contract")],
    "handover.answer": [Row(BOTH, {"action": "accept"}, "contract")],
    "guarantee.add": [Row(FIRM, {"guarantee_kind": "advance", "amount": 1})],
    "guarantee.confirm": [Row(BODY, {}, "contract")],
    "invoice.draft": [Row(FIRM, {"invoice_kind": "advance", "amount": 1})],
    "invoice.amend": [Row(FIRM, {"amount": 1}, "contract")],
    "invoice.sign": [Row(BOTH, {"file": PAPER}, "contract")],
    "invoice.act": [Row(BOTH, {"action": "submit"}, "contract")],
}
Clients = dict[str, Client]


@pytest.fixture(scope="module")
def running(server_pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all of them; each test has a case of its own."""
    with running_server(server_pki, tmp_path_factory.mktemp("matrix")) as server:
        yield server


@pytest.fixture(scope="module")
def clients(running: Running, server_pki: Pki) -> Clients:
    return {role: running.client(server_pki.cards[role] if role in WITH_ACCOUNT else None) for role in ROLES}


@pytest.fixture
def case_id(clients: Clients) -> str:
    return clients[OFFICER].register(number=uuid4().hex)


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
    client = clients[role] if "/auth/log" not in path and "challenge" not in path else _before_log_in(clients[role])
    answer = client.send(method, place, **({"data": b"x"} if method in ("POST", "PUT") else {}))
    let_in = answer.status_code not in DENIED
    assert let_in == (role in ROUTES[method, path]), f"{answer.status_code} {answer.text[:200]}"
    if not let_in and role not in WITH_ACCOUNT:
        assert answer.status_code == 401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", OPERATIONS)
def test_operations(clients: Clients, case_id: str, role: str, kind: str) -> None:
    for row in OPERATIONS[kind]:
        answer = _try(clients[role], case_id, kind, row)
        refused = answer.status_code in (401, 403) or (role not in OF_THE_CASE and answer.status_code == 404)
        assert refused == (role not in row.may), f"{row.payload} {answer.status_code} {answer.text[:300]}"
        if role not in WITH_ACCOUNT:
            assert answer.status_code == 401


def _before_log_in(client: Client) -> Client:
    """A client of its own: a session that is ended, or a proof of one, would be in the way."""
    fresh = client.running.client()
    if client.token:
        fresh.token, fresh.device = "", client.device
    return fresh


def _try(client: Client, case_id: str, kind: str, row: Row) -> requests.Response:
    contract = f"{case_id}-C0"
    object_id = {"new": uuid4().hex, "case": case_id, "contract": contract}[row.target]
    replaced: Callable[[Any], Any] = lambda value: contract if value == "CONTRACT" else value  # noqa: E731
    payload = {name: replaced(value) for name, value in row.payload.items()}
    if not kind.startswith(("case.", "contract.")) or kind == "contract.begin":
        payload["case_id"] = case_id
    if kind == "case.register":
        payload["number"] = uuid4().hex
    return client.operate(object_id, 1 if row.target == "case" else 0, {**payload, "kind": kind})
