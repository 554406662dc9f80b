"""RequestsHttp against real servers on loopback: TLS, kept connections, odd answers, downloads that break off."""

from __future__ import annotations

import json
import os
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from econtract_core.rules.errors import (
    DocumentAltered,
    EcontractError,
    NetworkError,
    ServerAnswerInvalid,
    ServerNotTrusted,
    ServerUnreachable,
    SettingsUnreadable,
)
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.tls import ClientCertificate, TrustAdapter, make_context
from tests.fakes.pki import Issued, issue, make_authority
from tests.fakes.web import FILE, FILE_SHA256, OddWeb


@pytest.fixture
def web() -> Iterator[OddWeb]:
    with OddWeb() as web:
        yield web


@pytest.fixture
def http() -> Iterator[RequestsHttp]:
    http = RequestsHttp()
    yield http
    http.close()


@pytest.fixture(scope="module")
def authority() -> Issued:
    return make_authority()


@pytest.fixture
def ca_file(authority: Issued, tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    return tmp_path / "ca.pem"


def _problem(http: RequestsHttp, url: str, **options: float) -> EcontractError:
    with pytest.raises(EcontractError) as caught:
        http.request("GET", url, **options)  # type: ignore[arg-type]
    return caught.value


# --- TLS


def _own(folder: Path, issued: Issued, prefix: str, secret: str = "") -> ClientCertificate:
    file = folder / "own.pem"
    kind = BestAvailableEncryption(secret.encode()) if secret else NoEncryption()
    file.write_bytes(issued.pem + issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kind))
    return ClientCertificate(prefix, file, lambda: secret or None)


@pytest.mark.parametrize("secret", ["", "correct horse"])
def test_a_server_that_wants_to_know_its_clients(authority: Issued, ca_file: Path, tmp_path: Path, secret: str) -> None:
    here = issue(authority, "here", hosts=("127.0.0.1", "localhost"))
    with OddWeb(here, tmp_path, clients=authority) as web:
        own = _own(tmp_path, issue(authority, "client"), web.url("").rstrip("/") + "/", secret)
        http = RequestsHttp(ca_file, certificates=(own,))
        assert http.request("GET", web.url("hello")).body == b"hello"
        with pytest.raises(EcontractError):  # shown at its own address only
            http.request("GET", web.url("hello", "localhost"))
        http.close()


def test_without_it_there_is_no_answer_and_a_broken_one_is_this_pc_s_fault(
    authority: Issued, ca_file: Path, tmp_path: Path
) -> None:
    here = issue(authority, "here", hosts=("127.0.0.1", "localhost"))
    with OddWeb(here, tmp_path, clients=authority) as web:
        http = RequestsHttp(ca_file)
        assert isinstance(_problem(http, web.url("hello")), NetworkError)
        http.close()
        prefix = web.url("").rstrip("/") + "/"
        locked = _own(tmp_path, issue(authority, "client"), prefix, "secret")
        nothing = ClientCertificate(prefix, tmp_path / "nothing.pem", lambda: None)
        for own in (replace(locked, password=lambda: None), replace(locked, password=lambda: "wrong"), nothing):
            http = RequestsHttp(ca_file, certificates=(own,))
            assert isinstance(_problem(http, web.url("hello")), SettingsUnreadable)
            http.close()


def test_the_named_authority_is_trusted(authority: Issued, ca_file: Path, tmp_path: Path) -> None:
    with OddWeb(issue(authority, "here", hosts=("127.0.0.1", "localhost")), tmp_path) as web:
        http = RequestsHttp(ca_file)
        assert http.request("GET", web.url("hello")).body == b"hello"
        assert http.request("GET", web.url("hello", "localhost")).body == b"hello"
        http.close()


