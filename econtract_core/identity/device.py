"""Proofs that a request comes from the PC that logged in: DPoP (RFC 9449), ES256 only.

A session's token is bound to a key of the PC. Whoever reads the token on the way (a proxy that opens TLS) cannot use it.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from econtract_core.identity import jws
from econtract_core.rules.errors import DeviceUnproven

FRESH = timedelta(seconds=60)  # how far a proof's time may lie from the server's
_KIND = "dpop+jwt"
_LONGEST = 2_000  # characters
_IDENTIFIER = re.compile(r"[\x21-\x7e]{16,128}")


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
        key = load_der_private_key(jws.decoded(text), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("another kind of key")
        return cls(key)

    def kept(self) -> str:
        """For the encrypted store of this profile, and nowhere else."""
        return jws.encoded(self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def thumbprint(self) -> str:
        return _thumbprint(self._public)

    def proof(self, method: str, url: str, at: datetime, token: str | None = None) -> str:
        """For one request to `url` (query and fragment do not count), with the session's token where there is one."""
        claims: dict[str, str | int] = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": _bare(url)}
        claims["iat"] = int(at.timestamp())
        if token is not None:
            claims["ath"] = _hash(token)
        return jws.write({"typ": _KIND, "jwk": self._public}, claims, self._key)


def check_proof(text: str, method: str, url: str, now: datetime, token: str | None = None) -> Proof:
    """The proof, where it is one for this request, now, and this token. Whether its identifier came before is the caller's
    business. Raises DeviceUnproven."""
    try:
        said = jws.read(text, _KIND, _LONGEST)
        public = said.header.get("jwk")
        if not isinstance(public, dict):
            raise ValueError("format")
        said.check(_public_key(public))
    except ValueError as problem:
        raise DeviceUnproven(problem="signature" if str(problem) != "format" else "format") from None
    identifier, issued = said.claims.get("jti"), said.claims.get("iat")
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier) or type(issued) is not int:
        raise DeviceUnproven(problem="format")
    if said.claims.get("htm") != method or said.claims.get("htu") != _bare(url):
        raise DeviceUnproven(problem="another request")
    if said.claims.get("ath") != (_hash(token) if token is not None else None):
        raise DeviceUnproven(problem="another session")
    if abs(issued - now.timestamp()) > FRESH.total_seconds():
        raise DeviceUnproven(problem="clock")
    return Proof(_thumbprint(public), identifier, datetime.fromtimestamp(issued, UTC))


def _public_key(public: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    """Of a JWK (RFC 7518 6.2.1). Raises ValueError."""
    if set(public) != {"crv", "kty", "x", "y"} or (public["crv"], public["kty"]) != ("P-256", "EC"):
        raise ValueError("another kind of key")
    x, y = (jws.decoded(str(public[name])) for name in ("x", "y"))
    if len(x) != jws.WIDTH or len(y) != jws.WIDTH:
        raise ValueError("another length")
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    return numbers.public_key()


def _thumbprint(public: Mapping[str, object]) -> str:
    return jws.encoded(sha256(json.dumps(public, sort_keys=True, separators=(",", ":")).encode()).digest())


def _hash(token: str) -> str:
    return jws.encoded(sha256(token.encode("utf-8", "surrogateescape")).digest())


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]


def _number(value: int) -> str:
    return jws.encoded(value.to_bytes(jws.WIDTH, "big"))
