"""マイナンバーカード as OpenSC's driver "jpki" knows it: two PINs, two RSA-2048 keys, the signing certificate readable only after
its PIN.

Source: OpenSC 0.23, card-jpki.c and pkcs15-jpki.c (AID, file identifiers, ATR, tries). What a driver does not show of the real card is
an assumption: the status word of an empty VERIFY when blocked is 63C0, because that driver drops a card that says anything else; past a file's
end 6B00; a verified signing PIN stays verified until power goes or the application is selected again.
"""

from __future__ import annotations

from econtract_practice.cards.virtual import apdu
from econtract_practice.cards.virtual.apdu import Command, Refused
from econtract_practice.cards.virtual.card import Card
from econtract_practice.cards.virtual.keys import CardKey
from econtract_practice.cards.virtual.pin import Pin

AID = bytes.fromhex("D392F000260100000001")
ATR = bytes.fromhex("3BE000FF8131FE4514")
AUTH_TRIES, SIGN_TRIES = 3, 5
_PINS = {0x0018: "auth", 0x001B: "sign"}
_KEYS = {0x0017: "auth", 0x001A: "sign"}
_SIGN_CERTIFICATE = 0x0001
_LABEL = b"JPKIAPICCTOKEN2".ljust(32)


class JpkiCard(Card):
    """`auth` and `sign`: the keys; `authority`: the CA certificate that both were issued under (DER)."""

    atr = ATR
    pin_tells_verified = False

    def __init__(
        self, name: str, *, auth: CardKey, sign: CardKey, auth_pin: bytes, sign_pin: bytes, authority: bytes
    ) -> None:
        pins = {
            "auth": Pin(auth_pin, AUTH_TRIES, blocked_answer=apdu.PIN_LEFT),
            "sign": Pin(sign_pin, SIGN_TRIES, blocked_answer=apdu.PIN_LEFT),
        }
        super().__init__(name, pins)
        self._keys = {"auth": auth, "sign": sign}
        self._files = {
            0x000A: auth.certificate,
            _SIGN_CERTIFICATE: sign.certificate,
            0x000B: authority,
            0x0002: authority,
            0x0006: _LABEL,
        }
        self._selected = False
        self._file: int | None = None

    def power(self) -> None:
        super().power()
        self._selected, self._file = False, None

    def execute(self, command: Command) -> bytes:
        if command.cla not in (0x00, 0x80):
            raise Refused(apdu.CLA_UNKNOWN)
        if command.ins == 0xA4:
            return self._select(command)
        if not self._selected:
            raise Refused(apdu.CONDITIONS_NOT_SATISFIED)
        if command.ins == 0xB0:
            return self._read(command)
        if command.ins == 0x20 and command.p1p2 == 0x0080:
            return self.verify(self.pins[self._current(_PINS)], command)
        if (command.cla, command.ins, command.p1p2) == (0x80, 0x2A, 0x0080):
            return self._sign(command)
        raise Refused(apdu.INS_UNKNOWN)

    def pin_of(self, command: Command) -> str:
        return _PINS.get(self._file or 0, "")

    def _select(self, command: Command) -> bytes:
        if command.p1 == 0x04:
            if command.data != AID:
                raise Refused(apdu.FILE_NOT_FOUND)
            self.power()  # the application's own security state begins anew
            self._selected = True
            return b""
        wanted = int.from_bytes(command.data, "big")
        known = wanted in self._files or wanted in _PINS or wanted in _KEYS
        if command.p1 != 0x02 or len(command.data) != 2 or not self._selected or not known:
            raise Refused(apdu.FILE_NOT_FOUND)
        self._file = wanted
        return b""

    def _read(self, command: Command) -> bytes:
        content = self._files.get(self._file or 0)
        if content is None:
            raise Refused(apdu.NO_CURRENT_FILE)
        if self._file == _SIGN_CERTIFICATE and not self.pins["sign"].verified:
            raise Refused(apdu.SECURITY_NOT_SATISFIED)
        if command.p1p2 >= len(content):
            raise Refused(apdu.PAST_THE_END)
        return content[command.p1p2 : command.p1p2 + (command.le or 256)]

    def _sign(self, command: Command) -> bytes:
        name = self._current(_KEYS)
        if not self.pins[name].verified:
            raise Refused(apdu.SECURITY_NOT_SATISFIED)
        try:
            return self._keys[name].pad_and_sign(command.data)
        except ValueError:
            raise Refused(apdu.WRONG_DATA) from None

    def _current(self, of: dict[int, str]) -> str:
        name = of.get(self._file or 0)
        if name is None:
            raise Refused(apdu.NO_CURRENT_FILE)
        return name
