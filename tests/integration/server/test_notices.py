"""What the operator tells, by the server's own command line, and who sees it; what an open window stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from econtract_core.rules.errors import NotFound
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.notices import HttpsNotices
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.read_notices import ReadNotices
from econtract_practice.people import OFFICER
from econtract_server import app as program
from econtract_server.__main__ import main
from tests.fakes.clock import FakeClock
from tests.fakes.documents import plain
from tests.fakes.key_card import KeyCard
from tests.fakes.server_bench import Client, Pki, Running, problem_of, registration
from tests.fakes.store import FakeStore

Operate = Callable[..., dict[str, Any]]


@pytest.fixture
def operate(running: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operate:
    """`econtract-server operator … --json`: what it prints, and fails where its status is not `status`."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps(asdict(running.config)), encoding="utf-8")

    def run(*arguments: str, status: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["operator", *arguments, "--config", str(file), "--json"]) == status
        return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]

    return run


def _in(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def _window(operate: Operate, begins: float, ends: float, function: str = "SYSTEM") -> str:
    times = ("--begins", _in(begins), "--ends", _in(ends))
    added = operate("maintenance", "add", "--title", "保守作業", "--function", function, *times)
    return str(added["entries"][0]["bulletin_id"])


def _titles(client: Client, part: str = "notices") -> set[str]:
    answer = client.send("GET", "/v1/notices")
    assert answer.ok, answer.text
    return {entry["title"]["ja"] for entry in answer.json()[part]}


def test_each_sees_what_is_meant_for_them(running: Running, operate: Operate, server_pki: Pki) -> None:
    for title, *more in (
        ("皆", "--for", "all"),
        ("受注者", "--for", "contractors"),
        ("発注者", "--for", "officers"),
        ("関東", "--for", "body", "--organization-id", OFFICER.organization_id),
        ("明日", "--begins", _in(24)),
        ("昨日", "--begins", _in(-48), "--ends", _in(-24)),
    ):
        operate("notice", "add", "--title", title, *more)
    seen = {who: _titles(running.client(server_pki.cards[who])) for who in ("contractor", "officer", "rival")}
    assert seen == {"contractor": {"皆", "受注者"}, "officer": {"皆", "発注者", "関東"}, "rival": {"皆", "発注者"}}
    assert _titles(running.client()) == {"皆"}
    assert len(operate("notice", "list")["entries"]) == 6  # the operator sees what is over too


def test_a_session_that_does_not_hold_is_no_anonymous_one(running: Running, operate: Operate) -> None:
    client = running.client()
    client.token = "x" * 43
    assert client.send("GET", "/v1/notices").status_code == 401
    client.token = ""
    assert client.send("GET", "/v1/notices", headers={"Authorization": "Bearer x"}).status_code == 401


def test_manuals_and_questions_have_their_places(running: Running, operate: Operate) -> None:
    link = "https://example.go.jp/manual4.pdf"
    operate("manual", "add", "--title", "操作マニュアル 4 契約業務編", "--version", "3.1", "--link", link)
    operate("faq", "add", "m1", "--title", "メールが届きません", "--title-en", "No mail", "--text", "連絡先を確認")
    board = running.client().send("GET", "/v1/notices").json()
    assert [(m["version"], m["link"]) for m in board["manuals"]] == [("3.1", link)]
    assert [(q["bulletin_id"], q["title"]["en"], q["text"]["ja"]) for q in board["faq"]] == [
        ("m1", "No mail", "連絡先を確認")
    ]


def test_an_etag_saves_the_way_until_something_changes(running: Running, operate: Operate) -> None:
    client = running.client()
    first = client.send("GET", "/v1/notices")
    again = client.send("GET", "/v1/notices", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    entry = operate("notice", "add", "--title", "新", "--begins", _in(1))["entries"][0]
    assert client.send("GET", "/v1/notices", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    running.clock.ahead = timedelta(hours=2)
    second = client.send("GET", "/v1/notices", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, [n["title"]["ja"] for n in second.json()["notices"]]) == (200, ["新"])
    operate("notice", "end", entry["bulletin_id"])
    assert _titles(client) == set()


def test_while_the_system_is_maintained_reading_goes_on_and_nothing_changes(
    running: Running, operate: Operate, server_pki: Pki
) -> None:
    officer = running.client(server_pki.cards["officer"])
    case_id, done = uuid4().hex, uuid4().hex
    payload = registration()
    assert officer.operate(case_id, 0, payload, done).ok
    _window(operate, 1, 1.25)
    assert _titles(officer, "maintenance") == {"保守作業"}  # told before it begins
    assert officer.operate(uuid4().hex, 0, registration(number="2")).ok
    running.clock.ahead = timedelta(hours=1, minutes=1)
    officer = running.client(server_pki.cards["officer"])  # logging in goes on
    refused = officer.operate(uuid4().hex, 0, registration(number="3"))
    assert problem_of(refused) == (503, "ED-NET-5004")
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert officer.send("PUT", f"/v1/blobs/{'0' * 64}", data=plain()).status_code == 503
    assert officer.send("GET", f"/v1/cases/{case_id}").ok
    assert officer.operate(case_id, 0, payload, done).ok  # what was done is told again
    running.clock.ahead = timedelta(hours=1, minutes=16)
    assert officer.operate(uuid4().hex, 0, registration(number="3")).ok  # nothing of the refusal was kept
    assert _titles(officer, "maintenance") == set()


def test_a_long_window_asks_again_within_the_hour_and_may_end_early(
    running: Running, operate: Operate, server_pki: Pki
) -> None:
    window = _window(operate, -1, 30)
    officer = running.client(server_pki.cards["officer"])
    assert officer.operate(uuid4().hex, 0, registration()).headers["Retry-After"] == "3600"
    operate("maintenance", "end", window)
    assert officer.operate(uuid4().hex, 0, registration()).ok


@pytest.mark.parametrize("function", ["TIMESTAMP", "MAIL"])
def test_a_window_of_another_function_stops_no_operation(
    running: Running, operate: Operate, server_pki: Pki, function: str
) -> None:
    _window(operate, -1, 1, function)
    officer = running.client(server_pki.cards["officer"])
    assert officer.operate(uuid4().hex, 0, registration()).ok
    told = officer.send("GET", "/v1/notices").json()["maintenance"]
    assert [entry["function"] for entry in told] == [function]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("notice", "add"), "title"),
        (("notice", "add", "--title", "x" * 301), "title.ja"),
        (("notice", "add", "--title", "x", "--begins", "tomorrow"), "begins"),
        (("notice", "add", "--title", "x", "--ends", "2020-01-01"), "ends"),
        (("notice", "add", "--title", "x", "--function", "SYSTEM"), "function"),
        (("maintenance", "add", "--title", "x", "--function", "SYSTEM"), "function"),
        (("maintenance", "add", "--title", "x", "--ends", "2099-01-01"), "function"),
        (("notice", "add", "--title", "x", "--for", "body"), "organization_id"),
        (("manual", "add", "--title", "x", "--link", "file:///etc/passwd"), "link"),
        (("notice", "add", "a b", "--title", "x"), "bulletin_id"),
    ],
)
def test_an_entry_that_is_none_is_refused_by_name(operate: Operate, arguments: tuple[str, ...], field: str) -> None:
    error = operate(*arguments, status=1)["error"]
    assert (error["code"], error["field"].removesuffix(".ja")) == ("ED-RULE-6008", field.removesuffix(".ja"))
    assert operate(arguments[0], "list") == {"entries": []}


