"""Timestamps over HTTP (RFC 3161 with the transport of its section 3.4), along a list of services."""

from __future__ import annotations

import contextlib
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from itertools import pairwise
from urllib.parse import urlsplit

from econtract_core.evidence import der
from econtract_core.evidence.timestamps import TokenCheck, check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import (
    ClockWrong,
    Fact,
    KeyStoreUnavailable,
    NetworkError,
    ServerNotTrusted,
    SettingsUnreadable,
    TimestampError,
    TimestampInvalid,
    TimestampNotAsked,
    TimestampRefused,
    TimestampUnreachable,
    UnsupportedDocument,
)
from econtract_desktop.config import TimestampService
from econtract_desktop.crypto.service_health import Failure, Watched
from econtract_desktop.ports.http import Http, HttpAnswer
from econtract_desktop.ports.timestamps import Passwords, ServiceHealth, Why

_SHA256 = bytes.fromhex("300b0609608648016503040201")  # AlgorithmIdentifier id-sha256 without parameters (RFC 5754)
_TRUE = b"\x01\x01\xff"
_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
_LARGEST_ANSWER = 100_000
_GRANTED = (0, 1)  # granted, grantedWithMods
_CLOCKS_MAY_DIFFER = timedelta(days=1)
_LONGEST_LATER = 6 * 3600  # seconds of a Retry-After
_CLOCKS_AGREE = timedelta(minutes=10)  # two clocks that are not this PC's
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
        """A verified token over a SHA-256 imprint. Raises ClockWrong, TimestampUnreachable, TimestampRefused, TimestampInvalid,
        TimestampNotAsked: of several services' failures the one that says most; `services` says each one's, `back_at` when one
        is expected back."""
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
        for kind in (ClockWrong, TimestampInvalid, TimestampRefused, TimestampNotAsked, TimestampUnreachable):
            for failure in failures:
                if isinstance(failure, kind):
                    facts = {**failure.facts, **more}
                    agreed = kind is TimestampInvalid and _two_agree(failures)
                    return ClockWrong(failure.detail, **facts) if agreed else kind(failure.detail, **facts)
        problem = "maintenance" if self._watched else "no timestamp service is set"
        url = self._watched[0].service.url if self._watched else ""
        none: dict[str, Fact] = {"url": url, "problem": problem, **more}
        return TimestampUnreachable("", **none)

    def _asked(self, watched: Watched, imprint: bytes, trust: TrustStore, timeout: float) -> bytes:
        sent = self._now()
        try:
            token, found = self._ask(watched.service, imprint, trust, timeout)
        except TimestampError as problem:
            watched.failed(sent, self._now(), _failure(problem))
            raise
        assert found.time is not None
        watched.answered(sent, self._now(), found.time, found.accuracy)
        return token

    def _ask(
        self, service: TimestampService, imprint: bytes, trust: TrustStore, timeout: float
    ) -> tuple[bytes, TokenCheck]:
        nonce, url = secrets.randbits(64) | 1, service.url
        headers = _HEADERS | self._authorization(service)
        try:
            answer = self._http.request(
                "POST", url, body=_request(imprint, nonce), headers=headers, limit=_LARGEST_ANSWER, timeout=timeout
            )
        except (
            KeyStoreUnavailable,
            SettingsUnreadable,
        ) as problem:  # this PC's part of the service's client certificate
            said = f"client certificate: {problem.facts.get('problem', problem.code)}"
            raise TimestampNotAsked(url=url, problem=said, why=Why.LOCKED) from None
        except NetworkError as problem:
            why = Why.TLS if isinstance(problem, ServerNotTrusted) else Why.SILENT
            said = str(problem.facts.get("problem", problem.code))
            raise TimestampUnreachable(url=url, problem=said, why=why) from None
        if answer.status >= 500 or answer.status == 429:  # 429: RFC 6585 section 4
            later, why = _later(answer, self._now()), Why.SILENT if answer.status == 500 else Why.BUSY
            raise TimestampUnreachable(url=url, problem=f"HTTP {answer.status}", retry_after=later, why=why)
        if answer.status != 200:
            raise TimestampRefused(url=url, problem=f"HTTP {answer.status}")
        token = _granted(answer.body, url)
        found = self._check(token, imprint, nonce, service, trust)
        self._held_against(found, answer, url)
        return token, found

    def _authorization(self, service: TimestampService) -> dict[str, str]:
        """HTTP Basic (RFC 7617), where the service has a user and the key store his password."""
        if not service.user or self._passwords is None:
            return {}
        url = service.url
        if not _private(url):
            raise TimestampNotAsked(url=url, problem="no password goes over plain HTTP", why=Why.PLAIN)
        try:
            password = self._passwords.password(url, service.user)
        except KeyStoreUnavailable as problem:
            said = f"key store: {problem.facts.get('problem', problem.code)}"
            raise TimestampNotAsked(url=url, problem=said, why=Why.LOCKED) from None
        if password is None:
            raise TimestampNotAsked(url=url, problem=f"no password is kept for {service.user}", why=Why.LOCKED)
        return {"authorization": "Basic " + b64encode(f"{service.user}:{password}".encode()).decode()}

    def _check(
        self, token: bytes, imprint: bytes, nonce: int, service: TimestampService, trust: TrustStore
    ) -> TokenCheck:
        url = service.url
        found = check_token(token, lambda algorithm: imprint if algorithm == "sha256" else b"", trust, at=None)
        if found.sub_indication is not None or found.time is None:
            raise TimestampInvalid(url=url, problem=f"{found.sub_indication}: {found.problem}")
        if found.nonce != nonce:
            raise TimestampInvalid(url=url, problem="another nonce")
        if service.policy and found.policy != service.policy:
            raise TimestampInvalid(url=url, problem=f"policy {found.policy} instead of {service.policy}")
        return found

    def _held_against(self, found: TokenCheck, answer: HttpAnswer, url: str) -> None:
        """Two clocks that are far apart: which is wrong? The answer's own Date tells (RFC 9110 section 6.6.1), or a second
        service. Raises ClockWrong, TimestampInvalid."""
        here, said = self._now(), found.time
        assert said is not None
        if abs(said - here) <= _CLOCKS_MAY_DIFFER + found.accuracy:
            return
        facts: dict[str, Fact] = {
            "url": url,
            "problem": f"it says {said.isoformat()}, this PC {here.isoformat()}",
            "said": said.isoformat(timespec="seconds"),
            "here": here.isoformat(timespec="seconds"),
            "ahead_s": round((said - here).total_seconds()),
            "why": Why.CLOCK,
        }
        dated = _date(answer.headers.get("date", ""))
        witness = dated is not None and abs(dated - said) <= _CLOCKS_AGREE
        raise ClockWrong("", **facts) if witness else TimestampInvalid("", **facts)


