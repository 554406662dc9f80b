"""What every answer has, what no answer and no log line ever has, and TLS."""

from __future__ import annotations

import logging
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from econtract_core.messages.account import About
from tests.fakes.server_bench import Pki, Running, problem_of, running_server


def test_every_answer_says_who_we_are(running: Running, server_pki: Pki) -> None:
    client = running.client()
    about = About.model_validate(client.send("GET", "/v1/about").json())
    for method, path, status in (
        ("GET", "/v1/about", 200),
        ("GET", "/v1/cases", 401),
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/about", 405),
        ("POST", "/v1/auth/login", 422),
    ):
        answer = client.send(method, path)
        assert answer.status_code == status
        assert (answer.headers["Server-Id"], answer.headers["Epoch"]) == (about.server_id, about.epoch)
        assert parsedate_to_datetime(answer.headers["Date"])
        assert status == 200 or answer.json()["error"]["code"].startswith("ED-")


def test_the_identity_outlives_the_program(server_pki: Pki, tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with running_server(server_pki, tmp_path / "central") as running:
            headers = running.client().send("GET", "/v1/about").headers
            seen.append((headers["Server-Id"], headers["Epoch"]))
    with running_server(server_pki, tmp_path / "another") as running:
        headers = running.client().send("GET", "/v1/about").headers
        seen.append((headers["Server-Id"], headers["Epoch"]))
    assert seen[0] == seen[1]
    assert not set(seen[0]) & set(seen[2])


def test_a_wrong_body_is_told_by_its_fields_without_its_values(running: Running) -> None:
    answer = running.client().send("POST", "/v1/auth/login", json={"token": {"signature": "secret-" * 2}})
    assert problem_of(answer) == (422, "ED-RULE-6008")
    assert "body.challenge_id" in answer.json()["error"]["facts"]["field"]
    assert "secret" not in answer.text
    broken = running.client().send("POST", "/v1/auth/login", data=b"{", headers={"Content-Type": "application/json"})
    assert problem_of(broken) == (422, "ED-RULE-6008")


@pytest.mark.expect_log("defect in method=GET path=/v1/cases")
def test_a_defect_stays_inside(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["officer"])
    client.register()
    with running.app.state.office.database.writing() as connection:
        connection.exec_driver_sql("UPDATE contract SET data = '{\"secret\": 1}'")
    answer = client.send("GET", "/v1/cases")
    assert problem_of(answer) == (500, "ED-BUG-9999")
    assert "secret" not in answer.text
    assert "TypeError" not in answer.text
    assert answer.headers["Server-Id"]


def test_one_line_a_request_and_no_secret_in_it(
    running: Running, server_pki: Pki, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = running.client(server_pki.cards["officer"])
    client.register()
    client.send("GET", "/v1/cases/a%0Ab?x=hidden")
    client.send("GET", "/v1/cases/%E2%80%A8")
    lines = [r.getMessage() for r in caplog.records if r.name == "econtract_server"]
    assert [line.split(" ms=")[0] for line in lines] == [
        "request method=POST path=/v1/auth/challenge status=200",
        "request method=POST path=/v1/auth/login status=200",
        "request method=POST path=/v1/ops status=200",
        "request method=GET path=/v1/cases/a%0Ab status=404",
        "request method=GET path=/v1/cases/%E2%80%A8 status=404",
    ]
    assert lines[2].endswith(" user=u-sato")
    said = "\n".join(r.getMessage() for r in caplog.records)
    for secret in (client.token, "KEIYAKU-LOGIN", "国道20号"):
        assert secret not in said


def test_the_contract_with_other_programs_is_published(running: Running) -> None:
    document = running.client().send("GET", "/v1/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/about",
        "/v1/auth/challenge",
        "/v1/auth/login",
        "/v1/auth/logout",
        "/v1/whoami",
        "/v1/cases",
        "/v1/cases/{case_id}",
        "/v1/cases/{case_id}/mails",
        "/v1/ops",
        "/v1/blobs/{sha256}",
        "/v1/contracts/{contract_id}/files/{sha256}",
        "/v1/cases/{case_id}/files/{sha256}",
        "/v1/notices",
        "/v1/delegations",
        "/v1/door",
        "/v1/registrations",
        "/v1/registrations/undo",
        "/v1/renewals",
        "/v1/account",
    }
    assert document["paths"]["/v1/ops"]["post"]["security"]
    assert "ErrorAnswer" in document["components"]["schemas"]


def test_plain_http_is_not_spoken(running: Running) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(running.origin.replace("https", "http") + "/v1/about", timeout=10)
