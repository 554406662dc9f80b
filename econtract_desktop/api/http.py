"""RequestsHttp: the one way out to the network, over `requests`.

One session per thread (a requests session is not thread-safe, and a truststore context lets only one handshake happen at a
time), connections kept. Nothing of the environment counts: no .netrc, no proxy or CA variables, no cookies, no redirects.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import requests
from requests.adapters import BaseAdapter

from econtract_core import __version__
from econtract_core.rules.errors import DocumentAltered, FileNotReadable, ServerAnswerInvalid, ServerUnreachable
from econtract_desktop.api.http_errors import closed_before_answer, host_of, typed_errors
from econtract_desktop.api.part_file import PartFile
from econtract_desktop.api.tls import ClientCertificate, TrustAdapter, make_context
from econtract_desktop.ports.http import HttpAnswer

_CHUNK = 65536
_SLOWEST = 1024  # bytes a second; who sends less for longer than the time-out is not answering
_ERROR_BODY = 1_000_000
_REPEATABLE = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}
_HEADERS = {"User-Agent": f"econtract-desktop/{__version__}", "Accept-Encoding": "identity"}
_Body = Callable[[], "bytes | BinaryIO | None"]


class RequestsHttp:
    """`ports.http.FileHttp`. Blocking; thread-safe. Times in seconds."""

    def __init__(
        self,
        ca_file: Path | None = None,
        *,
        connect_timeout: float = 5.0,
        certificates: tuple[ClientCertificate, ...] = (),
    ) -> None:
        """`ca_file`: CAs (PEM) that are trusted besides the system's. It is read at the first request of each thread, and so are
        `certificates`, for their own addresses alone."""
        self._certificates = certificates
        self._ca_file = ca_file
        self._connect_timeout = connect_timeout
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 10_000_000,
        timeout: float = 30.0,
    ) -> HttpAnswer:
        """See the port. `timeout` bounds every silence; a trickle is ended soon after it. Raises SettingsUnreadable too, where
        the CA file is no such thing."""
        with self._exchange(method, url, lambda: body, headers, timeout) as answer:
            return _answer(answer, b"".join(_chunks(answer, limit, timeout)))

    def put_file(
        self, url: str, file: Path, *, headers: dict[str, str] | None = None, timeout: float = 60.0
    ) -> HttpAnswer:
        """See the port."""
        try:
            with file.open("rb") as stream:
                # requests would send an empty stream as "chunked"; the server wants a length.
                body: _Body = (lambda: _rewound(stream)) if file.stat().st_size else (lambda: b"")
                with self._exchange("PUT", url, body, headers, timeout) as answer:
                    return _answer(answer, b"".join(_chunks(answer, _ERROR_BODY, timeout)))
        except OSError as problem:
            raise FileNotReadable(path=str(file), problem=problem.strerror or type(problem).__name__) from None

    def get_to_file(
        self,
        url: str,
        destination: Path,
        sha256: str,
        *,
        headers: dict[str, str] | None = None,
        limit: int = 500_000_000,
        timeout: float = 60.0,
    ) -> HttpAnswer:
        """See the port."""
        with PartFile(destination, sha256) as part:
            went_on = part.size > 0
            try:
                return self._fill(part, url, sha256, headers or {}, limit, timeout)
            except DocumentAltered:
                if not went_on:
                    raise
        # The older part was not what it should have been: once more from the start.
        with PartFile(destination, sha256) as part:
            part.restart()
            return self._fill(part, url, sha256, headers or {}, limit, timeout)

    def close(self) -> None:
        """Close every thread's connections."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
            self._local = threading.local()
        for session in sessions:
            session.close()

    def _fill(
        self, part: PartFile, url: str, sha256: str, headers: dict[str, str], limit: int, timeout: float
    ) -> HttpAnswer:
        start = part.size
        if start:
            headers = {**headers, "Range": f"bytes={start}-", "If-Range": f'"{sha256}"'}
        with self._exchange("GET", url, lambda: None, headers, timeout) as answer:
            if answer.status_code == 206 and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
                raise ServerAnswerInvalid(host=host_of(url), problem="range")
            if answer.status_code == 200 or (answer.status_code == 416 and start):
                part.restart()
            if answer.status_code == 416 and start:
                return self._fill(part, url, sha256, _without_range(headers), limit, timeout)
            if answer.status_code not in (200, 206):
                return _answer(answer, b"".join(_chunks(answer, _ERROR_BODY, timeout)))
            for chunk in _chunks(answer, limit - part.size, timeout):
                part.write(chunk)
            part.finish()
            return _answer(answer, b"")

    @contextmanager
    def _exchange(
        self, method: str, url: str, body: _Body, headers: dict[str, str] | None, timeout: float
    ) -> Iterator[requests.Response]:
        with typed_errors(url):
            answer = self._send(method, url, body, headers or {}, timeout)
            try:
                yield answer
            finally:
                answer.close()

    def _send(self, method: str, url: str, body: _Body, headers: dict[str, str], timeout: float) -> requests.Response:
        repeatable = method.upper() in _REPEATABLE or "Idempotency-Key" in headers
        for tries_left in (1, 0):
            try:
                # Past the session's merging of cookies, redirects and settings, none of which is wanted here.
                request = requests.Request(method, url, headers=_HEADERS | headers, data=body()).prepare()
                adapter = self._adapter(url)
                return adapter.send(request, stream=True, timeout=(self._connect_timeout, timeout))
            except requests.ConnectionError as problem:
                # A kept connection that the server has just dropped shows only now.
                if not (tries_left and repeatable and closed_before_answer(problem)):
                    raise
        raise AssertionError("unreachable")

    def _adapter(self, url: str) -> BaseAdapter:
        session = self._session()
        own = next((c for c in self._certificates if url.startswith(c.prefix)), None)
        if own is not None and own.prefix not in session.adapters:
            session.mount(own.prefix, TrustAdapter(make_context(self._ca_file, own)))
        return session.get_adapter(url)

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if isinstance(session, requests.Session):
            return session
        session = requests.Session()
        session.mount("https://", TrustAdapter(make_context(self._ca_file)))
        self._local.session = session
        with self._lock:
            self._sessions.append(session)
        return session


def _chunks(answer: requests.Response, limit: int, timeout: float) -> Iterator[bytes]:
    """The body, piece by piece as it comes. Raises ServerAnswerInvalid above `limit` bytes or where it comes compressed
    (nobody asked for that), ServerUnreachable where it only trickles."""
    url = answer.url or ""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise ServerAnswerInvalid(host=host_of(url), problem="compressed")
    announced = answer.headers.get("Content-Length", "")
    if answer.request.method != "HEAD" and announced.isdigit() and int(announced) > limit:
        raise ServerAnswerInvalid(host=host_of(url), problem="too large")
    received, began = 0, time.monotonic()
    while chunk := answer.raw.read1(_CHUNK, decode_content=False):
        received += len(chunk)
        if received > limit:
            raise ServerAnswerInvalid(host=host_of(url), problem="too large")
        if time.monotonic() - began > timeout + received / _SLOWEST:
            raise ServerUnreachable(host=host_of(url), problem="timeout")
        yield chunk


def _answer(answer: requests.Response, body: bytes) -> HttpAnswer:
    return HttpAnswer(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


def _rewound(stream: BinaryIO) -> BinaryIO:
    stream.seek(0)
    return stream


def _without_range(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("Range", "If-Range")}
