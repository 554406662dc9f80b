"""A PIV card: up to four keys (9A, 9C, 9D, 9E), one PIN; 9C wants the PIN before every signature, 9E none.

Source: NIST SP 800-73-4 part 1 (data objects, keys and their PIN rules) and part 2 (commands); SP 800-78-4 (algorithm identifiers); RSA-3072 is
05 as SP 800-78-5 names it. RSA blocks come padded from the host.
"""

from __future__ import annotations

import uuid
import zlib
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import rsa

from econtract_practice.cards.virtual import apdu
from econtract_practice.cards.virtual.apdu import Command, Refused
from econtract_practice.cards.virtual.card import Card
from econtract_practice.cards.virtual.keys import CardKey
from econtract_practice.cards.virtual.pin import Pin
from econtract_practice.cards.virtual.tlv import find, tlv

AID = bytes.fromhex("A000000308000010000100")
ATR = bytes.fromhex("3B8B0180F9A000000308000010" + "0048")
TRIES = 3
PIN_LENGTH = 8
_CERTIFICATES = {0x9A: "5FC105", 0x9C: "5FC10A", 0x9D: "5FC10B", 0x9E: "5FC101"}
_PROTECTED = ("5FC109", "5FC103", "5FC108", "5FC121")  # printed information and biometrics
_RSA = {0x06: 1024, 0x07: 2048, 0x05: 3072}
_P256 = 0x11
_PIN = 0x80
# Agency 9999: no federal card, so the GUID counts (SP 800-73-4 part 1, 3.1.2).
_FASC_N = bytes.fromhex("D4E739DA739CED39CE739D836858210842108421C84210C3EB")


class PivCard(Card):
    """`keys` by their reference: {0x9A: …, 0x9C: …}."""

    atr = ATR

    def __init__(self, name: str, *, keys: dict[int, CardKey], pin: bytes) -> None:
        super().__init__(name, {"user": Pin(pin.ljust(PIN_LENGTH, b"\xff"), TRIES)})
        self._keys = keys
        self._objects = {_CERTIFICATES[reference]: _container(key.certificate) for reference, key in keys.items()}
        self._objects |= _fixed(next(iter(keys.values())).certificate)
        self._selected = True  # the default application (SP 800-73-4 part 1, 2.2)
        self._fresh = False  # the PIN was verified by the command just before

    def power(self) -> None:
        super().power()
        self._selected, self._fresh = True, False

    def execute(self, command: Command) -> bytes:
        fresh, self._fresh = self._fresh, False
        if command.cla not in (0x00, 0x10):
            raise Refused(apdu.CLA_UNKNOWN)
        if command.ins == 0xA4:
            return self._select(command)
        if not self._selected:
            raise Refused(apdu.INS_UNKNOWN)
        if (command.ins, command.p1p2) == (0xCB, 0x3FFF):
            return self._get(command)
        if command.ins == 0x20 and command.p2 == _PIN:
            return self._verify(command)
        if command.ins == 0x87:
            return self._sign(command, fresh)
        raise Refused(apdu.INS_UNKNOWN)

    def _select(self, command: Command) -> bytes:
        if command.p1 != 0x04 or len(command.data) < 9 or not AID.startswith(command.data):
            raise Refused(apdu.FILE_NOT_FOUND)
        self.pins["user"].verified = False
        self._selected = True
        return tlv(0x61, tlv(0x4F, AID[5:]), tlv(0x79, tlv(0x4F, AID[:5])))

    def _get(self, command: Command) -> bytes:
        try:
            wanted = (find(command.data, 0x5C) or b"").hex().upper()
        except ValueError:
            raise Refused(apdu.WRONG_DATA) from None
        if wanted in _PROTECTED and not self.pins["user"].verified:
            raise Refused(apdu.SECURITY_NOT_SATISFIED)
        found = self._objects.get(wanted)
        if found is None:
            raise Refused(apdu.FILE_NOT_FOUND)
        return found if wanted == "7E" else tlv(0x53, found)

    def _verify(self, command: Command) -> bytes:
        pin = self.pins["user"]
        if command.p1 == 0xFF:
            pin.verified = False
            return b""
        if command.data and len(command.data) != PIN_LENGTH:
            raise Refused(apdu.WRONG_DATA)
        self.verify(pin, command)
        self._fresh = bool(command.data)
        return b""

    def _sign(self, command: Command, fresh: bool) -> bytes:
        key = self._keys.get(command.p2)
        if key is None:
            raise Refused(apdu.REFERENCE_NOT_FOUND)
        allowed = {0x9C: fresh, 0x9E: True}.get(command.p2, self.pins["user"].verified)
        if not allowed:
            raise Refused(apdu.SECURITY_NOT_SATISFIED)
        try:
            template = find(command.data, 0x7C) or b""
            block = find(template, 0x81)
            if block is None or find(template, 0x82) is None:
                raise ValueError("no challenge")
            return tlv(0x7C, tlv(0x82, _apply(key, command.p1, block)))
        except ValueError:
            raise Refused(apdu.WRONG_DATA) from None


def _apply(key: CardKey, algorithm: int, block: bytes) -> bytes:
    """Raises ValueError where the algorithm is not this key's."""
    if algorithm == _P256:
        return key.ecdsa(block)
    if not isinstance(key.key, rsa.RSAPrivateKey) or _RSA.get(algorithm) != key.key.key_size:
        raise ValueError(f"algorithm {algorithm:02X}")
    return key.raw(block)


def _container(certificate: bytes) -> bytes:
    """The certificate, not compressed, without an error detection code."""
    return tlv(0x70, certificate) + tlv(0x71, b"\0") + tlv(0xFE)


def _fixed(certificate: bytes) -> dict[str, bytes]:
    """Discovery, CHUID (its GUID becomes the token's serial number), capabilities, key history, printed information."""
    guid = uuid.UUID(bytes=sha256(certificate).digest()[:16], version=4).bytes
    chuid = tlv(0x30, _FASC_N) + tlv(0x34, guid) + tlv(0x35, b"20301231") + tlv(0x3E) + tlv(0xFE)
    capabilities = tlv(0xF0, bytes.fromhex("A000000116FF02") + zlib.crc32(certificate).to_bytes(4, "big") + bytes(10))
    capabilities += tlv(0xF1, b"!") + tlv(0xF2, b"!") + tlv(0xF3) + tlv(0xF4, b"\0") + tlv(0xF5, b"\x10")
    capabilities += b"".join(tlv(tag) for tag in (0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE))
    return {
        "7E": tlv(0x7E, tlv(0x4F, AID), tlv(0x5F2F, b"\x40\0")),
        "5FC102": chuid,
        "5FC107": capabilities,
        "5FC10C": tlv(0xC1, b"\0") + tlv(0xC2, b"\0") + tlv(0xFE),
        "5FC109": tlv(0x01, b"PRACTICE") + tlv(0xFE),
    }
