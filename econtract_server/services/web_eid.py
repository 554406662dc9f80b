"""Checking a Web eID authentication token. Source: web-eid-system-architecture-doc, "Token format" and validation steps.

The token carries neither origin nor nonce; both are rebuilt from our own memory, so a good signature proves both.
"""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256, sha384

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from econtract_core.messages.account import AuthToken
from econtract_core.rules.errors import LoginRefused

ALLOWED = frozenset({"RS256", "ES256"})
_HASHES = {"256": (sha256, hashes.SHA256()), "384": (sha384, hashes.SHA384())}


def read_certificate(token: AuthToken) -> x509.Certificate:
    """The certificate, still unverified. Raises LoginRefused."""
    try:
        return x509.load_der_x509_certificate(b64decode(token.unverifiedCertificate, validate=True))
    except ValueError as problem:
        raise LoginRefused(str(problem), problem="certificate") from None


def check_purpose(certificate: x509.Certificate) -> None:
    """Raises LoginRefused unless the key may make digital signatures. (An e-bidding card has one key for all, and need not
    carry the extended usage clientAuth.)"""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        raise LoginRefused(problem="key usage") from None
    if not usage.digital_signature:
        raise LoginRefused(problem="key usage")


def check_signature(
    token: AuthToken,
    certificate: x509.Certificate,
    origin: str,
    nonce: str,
    allowed: frozenset[str] = ALLOWED,
) -> None:
    """Raises LoginRefused where the token was not made for this origin and this nonce by this certificate's key."""
    if token.algorithm not in allowed:
        raise LoginRefused(problem=f"algorithm {token.algorithm}")
    digest, algorithm = _HASHES[token.algorithm[2:]]
    value = digest(origin.encode()).digest() + digest(nonce.encode()).digest()
    key = certificate.public_key()
    try:
        signature = b64decode(token.signature, validate=True)
        if token.algorithm.startswith("RS") and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, value, padding.PKCS1v15(), algorithm)
            return
        if token.algorithm.startswith("ES") and isinstance(key, ec.EllipticCurvePublicKey):
            half = len(signature) // 2
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(encode_dss_signature(r, s), value, ec.ECDSA(algorithm))
            return
    except (InvalidSignature, ValueError):
        raise LoginRefused(problem="signature") from None
    raise LoginRefused(problem="key and algorithm differ")
