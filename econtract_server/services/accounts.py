"""Card log-in and sessions."""

from __future__ import annotations

import secrets
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256

from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.identity import read_holder
from econtract_core.messages.account import NONCE_PREFIX, Challenge, LoginAnswer, LoginRequest, Who
from econtract_core.rules.errors import CardUnknown, CertificateRevoked, LoginRefused, LoginRequired
from econtract_server.repository import registry, sessions
from econtract_server.repository.registry import Member
from econtract_server.services import web_eid
from econtract_server.services.office import Office


class Accounts:
    def __init__(self, office: Office) -> None:
        self._office = office

    def challenge(self) -> Challenge:
        """A nonce of 256 bits, good for one try."""
        now = self._office.now()
        expires = now + timedelta(seconds=self._office.config.challenge_seconds)
        challenge_id, nonce = secrets.token_hex(16), NONCE_PREFIX + secrets.token_urlsafe(32)
        with self._office.database.writing() as connection:
            sessions.add_challenge(connection, challenge_id, nonce, expires, now)
        return Challenge(challenge_id=challenge_id, nonce=nonce, expires=expires)

    def log_in(self, request: LoginRequest) -> LoginAnswer:
        """Cheap checks first; the nonce is used up even where the signature then fails. Raises LoginRefused,
        CertificateRevoked, CardUnknown."""
        now = self._office.now()
        with self._office.database.writing() as connection:
            nonce = sessions.take_challenge(connection, request.challenge_id, now)
        if nonce is None:
            raise LoginRefused(problem="challenge")
        certificate = web_eid.read_certificate(request.token)
        web_eid.check_purpose(certificate)
        der = b64decode(request.token.unverifiedCertificate)
        self._check_chain(der)
        web_eid.check_signature(request.token, certificate, self._office.config.origin, nonce)
        fingerprint = sha256(der).hexdigest()
        token = secrets.token_urlsafe(32)
        with self._office.database.writing() as connection:
            member = registry.member(connection, fingerprint)
            if member is None:
                raise CardUnknown(holder=read_holder(der).name)
            sessions.add_session(connection, _hash(token), member.user_id, fingerprint, now)
        expires = now + timedelta(seconds=self._office.config.session_seconds)
        return LoginAnswer(session_token=token, who=_who(member, expires.isoformat()))

    def session(self, token: str) -> Member:
        """Who this token belongs to. Raises LoginRequired where it is unknown or too old."""
        now, config = self._office.now(), self._office.config
        with self._office.database.writing() as connection:
            found = sessions.find_session(connection, _hash(token))
            if found is None:
                raise LoginRequired()
            idle = now - found.last_seen > timedelta(seconds=config.session_idle_seconds)
            member = registry.member(connection, found.certificate_sha256)
            if not (idle or member is None or now - found.issued > timedelta(seconds=config.session_seconds)):
                if now - found.last_seen > timedelta(seconds=30):
                    sessions.touch_session(connection, _hash(token), now)
                return member
            sessions.end_session(connection, _hash(token))
        raise LoginRequired()

    def who(self, token: str) -> Who:
        member = self.session(token)
        with self._office.database.reading() as connection:
            found = sessions.find_session(connection, _hash(token))
        if found is None:
            raise LoginRequired()
        expires = found.issued + timedelta(seconds=self._office.config.session_seconds)
        return _who(member, expires.isoformat())

    def log_out(self, token: str) -> None:
        with self._office.database.writing() as connection:
            sessions.end_session(connection, _hash(token))

    def _check_chain(self, der: bytes) -> None:
        """A chain to the trust folder, valid now, nothing in it revoked."""
        now = self._office.now()
        result = self._office.trust.chain(der, (), now)
        if result.chain is None:
            raise LoginRefused(result.problem, problem=str(result.sub_indication))
        lists = self._office.revocation.for_certificates(result.chain.certificates)
        standing = RevocationData(lists, ()).worst(result.chain, now, now).standing
        if standing in (Standing.REVOKED, Standing.HELD):
            raise CertificateRevoked(certificate_sha256=sha256(der).hexdigest())
        if standing is not Standing.GOOD and self._office.config.revocation_required:
            raise LoginRefused(problem=f"revocation {standing}")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _who(member: Member, expires: str) -> Who:
    return Who.model_validate(
        {
            "user_id": member.user_id,
            "user": member.display_name,
            "organization_id": member.organization_id,
            "organization": member.organization,
            "contractor_number": member.contractor_number,
            "role": member.role,
            "side": member.side,
            "certificate_sha256": member.certificate_sha256,
            "expires": expires,
        }
    )
