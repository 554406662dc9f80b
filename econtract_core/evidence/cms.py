"""CMS SignedData (RFC 5652) with one signer: reading it and checking the signature, the digest and the ESS attribute.

Only the cryptography of one message; whether its certificate can be trusted is `trust`'s and `revocation`'s business.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from econtract_core.evidence import der
from econtract_core.evidence.certificates import STRANGE, load_certificate, public_key
from econtract_core.evidence.der import Element
from econtract_core.evidence.library import guarded
from econtract_core.evidence.strength import ALWAYS, NEVER, digest_until, key_until
from econtract_core.evidence.verdict import SubIndication
from econtract_core.identity.certificate import read_parts
from econtract_core.identity.names import read_name
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2, _KEY_IDENTIFIER, _UTC_TIME = 0xA0, 0xA1, 0xA2, 0x80, 0x17
_INDEFINITE = b"\x80"
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_CONTENT_TYPES = {
    bytes.fromhex("2a864886f70d010701"): "data",
    bytes.fromhex("2a864886f70d0109100104"): "tst_info",
}
_A_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_A_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_A_SIGNING_TIME = bytes.fromhex("2a864886f70d010905")
_A_SIGNING_CERTIFICATE = bytes.fromhex("2a864886f70d010910020c")
_A_SIGNING_CERTIFICATE_V2 = bytes.fromhex("2a864886f70d010910022f")
_A_SIGNATURE_TIMESTAMP = bytes.fromhex("2a864886f70d010910020e")
_A_ADOBE_REVOCATION = bytes.fromhex("2a864886f72f010108")
_DIGESTS = {
    bytes.fromhex("2a864886f70d0205"): "md5",
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040204"): "sha224",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
    bytes.fromhex("608648016503040208"): "sha3_256",
    bytes.fromhex("608648016503040209"): "sha3_384",
    bytes.fromhex("60864801650304020a"): "sha3_512",
}
_SCHEMES: dict[bytes, tuple[str, str | None]] = {
    bytes.fromhex("2a864886f70d010101"): ("rsassa_pkcs1v15", None),
    bytes.fromhex("2a864886f70d010105"): ("rsassa_pkcs1v15", "sha1"),
    bytes.fromhex("2a864886f70d01010b"): ("rsassa_pkcs1v15", "sha256"),
    bytes.fromhex("2a864886f70d01010c"): ("rsassa_pkcs1v15", "sha384"),
    bytes.fromhex("2a864886f70d01010d"): ("rsassa_pkcs1v15", "sha512"),
    bytes.fromhex("2a864886f70d01010a"): ("rsassa_pss", None),
    bytes.fromhex("2a8648ce3d0201"): ("ecdsa", None),
    bytes.fromhex("2a8648ce3d0401"): ("ecdsa", "sha1"),
    bytes.fromhex("2a8648ce3d040302"): ("ecdsa", "sha256"),
    bytes.fromhex("2a8648ce3d040303"): ("ecdsa", "sha384"),
    bytes.fromhex("2a8648ce3d040304"): ("ecdsa", "sha512"),
    bytes.fromhex("608648016503040309"): ("ecdsa", "sha3_224"),
    bytes.fromhex("60864801650304030a"): ("ecdsa", "sha3_256"),
    bytes.fromhex("60864801650304030b"): ("ecdsa", "sha3_384"),
    bytes.fromhex("60864801650304030c"): ("ecdsa", "sha3_512"),
    bytes.fromhex("60864801650304030e"): ("rsassa_pkcs1v15", "sha3_256"),
    bytes.fromhex("60864801650304030f"): ("rsassa_pkcs1v15", "sha3_384"),
    bytes.fromhex("608648016503040310"): ("rsassa_pkcs1v15", "sha3_512"),
    bytes.fromhex("2b6570"): ("ed25519", None),
    bytes.fromhex("2b6571"): ("ed448", None),
}


@dataclass(frozen=True)
class SignedMessage:
    """One signer's part of a SignedData. `certificate` None: it is not enclosed."""

    content_type: str  # "data" or "tst_info"
    content: bytes | None = field(repr=False)  # enclosed content
    certificate: bytes | None = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    ocsps: tuple[bytes, ...] = field(repr=False)
    digest_algorithm: str  # "sha256"
    message_digest: bytes | None
    signed_attributes: bytes | None = field(repr=False)  # DER of the SET, as it is signed
    signature: bytes = field(repr=False)
    scheme: str  # "rsassa_pkcs1v15", "rsassa_pss", "ecdsa", "ed25519"
    salt_length: int | None
    signing_time: datetime | None
    has_signing_certificate: bool  # the ESS attribute is there
    signing_certificate_fits: bool
    timestamps: tuple[bytes, ...] = field(repr=False)


