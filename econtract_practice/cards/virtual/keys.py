"""What a card does with its private key: bare RSA, and ECDSA over a given digest. Source: RFC 8017, SEC 1."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from econtract_practice.authority import PrivateKey

_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class CardKey:
    """A key and its certificate (DER)."""

    def __init__(self, key: PrivateKey, certificate: bytes) -> None:
        self.key = key
        self.certificate = certificate
        self._numbers = key.private_numbers() if isinstance(key, rsa.RSAPrivateKey) else None

    @property
    def size(self) -> int:
        """Bytes of an RSA block; bytes of an EC coordinate."""
        return (self.key.key_size + 7) // 8

    def pad_and_sign(self, data: bytes) -> bytes:
        """RSA, PKCS#1 v1.5 type 1 around `data` (a DigestInfo). Raises ValueError where it does not fit."""
        assert isinstance(self.key, rsa.RSAPrivateKey)
        if data.startswith(_SHA256_INFO) and len(data) == len(_SHA256_INFO) + 32:
            digest = data[len(_SHA256_INFO) :]
            return self.key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        if len(data) > self.size - 11:
            raise ValueError(f"{len(data)} bytes")
        return self.raw(b"\0\1" + b"\xff" * (self.size - 3 - len(data)) + b"\0" + data)

    def raw(self, block: bytes) -> bytes:
        """RSA on a whole block. Raises ValueError where the block is none of this key's."""
        value = int.from_bytes(block, "big")
        numbers = self._numbers
        if numbers is None or len(block) != self.size or value >= numbers.public_numbers.n:
            raise ValueError(f"{len(block)} bytes")
        start = block.find(b"\0", 2)
        if block.startswith(b"\0\1\xff") and not block[2:start].strip(b"\xff") and start > 9:
            info = block[start + 1 :]
            if info.startswith(_SHA256_INFO) and len(info) == len(_SHA256_INFO) + 32:
                return self.pad_and_sign(info)  # ten times as fast as the sum below
        one, two = pow(value, numbers.dmp1, numbers.p), pow(value, numbers.dmq1, numbers.q)
        result = two + numbers.q * ((one - two) * numbers.iqmp % numbers.p)
        return result.to_bytes(self.size, "big")

    def ecdsa(self, digest: bytes) -> bytes:
        """ECDSA-Sig-Value (DER) over a digest of this curve's size. Raises ValueError."""
        if not isinstance(self.key, ec.EllipticCurvePrivateKey) or len(digest) != 32:
            raise ValueError(f"{len(digest)} bytes")
        return self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
