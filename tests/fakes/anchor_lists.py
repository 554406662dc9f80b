"""AnchorLists: signed lists of trust anchors for tests, well or badly signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from econtract_core.evidence.trust_package import Roots
from econtract_practice import anchors as make


def keys(seed: int, count: int = 3) -> tuple[Ed25519PrivateKey, ...]:
    """The same for the same seed."""
    return tuple(Ed25519PrivateKey.from_private_bytes(bytes([seed, n] * 16)) for n in range(count))


class AnchorLists:
    """Keys 2 of 3, and their successors."""

    def __init__(self, now: datetime, *certificates: bytes) -> None:
        self.now = now
        self.certificates = certificates
        self.generations = {version: keys(version) for version in range(1, 6)}

    def roots(self, version: int = 1) -> Roots:
        held = tuple(key.public_key().public_bytes_raw() for key in self.generations[version])
        return Roots(version, 2, held)

    @property
    def roots_file(self) -> bytes:
        return make.roots_payload(1, 2, [make.public_of(key) for key in self.generations[1]])

    def listed(self, serial: int, *, days: int = 365, **more: object) -> bytes:
        anchors = [make.anchor(c, ("person", "tsa"), self.now, **more) for c in self.certificates]  # type: ignore[arg-type]
        begin = self.now - timedelta(days=1)
        return make.list_payload(serial, (begin, self.now + timedelta(days=days)), anchors)

    def rotation(
        self, version: int, signers: Sequence[Ed25519PrivateKey] | None = None
    ) -> tuple[bytes, list[make.Listing]]:
        """From the generation before to this one, signed by two of each unless said."""
        payload = make.roots_payload(version, 2, [make.public_of(key) for key in self.generations[version]])
        by = signers if signers is not None else (*self.generations[version - 1][:2], *self.generations[version][1:])
        return payload, [make.signature(payload, key) for key in by]

    def package(
        self,
        serial: int,
        *,
        version: int = 1,
        signers: Sequence[Ed25519PrivateKey] | None = None,
        payload: bytes | None = None,
        roots: Sequence[tuple[bytes, list[make.Listing]]] | None = None,
    ) -> bytes:
        """With all changes of keys up to `version`, signed by two of its keys unless said."""
        listed = payload if payload is not None else self.listed(serial)
        chain = roots if roots is not None else [self.rotation(v) for v in range(2, version + 1)]
        by = signers if signers is not None else self.generations[version][:2]
        return make.package((listed, [make.signature(listed, key) for key in by]), chain)