@pytest.mark.parametrize(
    ("hosts", "expired", "named", "problem"),
    [
        (("127.0.0.1",), True, True, "expired"),
        (("192.0.2.1",), False, True, "host name"),
        (("other.test",), False, True, "host name"),
        (("127.0.0.1",), False, False, "unknown issuer"),
    ],
)
def test_a_bad_certificate_is_not_trusted_and_nothing_is_sent(
    authority: Issued,
    ca_file: Path,
    tmp_path: Path,
    hosts: tuple[str, ...],
    expired: bool,
    named: bool,
    problem: str,
) -> None:
    with OddWeb(issue(authority, "here", hosts=hosts, expired=expired), tmp_path) as web:
        http = RequestsHttp(ca_file if named else None)
        error = _problem(http, web.url("hello"))
        http.close()
        assert (type(error), error.facts["problem"]) == (ServerNotTrusted, problem)
        assert not web.heard


def test_plain_http_on_the_tls_port_is_not_trusted(web: OddWeb, http: RequestsHttp) -> None:
    error = _problem(http, web.url("hello").replace("http:", "https:"))
    assert (type(error), error.facts["problem"]) == (ServerNotTrusted, "tls")


def test_tls_below_1_2_is_refused(authority: Issued) -> None:
    assert make_context(None).minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_roots_of_certifi_are_never_added(
    authority: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What requests does by itself: with this the test's server would be trusted through the bundle's place."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority.pem)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    with OddWeb(issue(authority, "here", hosts=("127.0.0.1",)), tmp_path) as web:
        http = RequestsHttp()
        assert type(_problem(http, web.url("hello"))) is ServerNotTrusted
        http.close()
    adapter = TrustAdapter(make_context(None))
    pool = adapter.get_connection_with_tls_context(_prepared("https://server.test/"), verify=True)
    adapter.cert_verify(pool, "https://server.test/", True, None)
    assert (pool.cert_reqs, pool.ca_certs) == ("CERT_REQUIRED", None)  # type: ignore[attr-defined]
    adapter.close()


def _prepared(url: str):  # type: ignore[no-untyped-def]
    import requests

    return requests.Request("GET", url).prepare()


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_broken_ca_file_is_a_broken_setting(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    http = RequestsHttp(file)
    with pytest.raises(SettingsUnreadable):
        http.request("GET", "https://127.0.0.1:9/")


# --- connections


def test_a_connection_is_kept(web: OddWeb, http: RequestsHttp) -> None:
    for _ in range(3):
        http.request("GET", web.url("hello"))
    assert {connection for connection, _, _ in web.heard} == {1}


def test_each_thread_has_its_own_session(web: OddWeb, http: RequestsHttp) -> None:
    seen: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: seen.append(http.request("GET", web.url("hello")).body)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [b"hello"] * 4
    assert len({connection for connection, _, _ in web.heard}) == 4


def test_a_kept_connection_that_was_dropped_is_made_again_once(web: OddWeb, http: RequestsHttp) -> None:
    for _ in range(2):
        assert http.request("GET", web.url("second-dropped")).body == b"kept"
    assert [connection for connection, _, _ in web.heard] == [1, 1, 2]


@pytest.mark.parametrize(("headers", "repeated"), [({}, False), ({"Idempotency-Key": '"1"'}, True)])
def test_a_post_is_repeated_only_where_that_is_harmless(
    web: OddWeb, http: RequestsHttp, headers: dict[str, str], repeated: bool
) -> None:
    http.request("POST", web.url("second-dropped"), body=b"1", headers=headers)
    if repeated:
        assert http.request("POST", web.url("second-dropped"), body=b"1", headers=headers).body == b"kept"
    else:
        with pytest.raises(ServerUnreachable):
            http.request("POST", web.url("second-dropped"), body=b"1", headers=headers)
    assert len(web.heard) == (3 if repeated else 2)


def test_nothing_of_the_environment_counts(
    web: OddWeb, http: RequestsHttp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    http.request("GET", web.url("cookie"))
    heard = json.loads(http.request("POST", web.url("echo"), body=b"").body)["headers"]
    assert not {"authorization", "cookie"} & set(heard)
    assert heard["user-agent"].startswith("econtract-desktop/")
    assert heard["accept-encoding"] == "identity"


# --- answers


@pytest.mark.parametrize(
    ("path", "kind", "problem"),
    [
        ("trickle", ServerUnreachable, "timeout"),
        ("short", ServerUnreachable, "reset"),
        ("gzip", ServerAnswerInvalid, "compressed"),
        ("big-chunked", ServerAnswerInvalid, "too large"),
    ],
)
def test_odd_answers(web: OddWeb, http: RequestsHttp, path: str, kind: type[EcontractError], problem: str) -> None:
    error = _problem(http, web.url(path), timeout=0.3, limit=4000 if problem == "too large" else 1_000_000)
    assert (type(error), error.facts["problem"]) == (kind, problem)


def test_a_chunked_answer_is_taken(web: OddWeb, http: RequestsHttp) -> None:
    assert http.request("GET", web.url("big-chunked")).body == b"x" * 5000
    assert http.request("GET", web.url("hello")).body == b"hello"
    assert {connection for connection, _, _ in web.heard} == {1}


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://no-such-host.invalid/", "name"),
        ("ldap://directory.test/cn=x", "address"),
        ("https://", "address"),
        ("https://.../", "address"),
        ("https://" + "a" * 70 + ".test/", "address"),
        ("no address", "address"),
    ],
)
def test_addresses_that_lead_nowhere(http: RequestsHttp, url: str, problem: str) -> None:
    error = _problem(http, url)
    assert (type(error), error.facts["problem"]) == (ServerUnreachable, problem)


def test_the_path_is_not_in_the_error(web: OddWeb, http: RequestsHttp) -> None:
    error = _problem(http, web.url("cut"))
    assert "cut" not in str(error)
    assert error.facts["host"] == f"127.0.0.1:{web.port}"


# --- downloads


def test_a_download_goes_on_where_it_stopped(web: OddWeb, http: RequestsHttp, tmp_path: Path) -> None:
    place = tmp_path / "file"
    with pytest.raises(ServerUnreachable):
        http.get_to_file(web.url("file-in-two"), place, FILE_SHA256)
    assert not place.exists()
    (part,) = tmp_path.iterdir()
    there = part.stat().st_size
    assert 0 < there <= 70000
    assert http.get_to_file(web.url("file-in-two"), place, FILE_SHA256).status == 206
    assert place.read_bytes() == FILE
    assert web.ranges == [there]
    assert list(tmp_path.iterdir()) == [place]


def test_a_part_with_other_bytes_is_thrown_away(web: OddWeb, http: RequestsHttp, tmp_path: Path) -> None:
    place = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"not the beginning of it")
    with pytest.raises(ServerUnreachable):  # the second try asks for the whole file, and this server cuts that
        http.get_to_file(web.url("file-in-two"), place, FILE_SHA256)
    assert not place.exists()
    assert (tmp_path / "file.part").read_bytes() == FILE[: (tmp_path / "file.part").stat().st_size]
    http.get_to_file(web.url("file-in-two"), place, FILE_SHA256)
    assert place.read_bytes() == FILE


def test_a_server_without_ranges_sends_it_all_again(web: OddWeb, http: RequestsHttp, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(FILE[:100])
    http.get_to_file(web.url("file"), tmp_path / "file", FILE_SHA256)
    assert (tmp_path / "file").read_bytes() == FILE


def test_a_part_of_an_altered_file_is_not_kept(web: OddWeb, http: RequestsHttp, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(b"x")
    with pytest.raises(DocumentAltered):
        http.get_to_file(web.url("file"), tmp_path / "file", "0" * 64)
    assert not list(tmp_path.iterdir())


def test_two_downloads_of_one_file_do_not_mix(web: OddWeb, http: RequestsHttp, tmp_path: Path) -> None:
    place = tmp_path / "file"
    failed: list[EcontractError] = []

    def fetch() -> None:
        try:
            http.get_to_file(web.url("file"), place, FILE_SHA256)
        except EcontractError as error:
            failed.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert place.read_bytes() == FILE
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208
