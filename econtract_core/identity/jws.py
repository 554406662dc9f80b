"""Small signed statements as compact JSON Web Signatures (RFC 7515), ES256 alone (RFC 7518 3.4). No other algorithm is known here,
so that none has to be refused."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

WIDTH = 32  # bytes of a P-256 number
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Statement:
    """Read, not verified: whose key it should be is for the caller to know."""

    header: dict[str, object]
    claims: dict[str, object]
    signed: bytes
    signature: bytes

    def check(self, key: ec.EllipticCurvePublicKey) -> None:
        """Raises ValueError where the key (P-256) did not sign this."""
        half = len(self.signature) // 2
        if key.curve.name != "secp256r1" or half != WIDTH or len(self.signature) % 2:
            raise ValueError("signature")
        r, s = int.from_bytes(self.signature[:half], "big"), int.from_bytes(self.signature[half:], "big")
        try:
            key.verify(encode_dss_signature(r, s), self.signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise ValueError("signature") from None


def write(header: Mapping[str, object], claims: Mapping[str, object], key: ec.EllipticCurvePrivateKey) -> str:
    """Signed with a P-256 key; `alg` is added."""
    signed = f"{_part({**header, 'alg': 'ES256'})}.{_part(claims)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{encoded(r.to_bytes(WIDTH, 'big') + s.to_bytes(WIDTH, 'big'))}"


def read(text: str, kind: str, longest: int) -> Statement:
    """`kind`: the `typ` it must have; `longest`: characters. Raises ValueError."""
    parts = text.split(".")
    if len(text) > longest or len(parts) != 3:
        raise ValueError("format")
    header, claims = _json(parts[0]), _json(parts[1])
    if header.get("typ") != kind or header.get("alg") != "ES256" or "crit" in header:
        raise ValueError("format")
    return Statement(header, claims, f"{parts[0]}.{parts[1]}".encode(), decoded(parts[2]))


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises ValueError for anything but base64url without padding, written the one way there is."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("format")
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encoded(found) != text:
        raise ValueError("format")
    return found


def _part(data: Mapping[str, object]) -> str:
    return encoded(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode())


def _json(part: str) -> dict[str, object]:
    try:
        found = json.loads(decoded(part))
    except RecursionError:
        raise ValueError("format") from None
    if not isinstance(found, dict):
        raise ValueError("format")
    return found
