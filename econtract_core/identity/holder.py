"""Certificate → person, firm, role and CA.

The accredited CAs write romaji into the Subject and Japanese into subjectAltName (directoryName); the JPKI signing certificate
writes 氏名 into otherName; officers' certificates write Japanese into the Subject. Each is read; nothing is guessed: what a
certificate does not say is "".
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from econtract_core.rules.errors import UnsupportedDocument

_JPKI_NAME = "1.2.392.200149.8.5.5.1"  # 署名用電子証明書: 氏名
_JPKI_ADDRESS = "1.2.392.200149.8.5.5.5"  # 署名用電子証明書: 住所
_ORGANIZATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
_DESCRIPTION = x509.ObjectIdentifier("2.5.4.13")
_CORPORATE_NUMBER = re.compile(r"(?:NTRJP-|VATJP-|T)?([1-9][0-9]{12})")
_UTF8_STRING, _PRINTABLE_STRING, _BMP_STRING = 0x0C, 0x13, 0x1E
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


@dataclass(frozen=True)
class Holder:
    """Who a certificate names. Texts as in the certificate; "" where it says nothing. Times know their zone (UTC)."""

    name: str  # 氏名
    name_romaji: str
    organization: str  # 商号
    organization_romaji: str
    corporate_number: str  # 法人番号, 13 digits
    head_office: str  # 本店住所
    title: str  # 役職
    authority: str  # 代理権 (委任項目)
    issuer: str
    serial: str  # hex
    not_before: datetime
    not_after: datetime
    sha256: str
    policies: tuple[str, ...]
    key_algorithm: str  # "RSA-2048", "EC-secp256r1"
    usage: tuple[str, ...]  # as X.509 names them: "digital_signature", "content_commitment" (nonRepudiation)
    der: bytes = field(repr=False)

    def valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


def read_holder(der: bytes) -> Holder:
    """Read a certificate (DER). Unknown layouts are read as far as they go. Raises UnsupportedDocument where it is none."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = certificate.subject, certificate.issuer
        serial = f"{certificate.serial_number:x}"
        not_before, not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion) as problem:
        raise UnsupportedDocument(file="certificate", problem=str(problem)) from None
    japanese, other = _alternative(certificate)
    who = _Names(subject, japanese)
    return Holder(
        name=other.get(_JPKI_NAME) or who.best(NameOID.COMMON_NAME),
        name_romaji=who.romaji(NameOID.COMMON_NAME),
        organization=who.best(NameOID.ORGANIZATION_NAME),
        organization_romaji=who.romaji(NameOID.ORGANIZATION_NAME),
        corporate_number=_corporate_number(who),
        head_office=other.get(_JPKI_ADDRESS) or who.address(),
        title=who.best(NameOID.TITLE),
        authority=who.best(_DESCRIPTION),
        issuer=_issuer(issuer),
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        sha256=hashlib.sha256(der).hexdigest(),
        policies=_policies(certificate),
        key_algorithm=_key_algorithm(certificate),
        usage=_usage(certificate),
        der=der,
    )


class _Names:
    """The Subject (romaji by custom) and the directoryName beside it (Japanese by custom)."""

    def __init__(self, subject: x509.Name, japanese: x509.Name | None) -> None:
        self._subject = subject
        self._japanese = japanese

    def best(self, kind: x509.ObjectIdentifier) -> str:
        """What the person is called: the Japanese name where there is one, else the Subject's."""
        return (_text(self._japanese, kind) if self._japanese is not None else "") or _text(self._subject, kind)

    def romaji(self, kind: x509.ObjectIdentifier) -> str:
        """The Subject's text where it is in Latin letters; never the Japanese one."""
        text = _text(self._subject, kind)
        return text if _latin(text) else ""

    def address(self) -> str:
        """本店住所: 都道府県, 市区町村 and 番地 in one line, from the first name that has any."""
        kinds = (NameOID.STATE_OR_PROVINCE_NAME, NameOID.LOCALITY_NAME, NameOID.STREET_ADDRESS)
        for name in (self._japanese, self._subject):
            parts = [_text(name, kind) for kind in kinds] if name is not None else []
            if any(parts):
                return "".join(parts) if not _latin("".join(parts)) else ", ".join(p for p in parts if p)
        return ""


def _text(name: x509.Name, kind: x509.ObjectIdentifier) -> str:
    values = [a.value for a in name.get_attributes_for_oid(kind)]
    return "、".join(v if isinstance(v, str) else v.decode("utf-8", "replace") for v in values)


def _latin(text: str) -> bool:
    return all(ord(c) < 0x250 or unicodedata.category(c).startswith("M") for c in text)


def _alternative(certificate: x509.Certificate) -> tuple[x509.Name | None, dict[str, str]]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return None, {}
    directory = names.get_values_for_type(x509.DirectoryName)
    others = {n.type_id.dotted_string: _der_text(n.value) for n in names.get_values_for_type(x509.OtherName)}
    return (directory[0] if directory else None), others


def _der_text(value: bytes) -> str:
    """A DER string (short or two-byte length) as text; "" for anything else."""
    if len(value) < 2:
        return ""
    start = 2 if value[1] < 0x80 else 2 + (value[1] & 0x7F)
    encoding = {_UTF8_STRING: "utf-8", _PRINTABLE_STRING: "ascii", _BMP_STRING: "utf-16-be"}.get(value[0])
    return value[start:].decode(encoding, "replace") if encoding else ""


def _corporate_number(who: _Names) -> str:
    found = _CORPORATE_NUMBER.fullmatch(who.best(_ORGANIZATION_IDENTIFIER).strip())
    return found.group(1) if found else ""


def _issuer(issuer: x509.Name) -> str:
    parts = [_text(issuer, NameOID.ORGANIZATION_NAME), _text(issuer, NameOID.COMMON_NAME)]
    return " ".join(p for p in parts if p) or issuer.rfc4514_string()


def _policies(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ()
    return tuple(p.policy_identifier.dotted_string for p in policies)


def _usage(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ()
    return tuple(name for name in _USAGES if getattr(usage, name))


def _key_algorithm(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        return f"unknown ({problem})"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC-{key.curve.name}"
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519"
    return "Ed448" if isinstance(key, ed448.Ed448PublicKey) else type(key).__name__
