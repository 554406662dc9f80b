"""Until when an algorithm or a key size could be relied on (NIST SP 800-131A; CRYPTREC's list says the same of what is named here).

What was made before such a day, provably, still counts (ETSI EN 319 102-1 5.2.8). Of algorithms that are good today no end is
told: archive timestamps are renewed before that, and this table with the program.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

ALWAYS = datetime.max.replace(tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)
_MD5_BROKEN = datetime(2004, 8, 18, tzinfo=UTC)  # collisions shown
_END_OF_80_BITS = datetime(2014, 1, 1, tzinfo=UTC)  # SHA-1 in signatures, RSA and curves of 80 bits' strength
_DIGESTS = {
    "md5": _MD5_BROKEN,
    "sha1": _END_OF_80_BITS,
    **dict.fromkeys(("sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"), ALWAYS),
}
_RSA_BITS = ((2048, ALWAYS), (1024, _END_OF_80_BITS))
_CURVE_BITS = ((224, ALWAYS), (160, _END_OF_80_BITS))


def digest_until(name: str) -> datetime:
    """The moment before which a digest algorithm ("sha1") was good; NEVER for one nobody here knows."""
    return _DIGESTS.get(name, NEVER)


def key_until(key: object) -> datetime:
    """The moment before which a key of this kind and size was good; NEVER for another kind."""
    if isinstance(key, rsa.RSAPublicKey):
        return next((end for bits, end in _RSA_BITS if key.key_size >= bits), NEVER)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return next((end for bits, end in _CURVE_BITS if key.curve.key_size >= bits), NEVER)
    return ALWAYS if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) else NEVER


def weak_at(moment: datetime) -> tuple[frozenset[str], int]:
    """(digest algorithms no longer good at `moment`, the least bits of an RSA key then)."""
    digests = frozenset({"md2", "md4", *(name for name, end in _DIGESTS.items() if moment >= end)})
    return digests, min(bits for bits, end in _RSA_BITS if moment < end)
