"""HttpsServer over an API in memory: whom it trusts, what it sends when, and how it takes what comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from econtract_core.messages.account import LoginAnswer
from econtract_core.messages.cases import Operation, SetContacts
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import (
    EcontractError,
    LoginRefused,
    LoginRequired,
    NotFound,
    ServerAnswerInvalid,
    ServerBusy,
    ServerChanged,
    ServerNotTrusted,
    ServerUnreachable,
    UsageError,
)
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.ports.http import HttpAnswer
from tests.fakes.central import Central, FakePerson
from tests.fakes.clock import FakeClock
from tests.fakes.http import FakeHttp, Sent
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import issue, make_authority
from tests.fakes.store import FakeStore
from tests.fakes.wire import Wire

_ORIGIN = "https://server.test"
_IDENTITY = {"Server-Id": "wire", "Epoch": "1"}


@dataclass
class Bench:
    wire: Wire
    http: FakeHttp
    profile: FakeStore
    card: KeyCard

    def server(self, origin: str = _ORIGIN) -> HttpsServer:
        return HttpsServer(ServerLine(self.http, origin, self.profile))

    def logged_in(self) -> HttpsServer:
        server = self.server()
        server.log_in(self.card)
        self.http.sent.clear()
        return server

    def plan(self, method: str, path: str, answer: HttpAnswer | EcontractError) -> None:
        self.http.site[(method, _ORIGIN + path)] = answer

    @property
    def asked(self) -> list[str]:
        return [f"{sent.method} {sent.url.removeprefix(_ORIGIN)}" for sent in self.http.sent]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    card = KeyCard(issue(make_authority(), "佐藤 花子"))
    person = FakePerson(
        "u-sato", "佐藤 花子", "o-kanto", "関東地方整備局", Side.OFFICER, card.certificate.sha256, role="officer"
    )
    clock = FakeClock()
    wire = Wire(Central((person,), clock), _ORIGIN, clock)
    return Bench(wire, FakeHttp(others=wire.answer), FakeStore(tmp_path), card)


def _operation() -> Operation:
    return Operation(operation_id="op1", object_id="c1", base_revision=3, payload=SetContacts(contacts=()))


# --- whom it trusts


@pytest.mark.parametrize(
    ("origin", "kind"), [("http://server.test", ServerNotTrusted), ("https://server.test/v1", UsageError)]
)
def test_only_an_https_origin_is_a_server(bench: Bench, origin: str, kind: type[EcontractError]) -> None:
    with pytest.raises(kind):
        bench.server(origin)


def test_nothing_is_sent_before_the_first_call(bench: Bench) -> None:
    bench.server()
    assert bench.asked == []


def test_a_server_is_met_before_anything_that_matters_is_sent(bench: Bench) -> None:
    bench.logged_in()
    server = bench.server()  # the next start of the program
    server.cases()
    assert bench.asked == ["GET /v1/about", "GET /v1/cases"]
    assert "Authorization" not in bench.http.sent[0].headers
    server.who()
    assert bench.asked[2:] == ["GET /v1/whoami"]


@pytest.mark.parametrize("change", [{"server_id": "another"}, {"epoch": "2"}])
def test_another_server_at_this_address_gets_nothing(bench: Bench, change: dict[str, str]) -> None:
    bench.logged_in()
    session = bench.profile.setting("session")
    for name, value in change.items():
        setattr(bench.wire, name, value)
    server = bench.server()
    for call in (server.cases, server.about, lambda: server.operate(_operation()), lambda: server.log_in(bench.card)):
        with pytest.raises(ServerChanged):
            call()
    assert set(bench.asked) == {"GET /v1/about"}
    assert bench.profile.setting("session") == session
    assert not [sent for sent in bench.http.sent if "Authorization" in sent.headers]


def test_a_server_that_changes_while_we_talk_is_noticed(bench: Bench) -> None:
    server = bench.logged_in()
    server.cases()
    bench.wire.epoch = "2"
    with pytest.raises(ServerChanged) as caught:
        server.cases()
    assert caught.value.facts == {"expected": "wire/1", "found": "wire/2"}
    with pytest.raises(ServerChanged):
        server.cases()
    assert bench.asked[-1] == "GET /v1/about"  # nothing more is sent to it


def test_when_the_server_is_itself_again_work_goes_on(bench: Bench) -> None:
    server = bench.logged_in()
    bench.wire.epoch = "2"
    with pytest.raises(ServerChanged):
        server.cases()
    bench.wire.epoch = "1"
    assert server.cases() == ()


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(200, {"Content-Type": "text/html"}, b"<html>please log in to the hotel</html>"),
        HttpAnswer(200, {"Server-Id": "wire"}, b"{}"),
        HttpAnswer(302, {"Location": "https://portal.test/"}, b""),
        HttpAnswer(403, {}, b"blocked by the proxy"),
    ],
)
def test_who_does_not_say_who_he_is_is_not_the_server(bench: Bench, answer: HttpAnswer) -> None:
    bench.plan("GET", "/v1/about", answer)
    with pytest.raises(ServerAnswerInvalid):
        bench.server().about()
    assert bench.profile.setting("server") is None


def test_a_server_of_another_protocol_is_refused(bench: Bench) -> None:
    about = json.loads(bench.wire.answer(Sent("GET", _ORIGIN + "/v1/about", {}, b"")).body) | {"protocol": 2}
    headers = _IDENTITY | {"Content-Type": "application/json"}
    bench.plan("GET", "/v1/about", HttpAnswer(200, headers, json.dumps(about).encode()))
    with pytest.raises(ServerAnswerInvalid):
        bench.server().about()


# --- the session


def test_a_session_lasts_from_one_start_to_the_next(bench: Bench) -> None:
    bench.logged_in()
    assert bench.server().who().user_id == "u-sato"


def test_a_session_is_for_the_address_that_gave_it(bench: Bench) -> None:
    bench.logged_in()
    with pytest.raises(LoginRequired):
        bench.server("https://other.test").who()
    assert bench.asked == []


def test_an_ended_session_is_forgotten(bench: Bench) -> None:
    server = bench.logged_in()
    bench.wire.sessions.clear()
    with pytest.raises(LoginRequired):
        server.who()
    assert bench.profile.setting("session") is None
    bench.http.sent.clear()
    with pytest.raises(LoginRequired):
        server.who()
    assert bench.asked == []


def test_the_session_another_thread_has_just_begun_is_kept(bench: Bench) -> None:
    server = bench.logged_in()
    fresh = json.dumps({"origin": _ORIGIN, "token": "the-new-session-token"})

    def meanwhile(sent: Sent) -> HttpAnswer:
        bench.profile.keep_setting("session", fresh)
        return HttpAnswer(401, dict(_IDENTITY), b"")

    bench.http.site[("GET", _ORIGIN + "/v1/whoami")] = meanwhile
    with pytest.raises(LoginRequired):
        server.who()
    assert bench.profile.setting("session") == fresh


def test_logging_out_without_a_network_forgets_the_session_here(bench: Bench) -> None:
    server = bench.logged_in()
    bench.plan("POST", "/v1/auth/logout", ServerUnreachable(host="server.test", problem="refused"))
    server.log_out()
    assert bench.profile.setting("session") is None


def test_logging_out_ends_the_session_there(bench: Bench) -> None:
    server = bench.logged_in()
    server.log_out()
    assert bench.wire.sessions == {}


def test_a_refused_log_in_leaves_no_session(bench: Bench) -> None:
    other = HttpsServer(
        ServerLine(bench.http, "https://other.test", bench.profile)
    )  # a relay: our card signs for its own address
    with pytest.raises(LoginRefused):
        other.log_in(bench.card)
    assert bench.profile.setting("session") is None


@pytest.mark.parametrize("token", ["", "short", "with space in the token", "line\r\nInjected: header", "x" * 600])
def test_a_session_token_that_is_none_is_not_kept(bench: Bench, token: str) -> None:
    def altered(sent: Sent) -> HttpAnswer:
        answer = bench.wire.answer(sent)
        said = LoginAnswer.model_validate_json(answer.body).model_copy(update={"session_token": token})
        return HttpAnswer(200, answer.headers, said.model_dump_json().encode())

    bench.http.site[("POST", _ORIGIN + "/v1/auth/login")] = altered
    with pytest.raises(ServerAnswerInvalid):
        bench.server().log_in(bench.card)
    assert bench.profile.setting("session") is None


# --- operations and files


def test_an_operation_carries_its_key_and_its_base(bench: Bench) -> None:
    server = bench.logged_in()
    with pytest.raises(EcontractError):
        server.operate(_operation())
    (sent,) = bench.http.sent
    assert (sent.headers["Idempotency-Key"], sent.headers["If-Match"]) == ('"op1"', '"3"')
    assert sent.headers["Content-Type"] == "application/json"
    assert Operation.model_validate_json(sent.body) == _operation()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_that_cannot_now_is_busy(bench: Bench, status: int) -> None:
    server = bench.logged_in()
    for headers in ({"Retry-After": "9"}, {"Retry-After": "9", **_IDENTITY}):
        if status == 429 and len(headers) == 1:
            continue  # only a gateway may speak without saying who it is, and only of its own faults
        bench.plan("POST", "/v1/ops", HttpAnswer(status, headers, b""))
        with pytest.raises(ServerBusy) as caught:
            server.operate(_operation())
        assert caught.value.facts["retry_after"] == 9


def test_a_file_that_is_there_is_not_sent_again(bench: Bench, tmp_path: Path) -> None:
    server = bench.logged_in()
    (tmp_path / "f").write_bytes(b"bytes")
    digest = sha256(b"bytes").hexdigest()
    server.upload(tmp_path / "f", digest)
    server.upload(tmp_path / "f", digest)
    blob = f"/v1/blobs/{digest}"
    assert bench.asked == [f"HEAD {blob}", f"PUT {blob}", f"HEAD {blob}"]
    assert bench.wire.answer(bench.http.sent[0]).status == 200


def test_a_file_is_not_sent_without_a_session(bench: Bench, tmp_path: Path) -> None:
    server = bench.logged_in()
    bench.wire.sessions.clear()
    (tmp_path / "f").write_bytes(b"bytes")
    with pytest.raises(LoginRequired):
        server.upload(tmp_path / "f", sha256(b"bytes").hexdigest())
    assert [sent.method for sent in bench.http.sent] == ["HEAD"]
    assert bench.profile.setting("session") is None


@pytest.mark.parametrize("name", ["", "..", "../auth/logout", "a?x", "a#x", "a%2Fb", "国道20号", "x" * 65])
def test_no_identifier_leaves_its_place_in_the_address(bench: Bench, tmp_path: Path, name: str) -> None:
    server = bench.logged_in()
    with pytest.raises(NotFound):
        server.case(name)
    with pytest.raises(NotFound):
        server.download(name, "0" * 64, tmp_path / "x")
    assert bench.asked == []
