"""The quick check of a signature that was just written, from what the signer still holds. Not a verification: that follows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.evidence import cms, der
from econtract_core.evidence.certificates import public_key
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf
from econtract_core.evidence.verdict import SubIndication
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument

if TYPE_CHECKING:
    from hashlib import _Hash


@dataclass(frozen=True)
class NewSignature:
    """What the signer holds of a signature it has just written."""

    before: _Hash = field(repr=False)  # SHA-256 state over the original bytes
    tail: bytes = field(repr=False)  # the appended bytes, read back from the disk
    gap: tuple[int, int]  # where in `tail` the hexadecimal /Contents stands, with its < and >
    certificate: bytes = field(repr=False)
    signed_attributes: bytes = field(repr=False)  # DER of the SET
    signature: bytes = field(repr=False)
    cms: bytes = field(repr=False)
    token: bytes | None = field(repr=False)


def check_new_signature(new: NewSignature) -> str:
    """ "" when it holds, else what does not: the digest over the byte range, the signature value, the /Contents with its zero
    padding, the timestamp's imprint."""
    start, end = new.gap
    state = new.before.copy()
    state.update(new.tail[:start])
    state.update(new.tail[end:])
    if der.write(der.OCTET_STRING, state.digest()) not in new.signed_attributes:
        return "the digest of what was written is not the one that was signed"
    if not value_holds(new.certificate, new.signed_attributes, new.signature):
        return "the signature value"
    problem = _holds(new.tail[start:end], new.cms)
    if not problem and new.token is not None:
        problem = _is_of(new.token, hashlib.sha256(new.signature).digest())
    return problem


def stamped(digest: bytes, contents: bytes, token: bytes) -> str:
    """ "" when `contents` (a document timestamp's /Contents with its < and >) holds `token` and that is of `digest` (SHA-256);
    else what is wrong."""
    return _holds(contents, token) or _is_of(token, digest)


def _holds(written: bytes, value: bytes) -> str:
    try:
        contents = bytes.fromhex(written[1:-1].decode("ascii"))
    except ValueError:
        return "the contents are not hexadecimal"
    if contents[: len(value)] != value or contents[len(value) :].strip(b"\0"):
        return "the contents are not the signature"
    return ""


def _is_of(token: bytes, digest: bytes) -> str:
    try:
        fits = der.token_facts(token)[0] == digest
    except UnsupportedDocument:
        fits = False
    return "" if fits else "the timestamp is of something else"


def holds_over(pdf: OpenPdf, item: Embedded) -> str:
    """ "" when a signature or timestamp in a file holds over the bytes it covers; else the sub-indication of what does not."""
    if item.problem or item.byte_range is None:
        return SubIndication.FORMAT_FAILURE
    try:
        message = cms.read(item.contents)
    except NotAPdf:
        return SubIndication.FORMAT_FAILURE
    if item.kind == "document":
        _, digests = pdf.digests({("sha256", item.byte_range)})
        return SubIndication.HASH_FAILURE if _is_of(item.contents, digests["sha256", item.byte_range]) else ""
    name = message.digest_algorithm
    _, digests = pdf.digests({(name, item.byte_range)})
    if (name, item.byte_range) not in digests:
        return SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    return cms.check(message, digests[name, item.byte_range]) or ""


def value_holds(certificate: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether `signature` (RSA PKCS#1 v1.5 or ECDSA in DER, SHA-256) over `signed` is of this certificate's (DER) key."""
    try:
        key = public_key(certificate)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
