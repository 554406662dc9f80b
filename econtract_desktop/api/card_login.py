"""Log-in by card: the Web eID authentication token (`web-eid:1.0`).

The card signs hash(origin) ‖ hash(nonce), built here from our own setting and a nonce that says what it is for: a server can
neither relay a log-in to another server nor have a document's hash signed as one. Source: web-eid-system-architecture-doc,
"Web eID authentication token specification".
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from econtract_core import __version__
from econtract_core.messages.account import NONCE_PREFIX, AuthToken
from econtract_core.rules.errors import (
    CardCannotSign,
    CertificateMissing,
    ServerAnswerInvalid,
    ServerNotTrusted,
    UsageError,
)
from econtract_desktop.ports.card import CardSignature, CardToken

_NONCE_LENGTH = 44
_NONCE = re.compile(re.escape(NONCE_PREFIX) + r"[A-Za-z0-9+/=_.-]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_P256_BYTES = 32


def origin_of(setting: str) -> str:
    """`https://host[:port]` as a browser would write it (RFC 6454): lower case, no default port, no path.

    Raises ServerNotTrusted for anything but https, UsageError for what is no address of a server.
    """
    try:
        parts = urlsplit(setting.strip())
        port = parts.port
    except ValueError:
        raise UsageError(problem=f"--server {setting}") from None
    if parts.scheme != "https":
        raise ServerNotTrusted(host=parts.hostname or setting, problem="not https")
    host = parts.netloc.lower().removesuffix(f":{port}")
    if not _HOST.fullmatch(host) or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(problem=f"--server {setting}")
    return f"https://{host}" + (f":{port}" if port not in (None, 443) else "")


def make_token(card: CardToken, origin: str, nonce: str) -> AuthToken:
    """The proof that `card` (logged in) answers `nonce` for `origin`, which comes from our settings, never from an answer.

    Raises ServerNotTrusted for an http origin, ServerAnswerInvalid for a nonce that does not say it is for a log-in or is too
    short to be one, CardCannotSign for a key the token has no name for, and what the card raises.
    """
    if origin_of(origin) != origin:
        raise UsageError(problem=f"--server {origin}")
    if len(nonce) < _NONCE_LENGTH or not _NONCE.fullmatch(nonce):
        raise ServerAnswerInvalid(host=origin.removeprefix("https://"), problem="nonce")
    value = sha256(origin.encode()).digest() + sha256(nonce.encode()).digest()
    certificate = card.certificate.der
    algorithm, signature = _named(certificate, card.sign(value))
    return AuthToken(
        unverifiedCertificate=b64encode(certificate).decode(),
        algorithm=algorithm,
        signature=b64encode(signature).decode(),
        appVersion=f"econtract-desktop/{__version__}",
    )


def _named(certificate: bytes, signature: CardSignature) -> tuple[Literal["RS256", "ES256"], bytes]:
    """The token's name of the algorithm, and the signature in the token's form (ECDSA: raw R‖S)."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        raise CertificateMissing("the certificate cannot be read", wanted="X.509") from None
    if isinstance(key, rsa.RSAPublicKey) and signature.algorithm == "rsa":
        return "RS256", signature.value
    # The card hashes with SHA-256, and only P-256 goes with that in the token (RFC 7518, 3.4).
    if isinstance(key, ec.EllipticCurvePublicKey) and signature.algorithm == "ecdsa" and key.curve.name == "secp256r1":
        try:
            r, s = decode_dss_signature(signature.value)
            return "ES256", r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
        except (ValueError, OverflowError):
            raise CardCannotSign(problem="ECDSA signature") from None
    raise CardCannotSign(problem=f"{signature.algorithm} with {type(key).__name__}")
