"""`econtract trust` and `econtract diagnose` as a person runs them; the list comes from a file and from a real HTTPS server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from econtract_desktop.bootstrap import console
from econtract_practice import anchors as make
from econtract_practice.authority import Authority
from tests.fakes.anchor_lists import AnchorLists
from tests.fakes.evidence_pki import TestPki
from tests.fakes.pki import issue, make_authority


class Office:
    """A profile in practice mode whose folder of anchors holds keys for lists, and somebody who hands out lists over HTTPS."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.pki = TestPki.make()
        self.lists = AnchorLists(datetime.now(UTC), *self.pki.trust)
        self.served: dict[str, bytes] = {}
        authority = make_authority()
        (folder / "ca.pem").write_bytes(authority.pem)
        trust = folder / "anchors"
        trust.mkdir()
        (trust / "roots.json").write_bytes(self.lists.roots_file)
        (folder / "profile").mkdir()
        settings = {"practice": True, "trust_dir": str(trust), "ca_file": str(folder / "ca.pem")}
        self.set(**settings)
        server_cert = issue(authority, "here", hosts=("127.0.0.1",))
        (folder / "server.pem").write_bytes(server_cert.pem + server_cert.key_pem)

    def set(self, **more: object) -> None:
        file = self.folder / "profile/settings.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(known | more))

    def run(self, *words: str | Path) -> tuple[int, Any]:
        status = console([*map(str, words), "--json", "--profile", str(self.folder / "profile")])
        return status, json.loads(self._capsys.readouterr().out)

    def file(self, name: str, package: bytes) -> Path:
        (self.folder / name).write_bytes(package)
        return self.folder / name


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


