"""ServerLine: a server whose identity is pinned, asked with the device's proofs and a session.

Trust comes in this order: TLS, then the server's own identity (`Server-Id`, `Epoch`, pinned in the profile at the first
contact), and only then is anything sent that matters: a session, an operation, a file.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from econtract_core.messages import PROTOCOL_VERSION
from econtract_core.messages.account import About
from econtract_core.rules.errors import (
    DeviceUnproven,
    LoginRequired,
    ServerAnswerInvalid,
    ServerChanged,
)
from econtract_desktop.api.answers import error, message, stored
from econtract_desktop.api.card_login import origin_of
from econtract_desktop.api.device import Device
from econtract_desktop.api.http_errors import host_of
from econtract_desktop.ports.http import FileHttp, HttpAnswer

PINNED = "server"  # settings of the profile: {server_id, epoch} …
SEALS = "seals"  # set: this server gives proofs of arrival
SESSION = "session"  # … and {origin, token}
T = TypeVar("T")


class SessionStore(Protocol):
    """Where the session and the server's identity are kept; `ports.store.Store` is one."""

    def setting(self, name: str) -> str | None: ...

    def keep_setting(self, name: str, value: str | None) -> None: ...


class ServerLine:
    """Blocking; thread-safe; nothing is sent before its first call."""

    def __init__(
        self,
        http: FileHttp,
        origin: str,
        profile: SessionStore,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises ServerNotTrusted where `origin` is not https, UsageError where it is no origin."""
        self.http = http
        self.origin = origin_of(origin)
        self.host = host_of(self.origin)
        self.profile = profile
        self.device = Device(profile, now)
        self._lock = threading.Lock()
        self._met = False

    def about(self) -> About:
        answer = self.check(self.http.request("GET", self.origin + "/v1/about"), None)
        about = message(About, answer, self.host)
        if about.server_id != answer.headers["server-id"] or about.protocol != PROTOCOL_VERSION:
            raise ServerAnswerInvalid(host=self.host, problem=f"protocol {about.protocol}")
        self.device.set_clock(about.time)
        if about.seals and self.profile.setting(SEALS) is None:
            self.profile.keep_setting(SEALS, SEALS)  # from now on it always must
        self._met = True
        return about

    def as_user(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        """In the session there is. Raises LoginRequired, and whatever the server names."""
        token = self.token()
        self.meet()
        return self.exchange(method, path, body=body, headers=headers, limit=limit, token=token)

    def exchange(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 10_000_000,
        token: str | None = None,
    ) -> HttpAnswer:
        """One question and its answer, with the device's proof; with `token`, in that session."""
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body.encode() if body is not None else b"" if method == "POST" else None
        url = self.origin + path

        def ask() -> HttpAnswer:
            proven = sent | self.device.headers(method, url, token)
            return self.check(self.http.request(method, url, body=data, headers=proven, limit=limit), token)

        return self.tried(ask)

    def tried(self, call: Callable[[], T]) -> T:
        """Once more where the clocks have parted since, or the network had sent the same proof twice."""
        try:
            return call()
        except DeviceUnproven as problem:
            if problem.facts.get("problem") not in ("clock", "came before"):
                raise
        self.about()
        return call()

    def meet(self) -> None:
        """Find out whom we talk to before anything is sent that matters; once for this object."""
        if not self._met:
            self.about()

    def check(self, answer: HttpAnswer, token: str | None) -> HttpAnswer:
        """Raises the answer's error. An ended session is forgotten."""
        if answer.status >= 500 and "server-id" not in answer.headers:
            raise error(answer, self.host)  # a gateway in front of the server; it has no identity to check
        self.check_identity(answer)
        if answer.status in (200, 201, 204, 206):
            return answer
        problem = error(answer, self.host)
        if isinstance(problem, LoginRequired) and token is not None:
            self._forget(token)
        raise problem

    def check_identity(self, answer: HttpAnswer) -> None:
        found = {"server_id": answer.headers.get("server-id", ""), "epoch": answer.headers.get("epoch", "")}
        if not all(found.values()):
            raise ServerAnswerInvalid(host=self.host, problem=f"status {answer.status} without Server-Id")
        with self._lock:
            expected = stored(self.profile.setting(PINNED))
            if not expected:
                self.profile.keep_setting(PINNED, json.dumps(found))
            elif expected != found:
                self._met = False
                raise ServerChanged(expected="/".join(expected.values()), found="/".join(found.values()))

    def token(self) -> str:
        """Raises LoginRequired. A session belongs to the address that gave it."""
        session = stored(self.profile.setting(SESSION))
        if session.get("origin") != self.origin or "token" not in session:
            raise LoginRequired()
        return session["token"]

    def _forget(self, token: str) -> None:
        with self._lock:  # not the session that another thread has just begun
            if stored(self.profile.setting(SESSION)).get("token") == token:
                self.profile.keep_setting(SESSION, None)
