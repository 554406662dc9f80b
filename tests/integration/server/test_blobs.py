"""Uploads and downloads: whole or not at all, and in pieces where asked."""

from __future__ import annotations

import socket
import ssl
from hashlib import sha256
from pathlib import Path

import pytest

from tests.fakes.documents import plain
from tests.fakes.server_bench import Client, Pki, Running, problem_of, running_server

DATA = bytes(range(256)) * 12_000  # 3 MB
DIGEST = sha256(DATA).hexdigest()


@pytest.fixture
def officer(running: Running, server_pki: Pki) -> Client:
    return running.client(server_pki.cards["officer"])


def _stored(running: Running) -> list[str]:
    return sorted(p.name for p in Path(running.config.files_dir).rglob("*") if p.is_file())


def test_a_file_arrives_whole_and_is_kept_once(running: Running, officer: Client) -> None:
    assert officer.send("HEAD", f"/v1/blobs/{DIGEST}").status_code == 404
    assert officer.send("PUT", f"/v1/blobs/{DIGEST}", data=DATA).status_code == 201
    assert officer.send("HEAD", f"/v1/blobs/{DIGEST}").status_code == 200
    assert officer.send("PUT", f"/v1/blobs/{DIGEST}", data=DATA).status_code == 200
    assert _stored(running) == [DIGEST]
    assert (Path(running.config.files_dir) / DIGEST[:2] / DIGEST).read_bytes() == DATA


def test_other_bytes_than_the_name_says_are_thrown_away(running: Running, officer: Client) -> None:
    answer = officer.send("PUT", f"/v1/blobs/{DIGEST}", data=DATA[:-1] + b"x")
    assert problem_of(answer) == (422, "ED-DOC-4005")
    assert _stored(running) == []
    assert officer.send("HEAD", f"/v1/blobs/{DIGEST}").status_code == 404


def _raw(running: Running, client: Client, head: str, body: bytes) -> bytes:
    """Says exactly this and then goes away; the first bytes of the answer, if there was one."""
    context = ssl.create_default_context(cafile=str(running.ca_file))
    port = int(running.origin.rsplit(":", 1)[1])
    text = f"PUT /v1/blobs/{DIGEST} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\n{head}\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port)) as below,
        context.wrap_socket(below, server_hostname="127.0.0.1") as channel,
    ):
        channel.sendall(text.encode() + body)
        return b"" if head.startswith("Content-Length") else channel.recv(200)


def test_an_upload_cut_in_the_middle_leaves_nothing(running: Running, officer: Client) -> None:
    _raw(running, officer, f"Content-Length: {len(DATA)}", DATA[: len(DATA) // 2])
    # The next request is answered by the same server, after it has noticed.
    assert officer.send("PUT", f"/v1/blobs/{DIGEST}", data=DATA).status_code == 201
    for _ in range(200):
        if _stored(running) == [DIGEST]:
            break
        officer.send("HEAD", f"/v1/blobs/{DIGEST}")
    assert _stored(running) == [DIGEST]


def test_a_length_must_be_announced(running: Running, officer: Client) -> None:
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(DATA), DATA)
    assert b" 411 " in _raw(running, officer, "Transfer-Encoding: chunked", chunked)
    assert _stored(running) == []


def test_too_large_is_said_before_it_is_read(server_pki: Pki, tmp_path: Path) -> None:
    with running_server(server_pki, tmp_path / "small", largest_file=1_000, largest_message=2_000) as running:
        client = running.client()
        card = server_pki.cards["partner"]
        client.log_in(card).raise_for_status()
        small = b"x" * 1_000
        client.put(small)
        answer = client.send("PUT", f"/v1/blobs/{DIGEST}", data=b"x" * 1_001)
        assert problem_of(answer) == (413, "ED-DOC-4008")
        assert answer.json()["error"]["facts"] == {"size": 1_001, "limit": 1_000}
        answer = client.send("POST", "/v1/ops", data=b"x" * 2_001)
        assert problem_of(answer) == (413, "ED-DOC-4008")


@pytest.mark.parametrize("name", ["0" * 63, "0" * 65, "G" * 64, DIGEST.upper(), "..%2F..%2Fetc%2Fpasswd"])
def test_a_name_that_is_no_hash(running: Running, officer: Client, name: str) -> None:
    assert officer.send("PUT", f"/v1/blobs/{name}", data=b"x").status_code == 404
    assert officer.send("HEAD", f"/v1/blobs/{name}").status_code == 404
    assert _stored(running) == []


def test_without_a_session_nothing_is_stored(running: Running) -> None:
    answer = running.client().send("PUT", f"/v1/blobs/{DIGEST}", data=b"x")
    assert problem_of(answer) == (401, "ED-AUTH-7001")
    assert _stored(running) == []


def test_a_download_in_pieces(running: Running, officer: Client) -> None:
    case_id, data = officer.register(), plain()
    digest = officer.put(data)
    files = [{"document_id": "d1", "title": "x", "sha256": digest}]
    officer.do(f"{case_id}-C0", 0, kind="contract.offer", files=files)
    path = f"/v1/contracts/{case_id}-C0/files/{digest}"
    whole = officer.send("GET", path)
    assert (whole.status_code, whole.content, whole.headers["ETag"]) == (200, data, f'"{digest}"')
    rest = officer.send("GET", path, headers={"Range": "bytes=100-", "If-Range": f'"{digest}"'})
    assert (rest.status_code, rest.content) == (206, data[100:])
    other = officer.send("GET", path, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, data)
