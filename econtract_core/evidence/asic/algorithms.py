"""The algorithms of XML signatures that are known here (RFC 9231), and checking a signature value by one of them."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from econtract_core.evidence.certificates import public_key
from econtract_core.evidence.verdict import SubIndication

_OLD, _MORE, _ENC = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2001/04/xmldsig-more#",
    "http://www.w3.org/2001/04/xmlenc#",
)
_NEW, _NEWEST = "http://www.w3.org/2007/05/xmldsig-more#", "http://www.w3.org/2021/04/xmldsig-more#"
DIGESTS = {
    f"{_OLD}sha1": "sha1",
    f"{_MORE}sha224": "sha224",
    f"{_ENC}sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    f"{_ENC}sha512": "sha512",
    f"{_NEW}sha3-256": "sha3_256",
    f"{_NEW}sha3-384": "sha3_384",
    f"{_NEW}sha3-512": "sha3_512",
}
WEAK = frozenset({"sha1"})
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 — only to tell a weak signature from a wrong one
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
_SCHEMES = {
    f"{_OLD}rsa-sha1": ("rsa", "sha1"),
    **{f"{_MORE}rsa-sha{n}": ("rsa", f"sha{n}") for n in (224, 256, 384, 512)},
    f"{_MORE}ecdsa-sha1": ("ecdsa", "sha1"),
    **{f"{_MORE}ecdsa-sha{n}": ("ecdsa", f"sha{n}") for n in (224, 256, 384, 512)},
    **{f"{_NEWEST}ecdsa-sha3-{n}": ("ecdsa", f"sha3_{n}") for n in (256, 384, 512)},
    f"{_NEW}sha1-rsa-MGF1": ("pss", "sha1"),
    **{f"{_NEW}sha{n}-rsa-MGF1": ("pss", f"sha{n}") for n in (224, 256, 384, 512)},
    **{f"{_NEW}sha3-{n}-rsa-MGF1": ("pss", f"sha3_{n}") for n in (256, 384, 512)},
    f"{_NEWEST}eddsa-ed25519": ("ed25519", "sha512"),
    f"{_NEWEST}eddsa-ed448": ("ed448", "sha512"),
}
RSA_SHA256, ECDSA_SHA256, SHA256 = f"{_MORE}rsa-sha256", f"{_MORE}ecdsa-sha256", f"{_ENC}sha256"
_LEAST_RSA_BITS, _LEAST_CURVE_BITS = 2048, 224


@dataclass(frozen=True)
class Value:
    """A ds:SignatureValue, its SignatureMethod's Algorithm, and the octets it is over."""

    algorithm: str
    value: bytes
    signed: bytes


def check(certificate: bytes, value: Value) -> SubIndication | None:
    """None when the value is of this certificate's (DER) key. SIG_CRYPTO_FAILURE: it is not, or its algorithm is unknown.
    CRYPTO_CONSTRAINTS_FAILURE: it is, by an algorithm or key too weak to rely on."""
    scheme, digest = _SCHEMES.get(value.algorithm, ("", ""))
    if not scheme:
        return SubIndication.SIG_CRYPTO_FAILURE
    try:
        strong = _verify(certificate, scheme, _HASHES[digest], value)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return SubIndication.SIG_CRYPTO_FAILURE
    return None if strong and digest not in WEAK else SubIndication.CRYPTO_CONSTRAINTS_FAILURE


def _verify(certificate: bytes, scheme: str, hashed: hashes.HashAlgorithm, value: Value) -> bool:
    """Raises InvalidSignature; whether the key is long enough."""
    key = public_key(certificate)
    if isinstance(key, rsa.RSAPublicKey) and scheme == "rsa":
        key.verify(value.value, value.signed, padding.PKCS1v15(), hashed)
        return key.key_size >= _LEAST_RSA_BITS
    if isinstance(key, rsa.RSAPublicKey) and scheme == "pss":
        pss = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
        key.verify(value.value, value.signed, pss, hashed)
        return key.key_size >= _LEAST_RSA_BITS
    if isinstance(key, ec.EllipticCurvePublicKey) and scheme == "ecdsa":
        key.verify(_der(value.value, key.curve.key_size), value.signed, ec.ECDSA(hashed))
        return key.curve.key_size >= _LEAST_CURVE_BITS
    if (isinstance(key, ed25519.Ed25519PublicKey) and scheme == "ed25519") or (
        isinstance(key, ed448.Ed448PublicKey) and scheme == "ed448"
    ):
        key.verify(value.value, value.signed)
        return True
    raise InvalidSignature


def _der(value: bytes, bits: int) -> bytes:
    """r and s side by side, as XML signatures have them (RFC 9231 2.3.6), as ECDSA-Sig-Value. The one right length only."""
    half = (bits + 7) // 8
    if len(value) != 2 * half:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
