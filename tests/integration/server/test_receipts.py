"""Every operation that is done is answered with the server's sealed word on when it arrived."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from econtract_core.evidence.receipt import read_receipt
from econtract_core.evidence.trust import TrustStore
from econtract_core.messages.cases import Operation, OperationAnswer
from econtract_core.rules.errors import ServerAnswerInvalid
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.ports.http import HttpAnswer
from tests.fakes.key_card import KeyCard
from tests.fakes.server_bench import Pki, Running, registration, running_server
from tests.fakes.store import FakeStore


def operation() -> Operation:
    payload = registration(number=uuid4().hex)
    fields = {"operation_id": uuid4().hex, "object_id": uuid4().hex, "base_revision": 0, "payload": payload}
    return Operation.model_validate(fields)


def test_the_receipt_says_what_arrived_and_when(running: Running, server_pki: Pki) -> None:
    officer, sent = running.client(server_pki.cards["officer"]), operation()
    answer = OperationAnswer.model_validate(officer.send("POST", "/v1/ops", json=sent.model_dump(mode="json")).json())
    assert answer.receipt is not None
    found = read_receipt(answer.receipt, TrustStore.load(server_pki.authority.trust_dir), "127.0.0.1")
    assert found.operation_sha256 == sha256(sent.model_dump_json().encode()).hexdigest()
    assert (found.operation_id, found.object_id, found.kind) == (sent.operation_id, sent.object_id, "case.register")
    assert found.arrived_at == answer.arrived_at
    assert found.certificate_sha256 == sha256(server_pki.cards["officer"].der).hexdigest()
    again = officer.send("POST", "/v1/ops", json=sent.model_dump(mode="json")).json()
    assert again["receipt"] == answer.receipt


def test_a_refusal_is_no_arrival(running: Running, server_pki: Pki) -> None:
    contractor = running.client(server_pki.cards["contractor"])
    answer = contractor.send("POST", "/v1/ops", json=operation().model_dump(mode="json"))
    assert answer.status_code == 403
    assert "receipt" not in answer.text


class Rewriting:
    """The network, with somebody in it who changes what the server says about receipts."""

    def __init__(self, inner: RequestsHttp) -> None:
        self._inner = inner
        self.change = lambda body: body

    def request(self, method: str, url: str, **how: object) -> HttpAnswer:
        answer = self._inner.request(method, url, **how)  # type: ignore[arg-type]
        return HttpAnswer(answer.status, answer.headers, self.change(answer.body)) if url.endswith("/ops") else answer


def test_the_client_takes_no_other(running: Running, server_pki: Pki, tmp_path: Path) -> None:
    http = RequestsHttp(ca_file=running.ca_file)
    network, store = Rewriting(http), FakeStore(tmp_path)
    trust = TrustStore.load(server_pki.authority.trust_dir)
    server = HttpsServer(ServerLine(network, running.origin, store, running.clock.now), lambda: trust)  # type: ignore[arg-type]
    server.log_in(KeyCard(server_pki.cards["officer"]))
    kept = server.operate(operation()).receipt
    assert kept is not None

    def other(body: bytes) -> bytes:
        return OperationAnswer.model_validate_json(body).model_copy(update={"receipt": kept}).model_dump_json().encode()

    def without(body: bytes) -> bytes:
        return OperationAnswer.model_validate_json(body).model_copy(update={"receipt": None}).model_dump_json().encode()

    def broken(body: bytes) -> bytes:
        return body.replace(b'"receipt":"ey', b'"receipt":"eyey')

    for change, problem in ((other, "of something else"), (without, "no proof"), (broken, "proof of arrival")):
        network.change = change  # type: ignore[assignment]
        with pytest.raises(ServerAnswerInvalid) as caught:
            server.operate(operation())
        assert problem in str(caught.value.facts["problem"])
    http.close()


def test_a_server_without_a_seal_says_so(server_pki: Pki, tmp_path: Path) -> None:
    with running_server(server_pki, tmp_path / "central", seal_cert="", seal_key="") as running:
        client = running.client(server_pki.cards["officer"])
        assert client.send("GET", "/v1/about").json()["seals"] is False
        assert client.send("POST", "/v1/ops", json=operation().model_dump(mode="json")).json()["receipt"] is None
