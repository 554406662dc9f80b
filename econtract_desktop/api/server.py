"""HttpsServer: the central server over its HTTP API (`/v1`, JSON)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.messages.account import About, Challenge, LoginAnswer, LoginRequest, Who
from econtract_core.messages.cases import CaseData, CaseList, Operation, OperationAnswer
from econtract_core.rules.errors import (
    DocumentAltered,
    FileNotReadable,
    LoginRequired,
    NetworkError,
    NotFound,
    ServerAnswerInvalid,
)
from econtract_desktop.api.answers import message, stored
from econtract_desktop.api.card_login import make_token
from econtract_desktop.api.line import PINNED, SEALS, SESSION, ServerLine
from econtract_desktop.api.receipts import Sent, check_receipt
from econtract_desktop.ports.card import CardToken

if TYPE_CHECKING:
    from econtract_core.evidence.trust import TrustStore

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN = re.compile(r"[\x21-\x7e]{16,512}")
_LIST_LIMIT = 100_000_000
_FILE_LIMIT = 500_000_000


class HttpsServer:
    """`ports.server.Server`. Blocking; thread-safe; nothing is sent before its first call."""

    def __init__(self, line: ServerLine, trust: Callable[[], TrustStore] | None = None) -> None:
        """`trust`: whom proofs of arrival lead to; None: they are passed on as they come."""
        self._line = line
        self._trust = trust

    @property
    def origin(self) -> str:
        return self._line.origin

    def about(self) -> About:
        return self._line.about()

    def log_in(self, card: CardToken) -> Who:
        """See the port. A challenge is good for one try."""
        self._line.meet()
        challenge = message(Challenge, self._line.exchange("POST", "/v1/auth/challenge"), self._line.host)
        token = make_token(card, self._line.origin, challenge.nonce)
        request = LoginRequest(challenge_id=challenge.challenge_id, token=token)
        answer = message(
            LoginAnswer, self._line.exchange("POST", "/v1/auth/login", body=request.model_dump_json()), self._line.host
        )
        if answer.who.certificate_sha256 != card.certificate.sha256 or not _TOKEN.fullmatch(answer.session_token):
            raise ServerAnswerInvalid(host=self._line.host, problem="session")
        session = {"origin": self._line.origin, "token": answer.session_token}
        self._line.profile.keep_setting(SESSION, json.dumps(session))
        return answer.who

    def who(self) -> Who:
        return message(Who, self._line.as_user("GET", "/v1/whoami"), self._line.host)

    def log_out(self) -> None:
        """Forgets the session here in any case; where the server cannot be told, it ends there by its own time limit."""
        try:
            self._line.as_user("POST", "/v1/auth/logout")
        except (NetworkError, LoginRequired):
            return
        finally:
            self._line.profile.keep_setting(SESSION, None)

    def cases(self) -> tuple[CaseData, ...]:
        return message(CaseList, self._line.as_user("GET", "/v1/cases", limit=_LIST_LIMIT), self._line.host).cases

    def case(self, case_id: str) -> CaseData:
        return message(CaseData, self._line.as_user("GET", f"/v1/cases/{_part(case_id)}"), self._line.host)

    def operate(self, operation: Operation) -> OperationAnswer:
        headers = {
            "Idempotency-Key": f'"{operation.operation_id}"',
            "If-Match": f'"{operation.base_revision}"',
        }
        said = self._line.as_user("POST", "/v1/ops", body=operation.model_dump_json(), headers=headers)
        answer = message(OperationAnswer, said, self._line.host)
        if answer.operation_id != operation.operation_id:
            raise ServerAnswerInvalid(host=self._line.host, problem="another operation's answer")
        if answer.receipt is None and self._line.profile.setting(SEALS) is not None:
            raise ServerAnswerInvalid(host=self._line.host, problem="no proof of arrival")
        if answer.receipt is not None and self._trust is not None:
            sent = Sent(operation.operation_id, operation.model_dump_json(), answer.arrived_at)
            pinned = stored(self._line.profile.setting(PINNED))
            check_receipt(sent, answer.receipt, pinned, self._line.origin, self._trust())
        return answer

    def upload(self, file: Path, sha256: str) -> None:
        """See the port. Raises FileNotReadable too."""
        found = _hash(file)
        if found != sha256:
            raise DocumentAltered(file=file.name, expected=sha256, found=found)
        token = self._line.token()
        self._line.meet()
        url = f"{self._line.origin}/v1/blobs/{sha256}"
        self._line.tried(lambda: self._upload(file, url, token))

    def download(self, contract_id: str, sha256: str, destination: Path) -> None:
        token = self._line.token()
        self._line.meet()
        url = f"{self._line.origin}/v1/contracts/{_part(contract_id)}/files/{_part(sha256)}"

        def fetch() -> None:
            headers = self._line.device.headers("GET", url, token)
            answer = self._line.http.get_to_file(url, destination, sha256, headers=headers, limit=_FILE_LIMIT)
            self._line.check(answer, token)

        self._line.tried(fetch)

    def _upload(self, file: Path, url: str, token: str) -> None:
        there = self._line.http.request("HEAD", url, headers=self._line.device.headers("HEAD", url, token))
        if there.status in (200, 401, 429) or there.status >= 500:
            self._line.check(there, token)
            return
        # Not there. Any other reason has no body in a HEAD; the PUT says it in full.
        self._line.check_identity(there)
        headers = {**self._line.device.headers("PUT", url, token), "Content-Type": "application/octet-stream"}
        self._line.check(self._line.http.put_file(url, file, headers=headers), token)


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
