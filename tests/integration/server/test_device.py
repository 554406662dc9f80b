"""Sessions are bound to the PC that logged in (RFC 9449)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from econtract_core.identity.device import DeviceKey
from econtract_core.rules.errors import LoginRequired
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from tests.fakes.key_card import KeyCard
from tests.fakes.server_bench import Client, Pki, Running, problem_of
from tests.fakes.store import FakeStore

LOGIN, REFUSED, UNPROVEN = (401, "ED-AUTH-7001"), (403, "ED-AUTH-7002"), (401, "ED-AUTH-7006")


def test_a_stolen_token_is_of_no_use(running: Running, server_pki: Pki) -> None:
    owner, thief = running.client(server_pki.cards["contractor"]), running.client()
    thief.token = owner.token
    assert problem_of(thief.send("GET", "/v1/cases")) == LOGIN
    assert thief.send("POST", "/v1/auth/logout").status_code == 204  # and it cannot end the session either
    assert owner.send("GET", "/v1/cases").ok


def test_a_token_without_a_proof_is_of_no_use(running: Running, server_pki: Pki) -> None:
    owner = running.client(server_pki.cards["contractor"])
    answer = owner.send("GET", "/v1/cases", headers={"DPoP": None})
    assert problem_of(answer) == UNPROVEN
    assert answer.headers["WWW-Authenticate"] == 'DPoP error="invalid_dpop_proof"'
    assert problem_of(owner.send("GET", "/v1/cases", headers={"Authorization": f"Bearer {owner.token}"})) == LOGIN


def test_a_challenge_is_for_the_pc_that_asked(running: Running, server_pki: Pki) -> None:
    asked, relay = running.client(), running.client()
    challenge = asked.challenge()
    assert problem_of(relay.log_in(server_pki.cards["contractor"], challenge=challenge)) == REFUSED
    assert problem_of(asked.log_in(server_pki.cards["contractor"], challenge=challenge)) == REFUSED  # used up


def _proof(client: Client, method: str, path: str, ahead: timedelta = timedelta(0)) -> dict[str, str]:
    at = client.running.clock.now() + ahead
    return {"DPoP": client.device.proof(method, client.running.origin + path, at, client.token)}


def test_what_changes_something_needs_a_proof_of_its_own(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["contractor"])
    proof = _proof(client, "POST", "/v1/auth/logout")
    other = running.client(server_pki.cards["contractor"])
    other.device = client.device
    assert client.send("POST", "/v1/auth/logout", headers=proof).status_code == 204
    again = client.send("POST", "/v1/auth/logout", headers=proof)
    assert problem_of(again) == UNPROVEN
    assert again.json()["error"]["facts"]["problem"] == "came before"


def test_a_proof_is_for_one_address_and_one_minute(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["contractor"])
    for proof, problem in (
        (_proof(client, "GET", "/v1/whoami"), "another request"),
        (_proof(client, "GET", "/v1/cases", timedelta(seconds=-90)), "clock"),
    ):
        answer = client.send("GET", "/v1/cases", headers=proof)
        assert problem_of(answer) == UNPROVEN
        assert answer.json()["error"]["facts"]["problem"] == problem


def test_a_pc_whose_clock_is_wrong_can_work(running: Running, server_pki: Pki, tmp_path: Path) -> None:
    """Its proofs carry the server's time; where the clocks part later, it looks again."""
    wrong = timedelta(days=-400)
    store, http = FakeStore(tmp_path), RequestsHttp(ca_file=running.ca_file)

    def clock() -> datetime:
        return running.clock.now() + wrong

    server = HttpsServer(ServerLine(http, running.origin, store, clock))
    server.log_in(KeyCard(server_pki.cards["contractor"]))
    wrong = timedelta(hours=3)
    assert server.cases() == ()
    file = tmp_path / "file"
    file.write_bytes(b"x")
    wrong = timedelta(hours=-3)
    server.upload(file, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")
    http.close()


def test_a_session_outlives_the_program_and_not_the_key(running: Running, server_pki: Pki, tmp_path: Path) -> None:
    store, http = FakeStore(tmp_path), RequestsHttp(ca_file=running.ca_file)
    HttpsServer(ServerLine(http, running.origin, store, running.clock.now)).log_in(
        KeyCard(server_pki.cards["contractor"])
    )
    assert HttpsServer(ServerLine(http, running.origin, store, running.clock.now)).cases() == ()
    store.keep_setting("device-key", DeviceKey.new().kept())
    with pytest.raises(LoginRequired):
        HttpsServer(ServerLine(http, running.origin, store, running.clock.now)).cases()
    http.close()
