"""Card log-in and sessions."""

from __future__ import annotations

import secrets
from base64 import b64decode
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.identity import read_holder
from econtract_core.identity.device import FRESH, Proof, check_proof
from econtract_core.messages.account import NONCE_PREFIX, AuthToken, Challenge, LoginAnswer, LoginRequest, Who
from econtract_core.rules.errors import (
    CardUnknown,
    CertificateEnded,
    CertificateRevoked,
    DeviceUnproven,
    LoginRefused,
    LoginRequired,
    RevocationUnavailable,
    ServerBusy,
)
from econtract_server.repository import registry, sessions
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.repository.sessions import ChallengeRow, SessionRow
from econtract_server.services import web_eid
from econtract_server.services.office import Office

_MOST_CHALLENGES = 50_000  # open at one time
SAFE = ("GET", "HEAD")
_SEEN_EVERY = timedelta(seconds=30)  # how exactly the last use of a session is known


class Accounts:
    """Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def challenge(self, device: Proof) -> Challenge:
        """A nonce of 256 bits, good for one try by this device. Raises ServerBusy where far too many are open."""
        now = self._office.now()
        expires = now + timedelta(seconds=self._office.config.challenge_seconds)
        challenge_id, nonce = secrets.token_hex(16), NONCE_PREFIX + secrets.token_urlsafe(32)
        with self._office.database.writing() as session:
            row = ChallengeRow(challenge_id, nonce, device.thumbprint, expires)
            if sessions.add_challenge(session, row, now) > _MOST_CHALLENGES:
                raise ServerBusy("log-ins", retry_after=60)
        return Challenge(challenge_id=challenge_id, nonce=nonce, expires=expires)

    def log_in(self, request: LoginRequest, device: Proof) -> LoginAnswer:
        """Whatever is wrong, the challenge is used up; cheap checks come first. Raises LoginRefused, CertificateRevoked,
        CardUnknown."""
        der = self.prove(request, device)
        now, fingerprint, holder = self._office.now(), sha256(der).hexdigest(), read_holder(der)
        token = secrets.token_urlsafe(32)
        ends = timedelta(seconds=self._office.config.session_seconds)
        with self._office.database.writing() as session:
            member = registry.member(session, fingerprint)
            if member is None:
                raise CardUnknown(holder=holder.name)
            row = SessionRow(member.user_id, fingerprint, device.thumbprint, now, now, card_ends=holder.not_after)
            sessions.add_session(session, _hash(token), row, ended_before=now - ends)
        return LoginAnswer(session_token=token, who=_who(member, now + ends))

    def prove(self, request: LoginRequest, device: Proof) -> bytes:
        """The certificate (DER) of a card that has answered its challenge. One that has ended still proves whose it was. Raises
        LoginRefused, CertificateRevoked, RevocationUnavailable."""
        now = self._office.now()
        with self._office.database.writing() as session:
            nonce = sessions.take_challenge(session, request.challenge_id, device.thumbprint, now)
        if nonce is None:
            raise LoginRefused(problem="challenge")
        return self._proved(request.token, nonce, now)

    def proof(self, text: str, request: tuple[str, str], token: str | None = None) -> Proof:
        """The device's proof for `request` (method, path). One that came with a request that changes something came once. Raises
        DeviceUnproven."""
        method, path = request
        now = self._office.now()
        found = check_proof(text, method, self._office.config.origin + path, now, token)
        if method not in SAFE:
            name = _hash(f"{found.thumbprint} {found.identifier}")
            with self._office.database.writing() as session:
                if not sessions.take_proof(session, name, found.at + 2 * FRESH, now):
                    raise DeviceUnproven(problem="came before")
        return found

    def session(self, token: str, device: Proof, *, changes: bool = False) -> Member:
        """Who this token belongs to; counts as a use. Raises LoginRequired where it is unknown, too old or another device's;
        CertificateEnded where it `changes` something with a card that only reads."""
        member = self._session(token, device)[0]
        if changes and member.only_reads(self._office.now()):
            raise CertificateEnded(not_after=member.card_ends.isoformat() if member.card_ends else "")
        return member

    def who(self, token: str, device: Proof) -> Who:
        """Raises LoginRequired."""
        return _who(*self._session(token, device))

    def log_out(self, token: str, device: Proof) -> None:
        """Harmless where there is no such session, or where it is another device's."""
        with self._office.database.writing() as session:
            found = sessions.find_session(session, _hash(token))
            if found is not None and found.device_key == device.thumbprint:
                sessions.end_session(session, _hash(token))

    def _session(self, token: str, device: Proof) -> tuple[Member, datetime]:
        """(member, absolute end). Only reads, as long as nothing has to be noted."""
        now, name = self._office.now(), _hash(token)
        with self._office.database.reading() as session:
            found = sessions.find_session(session, name)
            member = _member_of(session, found)
        if found is None or found.device_key != device.thumbprint:
            raise LoginRequired()
        ends = found.issued + timedelta(seconds=self._office.config.session_seconds)
        idle = found.last_seen + timedelta(seconds=self._office.config.session_idle_seconds)
        if member is None or now >= min(ends, idle):
            with self._office.database.writing() as session:
                sessions.end_session(session, name)
            raise LoginRequired()
        if now - found.last_seen >= _SEEN_EVERY:
            with self._office.database.writing() as session:
                sessions.touch_session(session, name, now)
        return member, ends

    def _proved(self, token: AuthToken, nonce: str, now: datetime) -> bytes:
        """The certificate (DER) whose card has signed our origin and this nonce."""
        web_eid.check_size(token)
        certificate = web_eid.read_certificate(token)
        web_eid.check_purpose(certificate)
        der = b64decode(token.unverifiedCertificate)
        self._check_standing(der, now)
        web_eid.check_signature(token, certificate, self._office.config.origin, nonce)
        return der

    def _check_standing(self, der: bytes, now: datetime) -> None:
        """A chain over the trust folder's certificates alone, valid now or at the card's last moment, nothing in it revoked."""
        ends = read_holder(der).not_after
        ended, at = now > ends, min(now, ends)
        result = self._office.trust.chain(der, (), at)
        if result.chain is None:
            raise LoginRefused(result.problem, problem=str(result.sub_indication))
        answers = self._office.revocation.for_chain(result.chain.certificates)
        standing = RevocationData(answers.crls, answers.ocsps).worst(result.chain, at, now).standing
        if standing in (Standing.REVOKED, Standing.HELD):
            raise CertificateRevoked(certificate_sha256=sha256(der).hexdigest())
        if ended:  # nobody tells of it any more; it changes nothing
            return
        if standing is not Standing.GOOD and self._office.config.revocation_required:
            if standing is Standing.UNKNOWN:
                raise RevocationUnavailable(url="")
            raise LoginRefused(problem=f"revocation {standing}")


def _member_of(session: Session, found: SessionRow | None) -> Member | None:
    """Whose session it is, as long as the certificate still is theirs."""
    member = registry.member(session, found.certificate_sha256) if found is not None else None
    if found is None or member is None or member.user_id != found.user_id:
        return None
    return replace(member, card_ends=found.card_ends)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _who(member: Member, expires: datetime) -> Who:
    return Who(
        user_id=member.user_id,
        user=member.display_name,
        organization_id=member.organization_id,
        organization=member.organization,
        contractor_number=member.contractor_number,
        role=member.role,
        side=member.side,
        certificate_sha256=member.certificate_sha256,
        expires=expires,
    )
