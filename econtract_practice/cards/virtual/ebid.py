"""A card like those of the e-bidding CAs (コアシステム対応認証局): ONE signing key with its certificate, ONE PIN, a label of its own.

Nothing is known of how the real cards lie inside (their drivers are closed), so none is imitated. The layout here is a public one that OpenSC 0.23
reads without configuration: PKCS#15 files on a MyEID applet. Chosen over PIV, because PKCS#15 lets a card have exactly one key of any type, a
label and a serial number of its own and an optional "PIN at every signature"; over IsoApplet, because OpenSC asks MyEID for the tries left without
spending one. Source: OpenSC 0.23, card-myeid.c (commands, ATR); PKCS #15 v1.1 (files). Ten tries, as AOSign has; other CAs have others.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import rsa

from econtract_practice.cards.virtual import apdu, pkcs15
from econtract_practice.cards.virtual.apdu import Command, Refused
from econtract_practice.cards.virtual.card import Card
from econtract_practice.cards.virtual.keys import CardKey
from econtract_practice.cards.virtual.pin import Pin
from econtract_practice.cards.virtual.tlv import find, tlv

AID = bytes.fromhex("A000000063504B43532D3135")  # PKCS-15
ATR = bytes.fromhex("3BF51800008131FE454D794549449A")
TRIES = 10
PIN_REFERENCE, SHORTEST, LONGEST = 1, 4, 8
_VERSION = bytes((4, 5, 5))
_RSA_PKCS1, _EC, _RSA_RAW = 0x02, 0x04, 0x00


class EbidCard(Card):
    """`every_time`: the key wants the PIN before every signature. `label`: what PKCS#11 shows, up to 32 bytes of UTF-8."""

    atr = ATR

    def __init__(
        self, name: str, *, key: CardKey, pin: bytes, label: str, tries: int = TRIES, every_time: bool = False
    ) -> None:
        super().__init__(name, {"user": Pin(pin.ljust(LONGEST, b"\xff"), tries)})
        self._key = key
        self._every_time = every_time
        self._serial = sha256(key.certificate).digest()[:8]
        pinned = pkcs15.Pinned(PIN_REFERENCE, SHORTEST, LONGEST)
        self._files = pkcs15.files(key, label=label, serial=self._serial, pin=pinned, every_time=every_time)
        self._file: int | None = None
        self._algorithm: int | None = None
        self._fresh = False  # no signature since the PIN was verified

    def power(self) -> None:
        super().power()
        self._file = self._algorithm = None
        self._fresh = False

    def execute(self, command: Command) -> bytes:
        if command.cla not in (0x00, 0x10):
            raise Refused(apdu.CLA_UNKNOWN)
        match command.ins:
            case 0xA4:
                return self._select(command)
            case 0xB0:
                return self._read(command)
            case 0xCA if command.p1 == 0x01:
                return self._info(command)
            case 0x20 if command.p2 == PIN_REFERENCE:
                return self._verify(command)
            case 0x2E:
                self.pins["user"].verified = False
                return b""
            case 0x22:
                return self._prepare(command)
            case 0x2A if command.p1p2 == 0x9E9A:
                return self._sign(command)
        raise Refused(apdu.INS_UNKNOWN)

    def _select(self, command: Command) -> bytes:
        if command.p1 == 0x04:
            if command.data != AID:
                raise Refused(apdu.FILE_NOT_FOUND)
            self._file = None
            return b""
        if command.p1 not in (0x00, 0x08, 0x09) or len(command.data) % 2:
            raise Refused(apdu.FILE_NOT_FOUND)
        wanted = int.from_bytes(command.data[-2:], "big") if command.data else pkcs15.MASTER
        folder = wanted in (pkcs15.MASTER, pkcs15.APPLICATION)
        if not folder and wanted not in self._files and wanted != pkcs15.KEY:
            raise Refused(apdu.FILE_NOT_FOUND)
        self._file = wanted
        if command.p2 & 0x0C == 0x0C:
            return b""
        kind = b"\x38" if folder else b"\x11" if wanted == pkcs15.KEY else b"\x01"
        size = len(self._files.get(wanted, b"")).to_bytes(2, "big")
        activated = tlv(0x8A, b"\x05")  # this driver sends no VERIFY to a card that is still being made (01)
        return tlv(0x6F, tlv(0x80, size), tlv(0x82, kind), tlv(0x83, wanted.to_bytes(2, "big")), activated)

    def _read(self, command: Command) -> bytes:
        content = self._files.get(self._file or 0)
        if content is None:
            raise Refused(apdu.NO_CURRENT_FILE)
        if command.p1p2 >= len(content):
            raise Refused(apdu.PAST_THE_END)
        return content[command.p1p2 : command.p1p2 + (command.le or 256)]

    def _info(self, command: Command) -> bytes:
        if command.p2 == 0xA0:  # applet information
            return b"MyEID" + _VERSION + self._serial.rjust(10, b"\0") + b"\0\1"
        if command.p2 == 0xAA:  # capabilities: RSA and ECC, greatest key sizes
            return bytes.fromhex("01" + "0011" + "1000" + "0000" + "0000" + "0209")
        raise Refused(apdu.FILE_NOT_FOUND)

    def _verify(self, command: Command) -> bytes:
        if command.data and len(command.data) != LONGEST:
            raise Refused(apdu.WRONG_LENGTH)
        self._fresh = False
        self.verify(self.pins["user"], command)
        self._fresh = bool(command.data)
        return b""

    def _prepare(self, command: Command) -> bytes:
        try:
            algorithm, file = find(command.data, 0x80), find(command.data, 0x81)
        except ValueError:
            raise Refused(apdu.WRONG_DATA) from None
        if command.p1p2 != 0x41B6 or not algorithm or file != pkcs15.KEY.to_bytes(2, "big"):
            raise Refused(apdu.WRONG_DATA)
        self._algorithm = algorithm[0]
        return b""

    def _sign(self, command: Command) -> bytes:
        fresh, self._fresh = self._fresh, False
        if self._algorithm is None:
            raise Refused(apdu.CONDITIONS_NOT_SATISFIED)
        if not self.pins["user"].verified or (self._every_time and not fresh):
            raise Refused(apdu.SECURITY_NOT_SATISFIED)
        is_rsa = isinstance(self._key.key, rsa.RSAPrivateKey)
        try:
            if is_rsa and self._algorithm == _RSA_PKCS1:
                return self._key.pad_and_sign(command.data)
            if is_rsa and self._algorithm == _RSA_RAW:
                return self._key.raw(command.data)
            if not is_rsa and self._algorithm == _EC:
                return self._key.ecdsa(command.data)
        except ValueError:
            raise Refused(apdu.WRONG_DATA) from None
        raise Refused(apdu.CONDITIONS_NOT_SATISFIED)
