"""Whether a certificate was revoked, by the CRLs (RFC 5280) and OCSP responses (RFC 6960) at hand. No network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from asn1crypto.keys import PublicKeyInfo
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from econtract_core.evidence.certificates import STRANGE, Certificate, load_certificates
from econtract_core.evidence.strength import ALWAYS, digest_until, key_until
from econtract_core.evidence.trust import Chain
from econtract_core.identity.certificate import subject_public_key
from econtract_core.rules.errors import UnsupportedDocument

Proven = Callable[[bytes], datetime]
_SKEW = timedelta(minutes=5)
_STRANGE = (*STRANGE, UnsupportedDocument)


class Standing(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    HELD = "held"  # certificateHold
    UNKNOWN = "unknown"
    UNPROVEN = "unproven"  # "good", but nothing proves that this was said before whoever said it had ended
    NOT_OFFERED = "not-offered"  # the certificate names no place to ask, and nothing at hand speaks of it


@dataclass(frozen=True)
class Status:
    standing: Standing
    since: datetime | None = None  # when revoked or held
    by: str = ""  # "ocsp" or "crl"
    made: datetime | None = None  # the answer's thisUpdate
    until: datetime | None = None  # its nextUpdate


class RevocationData:
    """CRLs and OCSP responses as DER; those that cannot be read are left out."""

    def __init__(self, crls: tuple[bytes, ...], ocsps: tuple[bytes, ...]) -> None:
        self._crls = [(der, c) for der in dict.fromkeys(crls) if (c := _crl(der)) is not None]
        self._ocsps = [(der, o) for der in dict.fromkeys(ocsps) if (o := _ocsp(der)) is not None]

    def worst(self, chain: Chain, existed: datetime, moment: datetime, proven: Proven | None = None) -> Status:
        """The worst standing in a chain, the anchor left out. A CA certificate that names no place to ask does not count.

        `proven`: since when an answer (DER) is known to have existed; None: that is proven elsewhere, or not asked. An answer that
        says "good" counts only if that was before the certificate and the algorithms it rests on ended (EN 319 102-1 5.6.2.2),
        else it is UNPROVEN: whoever gets hold of an old key could make any. An anchor has no end. One that says "revoked" always
        counts.
        """
        return worst_of(self.each(chain, existed, moment, proven))

    def each(self, chain: Chain, existed: datetime, moment: datetime, proven: Proven | None = None) -> list[Status]:
        """As `worst`, of every certificate but the anchor, the leaf first."""
        certificates = load_certificates(chain.certificates)
        if len(certificates) != len(chain.certificates):
            return [Status(Standing.UNKNOWN)] * max(1, len(chain.certificates) - 1)
        found = []
        for depth, (certificate, issuer) in enumerate(pairwise(certificates)):
            ends = issuer.read.not_valid_after_utc if depth + 2 < len(certificates) else ALWAYS
            found.append(self._status(_Question(certificate.read, issuer, existed, moment, proven, ends)))
        return found

    def _status(self, question: _Question) -> Status:
        """The standing at `moment` of a certificate used no later than `existed` (its signature's proven time, or `moment`
        itself). An answer counts when it was made after `existed`, or is current at `moment`. The worst answer wins."""
        best: Status | None = None
        for status in self._answers(question):
            if status.standing is Standing.REVOKED:
                return status
            if best is None or best.standing is Standing.UNPROVEN or status.standing is Standing.HELD:
                best = status
        if best is not None:
            return best
        return Status(Standing.UNKNOWN if _offers(question.certificate) else Standing.NOT_OFFERED)

    def _answers(self, question: _Question) -> Iterator[Status]:
        for der, response in self._ocsps:
            try:
                yield from _by_ocsp(der, response, question)
            except _STRANGE:
                continue
        for der, crl in self._crls:
            try:
                yield from _by_crl(der, crl, question)
            except _STRANGE:
                continue


def worst_of(statuses: list[Status]) -> Status:
    """The worst of a chain's, the leaf's first. A CA certificate that names no place to ask does not count."""
    order = [
        Standing.REVOKED,
        Standing.HELD,
        Standing.UNKNOWN,
        Standing.UNPROVEN,
        Standing.NOT_OFFERED,
        Standing.GOOD,
    ]
    counted = [s for depth, s in enumerate(statuses) if not (depth and s.standing is Standing.NOT_OFFERED)]
    return min([*counted, Status(Standing.GOOD)], key=lambda status: order.index(status.standing))


@dataclass(frozen=True)
class _Question:
    """About one certificate. `ends`: until when its issuer's answers can be relied on."""

    certificate: x509.Certificate
    issuer: Certificate
    existed: datetime
    moment: datetime
    proven: Proven | None
    ends: datetime

    def good(self, der: bytes, ends: datetime, answer: Status) -> Status:
        """Of an answer that says so, whose signer or algorithm ended at `ends`."""
        in_time = self.proven is None or self.proven(der) <= min(self.ends, ends)
        return answer if in_time else replace(answer, standing=Standing.UNPROVEN)


def _crl(der: bytes) -> x509.CertificateRevocationList | None:
    try:
        return x509.load_der_x509_crl(der)
    except _STRANGE:
        return None


def _ocsp(der: bytes) -> ocsp.OCSPResponse | None:
    try:
        response = ocsp.load_der_ocsp_response(der)
        return response if response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL else None
    except _STRANGE:
        return None


def _counts(this_update: datetime, next_update: datetime | None, existed: datetime, moment: datetime) -> bool:
    """Made after the use; or current at the moment that is asked about; or current when it was used, which is what an archived
    signature has (EN 319 102-1 5.2.5: fresh for the time of the signature). A revocation always counts."""
    if this_update >= existed:
        return True
    if this_update - moment > _SKEW or next_update is None:
        return False
    return moment - next_update <= _SKEW or existed - next_update <= _SKEW


