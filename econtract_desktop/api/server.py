"""HttpsServer: the central server over its HTTP API (`/v1`, JSON).

Trust comes in this order: TLS, then the server's own identity (`Server-Id`, `Epoch`, pinned in the profile at the first
contact), and only then is anything sent that matters: a session, an operation, a file.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from econtract_core.messages import PROTOCOL_VERSION
from econtract_core.messages.account import About, Challenge, LoginAnswer, LoginRequest, Who
from econtract_core.messages.cases import CaseData, CaseList, Operation, OperationAnswer
from econtract_core.rules.errors import (
    DeviceUnproven,
    DocumentAltered,
    FileNotReadable,
    LoginRequired,
    NetworkError,
    NotFound,
    ServerAnswerInvalid,
    ServerChanged,
)
from econtract_desktop.api.answers import error, message, stored
from econtract_desktop.api.card_login import make_token, origin_of
from econtract_desktop.api.device import Device
from econtract_desktop.api.http_errors import host_of
from econtract_desktop.api.receipts import check_receipt
from econtract_desktop.ports.card import CardToken
from econtract_desktop.ports.http import FileHttp, HttpAnswer

if TYPE_CHECKING:
    from econtract_core.evidence.trust import TrustStore

PINNED = "server"  # settings of the profile: {server_id, epoch} …
SEALS = "seals"  # set: this server gives proofs of arrival
SESSION = "session"  # … and {origin, token}
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{16,512}")
T = TypeVar("T")
_LIST_LIMIT = 100_000_000
_FILE_LIMIT = 500_000_000


class SessionStore(Protocol):
    """Where the session and the server's identity are kept; `ports.store.Store` is one."""

    def setting(self, name: str) -> str | None: ...

    def keep_setting(self, name: str, value: str | None) -> None: ...