def read(data: bytes, file: str = "") -> SignedMessage:
    """Read ContentInfo/SignedData; zero padding after it is fine. Raises NotAPdf (with the problem) for anything else."""
    try:
        with guarded(file):
            return _read(der.definite(data) if data[1:2] == _INDEFINITE else data)
    except UnsupportedDocument as problem:
        raise NotAPdf(file=file, problem=str(problem.facts.get("problem", ""))) from None


def _broken(problem: str) -> UnsupportedDocument:
    return UnsupportedDocument(file="CMS", problem=problem)


def _parts(frame: Element, tag: int) -> list[Element]:
    if frame.tag != tag:
        raise _broken(f"an element 0x{frame.tag:02x} where 0x{tag:02x} belongs")
    return list(frame.children())


def _take(parts: list[Element], tag: int) -> Element:
    """The next element, which must have this tag."""
    if not parts or parts[0].tag != tag:
        raise _broken("an element is missing")
    return parts.pop(0)


def _may_take(parts: list[Element], tag: int) -> Element | None:
    return parts.pop(0) if parts and parts[0].tag == tag else None


def _read(data: bytes) -> SignedMessage:
    info = _parts(der.element(data), der.SEQUENCE)
    if _take(info, der.OBJECT_IDENTIFIER).value != _SIGNED_DATA:
        raise _broken("not a SignedData")
    signed = _parts(der.element(_take(info, _CONTEXT_0).value), der.SEQUENCE)
    _take(signed, der.INTEGER)
    _take(signed, der.SET)
    enclosed = _parts(_take(signed, der.SEQUENCE), der.SEQUENCE)
    content_type = _CONTENT_TYPES.get(_take(enclosed, der.OBJECT_IDENTIFIER).value, "other")
    content = _may_take(enclosed, _CONTEXT_0)
    certificates = _may_take(signed, _CONTEXT_0)
    crls = _may_take(signed, _CONTEXT_1)
    signers = _parts(_take(signed, der.SET), der.SET)
    if len(signers) != 1:
        raise _broken(f"{len(signers)} signers")
    return _signer(
        signers[0],
        content_type,
        der.element(content.value).value if content is not None else None,
        tuple(c.whole for c in certificates.children() if c.tag == der.SEQUENCE) if certificates is not None else (),
        tuple(c.whole for c in crls.children() if c.tag == der.SEQUENCE) if crls is not None else (),
    )


def _signer(
    signer: Element,
    content_type: str,
    content: bytes | None,
    certificates: tuple[bytes, ...],
    crls: tuple[bytes, ...],
) -> SignedMessage:
    parts = _parts(signer, der.SEQUENCE)
    _take(parts, der.INTEGER)
    identifier = parts.pop(0)
    digest_algorithm = _digest_name(_take(parts, der.SEQUENCE))
    signed = _may_take(parts, _CONTEXT_0)
    scheme, salt_length = _scheme(_take(parts, der.SEQUENCE), digest_algorithm)
    signature = _take(parts, der.OCTET_STRING).value
    unsigned = _attributes(_may_take(parts, _CONTEXT_1))
    attributes = _attributes(signed)
    certificate = _own(certificates, identifier)
    if signed is not None and [v.value for v in attributes.get(_A_CONTENT_TYPE, ())] != [_name_of(content_type)]:
        raise _broken("the content-type attribute is missing or wrong")
    digests = attributes.get(_A_MESSAGE_DIGEST, [])
    times = attributes.get(_A_SIGNING_TIME, [])
    if len(digests) > 1 or len(times) > 1:
        raise _broken("an attribute with several values")
    has_ess, fits = _signing_certificate(attributes, certificate)
    more_crls, ocsps = _revocation_archive(attributes)
    return SignedMessage(
        content_type=content_type,
        content=content,
        certificate=certificate,
        certificates=certificates,
        crls=(*crls, *more_crls),
        ocsps=ocsps,
        digest_algorithm=digest_algorithm,
        message_digest=digests[0].value if digests else None,
        signed_attributes=bytes((der.SET,)) + signed.whole[1:] if signed is not None else None,
        signature=signature,
        scheme=scheme,
        salt_length=salt_length,
        signing_time=_time(times[0]) if times else None,
        has_signing_certificate=has_ess,
        signing_certificate_fits=fits,
        timestamps=tuple(v.whole for v in unsigned.get(_A_SIGNATURE_TIMESTAMP, ())),
    )