def _status(reason: x509.ReasonFlags | None, since: datetime, answer: Status) -> Status:
    held = reason is x509.ReasonFlags.certificate_hold
    return replace(answer, standing=Standing.HELD if held else Standing.REVOKED, since=since)


# --- OCSP ------------------------------------------------------------------------------------------------------------


def _by_ocsp(der: bytes, response: ocsp.OCSPResponse, question: _Question) -> Iterator[Status]:
    certificate = question.certificate
    for single in response.responses:
        if single.serial_number != certificate.serial_number or not _same_issuer(single, question.issuer):
            continue
        ends = _ends(response, question.issuer)
        if ends is None:
            return
        since = single.revocation_time_utc
        answer = Status(Standing.GOOD, None, "ocsp", single.this_update_utc, single.next_update_utc)
        if single.certificate_status is ocsp.OCSPCertStatus.REVOKED and since is not None:
            yield _status(single.revocation_reason, since, answer)
        elif (
            single.certificate_status is ocsp.OCSPCertStatus.GOOD
            and _counts(single.this_update_utc, single.next_update_utc, question.existed, question.moment)
            and single.this_update_utc <= certificate.not_valid_after_utc
        ):
            yield question.good(der, ends, answer)


def _same_issuer(single: ocsp.OCSPSingleResponse, issuer: Certificate) -> bool:
    """RFC 6960 4.1.1: CertID hashes the issuer's name and key."""
    name = single.hash_algorithm.name
    return (
        hashlib.new(name, issuer.subject).digest() == single.issuer_name_hash
        and hashlib.new(name, bit_string_of_key(subject_public_key(issuer.der))).digest() == single.issuer_key_hash
    )


def bit_string_of_key(info: bytes) -> bytes:
    """The key's bits out of a SubjectPublicKeyInfo (DER): what OCSP hashes."""
    return bytes(PublicKeyInfo.load(info)["public_key"])


def _ends(response: ocsp.OCSPResponse, issuer: Certificate) -> datetime | None:
    """None unless it is signed by the issuer itself, or by a responder that the issuer made for it (RFC 6960 4.2.2.2). Else until
    when it can be relied on besides the issuer: the end of the responder's certificate and of the algorithms."""
    hashed = response.signature_hash_algorithm
    algorithm = digest_until(hashed.name) if hashed is not None else ALWAYS
    if _signed_by(issuer.read, response):
        return min(algorithm, key_until(issuer.read.public_key()))
    for responder in response.certificates:
        try:
            usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            responder.verify_directly_issued_by(issuer.read)
        except (*_STRANGE, x509.ExtensionNotFound):
            continue
        if (
            ExtendedKeyUsageOID.OCSP_SIGNING in usage
            and responder.not_valid_before_utc <= response.produced_at_utc <= responder.not_valid_after_utc
            and _signed_by(responder, response)
        ):
            return min(algorithm, key_until(responder.public_key()), responder.not_valid_after_utc)
    return None


def _signed_by(signer: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    key, digest = signer.public_key(), response.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(response.signature, response.tbs_response_bytes)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


# --- CRL -------------------------------------------------------------------------------------------------------------


def _by_crl(der: bytes, crl: x509.CertificateRevocationList, question: _Question) -> Iterator[Status]:
    certificate = question.certificate
    if crl.issuer != question.issuer.read.subject or not _in_scope(crl, certificate):
        return
    key = question.issuer.read.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return
    if not crl.is_signature_valid(key):
        return
    hashed = crl.signature_hash_algorithm
    ends = min(digest_until(hashed.name) if hashed is not None else ALWAYS, key_until(key))
    answer = Status(Standing.GOOD, None, "crl", crl.last_update_utc, crl.next_update_utc)
    revoked = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if revoked is not None:
        reason = _reason(revoked)
        if reason is not x509.ReasonFlags.remove_from_crl:
            yield _status(reason, revoked.revocation_date_utc, answer)
    elif (
        _counts(crl.last_update_utc, crl.next_update_utc, question.existed, question.moment)
        and crl.last_update_utc <= certificate.not_valid_after_utc  # CAs drop what has expired
    ):
        yield question.good(der, ends, answer)


def _reason(revoked: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


def _in_scope(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """RFC 5280 5.2.5 and 6.3.3: whether this CRL speaks of this certificate. Delta and indirect CRLs are not used."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return False
        if isinstance(value, x509.IssuingDistributionPoint):
            if not _point_fits(value, certificate):
                return False
        elif extension.critical:
            return False
    return True


def _point_fits(point: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    if point.indirect_crl or point.only_contains_attribute_certs or point.only_some_reasons:
        return False
    is_ca = _is_ca(certificate)
    if (point.only_contains_user_certs and is_ca) or (point.only_contains_ca_certs and not is_ca):
        return False
    if point.full_name is None:
        return point.relative_name is None
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return False
    return any(name in point.full_name for p in points for name in p.full_name or ())


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _offers(certificate: x509.Certificate) -> bool:
    """The certificate names a CRL or an OCSP responder."""
    try:
        extensions = certificate.extensions
        if any(isinstance(e.value, x509.CRLDistributionPoints) for e in extensions):
            return True
        access = [d for e in extensions if isinstance(e.value, x509.AuthorityInformationAccess) for d in e.value]
    except _STRANGE:
        return True
    return any(d.access_method == AuthorityInformationAccessOID.OCSP for d in access)
