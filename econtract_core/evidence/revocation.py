"""Whether a certificate was revoked, by the CRLs (RFC 5280) and OCSP responses (RFC 6960) at hand. No network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from asn1crypto.keys import PublicKeyInfo
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from econtract_core.evidence.trust import Chain

Proven = Callable[[bytes], datetime]
_SKEW = timedelta(minutes=5)
_STRANGE = (
    ValueError,
    TypeError,
    KeyError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)


class Standing(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    HELD = "held"  # certificateHold
    UNKNOWN = "unknown"
    NOT_OFFERED = "not-offered"  # the certificate names no place to ask, and nothing at hand speaks of it


@dataclass(frozen=True)
class Status:
    standing: Standing
    since: datetime | None = None  # when revoked or held
    by: str = ""  # "ocsp" or "crl"


class RevocationData:
    """CRLs and OCSP responses as DER; those that cannot be read are left out."""

    def __init__(self, crls: tuple[bytes, ...], ocsps: tuple[bytes, ...]) -> None:
        self._crls = [(der, c) for der in dict.fromkeys(crls) if (c := _crl(der)) is not None]
        self._ocsps = [(der, o) for der in dict.fromkeys(ocsps) if (o := _ocsp(der)) is not None]

    def worst(self, chain: Chain, existed: datetime, moment: datetime, proven: Proven | None = None) -> Status:
        """The worst standing in a chain, the anchor left out. A CA certificate that names no place to ask does not count.

        `proven`: since when an answer (DER) is known to have existed; without it all are taken to be made just now. An answer
        counts only if that was before its issuer's certificate ended (EN 319 102-1 5.6.2.2): whoever gets hold of an old key
        could make any. An anchor has no end.
        """
        worst = Status(Standing.GOOD)
        order = [Standing.REVOKED, Standing.HELD, Standing.UNKNOWN, Standing.NOT_OFFERED, Standing.GOOD]
        certificates = [x509.load_der_x509_certificate(der) for der in chain.certificates]
        for depth, (certificate, issuer) in enumerate(pairwise(certificates)):
            ends = issuer.not_valid_after_utc if depth + 2 < len(certificates) else None
            found = self._status(certificate, issuer, (existed, moment), _in_time(proven, ends))
            if depth and found.standing is Standing.NOT_OFFERED:
                continue
            if order.index(found.standing) < order.index(worst.standing):
                worst = found
        return worst

    def _status(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        when: tuple[datetime, datetime],
        counts: Callable[[bytes], bool],
    ) -> Status:
        """`when`: existed, moment. The standing at `moment` of a certificate used no later than `existed` (its signature's proven time, or `moment`
        itself). An answer counts when it was made after `existed`, or is current at `moment`. The worst answer wins."""
        best: Status | None = None
        for status in self._answers(certificate, issuer, when, counts):
            if status.standing is not Standing.GOOD:
                return status
            best = best or status
        if best is not None:
            return best
        return Status(Standing.UNKNOWN if _offers(certificate) else Standing.NOT_OFFERED)

    def _answers(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        when: tuple[datetime, datetime],
        counts: Callable[[bytes], bool],
    ) -> Iterator[Status]:
        for der, response in self._ocsps:
            try:
                if counts(der):
                    yield from _by_ocsp(response, certificate, issuer, *when)
            except _STRANGE:
                continue
        for der, crl in self._crls:
            try:
                if counts(der):
                    yield from _by_crl(crl, certificate, issuer, *when)
            except _STRANGE:
                continue


def _in_time(proven: Proven | None, ends: datetime | None) -> Callable[[bytes], bool]:
    return lambda der: proven is None or ends is None or proven(der) <= ends


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
    if this_update > moment + _SKEW or next_update is None:
        return False
    return moment <= next_update + _SKEW or existed <= next_update + _SKEW


def _status(reason: x509.ReasonFlags | None, since: datetime, by: str) -> Status:
    held = reason is x509.ReasonFlags.certificate_hold
    return Status(Standing.HELD if held else Standing.REVOKED, since, by)


# --- OCSP ------------------------------------------------------------------------------------------------------------


def _by_ocsp(
    response: ocsp.OCSPResponse,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    existed: datetime,
    moment: datetime,
) -> Iterator[Status]:
    for single in response.responses:
        if single.serial_number != certificate.serial_number or not _same_issuer(single, issuer):
            continue
        if not _from_responder(response, issuer):
            return
        since = single.revocation_time_utc
        if single.certificate_status is ocsp.OCSPCertStatus.REVOKED and since is not None:
            yield _status(single.revocation_reason, since, "ocsp")
        elif (
            single.certificate_status is ocsp.OCSPCertStatus.GOOD
            and _counts(single.this_update_utc, single.next_update_utc, existed, moment)
            and single.this_update_utc <= certificate.not_valid_after_utc
        ):
            yield Status(Standing.GOOD, None, "ocsp")


def _same_issuer(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    """RFC 6960 4.1.1: CertID hashes the issuer's name and key."""
    name = single.hash_algorithm.name
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return (
        hashlib.new(name, issuer.subject.public_bytes()).digest() == single.issuer_name_hash
        and hashlib.new(name, bit_string_of_key(key)).digest() == single.issuer_key_hash
    )


def bit_string_of_key(info: bytes) -> bytes:
    """The key's bits out of a SubjectPublicKeyInfo (DER): what OCSP hashes."""
    return bytes(PublicKeyInfo.load(info)["public_key"])


def _from_responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Signed by the issuer itself, or by a responder that the issuer made for it (RFC 6960 4.2.2.2)."""
    if _signed_by(issuer, response):
        return True
    for responder in response.certificates:
        try:
            usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            responder.verify_directly_issued_by(issuer)
        except (*_STRANGE, x509.ExtensionNotFound):
            continue
        if (
            ExtendedKeyUsageOID.OCSP_SIGNING in usage
            and responder.not_valid_before_utc <= response.produced_at_utc <= responder.not_valid_after_utc
            and _signed_by(responder, response)
        ):
            return True
    return False


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


def _by_crl(
    crl: x509.CertificateRevocationList,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    existed: datetime,
    moment: datetime,
) -> Iterator[Status]:
    if crl.issuer != issuer.subject or not _in_scope(crl, certificate):
        return
    key = issuer.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return
    if not crl.is_signature_valid(key):
        return
    revoked = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if revoked is not None:
        reason = _reason(revoked)
        if reason is not x509.ReasonFlags.remove_from_crl:
            yield _status(reason, revoked.revocation_date_utc, "crl")
    elif (
        _counts(crl.last_update_utc, crl.next_update_utc, existed, moment)
        and crl.last_update_utc <= certificate.not_valid_after_utc  # CAs drop what has expired
    ):
        yield Status(Standing.GOOD, None, "crl")


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