def test_a_time_without_a_zone_is_japans(operate: Operate) -> None:
    times = ("--begins", "2026-12-01T23:00", "--ends", "2026-12-02T06:00")
    entry = operate("maintenance", "add", "--title", "保守", "--function", "TIMESTAMP", *times)["entries"][0]
    assert (entry["begins"], entry["ends"]) == ("2026-12-01T23:00:00+09:00", "2026-12-02T06:00:00+09:00")


def test_an_entry_from_a_file_and_one_that_cannot_be_read(operate: Operate, tmp_path: Path) -> None:
    file = tmp_path / "entry.json"
    file.write_text(json.dumps({"title": {"ja": "年末年始"}, "importance": "important"}), encoding="utf-8")
    entry = operate("notice", "add", "--file", str(file), "--title-en", "New year")["entries"][0]
    assert (entry["title"], entry["importance"]) == ({"ja": "年末年始", "en": "New year"}, "important")
    for content in ("[]", "{", "[" * 100_000, '{"surprise": 1, "title": {"ja": "x"}}', '{"title": [], "begins": {}}'):
        file.write_text(content, encoding="utf-8")
        assert operate("notice", "add", "--file", str(file), status=1)["error"]["code"] == "ED-RULE-6008"
    assert operate("notice", "add", "--file", str(tmp_path / "none"), status=1)["error"]["code"] == "ED-PC-1005"


def test_ending_what_is_not_there(operate: Operate) -> None:
    assert operate("notice", "end", "nothing", status=1)["error"]["code"] == "ED-RULE-6005"
    assert operate("notice", "end", status=2)["error"]["code"] == "ED-USE-8001"


def test_organizations_are_added_and_never_change_sides(operate: Operate) -> None:
    named = ("--name", "四国地方整備局", "--corporate-number", "2000012100001")
    operate("organization", "add", "o-shikoku", *named, "--side", "officer")
    assert "四国地方整備局" in {o["name"] for o in operate("organization", "list")["organizations"]}
    assert (
        operate("organization", "add", "o-shikoku", *named, "--side", "contractor", status=1)["error"]["path"] == "seed"
    )


def test_every_deed_of_the_operator_is_in_the_log(running: Running, operate: Operate) -> None:
    window = _window(operate, 1, 2)
    operate("maintenance", "end", window)
    database = running.app.state.office.database
    with database.reading() as session:
        rows = session.exec_driver_sql("SELECT user_id, deed, object_id FROM audit ORDER BY number").all()
    assert [tuple(row) for row in rows] == [
        ("operator", "operator.maintenance.add", window),
        ("operator", "operator.maintenance.end", window),
    ]
    assert program.check(running.config)["ok"]


def test_the_program_reads_the_board_with_and_without_a_session(
    running: Running, operate: Operate, server_pki: Pki, tmp_path: Path
) -> None:
    operate("notice", "add", "--title", "皆")
    operate("notice", "add", "--title", "受注者", "--for", "contractors")
    with closing(RequestsHttp(ca_file=running.ca_file)) as http:
        store = FakeStore(tmp_path / "store")
        line = ServerLine(http, running.origin, store, running.clock.now)
        notices = HttpsNotices(line)
        assert [one.title.ja for one in notices.board().notices] == ["皆"]
        server = HttpsServer(line)
        server.log_in(KeyCard(server_pki.cards["contractor"]))
        assert {one.title.ja for one in notices.board().notices} == {"皆", "受注者"}
        case_id = running.client(server_pki.cards["officer"]).register(number=uuid4().hex)
        service = ReadNotices(notices, Cases(server, store, FakeClock()))
        assert service.mails(case_id) == ()
        with pytest.raises(NotFound):
            service.mails("nothing")
        running.clock.ahead = timedelta(hours=9)  # the session has ended
        assert [one.title.ja for one in notices.board().notices] == ["皆"]