def _name_of(content_type: str) -> bytes:
    return next((oid for oid, name in _CONTENT_TYPES.items() if name == content_type), b"")


def _digest_name(algorithm: Element) -> str:
    oid = _take(_parts(algorithm, der.SEQUENCE), der.OBJECT_IDENTIFIER).value
    return _DIGESTS.get(oid, oid.hex())


def digest_name(algorithm: Element) -> str:
    """The name of a digest AlgorithmIdentifier ("sha256"), or its OID in hexadecimal where nobody here knows it."""
    return _digest_name(algorithm)


def _scheme(algorithm: Element, digest: str) -> tuple[str, int | None]:
    """(scheme, PSS salt length). The digest in the signature algorithm must be the signer's (RFC 5652 5.3, RFC 4056)."""
    parts = _parts(algorithm, der.SEQUENCE)
    oid = _take(parts, der.OBJECT_IDENTIFIER).value
    scheme, fixed = _SCHEMES.get(oid, (oid.hex(), None))
    salt = None
    if scheme == "rsassa_pss":
        hashed, salt = "sha1", 20
        for part in _parts(_take(parts, der.SEQUENCE), der.SEQUENCE):
            if part.tag == _CONTEXT_0:
                hashed = _digest_name(der.element(part.value))
            elif part.tag == _CONTEXT_2:
                salt = int.from_bytes(der.element(part.value).value, "big")
        fixed = hashed
    if fixed is not None and fixed != digest:
        raise _broken("digest and signature algorithm disagree")
    return scheme, salt


def _attributes(frame: Element | None) -> dict[bytes, list[Element]]:
    """Values by attribute OID. RFC 5652 11: what is signed stands once."""
    result: dict[bytes, list[Element]] = {}
    for attribute in frame.children() if frame is not None else ():
        parts = _parts(attribute, der.SEQUENCE)
        oid = _take(parts, der.OBJECT_IDENTIFIER).value
        if oid in result and oid in (_A_CONTENT_TYPE, _A_MESSAGE_DIGEST, _A_SIGNING_TIME):
            raise _broken("an attribute stands twice")
        result.setdefault(oid, []).extend(_parts(_take(parts, der.SET), der.SET))
    return result


def _own(certificates: tuple[bytes, ...], identifier: Element) -> bytes | None:
    """The signer's. Some write the issuer's name in other string types than its certificate does: what counts is what it says."""
    if identifier.tag == _KEY_IDENTIFIER:
        return next((c for c in certificates if _key_identifier(c) == identifier.value), None)
    if identifier.tag != der.SEQUENCE:
        return None
    parts = list(identifier.children())
    exact = next((c for c in certificates if der.issuer_and_serial(c) == tuple(p.whole for p in parts)), None)
    if exact is not None or len(parts) != 2:
        return exact
    said = read_name(parts[0]).rfc4514()
    return next((c for c in certificates if _serial_and_issuer(c) == (parts[1].whole, said)), None)


def _serial_and_issuer(certificate: bytes) -> tuple[bytes, str]:
    try:
        return der.issuer_and_serial(certificate)[1], read_parts(certificate).issuer.rfc4514()
    except UnsupportedDocument:
        return b"", ""


def _key_identifier(certificate: bytes) -> bytes | None:
    known = load_certificate(certificate)
    try:
        extensions = known.read.extensions if known is not None else x509.Extensions([])
        return extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (*STRANGE, x509.ExtensionNotFound):
        return None


def _signing_certificate(attributes: dict[bytes, list[Element]], certificate: bytes | None) -> tuple[bool, bool]:
    """(the ESS attribute is there, it names the certificate). RFC 5035; RFC 2634 for the SHA-1 form."""
    for oid, algorithm in ((_A_SIGNING_CERTIFICATE_V2, "sha256"), (_A_SIGNING_CERTIFICATE, "sha1")):
        values = attributes.get(oid)
        if not values:
            continue
        identifiers = _parts(_take(_parts(values[0], der.SEQUENCE), der.SEQUENCE), der.SEQUENCE)
        parts = _parts(_take(identifiers, der.SEQUENCE), der.SEQUENCE)
        explicit = _may_take(parts, der.SEQUENCE)
        name = _digest_name(explicit) if explicit is not None else algorithm
        wanted = _take(parts, der.OCTET_STRING).value
        known = name in hashlib.algorithms_available
        return True, known and certificate is not None and hashlib.new(name, certificate).digest() == wanted
    return False, True


