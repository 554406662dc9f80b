"""A new XAdES signature (ETSI EN 319 132-1) before and after the card: what it signs, and the file it stands in."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives.asymmetric import ec

from econtract_core.evidence import der
from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.algorithms import ECDSA_SHA256, RSA_SHA256, SHA256
from econtract_core.evidence.asic.xades import DS, SIGNED_PROPERTIES, XADES
from econtract_core.evidence.asic.xml_reader import Canonical
from econtract_core.evidence.certificates import public_key
from econtract_desktop.crypto.asic.names import media_type
from econtract_desktop.ports.signer import SignOptions

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CANONICAL = Canonical(exclusive=True)
_NAMESPACES = (
    'xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" xmlns:xades141="http://uri.etsi.org/01903/v1.4.1#"'
)
_APPROVAL = "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


@dataclass(frozen=True)
class SignedFile:
    """One file in the container; `digest`: SHA-256."""

    name: str
    digest: bytes


class Draft:
    """Deterministic: the same files, certificate, time and options give the same bytes."""

    def __init__(
        self, files: tuple[SignedFile, ...], certificates: tuple[bytes, ...], when: datetime, options: SignOptions
    ) -> None:
        """`certificates`: the signer's first, then its issuers (DER)."""
        self._files = files
        self._certificates = certificates
        seed = repr(([(f.name, f.digest) for f in files], certificates[0], when.isoformat(), options.reason))
        self._id = f"S-{hashlib.sha256(seed.encode()).hexdigest()[:24]}"
        self._properties = self._signed_properties(when, options)
        without = xml.parse(self._document("", ""))
        properties = self._find(without, "SignedProperties")
        self._info = self._signed_info(hashlib.sha256(xml.canonical(properties, CANONICAL)).digest())
        whole = xml.parse(self._document(self._info, ""))
        self.to_sign = xml.canonical(self._find(whole, "SignedInfo"), CANONICAL)

    @staticmethod
    def _find(root: xml.Node, name: str) -> xml.Node:
        return next(root.iter(f"{DS}{name}", f"{XADES}{name}"))

    def file(self, value: bytes) -> bytes:
        """The signature file with a signature value as XML signatures have it."""
        return self._document(self._info, b64encode(value).decode())

    def _document(self, info: str, value: str) -> bytes:
        certificates = "".join(
            f"<ds:X509Certificate>{b64encode(c).decode()}</ds:X509Certificate>" for c in self._certificates
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<asic:XAdESSignatures {_NAMESPACES}><ds:Signature Id="{self._id}">{info}'
            f'<ds:SignatureValue Id="{self._id}-value">{value}</ds:SignatureValue>'
            f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>"
            f'<ds:Object><xades:QualifyingProperties Target="#{self._id}">{self._properties}'
            "</xades:QualifyingProperties></ds:Object></ds:Signature></asic:XAdESSignatures>"
        ).encode()

    def _signed_info(self, properties: bytes) -> str:
        references = "".join(
            f'<ds:Reference Id="{self._id}-r{n}" URI={quoteattr(quote(file.name, safe=""))}>{_digest(file.digest)}</ds:Reference>'
            for n, file in enumerate(self._files)
        )
        method = ECDSA_SHA256 if _is_elliptic(self._certificates[0]) else RSA_SHA256
        return (
            f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{method}"/>{references}'
            f'<ds:Reference Type="{SIGNED_PROPERTIES}" URI="#{self._id}-properties"><ds:Transforms>'
            f'<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>{_digest(properties)}</ds:Reference></ds:SignedInfo>'
        )

    def _signed_properties(self, when: datetime, options: SignOptions) -> str:
        place = commitment = ""
        if options.location:
            city = escape(_text(options.location))
            place = (
                f"<xades:SignatureProductionPlaceV2><xades:City>{city}</xades:City></xades:SignatureProductionPlaceV2>"
            )
        if options.reason:
            commitment = (
                f"<xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>{_APPROVAL}"
                f"</xades:Identifier><xades:Description>{escape(_text(options.reason))}</xades:Description>"
                "</xades:CommitmentTypeId><xades:AllSignedDataObjects/></xades:CommitmentTypeIndication>"
            )
        formats = "".join(
            f'<xades:DataObjectFormat ObjectReference="#{self._id}-r{n}"><xades:MimeType>{media_type(file.name)}'
            "</xades:MimeType></xades:DataObjectFormat>"
            for n, file in enumerate(self._files)
        )
        signer = self._certificates[0]
        return (
            f'<xades:SignedProperties Id="{self._id}-properties"><xades:SignedSignatureProperties>'
            f"<xades:SigningTime>{when.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}</xades:SigningTime>"
            f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{_digest(hashlib.sha256(signer).digest())}"
            f"</xades:CertDigest><xades:IssuerSerialV2>{b64encode(_issuer_serial(signer)).decode()}"
            f"</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2>{place}"
            f"</xades:SignedSignatureProperties><xades:SignedDataObjectProperties>{formats}{commitment}"
            "</xades:SignedDataObjectProperties></xades:SignedProperties>"
        )


def manifest(names: tuple[str, ...], container: str) -> bytes:
    """META-INF/manifest.xml (OpenDocument 1.2 part 3)."""
    entries = "".join(
        f"<manifest:file-entry manifest:full-path={quoteattr(name)} manifest:media-type={quoteattr(kind)}/>"
        for name, kind in [("/", container), *((name, media_type(name)) for name in names)]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest:manifest xmlns:manifest="{_MANIFEST}" manifest:version="1.2">{entries}</manifest:manifest>'
    ).encode()


def _digest(value: bytes) -> str:
    encoded = b64encode(value).decode()
    return f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{encoded}</ds:DigestValue>'


def _issuer_serial(certificate: bytes) -> bytes:
    """IssuerSerial (RFC 5035), as IssuerSerialV2 holds it."""
    issuer, serial = der.issuer_and_serial(certificate)
    return der.write(der.SEQUENCE, der.write(der.SEQUENCE, der.write(0xA4, issuer)), serial)


def _is_elliptic(certificate: bytes) -> bool:
    return isinstance(public_key(certificate), ec.EllipticCurvePublicKey)


def _text(value: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return "".join(
        c for c in value if c in "\t\n" or "\x20" <= c <= "\ud7ff" or (c >= "\ue000" and c not in "\ufffe\uffff")
    )
