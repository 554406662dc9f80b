"""Checking a Web eID authentication token. Source: web-eid-system-architecture-doc, "Web eID authentication token".

The token carries neither origin nor nonce; both are rebuilt from our own memory, so a good signature proves both.
"""

from __future__ import annotations

from base64 import b64decode

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from econtract_core.messages.account import AuthToken
from econtract_core.rules.errors import LoginRefused

ALLOWED = frozenset({"RS256", "ES256"})
SMALLEST, LARGEST = 100, 10_000  # characters of a token
_SMALLEST_RSA = 2048
_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES = {"256": "secp256r1", "384": "secp384r1", "512": "secp521r1"}


def check_size(token: AuthToken) -> None:
    """Raises LoginRefused."""
    if not SMALLEST <= len(token.model_dump_json()) <= LARGEST:
        raise LoginRefused(problem="size")


def read_certificate(token: AuthToken) -> x509.Certificate:
    """The certificate, still unverified. Raises LoginRefused."""
    try:
        return x509.load_der_x509_certificate(b64decode(token.unverifiedCertificate, validate=True))
    except (ValueError, TypeError, x509.InvalidVersion):
        raise LoginRefused(problem="certificate") from None


def check_purpose(certificate: x509.Certificate) -> None:
    """Raises LoginRefused unless the key may make digital signatures. (An e-bidding card has one key for all, and need not
    carry the extended usage clientAuth.)"""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
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
    """Raises LoginRefused where the token was not made for this origin and this nonce by this certificate's key. Pure."""
    if token.algorithm not in allowed:
        raise LoginRefused(problem=f"algorithm {token.algorithm}")
    family, bits = token.algorithm[:2], token.algorithm[2:]
    value = _digest(bits, origin) + _digest(bits, nonce)
    try:
        key = certificate.public_key()
        signature = b64decode(token.signature, validate=True)
        if family == "RS" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA:
            key.verify(signature, value, padding.PKCS1v15(), _HASHES[bits])
        elif family == "ES" and isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == _CURVES[bits]:
            key.verify(_der(signature, key.key_size), value, ec.ECDSA(_HASHES[bits]))
        else:
            raise LoginRefused(problem=f"the key does not fit {token.algorithm}")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise LoginRefused(problem="signature") from None


def _digest(bits: str, text: str) -> bytes:
    digest = hashes.Hash(_HASHES[bits])
    digest.update(text.encode())
    return digest.finalize()


def _der(raw: bytes, key_bits: int) -> bytes:
    """R ‖ S, each as long as the curve's order, as DER. Raises ValueError for another length."""
    half = (key_bits + 7) // 8
    if len(raw) != 2 * half:
        raise ValueError("length")
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