@pytest.fixture
def url(office: Office) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            body = office.served.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(office.folder / "server.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/list"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_list_from_a_file(office: Office) -> None:
    status, told = office.run("trust", "list")
    assert (status, told) == (1, {"anchors": [], "list": None})
    file = office.file("three", office.lists.package(3))
    status, told = office.run("trust", "show", file)
    assert (status, told["serial"]) == (0, 3)
    assert office.run("trust", "list")[0] == 1  # looking at it did not take it over
    assert office.run("trust", "update", file)[0] == 0
    status, told = office.run("trust", "list")
    assert (status, told["list"]["serial"]) == (0, 3)
    assert [(a["name"], a["from"], a["purposes"]) for a in told["anchors"]] == [
        ("Test Root", "list", ["person", "tsa"])
    ]


@pytest.mark.parametrize(
    ("bad", "code"),
    [("broken", "ED-PC-1009"), ("unsigned", "ED-PC-1010"), ("old", "ED-PC-1011"), ("late", "ED-PC-1012")],
)
def test_a_list_that_is_refused(office: Office, bad: str, code: str) -> None:
    lists = office.lists
    office.run("trust", "update", office.file("three", lists.package(3)))
    package = {
        "broken": b"{",
        "unsigned": lists.package(9, signers=lists.generations[1][:1]),
        "old": lists.package(2),
        "late": lists.package(9, payload=lists.listed(9, days=0)),
    }[bad]
    status, told = office.run("trust", "update", office.file("bad", package))
    assert (status, told["error"]["code"]) == (1, code)
    assert office.run("trust", "list")[1]["list"]["serial"] == 3


def test_a_list_from_the_web(office: Office, url: str) -> None:
    office.served["/list"] = office.lists.package(4)
    assert office.run("trust", "update", "--url", url)[0] == 0
    assert office.run("trust", "list")[1]["list"]["serial"] == 4
    status, told = office.run("trust", "update", "--url", url + "-that-is-not-there")
    assert (status, told["error"]["code"]) == (3, "ED-NET-5003")
    office.served["/list"] = b" " * 4_000_001
    assert office.run("trust", "update", "--url", url)[1]["error"]["code"] == "ED-NET-5003"
    for wrong in ("http://127.0.0.1/list", "file:///etc/passwd", "https://"):
        assert office.run("trust", "update", "--url", wrong)[0] in (2, 3)
    office.set(ca_file=None)
    assert office.run("trust", "update", "--url", url)[1]["error"]["code"] == "ED-NET-5002"
    assert office.run("trust", "list")[1]["list"]["serial"] == 4


@pytest.mark.parametrize("words", [("update",), ("show",), ("update", "x", "--url", "https://a.test/")])
def test_wrong_usage(office: Office, words: tuple[str, ...]) -> None:
    assert office.run("trust", *words)[0] == 2


def test_the_environment_check_tells_of_missing_and_present_anchors(office: Office) -> None:
    office.set(tsa_urls=["http://127.0.0.1:9/"])
    status, told = office.run("diagnose")
    keys = [finding["key"] for finding in told["findings"]]
    assert status == 1
    assert any(key.startswith(("service_", "reader_", "driver_", "card_")) for key in keys)  # the card's part stands
    assert keys[-2:] == ["trust_none", "stamp_unknown"]
    assert all(finding["remedy"] for finding in told["findings"][-2:])
    office.run("trust", "update", office.file("three", office.lists.package(3)))
    told = {finding["key"]: finding for finding in office.run("diagnose")[1]["findings"]}
    assert told["trust_ok"]["facts"]["first"] == "Test Root"
    assert (told["trust_ok"]["facts"]["listed"], told["trust_ok"]["facts"]["placed"]) == ("1", "0")
    assert told["trust_list_ok"]["facts"]["serial"] == "3"
    assert told["stamp_failing"]["state"] == "error"


def test_the_maker_s_tool(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """docs/trust-anchors.md from the first key to the list in force."""
    folder = office.folder
    (folder / "root.pem").write_bytes(office.pki.root.certificate.public_bytes(Encoding.PEM))
    for name in ("a", "b", "c"):
        assert make.main(["key", str(folder / f"{name}.pem"), "--no-password"]) == 0
    keys = capsys.readouterr().out.split()
    (folder / "roots.listing").write_text(json.dumps({"version": 1, "threshold": 2, "keys": keys}))
    make.main(["roots", str(folder / "roots.listing"), str(folder / "anchors/roots.json")])
    item = {"file": "root.pem", "purposes": ["person"], "added": "2026-01-01T00:00:00+09:00"}
    dates = {"valid_from": "2026-01-01T00:00:00+09:00", "expires": "2099-01-01T00:00:00+09:00"}
    (folder / "listing").write_text(json.dumps({"serial": 1, **dates, "anchors": [item]}))
    make.main(["list", str(folder / "listing"), str(folder / "payload")])
    make.main(["sign", str(folder / "a.pem"), str(folder / "payload")])
    make.main(["package", str(folder / "package"), str(folder / "payload")])
    capsys.readouterr()
    assert office.run("trust", "update", folder / "package")[1]["error"]["code"] == "ED-PC-1010"
    make.main(["sign", str(folder / "b.pem"), str(folder / "payload")])
    make.main(["package", str(folder / "package"), str(folder / "payload")])
    capsys.readouterr()
    status, told = office.run("trust", "update", folder / "package")
    assert (status, told["serial"]) == (0, 1)


def test_practice_mode_has_keys_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = Authority.create(tmp_path / "pki", "http://127.0.0.1")
    held = [make.load_key(file) for file in sorted((tmp_path / "pki/list-keys").iterdir())]
    office = Office(tmp_path, capsys)
    office.set(trust_dir=str(authority.trust_dir))
    payload = office.lists.listed(1)
    package = make.package((payload, [make.signature(payload, key) for key in held[1:]]))
    assert office.run("trust", "update", office.file("one", package))[0] == 0
    assert Authority.create(tmp_path / "pki").trust_dir == authority.trust_dir
    assert office.run("trust", "list")[1]["list"]["serial"] == 1
