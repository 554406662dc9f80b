"""The quick check of a signature that was just written, from what the signer still holds. Not a verification: that follows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.evidence import der
from econtract_core.rules.errors import UnsupportedDocument

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
    try:
        contents = bytes.fromhex(new.tail[start + 1 : end - 1].decode("ascii"))
    except ValueError:
        return "the contents are not hexadecimal"
    if contents[: len(new.cms)] != new.cms or contents[len(new.cms) :].strip(b"\0"):
        return "the contents are not the signature"
    if new.token is not None:
        try:
            fits = der.token_facts(new.token)[0] == hashlib.sha256(new.signature).digest()
        except UnsupportedDocument:
            fits = False
        if not fits:
            return "the timestamp is of something else"
    return ""


def value_holds(certificate: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether `signature` (RSA PKCS#1 v1.5 or ECDSA in DER, SHA-256) over `signed` is of this certificate's (DER) key."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True
