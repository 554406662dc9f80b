"""Proofs that a request comes from the PC that logged in: DPoP (RFC 9449), ES256 only, as a compact JWS (RFC 7515).

A session's token is bound to a key of the PC. Whoever reads the token on the way (a proxy that opens TLS) cannot use it.
"""

from __future__ import annotations

import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from econtract_core.rules.errors import DeviceUnproven

FRESH = timedelta(seconds=60)  # how far a proof's time may lie from the server's
LONGEST = 2_000  # characters
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_IDENTIFIER = re.compile(r"[\x21-\x7e]{16,128}")
_WIDTH = 32  # bytes of a P-256 number


@dataclass(frozen=True)
class Proof:
    """`thumbprint`: of the device's key (RFC 7638, SHA-256, base64url). `identifier`: may come once only."""

    thumbprint: str
    identifier: str
    at: datetime


class DeviceKey:
    """A PC's P-256 key. Immutable; any thread."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        numbers = key.public_key().public_numbers()
        self._key = key
        self._public = {"crv": "P-256", "kty": "EC", "x": _number(numbers.x), "y": _number(numbers.y)}

    @classmethod
    def new(cls) -> DeviceKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, text: str) -> DeviceKey:
        """What `kept` gave. Raises ValueError."""
        key = load_der_private_key(_decoded(text), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("another kind of key")
        return cls(key)

    def kept(self) -> str:
        """For the encrypted store of this profile, and nowhere else."""
        return _encoded(self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def thumbprint(self) -> str:
        return _thumbprint(self._public)

    def proof(self, method: str, url: str, at: datetime, token: str | None = None) -> str:
        """For one request to `url` (query and fragment do not count), with the session's token where there is one."""
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._public}
        claims: dict[str, str | int] = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": _bare(url)}
        claims["iat"] = int(at.timestamp())
        if token is not None:
            claims["ath"] = _encoded(sha256(token.encode()).digest())
        signed = f"{_part(header)}.{_part(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encoded(r.to_bytes(_WIDTH, 'big') + s.to_bytes(_WIDTH, 'big'))}"


def check_proof(text: str, method: str, url: str, now: datetime, token: str | None = None) -> Proof:
    """The proof, where it is one for this request, now, and this token. Whether its identifier came before is the caller's
    business. Raises DeviceUnproven."""
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != 3:
        raise DeviceUnproven(problem="format")
    header, claims = _json(parts[0]), _json(parts[1])
    public = header.get("jwk")
    if header.get("typ") != "dpop+jwt" or header.get("alg") != "ES256" or not isinstance(public, dict):
        raise DeviceUnproven(problem="format")
    _check_signature(public, f"{parts[0]}.{parts[1]}".encode(), parts[2])
    identifier, issued = claims.get("jti"), claims.get("iat")
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier) or type(issued) is not int:
        raise DeviceUnproven(problem="format")
    if claims.get("htm") != method or claims.get("htu") != _bare(url):
        raise DeviceUnproven(problem="another request")
    wanted = _encoded(sha256(token.encode("utf-8", "surrogateescape")).digest()) if token is not None else None
    if claims.get("ath") != wanted:
        raise DeviceUnproven(problem="another session")
    if abs(issued - now.timestamp()) > FRESH.total_seconds():
        raise DeviceUnproven(problem="clock")
    return Proof(_thumbprint(public), identifier, datetime.fromtimestamp(issued, UTC))


def _check_signature(public: dict[str, object], signed: bytes, signature: str) -> None:
    try:
        if set(public) != {"crv", "kty", "x", "y"} or (public["crv"], public["kty"]) != ("P-256", "EC"):
            raise ValueError("another kind of key")
        x, y, raw = (_decoded(str(value)) for value in (public["x"], public["y"], signature))
        if len(x) != _WIDTH or len(y) != _WIDTH or len(raw) != 2 * _WIDTH:
            raise ValueError("another length")
        numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
        r, s = int.from_bytes(raw[:_WIDTH], "big"), int.from_bytes(raw[_WIDTH:], "big")
        numbers.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        raise DeviceUnproven(problem="signature") from None


def _thumbprint(public: Mapping[str, object]) -> str:
    return _encoded(sha256(json.dumps(public, sort_keys=True, separators=(",", ":")).encode()).digest())


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def _part(data: Mapping[str, object]) -> str:
    return _encoded(json.dumps(data, separators=(",", ":")).encode())


def _json(part: str) -> dict[str, object]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise DeviceUnproven(problem="format") from None
    if not isinstance(found, dict):
        raise DeviceUnproven(problem="format")
    return found


def _number(value: int) -> str:
    return _encoded(value.to_bytes(_WIDTH, "big"))


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Raises ValueError for anything but base64url without padding."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("no base64url")
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encoded(found) != text:  # one text for one value
        raise ValueError("no base64url")
    return found
