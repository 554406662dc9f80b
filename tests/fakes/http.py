"""FakeHttp: the network in memory. What each address answers is a table; a typed error in it is raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256 as hash_of
from pathlib import Path
from urllib.parse import urlsplit

from econtract_core.rules.errors import (
    DocumentAltered,
    EcontractError,
    FileNotReadable,
    ServerAnswerInvalid,
    ServerUnreachable,
)
from econtract_desktop.ports.http import HttpAnswer


@dataclass(frozen=True)
class Sent:
    """One request as it went out."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


Answerer = Callable[[Sent], HttpAnswer]


class FakeHttp:
    """`ports.http.FileHttp`. `site`: (method, URL) → an answer, an error to raise, or a function of the request; `others`
    answers whatever is not in it."""

    def __init__(
        self,
        site: dict[tuple[str, str], HttpAnswer | EcontractError | Answerer] | None = None,
        others: Answerer | None = None,
    ) -> None:
        self.site = site or {}
        self.others = others
        self.sent: list[Sent] = []

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
        sent = Sent(method, url, dict(headers or {}), body or b"")
        self.sent.append(sent)
        host = urlsplit(url).netloc
        planned = self.site.get((method, url), self.others)
        if planned is None:
            raise ServerUnreachable(host=host, problem="refused")
        if isinstance(planned, EcontractError):
            raise planned
        answer = planned if isinstance(planned, HttpAnswer) else planned(sent)
        if len(answer.body) > limit:
            raise ServerAnswerInvalid(host=host, problem="too large")
        headers_seen = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status, headers_seen, b"" if method == "HEAD" else answer.body)

    def put_file(
        self, url: str, file: Path, *, headers: dict[str, str] | None = None, timeout: float = 60.0
    ) -> HttpAnswer:
        try:
            body = file.read_bytes()
        except OSError as problem:
            raise FileNotReadable(path=str(file), problem=str(problem.strerror)) from None
        return self.request("PUT", url, body=body, headers=headers, timeout=timeout)

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
        answer = self.request("GET", url, headers=headers, limit=limit, timeout=timeout)
        if answer.status != 200:
            return answer
        found = hash_of(answer.body).hexdigest()
        if found != sha256:
            raise DocumentAltered(file=destination.name, expected=sha256, found=found)
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(answer.body)
        return HttpAnswer(answer.status, answer.headers, b"")
