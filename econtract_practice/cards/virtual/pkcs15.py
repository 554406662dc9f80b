"""The files of a PKCS#15 card with one key, one certificate and one PIN. Source: PKCS #15 v1.1 (ISO/IEC 7816-15)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from econtract_practice.cards.virtual.keys import CardKey
from econtract_practice.cards.virtual.tlv import bits, integer, octets, sequence, text, tlv

MASTER, APPLICATION = 0x3F00, 0x5015
_ODF, _TOKEN_INFO = 0x5031, 0x5032
_PINS, _KEYS, _CERTIFICATES = 0x4401, 0x4402, 0x4404
CERTIFICATE, KEY = 0x4301, 0x4B01
_PIN_ID, _KEY_ID = b"\1", b"\x45"
_SIGN, _NON_REPUDIATION = 2, 9  # KeyUsageFlags
_SENSITIVE, _ALWAYS_SENSITIVE, _NEVER_EXTRACTABLE = 0, 2, 3  # KeyAccessFlags
_INITIALIZED, _NEEDS_PADDING = 4, 5  # PinFlags
_LOGIN_REQUIRED, _EID_COMPLIANT = 1, 3  # TokenFlags


@dataclass(frozen=True)
class Pinned:
    """What the files say of the PIN."""

    reference: int
    shortest: int
    longest: int


def files(key: CardKey, *, label: str, serial: bytes, pin: Pinned, every_time: bool) -> dict[int, bytes]:
    """{identifier: content} under the application. `every_time`: the PIN is asked for before every signature."""
    return {
        _ODF: tlv(0xA8, _path(_PINS)) + tlv(0xA0, _path(_KEYS)) + tlv(0xA4, _path(_CERTIFICATES)),
        _TOKEN_INFO: sequence(
            integer(0),
            octets(serial),
            text("econtract practice"),
            tlv(0x80, label.encode()),
            bits(_LOGIN_REQUIRED, _EID_COMPLIANT),
        ),
        _PINS: _pin(pin),
        _KEYS: _key(key, every_time=every_time),
        _CERTIFICATES: sequence(
            sequence(text("署名用証明書"), bits()),
            sequence(octets(_KEY_ID)),
            tlv(0xA1, sequence(_path(CERTIFICATE))),
        ),
        CERTIFICATE: key.certificate,
    }


def _path(identifier: int) -> bytes:
    return sequence(octets(b"".join(part.to_bytes(2, "big") for part in (MASTER, APPLICATION, identifier))))


def _pin(pin: Pinned) -> bytes:
    attributes = sequence(
        bits(_INITIALIZED, _NEEDS_PADDING),
        tlv(0x0A, b"\1"),  # ascii-numeric
        integer(pin.shortest),
        integer(pin.longest),
        integer(pin.longest),
        tlv(0x80, bytes([pin.reference])),
        octets(b"\xff"),
    )
    # A label of "PIN" leaves the token's own label alone: OpenSC puts any other behind it in brackets.
    return sequence(sequence(text("PIN"), bits(0)), sequence(octets(_PIN_ID)), tlv(0xA1, attributes))


def _key(key: CardKey, *, every_time: bool) -> bytes:
    common = [text("署名用秘密鍵"), bits(0), octets(_PIN_ID)] + ([integer(1)] if every_time else [])
    usage = sequence(
        octets(_KEY_ID),
        bits(_SIGN, _NON_REPUDIATION),
        bits(_SENSITIVE, _ALWAYS_SENSITIVE, _NEVER_EXTRACTABLE),
        integer(1),
    )
    attributes = tlv(0xA1, sequence(_path(KEY), integer(key.key.key_size)))
    tag = 0x30 if isinstance(key.key, rsa.RSAPrivateKey) else 0xA0
    return tlv(tag, sequence(*common), usage, attributes)
