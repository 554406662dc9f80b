"""A CAdES signature (ETSI EN 319 122-1, as PAdES profiles it) put together from encoded parts.

Building the same through a general ASN.1 library costs 10 ms and more a document; these are a few concatenations.
"""

from __future__ import annotations

import hashlib

from econtract_core.evidence import der
from econtract_core.rules.errors import UnsupportedDocument
from econtract_desktop.ports.card import CardSignature


def _oid(hexadecimal: str) -> bytes:
    return der.write(der.OBJECT_IDENTIFIER, bytes.fromhex(hexadecimal))


_DATA = _oid("2a864886f70d010701")
_SIGNED_DATA = _oid("2a864886f70d010702")
_CONTENT_TYPE = _oid("2a864886f70d010903")
_MESSAGE_DIGEST = _oid("2a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = _oid("2a864886f70d010910022f")
_SIGNATURE_TIMESTAMP = _oid("2a864886f70d010910020e")
_SHA256 = der.write(der.SEQUENCE, _oid("608648016503040201"))
_SCHEMES = {
    "rsa": der.write(der.SEQUENCE, _oid("2a864886f70d01010b"), der.NULL),  # sha256WithRSAEncryption
    "ecdsa": der.write(der.SEQUENCE, _oid("2a8648ce3d040302")),  # ecdsa-with-SHA256
}
_CONTENT_TYPE_IS_DATA = der.write(der.SEQUENCE, _CONTENT_TYPE, der.write(der.SET, _DATA))
_SIGNED, _UNSIGNED, _CERTIFICATES, _EXPLICIT, _DIRECTORY_NAME = 0xA0, 0xA1, 0xA0, 0xA0, 0xA4


def signed_attributes(digest: bytes, certificate: bytes) -> bytes:
    """The SET that the card signs: content-type, message-digest, signing-certificate-v2. No signing-time: PAdES forbids it
    (EN 319 142-1, 6.3). `digest`: SHA-256 over the byte range."""
    issuer, serial = der.issuer_and_serial(certificate)
    names = der.write(der.SEQUENCE, der.write(_DIRECTORY_NAME, issuer))
    fingerprint = der.write(der.OCTET_STRING, hashlib.sha256(certificate).digest())
    certificate_id = der.write(der.SEQUENCE, fingerprint, der.write(der.SEQUENCE, names, serial))
    ess = der.write(der.SEQUENCE, der.write(der.SEQUENCE, certificate_id))
    return der.set_of(
        _CONTENT_TYPE_IS_DATA,
        der.write(der.SEQUENCE, _MESSAGE_DIGEST, der.write(der.SET, der.write(der.OCTET_STRING, digest))),
        der.write(der.SEQUENCE, _SIGNING_CERTIFICATE_V2, der.write(der.SET, ess)),
    )


def signed_data(
    attributes: bytes, signature: CardSignature, certificates: tuple[bytes, ...], token: bytes | None
) -> bytes:
    """The whole ContentInfo. `certificates`: the signer's first, then its issuers. `token`: the signature's timestamp."""
    issuer, serial = der.issuer_and_serial(certificates[0])
    unsigned = b""
    if token is not None:
        stamp = der.write(der.SEQUENCE, _SIGNATURE_TIMESTAMP, der.write(der.SET, token))
        unsigned = der.write(_UNSIGNED, stamp)
    signer = der.write(
        der.SEQUENCE,
        der.integer(1),
        der.write(der.SEQUENCE, issuer, serial),
        _SHA256,
        bytes((_SIGNED,)) + attributes[1:],
        _SCHEMES[signature.algorithm],
        der.write(der.OCTET_STRING, signature.value),
        unsigned,
    )
    content = der.write(
        der.SEQUENCE,
        der.integer(1),
        der.write(der.SET, _SHA256),
        der.write(der.SEQUENCE, _DATA),
        der.write(_CERTIFICATES, *sorted(certificates)),
        der.write(der.SET, signer),
    )
    return der.write(der.SEQUENCE, _SIGNED_DATA, der.write(_EXPLICIT, content))


def with_timestamp(cms: bytes, token: bytes) -> bytes:
    """A finished signature (DER, one signer) with a timestamp among its unsigned attributes; everything else keeps its bytes.
    Raises UnsupportedDocument for a signature that is built otherwise."""
    info = list(der.element(cms).children())
    if len(info) != 2 or info[0].whole != _SIGNED_DATA:
        raise UnsupportedDocument(file="CMS", problem="not a SignedData")
    signed = list(der.element(info[1].value).children())
    signers = list(signed[-1].children())
    if len(signers) != 1 or signed[-1].tag != der.SET:
        raise UnsupportedDocument(file="CMS", problem=f"{len(signers)} signers")
    parts = list(signers[0].children())
    attributes = [a.whole for a in parts.pop().children()] if parts[-1].tag == _UNSIGNED else []
    attributes.append(der.write(der.SEQUENCE, _SIGNATURE_TIMESTAMP, der.write(der.SET, token)))
    signer = der.write(der.SEQUENCE, *(p.whole for p in parts), der.write(_UNSIGNED, *sorted(attributes)))
    content = der.write(der.SEQUENCE, *(s.whole for s in signed[:-1]), der.write(der.SET, signer))
    return der.write(der.SEQUENCE, _SIGNED_DATA, der.write(_EXPLICIT, content))
