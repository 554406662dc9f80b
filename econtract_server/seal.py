"""The server's seal: the key that signs proofs of arrival 到達証明."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from econtract_core.evidence.receipt import Receipt, write_receipt
from econtract_core.rules.errors import SettingsUnreadable


@dataclass(frozen=True)
class Seal:
    """`certificates` (DER): its own first. Thread-safe."""

    certificates: tuple[bytes, ...]
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def load(cls, certificates: Path, key: Path) -> Seal:
        """PEM files. Raises SettingsUnreadable, also where they do not belong together or the key is not P-256."""
        try:
            found = x509.load_pem_x509_certificates(certificates.read_bytes())
            private = load_pem_private_key(key.read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
            raise SettingsUnreadable(path=str(certificates), problem=type(problem).__name__) from None
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
            raise SettingsUnreadable(path=str(key), problem="not a P-256 key")
        if found[0].public_key() != private.public_key():
            raise SettingsUnreadable(path=str(key), problem="not the certificate's key")
        return cls(tuple(c.public_bytes(Encoding.DER) for c in found), private)

    def receipt(self, receipt: Receipt) -> str:
        return write_receipt(receipt, self._key, self.certificates)
