"""Timestamps over HTTP (RFC 3161 with the transport of its section 3.4), along a list of services."""

from __future__ import annotations

import contextlib
import secrets
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from econtract_core.evidence import der
from econtract_core.evidence.timestamps import TokenCheck, check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import (
    Fact,
    NetworkError,
    TimestampError,
    TimestampInvalid,
    TimestampRefused,
    TimestampUnreachable,
    UnsupportedDocument,
)
from econtract_desktop.config import TimestampService
from econtract_desktop.crypto.service_health import Watched
from econtract_desktop.ports.http import Http
from econtract_desktop.ports.timestamps import Passwords, ServiceHealth

_SHA256 = bytes.fromhex("300b0609608648016503040201")  # AlgorithmIdentifier id-sha256 without parameters (RFC 5754)
_TRUE = b"\x01\x01\xff"
_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
_LARGEST_ANSWER = 100_000
_GRANTED = (0, 1)  # granted, grantedWithMods
_CLOCKS_MAY_DIFFER = timedelta(days=1)
_TIMEOUT, _IMPATIENT = 20.0, 6.0  # seconds of silence: of the last service that is left, of the others


class HttpTimestamper:
    """The ports Timestamper and TimestampServices. Asks the services in turn: those that answer first, in the order of the
    settings; one that failed is left alone for a while, one in maintenance altogether. Thread-safe."""

    def __init__(
        self,
        http: Http,
        services: tuple[TimestampService | str, ...],
        trust: Callable[[], TrustStore],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        passwords: Passwords | None = None,
    ) -> None:
        """`services`: settings, or addresses alone."""
        self._http = http
        self._watched = tuple(Watched(TimestampService(s) if isinstance(s, str) else s) for s in services)
        self._trust = trust
        self._now = now
        self._passwords = passwords

    def token(self, imprint: bytes) -> bytes:
        """A verified token over a SHA-256 imprint. Raises TimestampUnreachable, TimestampRefused, TimestampInvalid: of several
        services' failures the one that says most; `services` says each one's, `back_at` when one is expected back."""
        trust, now = self._trust(), self._now()
        open_ = [w for w in self._watched if w.closed_until(now) is None]
        failures: list[TimestampError] = []
        for turn, watched in enumerate(sorted(open_, key=lambda w: w.order(now)), 1):
            try:
                return self._asked(watched, imprint, trust, _TIMEOUT if turn == len(open_) else _IMPATIENT)
            except TimestampError as problem:
                failures.append(problem)
        raise self._told(failures)

    def states(self) -> tuple[ServiceHealth, ...]:
        now = self._now()
        return tuple(watched.state(now) for watched in self._watched)

    def look(self) -> tuple[ServiceHealth, ...]:
        trust, now = self._trust(), self._now()
        for watched in self._watched:
            if watched.closed_until(now) is None:
                with contextlib.suppress(TimestampError):
                    self._asked(watched, secrets.token_bytes(32), trust, _IMPATIENT)
        return self.states()

    def _told(self, failures: list[TimestampError]) -> TimestampError:
        """The failure that says most, with everybody's reasons."""
        states = self.states()
        reasons = [f"{s.name}: {s.problem or s.health.value}" for s in states]
        back = min((s.back_at for s in states if s.back_at is not None), default=None)
        more: dict[str, Fact] = {"services": reasons, "back_at": back.isoformat() if back is not None else None}
        for kind in (TimestampInvalid, TimestampRefused, TimestampUnreachable):
            for failure in failures:
                if isinstance(failure, kind):
                    return kind(failure.detail, **{**failure.facts, **more})
        problem = "maintenance" if self._watched else "no timestamp service is set"
        url = self._watched[0].service.url if self._watched else ""
        facts: dict[str, Fact] = {"url": url, "problem": problem, **more}
        return TimestampUnreachable("", **facts)

    def _asked(self, watched: Watched, imprint: bytes, trust: TrustStore, timeout: float) -> bytes:
        sent = self._now()
        try:
            token, found = self._ask(watched.service, imprint, trust, timeout)
        except TimestampError as problem:
            later = problem.facts.get("retry_after")
            pause = timedelta(seconds=later) if isinstance(later, int) else None
            watched.failed(self._now(), str(problem.facts.get("problem", problem.code)), pause)
            raise
        assert found.time is not None
        watched.answered(sent, self._now(), found.time, found.accuracy)
        return token

    def _ask(
        self, service: TimestampService, imprint: bytes, trust: TrustStore, timeout: float
    ) -> tuple[bytes, TokenCheck]:
        nonce, url = secrets.randbits(64) | 1, service.url
        try:
            answer = self._http.request(
                "POST",
                url,
                body=_request(imprint, nonce),
                headers=_HEADERS | self._authorization(service),
                limit=_LARGEST_ANSWER,
                timeout=timeout,
            )
        except NetworkError as problem:
            raise TimestampUnreachable(url=url, problem=str(problem.facts.get("problem", problem.code))) from None
        if answer.status >= 500:
            later = answer.headers.get("retry-after", "")
            said = int(later) if later.isdigit() and len(later) < 6 else None
            raise TimestampUnreachable(url=url, problem=f"HTTP {answer.status}", retry_after=said)
        if answer.status != 200:
            raise TimestampRefused(url=url, problem=f"HTTP {answer.status}")
        token = _granted(answer.body, url)
        return token, self._check(token, imprint, nonce, service, trust)

    def _authorization(self, service: TimestampService) -> dict[str, str]:
        """HTTP Basic (RFC 7617), where the service has a user and the key store his password."""
        if not service.user or self._passwords is None:
            return {}
        password = self._passwords.password(service.url, service.user)
        if password is None:
            raise TimestampRefused(url=service.url, problem=f"no password is kept for {service.user}")
        return {"authorization": "Basic " + b64encode(f"{service.user}:{password}".encode()).decode()}

    def _check(
        self, token: bytes, imprint: bytes, nonce: int, service: TimestampService, trust: TrustStore
    ) -> TokenCheck:
        now, url = self._now(), service.url
        found = check_token(token, lambda algorithm: imprint if algorithm == "sha256" else b"", trust, at=None)
        if found.sub_indication is not None or found.time is None:
            raise TimestampInvalid(url=url, problem=f"{found.sub_indication}: {found.problem}")
        if found.nonce != nonce:
            raise TimestampInvalid(url=url, problem="another nonce")
        if service.policy and found.policy != service.policy:
            raise TimestampInvalid(url=url, problem=f"policy {found.policy} instead of {service.policy}")
        if abs(found.time - now) > _CLOCKS_MAY_DIFFER + found.accuracy:
            raise TimestampInvalid(url=url, problem=f"it says {found.time.isoformat()}, this PC {now.isoformat()}")
        return found


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
