"""The central's HTTP API in memory: what HttpsServer talks to in tests. It checks the log-in token as a server does."""

from __future__ import annotations

import secrets
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from econtract_core.identity.device import check_proof
from econtract_core.messages import PROTOCOL_VERSION
from econtract_core.messages.account import NONCE_PREFIX, About, AuthToken, Challenge, LoginAnswer, LoginRequest, Who
from econtract_core.messages.base import Message
from econtract_core.messages.cases import CaseList, ErrorAnswer, ErrorData, Operation
from econtract_core.rules.errors import CardUnknown, EcontractError, LoginRefused, LoginRequired, NotFound
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.http import HttpAnswer
from tests.fakes.central import Central, FakePerson
from tests.fakes.http import Sent

_STATUS = {LoginRequired: 401, LoginRefused: 401, CardUnknown: 403, NotFound: 404}


class Wire:
    """Give `answer` to a FakeHttp as its `others`."""

    def __init__(self, central: Central, origin: str, clock: Clock) -> None:
        self.server_id, self.epoch = "wire", "1"
        self.sessions: dict[str, FakePerson] = {}
        self._central = central
        self._origin = origin
        self._clock = clock
        self._nonces: dict[str, str] = {}

    def answer(self, sent: Sent) -> HttpAnswer:
        try:
            status, said = self._route(sent)
        except EcontractError as error:
            facts = dict(error.facts.items())
            status = _STATUS.get(type(error), 422)
            said = ErrorAnswer(error=ErrorData(code=error.code, detail=error.detail, facts=facts))
        headers = {"Server-Id": self.server_id, "Epoch": self.epoch, "Date": "Mon, 23 Nov 2026 00:00:00 GMT"}
        if isinstance(said, Message):
            return HttpAnswer(status, {**headers, "Content-Type": "application/json"}, said.model_dump_json().encode())
        return HttpAnswer(status, {**headers, "Content-Type": "application/octet-stream"}, said)

    def _route(self, sent: Sent) -> tuple[int, Message | bytes]:
        place = [unquote(part) for part in urlsplit(sent.url).path.split("/")[2:]]
        if (sent.method, place) == ("GET", ["about"]):
            return 200, self._about()
        token = sent.headers.get("Authorization", "").removeprefix("DPoP ") or None
        check_proof(sent.headers["DPoP"], sent.method, sent.url, self._clock.now(), token)
        if (sent.method, place) == ("POST", ["auth", "challenge"]):
            return 200, self._challenge()
        if (sent.method, place) == ("POST", ["auth", "login"]):
            return 200, self._log_in(LoginRequest.model_validate_json(sent.body))
        if token is None or token not in self.sessions:
            raise LoginRequired()
        return self._for(self.sessions[token], token, sent, place)

    def _for(self, person: FakePerson, token: str, sent: Sent, place: list[str]) -> tuple[int, Message | bytes]:
        if (sent.method, place) == ("POST", ["auth", "logout"]):
            del self.sessions[token]
            return 204, b""
        if (sent.method, place) == ("GET", ["whoami"]):
            return 200, self._who(person)
        if (sent.method, place) == ("POST", ["ops"]):
            operation = Operation.model_validate_json(sent.body)
            assert sent.headers["Idempotency-Key"] == f'"{operation.operation_id}"'
            assert sent.headers["If-Match"] == f'"{operation.base_revision}"'
            return 200, self._central.operate(person, operation)
        if (sent.method, place) == ("GET", ["cases"]):
            return 200, CaseList(cases=self._central.seen_by(person))
        if sent.method == "GET" and len(place) == 2 and place[0] == "cases":
            return 200, self._central.case_data(person, place[1])
        if len(place) == 2 and place[0] == "blobs":
            if sent.method == "HEAD":
                return (200 if place[1] in self._central.blobs else 404), b""
            self._central.store(sent.body, place[1])
            return 201, b""
        if len(place) == 4 and place[0] == "contracts":
            return 200, self._central.file(person, place[1], place[3])
        raise NotFound(wanted="/".join(place))

    def _about(self) -> About:
        return About(
            server_id=self.server_id,
            epoch=self.epoch,
            protocol=PROTOCOL_VERSION,
            version="0",
            name="wire",
            time=self._clock.now(),
        )

    def _challenge(self) -> Challenge:
        challenge_id, nonce = secrets.token_hex(8), NONCE_PREFIX + secrets.token_urlsafe(32)
        self._nonces[challenge_id] = nonce
        return Challenge(challenge_id=challenge_id, nonce=nonce, expires=self._clock.now() + timedelta(minutes=5))

    def _log_in(self, request: LoginRequest) -> LoginAnswer:
        nonce = self._nonces.pop(request.challenge_id, None)
        if nonce is None or not self._holds(request.token, nonce):
            raise LoginRefused(problem="signature")
        found = sha256(b64decode(request.token.unverifiedCertificate)).hexdigest()
        for person in self._central.people:
            if person.certificate_sha256 == found:
                token = secrets.token_urlsafe(32)
                self.sessions[token] = person
                return LoginAnswer(session_token=token, who=self._who(person))
        raise CardUnknown(holder="")

    def _holds(self, token: AuthToken, nonce: str) -> bool:
        key = x509.load_der_x509_certificate(b64decode(token.unverifiedCertificate)).public_key()
        value = sha256(self._origin.encode()).digest() + sha256(nonce.encode()).digest()
        raw = b64decode(token.signature)
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(raw, value, padding.PKCS1v15(), hashes.SHA256())
            elif isinstance(key, ec.EllipticCurvePublicKey):
                r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
                key.verify(encode_dss_signature(r, s), value, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def _who(self, person: FakePerson) -> Who:
        return Who(
            user_id=person.user_id,
            user=person.user,
            organization_id=person.organization_id,
            organization=person.organization,
            contractor_number=person.contractor_number,
            role=person.role,
            side=person.side,
            certificate_sha256=person.certificate_sha256,
            expires=self._clock.now() + timedelta(hours=8),
        )
