"""Certificates for checking, also those whose names the library at hand refuses.

It refuses a whole certificate for an "&" in a PrintableString, and cards with such a firm's name exist. What is checked here are
the key, the dates and the extensions; so the strings of the names are given a tag that takes any letters, and the signature over
the certificate is checked over its true bytes. For people's eyes names are read by `identity`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from econtract_core.der import SEQUENCE, SET, Element, element
from econtract_core.identity.certificate import LARGEST, subject_public_key
from econtract_core.rules.errors import UnsupportedDocument

STRANGE = (
    ValueError,
    TypeError,
    KeyError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
    x509.DuplicateExtension,
)
_PRINTABLE, _BMP, _UNIVERSAL, _UTF8 = 0x13, 0x1E, 0x1C, 0x0C
_VERSION = 0xA0


@dataclass(frozen=True)
class Certificate:
    """`der`: its true bytes. `read`: for key, dates, serial number and extensions; the tags of its names' strings may be others."""

    der: bytes = field(repr=False)
    read: x509.Certificate

    @property
    def issuer(self) -> bytes:
        """The Name as it is encoded."""
        return _names(self.der)[0].whole

    @property
    def subject(self) -> bytes:
        """The Name as it is encoded."""
        return _names(self.der)[1].whole

    def issued_by(self, issuer: Certificate) -> bool:
        """Named and signed by `issuer`. Its dates and what it may do are not looked at."""
        try:
            if self.read.issuer != issuer.read.subject:
                return False
            _check_signature(self, issuer.read.public_key())
        except STRANGE:
            return False
        return True


def load_certificate(der: bytes) -> Certificate | None:
    """None where it is no certificate, or one that nobody here can read."""
    if len(der) > LARGEST:
        return None
    try:
        return Certificate(der, x509.load_der_x509_certificate(der))
    except STRANGE:
        pass
    try:
        return Certificate(der, x509.load_der_x509_certificate(_with_other_tags(der)))
    except (UnsupportedDocument, *STRANGE):
        return None


def load_certificates(ders: Iterable[bytes]) -> list[Certificate]:
    """Those that can be read."""
    return [c for c in map(load_certificate, ders) if c is not None]


def public_key(der: bytes) -> PublicKeyTypes:
    """A certificate's (DER) key, whatever its names say. Raises ValueError, UnsupportedAlgorithm."""
    if len(der) <= LARGEST:
        try:
            return x509.load_der_x509_certificate(der).public_key()  # a tenth of the time of our own reading
        except STRANGE:
            pass
    try:
        return load_der_public_key(subject_public_key(der))
    except UnsupportedDocument as problem:
        raise ValueError(str(problem.facts.get("problem", ""))) from None


def _with_other_tags(der: bytes) -> bytes:
    """The same length, the same everything but the tags of strings in the two names."""
    changed = bytearray(der)
    for name in _names(der):
        for part in name.children():
            for attribute in part.children() if part.tag == SET else ():
                *_, value = attribute.children()
                if value.tag in (_PRINTABLE, _BMP, _UNIVERSAL):
                    changed[value.start] = _UTF8
    return bytes(changed)


def _names(der: bytes) -> tuple[Element, Element]:
    """(issuer, subject). Raises UnsupportedDocument."""
    try:
        fields = list(next(element(der).children()).children())
        if fields[0].tag == _VERSION:
            fields = fields[1:]
        issuer, subject = fields[2], fields[4]
    except (IndexError, StopIteration):
        raise UnsupportedDocument(file="certificate", problem="no certificate") from None
    if issuer.tag != SEQUENCE or subject.tag != SEQUENCE:
        raise UnsupportedDocument(file="certificate", problem="no certificate")
    return issuer, subject


def _check_signature(certificate: Certificate, key: PublicKeyTypes) -> None:
    """Raises InvalidSignature, or what the library raises for an algorithm it does not know."""
    read = certificate.read
    signed = next(element(certificate.der).children()).whole
    how, hashed = read.signature_algorithm_parameters, read.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.PKCS1v15 | padding.PSS) and hashed is not None:
        key.verify(read.signature, signed, how, hashed)
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
        key.verify(read.signature, signed, how)
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(read.signature, signed)
    else:
        raise InvalidSignature
