"""The port Http (and FileHttp): what holds for the fake and for the real adapter against a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from econtract_core.rules.errors import (
    DocumentAltered,
    FileNotReadable,
    ServerAnswerInvalid,
    ServerNotTrusted,
    ServerUnreachable,
)
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.ports.http import FileHttp, HttpAnswer
from tests.fakes.http import FakeHttp, Sent
from tests.fakes.pki import issue, make_authority
from tests.fakes.web import FILE, FILE_SHA256, OddWeb


@dataclass
class World:
    """One adapter, and addresses that behave as their name says."""

    http: FileHttp
    base: str
    untrusted: str
    nobody: str

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"


def _echo(sent: Sent) -> HttpAnswer:
    heard = {name.lower(): value for name, value in sent.headers.items()}
    said = {"method": sent.method, "headers": heard, "sha256": sha256(sent.body).hexdigest(), "size": len(sent.body)}
    return HttpAnswer(200, {}, json.dumps(said).encode())


def _fake_world() -> World:
    base, broken = "https://server.test", ServerAnswerInvalid(host="server.test", problem="broken")
    cut = ServerUnreachable(host="server.test", problem="reset")
    http = FakeHttp(
        {
            ("GET", f"{base}/hello"): HttpAnswer(200, {"X-Odd": "1"}, b"hello"),
            ("HEAD", f"{base}/hello"): HttpAnswer(200, {"X-Odd": "1"}, b"hello"),
            ("POST", f"{base}/echo"): _echo,
            ("PUT", f"{base}/echo"): _echo,
            ("GET", f"{base}/missing"): HttpAnswer(404, {}, b"no such page"),
            ("GET", f"{base}/redirect"): HttpAnswer(302, {"Location": "/hello"}, b""),
            ("GET", f"{base}/big"): HttpAnswer(200, {}, b"x" * 5000),
            ("GET", f"{base}/silent"): ServerUnreachable(host="server.test", problem="timeout"),
            ("GET", f"{base}/cut"): cut,
            ("GET", f"{base}/garbage"): broken,
            ("GET", f"{base}/file"): HttpAnswer(200, {}, FILE),
            ("GET", "https://untrusted.test/hello"): ServerNotTrusted(host="untrusted.test", problem="unknown issuer"),
        }
    )
    return World(http, base, "https://untrusted.test/hello", "https://nobody.test/hello")


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "fake":
        yield _fake_world()
        return
    ours, theirs = make_authority("ours"), make_authority("theirs")
    (tmp_path / "ca.pem").write_bytes(ours.pem)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    http = RequestsHttp(tmp_path / "ca.pem")
    with (
        OddWeb(issue(ours, "here", hosts=("127.0.0.1",)), tmp_path / "a") as good,
        OddWeb(issue(theirs, "there", hosts=("127.0.0.1",)), tmp_path / "b") as bad,
        OddWeb() as closed,
    ):
        nobody = closed.url("hello").replace("http:", "https:")
        closed.__exit__(None, None, None)
        yield World(http, good.url("").rstrip("/"), bad.url("hello"), nobody)
        http.close()


def test_an_answer_has_status_lower_case_headers_and_body(world: World) -> None:
    answer = world.http.request("GET", world.url("hello"))
    assert (answer.status, answer.body, answer.headers["x-odd"]) == (200, b"hello", "1")


def test_a_head_has_no_body(world: World) -> None:
    answer = world.http.request("HEAD", world.url("hello"))
    assert (answer.status, answer.body) == (200, b"")


def test_body_and_headers_are_sent(world: World) -> None:
    answer = world.http.request("POST", world.url("echo"), body=b"abc", headers={"Idempotency-Key": '"k"'})
    said = json.loads(answer.body)
    assert (said["method"], said["size"], said["headers"]["idempotency-key"]) == ("POST", 3, '"k"')


def test_an_error_status_is_an_answer_not_an_error(world: World) -> None:
    assert world.http.request("GET", world.url("missing")).status == 404


def test_redirects_are_not_followed(world: World) -> None:
    answer = world.http.request("GET", world.url("redirect"))
    assert (answer.status, answer.headers["location"]) == (302, "/hello")


def test_an_answer_at_the_limit_is_taken_and_one_above_it_refused(world: World) -> None:
    assert len(world.http.request("GET", world.url("big"), limit=5000).body) == 5000
    with pytest.raises(ServerAnswerInvalid) as caught:
        world.http.request("GET", world.url("big"), limit=4999)
    assert caught.value.facts["problem"] == "too large"


@pytest.mark.parametrize(("name", "problem"), [("silent", "timeout"), ("cut", "reset")])
def test_no_whole_answer_is_unreachable(world: World, name: str, problem: str) -> None:
    with pytest.raises(ServerUnreachable) as caught:
        world.http.request("GET", world.url(name), timeout=0.3)
    assert caught.value.facts["problem"] == problem
    assert caught.value.facts["host"]


def test_what_is_not_http_is_an_invalid_answer(world: World) -> None:
    with pytest.raises(ServerAnswerInvalid) as caught:
        world.http.request("GET", world.url("garbage"))
    assert caught.value.facts["problem"] == "broken"


def test_nobody_there_is_unreachable(world: World) -> None:
    with pytest.raises(ServerUnreachable) as caught:
        world.http.request("GET", world.nobody)
    assert caught.value.facts["problem"] == "refused"


def test_a_strange_authority_is_not_trusted_rather_than_unreachable(world: World) -> None:
    with pytest.raises(ServerNotTrusted) as caught:
        world.http.request("GET", world.untrusted)
    assert caught.value.facts["problem"] == "unknown issuer"


@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_a_file_is_put_whole(world: World, tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\x00\xff" * (size // 2) + b"z" * (size % 2))
    said = json.loads(world.http.put_file(world.url("echo"), file).body)
    assert (said["method"], said["size"]) == ("PUT", size)
    assert said["sha256"] == sha256(file.read_bytes()).hexdigest()


def test_a_file_that_is_not_there_is_named(world: World, tmp_path: Path) -> None:
    with pytest.raises(FileNotReadable):
        world.http.put_file(world.url("echo"), tmp_path / "missing")


def test_a_download_appears_whole_and_alone(world: World, tmp_path: Path) -> None:
    place = tmp_path / "in" / "here" / FILE_SHA256
    answer = world.http.get_to_file(world.url("file"), place, FILE_SHA256)
    assert (answer.status, answer.body) == (200, b"")
    assert place.read_bytes() == FILE
    assert list(place.parent.iterdir()) == [place]


def test_a_download_with_other_bytes_leaves_nothing(world: World, tmp_path: Path) -> None:
    place = tmp_path / "in" / "file"
    with pytest.raises(DocumentAltered) as caught:
        world.http.get_to_file(world.url("file"), place, "0" * 64)
    assert caught.value.facts["found"] == FILE_SHA256
    assert not place.parent.exists() or not list(place.parent.iterdir())


def test_a_refused_download_gives_the_answer_and_writes_nothing(world: World, tmp_path: Path) -> None:
    answer = world.http.get_to_file(world.url("missing"), tmp_path / "file", FILE_SHA256)
    assert (answer.status, answer.body) == (404, b"no such page")
    assert not (tmp_path / "file").exists()


def test_a_download_above_its_limit_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(ServerAnswerInvalid):
        world.http.get_to_file(world.url("file"), tmp_path / "file", FILE_SHA256, limit=len(FILE) - 1)
    assert not (tmp_path / "file").exists()
