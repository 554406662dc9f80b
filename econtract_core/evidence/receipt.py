"""Proof of arrival 到達証明: the server's signed statement that an operation reached it, and when. Its time is the legal time.

A compact JWS (RFC 7515, ES256) with the certificates in `x5c`, as long as its paper: it says what arrived by its SHA-256, whose it
was and which server it is. The seal's certificate names the server's host (subjectAltName), which no person's certificate does, and
leads to a trust anchor; so a receipt is verified years later, without the server.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from econtract_core.evidence.certificates import STRANGE, load_certificate
from econtract_core.evidence.trust import TrustStore
from econtract_core.identity import jws
from econtract_core.rules.errors import ReceiptInvalid

_KIND = "econtract-receipt+jwt"
_LONGEST = 30_000  # characters
_MOST_CERTIFICATES = 5


@dataclass(frozen=True)
class Receipt:
    """`kind` and `object_id`: the operation's. `operation_sha256`: hex, of the operation as JSON in the form both sides write it.
    `certificate_sha256`: hex, of the card's that logged in. `arrived_at`: by the server's clock."""

    server_id: str
    epoch: str
    operation_id: str
    kind: str
    object_id: str
    operation_sha256: str
    organization_id: str
    user_id: str
    certificate_sha256: str
    arrived_at: datetime


def write_receipt(receipt: Receipt, key: ec.EllipticCurvePrivateKey, certificates: tuple[bytes, ...]) -> str:
    """`certificates` (DER): the seal's first, then its issuers without the anchor."""
    claims = {**asdict(receipt), "arrived_at": receipt.arrived_at.isoformat()}
    return jws.write({"typ": _KIND, "x5c": [b64encode(c).decode() for c in certificates]}, claims, key)


def read_receipt(text: str, trust: TrustStore, host: str) -> Receipt:
    """The receipt, where the server `host` sealed it with a certificate that was valid at that time. Revocation of the seal is not
    looked at. Raises ReceiptInvalid."""
    try:
        said = jws.read(text, _KIND, _LONGEST)
        receipt = _receipt(said.claims)
        seal, *others = _certificates(said.header)
        certificate = load_certificate(seal)
        if certificate is None or host not in _hosts(certificate.read):
            raise ValueError("another server's seal")
        key = certificate.read.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("another kind of key")
        said.check(key)
    except (ValueError, TypeError, KeyError) as problem:
        raise ReceiptInvalid(problem=str(problem)[:100]) from None
    found = trust.chain(seal, tuple(others), receipt.arrived_at)
    if found.chain is None:
        raise ReceiptInvalid(problem=str(found.sub_indication))
    return receipt


def _receipt(claims: dict[str, object]) -> Receipt:
    fields = {name: str(claims[name]) for name in Receipt.__dataclass_fields__ if name != "arrived_at"}
    at = datetime.fromisoformat(str(claims["arrived_at"]))
    if set(claims) != {*fields, "arrived_at"} or at.tzinfo is None:
        raise ValueError("format")
    return Receipt(**fields, arrived_at=at)


def _certificates(header: dict[str, object]) -> list[bytes]:
    listed = header.get("x5c")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST_CERTIFICATES:
        raise ValueError("format")
    return [b64decode(str(each), validate=True) for each in listed]


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (*STRANGE, x509.ExtensionNotFound):
        return set()
    addresses = {str(ip_address(str(address))) for address in names.get_values_for_type(x509.IPAddress)}
    return {*(name.lower() for name in names.get_values_for_type(x509.DNSName)), *addresses}