def _revocation_archive(attributes: dict[bytes, list[Element]]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Adobe's attribute (ISO 32000-1 12.8.3.3.2): [0] CRLs, [1] OCSP responses."""
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for value in attributes.get(_A_ADOBE_REVOCATION, ()):
        for part in value.children():
            if part.tag in (_CONTEXT_0, _CONTEXT_1):
                (crls if part.tag == _CONTEXT_0 else ocsps).extend(c.whole for c in der.element(part.value).children())
    return tuple(crls), tuple(ocsps)


def _time(value: Element) -> datetime | None:
    """UTCTime or GeneralizedTime as CMS profiles them (Z, seconds); None for anything else."""
    try:
        text = value.value.decode("ascii")
        if value.tag == _UTC_TIME:
            text = ("19" if text[:2] >= "50" else "20") + text
        return der.moment(text[:-1]) if text.endswith("Z") else None
    except ValueError:
        return None


def digest(algorithm: str, content: bytes) -> bytes:
    """Raises NotAPdf for an algorithm nobody here knows."""
    with guarded("signature"):
        return hashlib.new(algorithm, content).digest()


def check(message: SignedMessage, content_digest: bytes) -> SubIndication | None:
    """None when the signature holds over content with this digest (made with `message.digest_algorithm`).

    HASH_FAILURE: other content. SIG_CRYPTO_FAILURE: the signature value is wrong. CRYPTO_CONSTRAINTS_FAILURE: it holds, by an
    algorithm that no longer proves anything. SIG_CONSTRAINTS_FAILURE: the ESS attribute names another certificate.
    """
    if message.certificate is None:
        return SubIndication.FORMAT_FAILURE
    if message.signed_attributes is None:
        signed, prehashed = content_digest, True
    else:
        if message.message_digest != content_digest:
            return SubIndication.HASH_FAILURE
        signed, prehashed = message.signed_attributes, False
    if not _known(message):
        return SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    try:
        _verify(message, signed, prehashed)
    except (InvalidSignature, ValueError, TypeError, KeyError, UnsupportedAlgorithm, x509.InvalidVersion):
        return SubIndication.SIG_CRYPTO_FAILURE if not prehashed else SubIndication.HASH_FAILURE
    if not message.signing_certificate_fits:
        return SubIndication.SIG_CONSTRAINTS_FAILURE
    return None if good_until(message) == ALWAYS else SubIndication.CRYPTO_CONSTRAINTS_FAILURE


def good_until(message: SignedMessage) -> datetime:
    """The moment before which the algorithms of a signature could be relied on; `strength.ALWAYS` for those of today, NEVER for
    those that cannot be checked here."""
    if not _known(message):
        return NEVER
    try:
        key = public_key(message.certificate or b"")
    except (ValueError, UnsupportedAlgorithm):
        return NEVER
    return min(digest_until(message.digest_algorithm), key_until(key))


def _known(message: SignedMessage) -> bool:
    return message.digest_algorithm in _HASHES and message.scheme in {scheme for scheme, _ in _SCHEMES.values()}


def _verify(message: SignedMessage, signed: bytes, prehashed: bool) -> None:
    """Raises InvalidSignature, or what the library raises for a key it does not know."""
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    assert message.certificate is not None
    key = public_key(message.certificate)
    hashed = _HASHES[message.digest_algorithm]()
    over = Prehashed(hashed) if prehashed else hashed
    if isinstance(key, rsa.RSAPublicKey) and message.scheme in ("rsassa_pkcs1v15", "rsassa_pss"):
        if message.scheme == "rsassa_pss":
            pss = padding.PSS(padding.MGF1(hashed), message.salt_length or 0)
            key.verify(message.signature, signed, pss, over)
        else:
            key.verify(message.signature, signed, padding.PKCS1v15(), over)
    elif isinstance(key, ec.EllipticCurvePublicKey) and message.scheme == "ecdsa":
        key.verify(message.signature, signed, ec.ECDSA(over))
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and not prehashed:
        key.verify(message.signature, signed)
    else:
        raise InvalidSignature
