"""Checking RFC 3161 timestamp tokens: imprint, signature, key usage, chain to a trust anchor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from econtract_core.evidence import cms, der
from econtract_core.evidence.certificates import STRANGE, load_certificate
from econtract_core.evidence.strength import ALWAYS, digest_until
from econtract_core.evidence.trust import Chain, TrustStore
from econtract_core.evidence.verdict import SubIndication
from econtract_core.identity.certificate import read_parts
from econtract_core.identity.names import COMMON_NAME
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument

_SKEW = timedelta(minutes=5)  # between the clocks of services, and of this PC


@dataclass(frozen=True)
class TokenCheck:
    """What a token proves. `sub_indication` None: it holds. `broken`: it can never hold (wrong imprint, bad signature)."""

    time: datetime | None
    service: str  # common name of the service's certificate
    sub_indication: SubIndication | None
    broken: bool
    problem: str
    nonce: int | None = None
    accuracy: timedelta = timedelta(0)
    certificate: bytes | None = field(default=None, repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    chain: Chain | None = field(default=None, repr=False)
    policy: str = ""  # dotted OID


def check_token(
    token: bytes,
    digest_of: Callable[[str], bytes],
    trust: TrustStore,
    *,
    at: datetime | None,
    others: tuple[bytes, ...] = (),
) -> TokenCheck:
    """Check a TimeStampToken (DER; padding after it is fine) over data whose digest by an algorithm `digest_of` tells.

    The service's chain must be valid, and the algorithms good, at `at`, a moment the token is known to have existed; None: at
    its own time, for a token that was made just now. Nor may the token be older than the service's certificate.
    TIMESTAMP_ORDER_FAILURE: it says that it was made after `at`. Revocation is not looked at.
    Never raises for what is in the token.
    """
    try:
        message = cms.read(token, "timestamp")
        info = _info(message)
        digest = cms.digest(message.digest_algorithm, message.content or b"")
        fits = bool(info.imprint) and info.imprint == digest_of(info.algorithm)
    except (NotAPdf, UnsupportedDocument) as problem:
        return TokenCheck(None, "", SubIndication.FORMAT_FAILURE, True, str(problem.facts.get("problem", "")))

    service = _service(message.certificate or b"")

    def result(sub: SubIndication | None, broken: bool, problem: str, chain: Chain | None = None) -> TokenCheck:
        facts = (info.nonce, info.accuracy, message.certificate, message.certificates, chain, info.policy)
        return TokenCheck(info.time, service.name, sub, broken, problem, *facts)

    if not fits:
        return result(SubIndication.HASH_FAILURE, True, "the imprint is of something else")
    failure = cms.check(message, digest)
    if failure not in (None, SubIndication.CRYPTO_CONSTRAINTS_FAILURE):
        return result(failure, True, "the token's signature")
    assert message.certificate is not None
    known = at or info.time
    sub, why = _in_time(message, info, known)
    if sub is not None:
        return result(sub, False, why)
    if not _may_stamp(message.certificate):
        return result(SubIndication.CHAIN_CONSTRAINTS_FAILURE, False, "the certificate is not for timestamping")
    found = trust.chain(message.certificate, (*message.certificates, *others), known, "tsa")
    if found.chain is None:
        return result(found.sub_indication, False, found.problem)
    if service.begins - info.time > _SKEW:
        return result(SubIndication.NOT_YET_VALID, False, "it is older than the service's certificate")
    return result(None, False, "", found.chain)


def _in_time(message: cms.SignedMessage, info: _Info, known: datetime) -> tuple[SubIndication | None, str]:
    """Whether the algorithms and the token's own time fit a token that was there at `known`."""
    until = min(cms.good_until(message), digest_until(info.algorithm))
    if known >= until:
        was_good = info.time < until
        weak = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE if was_good else weak, "an algorithm that is too weak"
    if info.time - known > _SKEW:
        return SubIndication.TIMESTAMP_ORDER_FAILURE, "its time lies after a moment when it was there"
    return None, ""


@dataclass(frozen=True)
class _Info:
    algorithm: str
    imprint: bytes
    time: datetime
    accuracy: timedelta
    nonce: int | None
    policy: str


def _info(message: cms.SignedMessage) -> _Info:
    """TSTInfo (RFC 3161 2.4.2). Raises UnsupportedDocument."""
    if message.content_type != "tst_info" or message.content is None:
        raise UnsupportedDocument(file="timestamp", problem="not a timestamp token")
    parts = list(der.element(message.content).children())
    try:
        version, policy, imprint, _serial, time, *rest = parts
        algorithm, hashed = imprint.children()
    except ValueError:
        raise UnsupportedDocument(file="timestamp", problem="an element is missing") from None
    if int.from_bytes(version.value, "big") != 1:
        raise UnsupportedDocument(file="timestamp", problem="another version")
    accuracy, nonce = timedelta(0), None
    for part in rest:
        if part.tag == der.SEQUENCE:
            accuracy = _accuracy(part)
        elif part.tag == der.INTEGER:
            nonce = int.from_bytes(part.value, "big", signed=True)
    return _Info(
        cms.digest_name(algorithm), hashed.value, der.generalized_time(time), accuracy, nonce, _dotted(policy.value)
    )


def _dotted(oid: bytes) -> str:
    """An OBJECT IDENTIFIER's content as people write it (X.690 8.19)."""
    arcs, arc = [], 0
    for octet in oid:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _accuracy(accuracy: der.Element) -> timedelta:
    units = {der.INTEGER: 1_000_000, 0x80: 1_000, 0x81: 1}  # seconds, millis, micros
    return timedelta(
        microseconds=sum(int.from_bytes(p.value, "big") * units.get(p.tag, 0) for p in accuracy.children())
    )


def _may_stamp(certificate: bytes) -> bool:
    """RFC 3161 2.3: extended key usage is critical and holds timeStamping alone."""
    known = load_certificate(certificate)
    if known is None:
        return False
    try:
        usage = known.read.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (*STRANGE, x509.ExtensionNotFound):
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


@dataclass(frozen=True)
class _Service:
    name: str  # common name
    begins: datetime


@lru_cache(maxsize=32)  # one service stamps many documents
def _service(certificate: bytes) -> _Service:
    try:
        parts = read_parts(certificate)
    except UnsupportedDocument:
        return _Service("", ALWAYS)
    return _Service(parts.subject.text(COMMON_NAME), parts.not_before)
