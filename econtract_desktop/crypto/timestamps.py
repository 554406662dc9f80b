"""Timestamps over HTTP (RFC 3161 with the transport of its section 3.4), along a list of services."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from econtract_core.evidence import der
from econtract_core.evidence.timestamps import check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import (
    NetworkError,
    TimestampError,
    TimestampInvalid,
    TimestampRefused,
    TimestampUnreachable,
    UnsupportedDocument,
)
from econtract_desktop.ports.http import Http

_SHA256 = bytes.fromhex("300b0609608648016503040201")  # AlgorithmIdentifier id-sha256 without parameters (RFC 5754)
_TRUE = b"\x01\x01\xff"
_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
_LARGEST_ANSWER = 100_000
_GRANTED = (0, 1)  # granted, grantedWithMods
_CLOCKS_MAY_DIFFER = timedelta(days=1)


class HttpTimestamper:
    """The port Timestamper. Asks the services in turn, the one that answered last first. Thread-safe."""

    def __init__(
        self,
        http: Http,
        urls: tuple[str, ...],
        trust: Callable[[], TrustStore],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout: float = 20.0,
    ) -> None:
        self._http = http
        self._urls = urls
        self._trust = trust
        self._now = now
        self._timeout = timeout
        self._first = 0

    def token(self, imprint: bytes) -> bytes:
        """A verified token over a SHA-256 imprint. Raises TimestampUnreachable, TimestampRefused, TimestampInvalid: of several
        services' failures the one that says most."""
        trust = self._trust()
        failures: list[TimestampError] = []
        for turn in range(len(self._urls)):
            index = (self._first + turn) % len(self._urls)
            try:
                token = self._ask(self._urls[index], imprint, trust)
            except TimestampError as problem:
                failures.append(problem)
                continue
            self._first = index
            return token
        for kind in (TimestampInvalid, TimestampRefused, TimestampUnreachable):
            for failure in failures:
                if isinstance(failure, kind):
                    raise failure
        raise TimestampUnreachable(url="", problem="no timestamp service is set")

    def _ask(self, url: str, imprint: bytes, trust: TrustStore) -> bytes:
        nonce = secrets.randbits(64) | 1
        try:
            answer = self._http.request(
                "POST",
                url,
                body=_request(imprint, nonce),
                headers=_HEADERS,
                limit=_LARGEST_ANSWER,
                timeout=self._timeout,
            )
        except NetworkError as problem:
            raise TimestampUnreachable(url=url, problem=str(problem.facts.get("problem", problem.code))) from None
        if answer.status >= 500:
            raise TimestampUnreachable(url=url, problem=f"HTTP {answer.status}")
        if answer.status != 200:
            raise TimestampRefused(url=url, problem=f"HTTP {answer.status}")
        token = _granted(answer.body, url)
        self._check(token, imprint, nonce, url, trust)
        return token

    def _check(self, token: bytes, imprint: bytes, nonce: int, url: str, trust: TrustStore) -> None:
        now = self._now()
        found = check_token(token, lambda algorithm: imprint if algorithm == "sha256" else b"", trust, at=None)
        if found.sub_indication is not None or found.time is None:
            raise TimestampInvalid(url=url, problem=f"{found.sub_indication}: {found.problem}")
        if found.nonce != nonce:
            raise TimestampInvalid(url=url, problem="another nonce")
        if abs(found.time - now) > _CLOCKS_MAY_DIFFER + found.accuracy:
            raise TimestampInvalid(url=url, problem=f"it says {found.time.isoformat()}, this PC {now.isoformat()}")


def _request(imprint: bytes, nonce: int) -> bytes:
    """TimeStampReq: version 1, imprint, nonce, certReq."""
    message = der.write(der.SEQUENCE, _SHA256, der.write(der.OCTET_STRING, imprint))
    return der.write(der.SEQUENCE, der.integer(1), message, der.integer(nonce), _TRUE)


def _granted(body: bytes, url: str) -> bytes:
    """The token out of a TimeStampResp."""
    try:
        parts = list(der.element(body).children())
        status = list(parts[0].children())
        code = int.from_bytes(status[0].value, "big")
        said = b" ".join(text.value for part in status[1:] if part.tag == der.SEQUENCE for text in part.children())
    except (UnsupportedDocument, IndexError):
        raise TimestampInvalid(url=url, problem="no timestamp answer") from None
    if code not in _GRANTED:
        raise TimestampRefused(url=url, problem=f"status {code} {said.decode('utf-8', 'replace')}".strip())
    if len(parts) < 2:
        raise TimestampInvalid(url=url, problem="granted without a token")
    return parts[1].whole