class HttpsServer:
    """`ports.server.Server`. Blocking; thread-safe; nothing is sent before its first call."""

    def __init__(
        self,
        http: FileHttp,
        origin: str,
        profile: SessionStore,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        trust: Callable[[], TrustStore] | None = None,
    ) -> None:
        """`trust`: whom proofs of arrival lead to; None: they are passed on as they come."""
        """Raises ServerNotTrusted where `origin` is not https, UsageError where it is no origin."""
        self._http = http
        self._origin = origin_of(origin)
        self._host = host_of(self._origin)
        self._profile = profile
        self._device = Device(profile, now)
        self._trust = trust
        self._lock = threading.Lock()
        self._met = False

    @property
    def origin(self) -> str:
        return self._origin

    def about(self) -> About:
        answer = self._check(self._http.request("GET", self._origin + "/v1/about"), None)
        about = message(About, answer, self._host)
        if about.server_id != answer.headers["server-id"] or about.protocol != PROTOCOL_VERSION:
            raise ServerAnswerInvalid(host=self._host, problem=f"protocol {about.protocol}")
        self._device.set_clock(about.time)
        if about.seals and self._profile.setting(SEALS) is None:
            self._profile.keep_setting(SEALS, SEALS)  # from now on it always must
        self._met = True
        return about

    def log_in(self, card: CardToken) -> Who:
        """See the port. A challenge is good for one try."""
        self._meet()
        challenge = message(Challenge, self._exchange("POST", "/v1/auth/challenge"), self._host)
        token = make_token(card, self._origin, challenge.nonce)
        request = LoginRequest(challenge_id=challenge.challenge_id, token=token)
        answer = message(
            LoginAnswer, self._exchange("POST", "/v1/auth/login", body=request.model_dump_json()), self._host
        )
        if answer.who.certificate_sha256 != card.certificate.sha256 or not _TOKEN.fullmatch(answer.session_token):
            raise ServerAnswerInvalid(host=self._host, problem="session")
        session = {"origin": self._origin, "token": answer.session_token}
        self._profile.keep_setting(SESSION, json.dumps(session))
        return answer.who

    def who(self) -> Who:
        return message(Who, self._as_user("GET", "/v1/whoami"), self._host)

    def log_out(self) -> None:
        """Forgets the session here in any case; where the server cannot be told, it ends there by its own time limit."""
        try:
            self._as_user("POST", "/v1/auth/logout")
        except (NetworkError, LoginRequired):
            return
        finally:
            self._profile.keep_setting(SESSION, None)

    def cases(self) -> tuple[CaseData, ...]:
        return message(CaseList, self._as_user("GET", "/v1/cases", limit=_LIST_LIMIT), self._host).cases

    def case(self, case_id: str) -> CaseData:
        return message(CaseData, self._as_user("GET", f"/v1/cases/{_part(case_id)}"), self._host)

    def operate(self, operation: Operation) -> OperationAnswer:
        headers = {
            "Idempotency-Key": f'"{operation.operation_id}"',
            "If-Match": f'"{operation.base_revision}"',
        }
        said = self._as_user("POST", "/v1/ops", body=operation.model_dump_json(), headers=headers)
        answer = message(OperationAnswer, said, self._host)
        if answer.operation_id != operation.operation_id:
            raise ServerAnswerInvalid(host=self._host, problem="another operation's answer")
        if answer.receipt is None and self._profile.setting(SEALS) is not None:
            raise ServerAnswerInvalid(host=self._host, problem="no proof of arrival")
        if answer.receipt is not None and self._trust is not None:
            check_receipt(operation, answer, stored(self._profile.setting(PINNED)), self._origin, self._trust())
        return answer

    def upload(self, file: Path, sha256: str) -> None:
        """See the port. Raises FileNotReadable too."""
        found = _hash(file)
        if found != sha256:
            raise DocumentAltered(file=file.name, expected=sha256, found=found)
        token = self._token()
        self._meet()
        url = f"{self._origin}/v1/blobs/{sha256}"
        self._tried(lambda: self._upload(file, url, token))

    def download(self, contract_id: str, sha256: str, destination: Path) -> None:
        token = self._token()
        self._meet()
        url = f"{self._origin}/v1/contracts/{_part(contract_id)}/files/{_part(sha256)}"

        def fetch() -> None:
            headers = self._device.headers("GET", url, token)
            answer = self._http.get_to_file(url, destination, sha256, headers=headers, limit=_FILE_LIMIT)
            self._check(answer, token)

        self._tried(fetch)

    def _upload(self, file: Path, url: str, token: str) -> None:
        there = self._http.request("HEAD", url, headers=self._device.headers("HEAD", url, token))
        if there.status in (200, 401, 429) or there.status >= 500:
            self._check(there, token)
            return
        # Not there. Any other reason has no body in a HEAD; the PUT says it in full.
        self._check_identity(there)
        headers = {**self._device.headers("PUT", url, token), "Content-Type": "application/octet-stream"}
        self._check(self._http.put_file(url, file, headers=headers), token)

    def _as_user(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        token = self._token()
        self._meet()
        return self._exchange(method, path, body=body, headers=headers, limit=limit, token=token)

    def _exchange(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 10_000_000,
        token: str | None = None,
    ) -> HttpAnswer:
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body.encode() if body is not None else b"" if method == "POST" else None
        url = self._origin + path

        def ask() -> HttpAnswer:
            proven = sent | self._device.headers(method, url, token)
            return self._check(self._http.request(method, url, body=data, headers=proven, limit=limit), token)

        return self._tried(ask)

    def _tried(self, call: Callable[[], T]) -> T:
        """Once more where the clocks have parted since, or the network had sent the same proof twice."""
        try:
            return call()
        except DeviceUnproven as problem:
            if problem.facts.get("problem") not in ("clock", "came before"):
                raise
        self.about()
        return call()

    def _meet(self) -> None:
        """Find out whom we talk to before anything is sent that matters; once for this object."""
        if not self._met:
            self.about()

    def _check(self, answer: HttpAnswer, token: str | None) -> HttpAnswer:
        """Raises the answer's error. An ended session is forgotten."""
        if answer.status >= 500 and "server-id" not in answer.headers:
            raise error(answer, self._host)  # a gateway in front of the server; it has no identity to check
        self._check_identity(answer)
        if answer.status in (200, 201, 204, 206):
            return answer
        problem = error(answer, self._host)
        if isinstance(problem, LoginRequired) and token is not None:
            self._forget(token)
        raise problem

    def _check_identity(self, answer: HttpAnswer) -> None:
        found = {"server_id": answer.headers.get("server-id", ""), "epoch": answer.headers.get("epoch", "")}
        if not all(found.values()):
            raise ServerAnswerInvalid(host=self._host, problem=f"status {answer.status} without Server-Id")
        with self._lock:
            expected = stored(self._profile.setting(PINNED))
            if not expected:
                self._profile.keep_setting(PINNED, json.dumps(found))
            elif expected != found:
                self._met = False
                raise ServerChanged(expected="/".join(expected.values()), found="/".join(found.values()))

    def _token(self) -> str:
        """Raises LoginRequired. A session belongs to the address that gave it."""
        session = stored(self._profile.setting(SESSION))
        if session.get("origin") != self._origin or "token" not in session:
            raise LoginRequired()
        return session["token"]

    def _forget(self, token: str) -> None:
        with self._lock:  # not the session that another thread has just begun
            if stored(self._profile.setting(SESSION)).get("token") == token:
                self._profile.keep_setting(SESSION, None)


def _part(identifier: str) -> str:
    """An identifier as part of an address; what cannot be one is nowhere."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise NotFound(wanted=identifier)
    return identifier


def _hash(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        raise FileNotReadable(path=str(file), problem=problem.strerror or type(problem).__name__) from None