def _two_agree(failures: Sequence[TimestampError]) -> bool:
    """Do two services say the same time, which is not this PC's?"""
    off = sorted(a for f in failures if isinstance(a := f.facts.get("ahead_s"), int))
    return any(b - a <= _CLOCKS_AGREE.total_seconds() for a, b in pairwise(off))


def _failure(problem: TimestampError) -> Failure:
    """For the service's record."""
    facts = problem.facts
    later, ahead = facts.get("retry_after"), facts.get("ahead_s")
    usual = Why.SILENT if isinstance(problem, TimestampUnreachable) else Why.REFUSED
    why = Why(str(facts.get("why") or (Why.INVALID if isinstance(problem, TimestampInvalid) else usual)))
    pause = timedelta(seconds=later) if isinstance(later, int) else None
    if why in (Why.CLOCK, Why.LOCKED):
        pause = timedelta(0)  # mended on this PC, it is good at once
    return Failure(
        problem=str(facts.get("problem", problem.code)),
        why=why,
        pause=pause,
        ahead=timedelta(seconds=ahead) if isinstance(ahead, int) else None,
        clock_wrong=isinstance(problem, ClockWrong),
    )


def _private(url: str) -> bool:
    """Does what is sent there stay between the two? Over TLS, or within this PC."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _later(answer: HttpAnswer, now: datetime) -> int | None:
    """Retry-After in seconds (RFC 9110 section 10.2.3); as a date it is held against the answer's own."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), _LONGEST_LATER)
    until = _date(text)
    if until is None:
        return None
    seconds = (until - (_date(answer.headers.get("date", "")) or now)).total_seconds()
    return max(0, min(round(seconds), _LONGEST_LATER))


def _date(text: str) -> datetime | None:
    """An HTTP date, or None."""
    try:
        found = parsedate_to_datetime(text[:64])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


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
