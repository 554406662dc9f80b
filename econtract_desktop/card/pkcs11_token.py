"""PKCS#11 inside the card process, by python-pkcs11. One thread only: the library is not thread-safe as it initialises itself.

A key with CKA_ALWAYS_AUTHENTICATE wants the PIN before each signature. A person who signs thirty documents has seen their list and typed the PIN
for all of them, so it is kept here, as bytes in the card process and for such keys only, from log-in until log-out or any error, and then wiped.

After any error the session is thrown away and the slots are read anew (`get_slots`), which is all that OpenSC and SoftHSM
need to recover. Source: PKCS #11 v2.20/2.40; RFC 8017 (DigestInfo); RFC 3279 (ECDSA-Sig-Value).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11 import exceptions as p11
from pkcs11.util.ec import encode_ecdsa_signature

from econtract_core.rules.errors import (
    CardBusy,
    CardCannotSign,
    CardMissing,
    CardRemoved,
    CertificateMissing,
    DriverFault,
    DriverMissing,
    LoginRequired,
    PinFormat,
    PinIncorrect,
    PinLocked,
)
from econtract_desktop.card.backend import SlotView

_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # SHA-256, RFC 8017 9.2
_GONE = (p11.DeviceRemoved, p11.SessionHandleInvalid, p11.TokenNotPresent, p11.SessionClosed, p11.TokenNotRecognised)


class Pkcs11Backend:
    def __init__(self, module: str) -> None:
        """Raises DriverMissing, DriverFault."""
        self._module = module
        self._sessions: dict[int, Any] = {}
        self._pins: dict[int, bytearray] = {}  # of slots whose keys want it at each signature
        try:
            self._lib = pkcs11.lib(module)
        except (p11.PKCS11Error, OSError, RuntimeError) as problem:
            raise DriverMissing(module=module, problem=str(problem) or type(problem).__name__) from None

    def slots(self) -> tuple[SlotView, ...]:
        with self._typed(None):
            return tuple(view for slot in self._present() if (view := self._view(slot)) is not None)

    def log_in(self, slot: int, pin: bytearray) -> None:
        self.log_out(slot)
        with self._typed(slot):
            token = self._token(slot)
            # python-pkcs11 takes a str only; it ends with this process, which ends with the log-in.
            session = self._sessions[slot] = token.open(user_pin=pin.decode())
            if any(_each_time(key) for key in list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))):
                self._pins[slot] = bytearray(pin)

    def sign(self, slot: int, certificate_sha256: str, message: bytes) -> tuple[bytes, str]:
        session = self._sessions.get(slot)
        if session is None:
            raise LoginRequired()
        with self._typed(slot):
            key = self._key(session, certificate_sha256)
            digest = hashlib.sha256(message).digest()
            again = {"pin": self._pins[slot].decode()} if slot in self._pins and _each_time(key) else {}
            if key.key_type == KeyType.EC:
                return encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA, **again)), "ecdsa"
            return key.sign(_DIGEST_INFO + digest, mechanism=Mechanism.RSA_PKCS, **again), "rsa"

    def log_out(self, slot: int) -> None:
        session = self._sessions.pop(slot, None)
        pin = self._pins.pop(slot, bytearray())
        pin[:] = bytes(len(pin))
        if session is not None:
            with contextlib.suppress(p11.PKCS11Error):  # the card is gone, and the log-in with it
                session.close()

    def _present(self) -> list[Any]:
        try:
            return list(self._lib.get_slots(token_present=True))
        except p11.DeviceError:  # another program holds a card exclusively; the second call reads the driver's cache
            return list(self._lib.get_slots(token_present=True))

    def _view(self, slot: Any) -> SlotView | None:
        try:
            token = slot.get_token()
            flags = token.flags
        except _GONE:
            return None
        if TokenFlag.TOKEN_INITIALIZED not in flags:
            return None
        session = self._sessions.get(slot.slot_id)
        certificates = self._certificates(session) if session is not None else self._public(token)
        reader = slot.slot_description.strip()
        serial = (
            token.serial.decode("ascii", "replace").strip() if isinstance(token.serial, bytes) else str(token.serial)
        )
        return SlotView(slot.slot_id, reader, token.label.strip(), serial, certificates, _tries(flags), _state(flags))

    def _public(self, token: Any) -> tuple[bytes, ...]:
        with token.open() as session:
            return self._certificates(session)

    def _certificates(self, session: Any) -> tuple[bytes, ...]:
        found = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
        return tuple(bytes(c[Attribute.VALUE]) for c in found if bytes(_maybe(c, Attribute.ID)))

    def _token(self, slot: int) -> Any:
        for found in self._present():
            if found.slot_id == slot:
                return found.get_token()
        raise CardMissing()

    def _key(self, session: Any, certificate_sha256: str) -> Any:
        for certificate in list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})):
            if hashlib.sha256(bytes(certificate[Attribute.VALUE])).hexdigest() == certificate_sha256:
                wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: certificate[Attribute.ID]}
                for key in list(session.get_objects(wanted)):
                    return key
        raise CertificateMissing(wanted=certificate_sha256)

    @contextmanager
    def _typed(self, slot: int | None) -> Iterator[None]:
        """The named guard for python-pkcs11: its errors become ours, and a session that failed is thrown away."""
        try:
            yield
        except p11.PKCS11Error as problem:
            if slot is not None:
                self.log_out(slot)
            raise self._error(problem, slot) from None

    def _error(self, problem: p11.PKCS11Error, slot: int | None) -> Exception:
        name = type(problem).__name__
        if isinstance(problem, p11.PinIncorrect | p11.PinInvalid):
            return PinIncorrect(name, attempts_remaining=self._left(slot))
        if isinstance(problem, p11.PinLocked):
            return PinLocked(name)
        if isinstance(problem, p11.PinLenRange):
            return PinFormat(name)
        if isinstance(problem, _GONE):
            return CardRemoved(name)
        if isinstance(problem, p11.DeviceError):
            return CardBusy(name)
        if isinstance(problem, p11.MechanismInvalid | p11.FunctionNotSupported | p11.KeyTypeInconsistent):
            return CardCannotSign(name, problem=name)
        return DriverFault(name, module=self._module, problem=name)

    def _left(self, slot: int | None) -> int | None:
        try:
            flags = next(s.get_token().flags for s in self._present() if s.slot_id == slot)
        except (p11.PKCS11Error, StopIteration):
            return None
        return _tries(flags)


def _maybe(found: Any, attribute: Attribute) -> bytes:
    try:
        return found[attribute] or b""
    except p11.AttributeTypeInvalid:
        return b""


def _each_time(key: Any) -> bool:
    """CKA_ALWAYS_AUTHENTICATE; drivers older than PKCS#11 2.20 do not know it."""
    return bool(_maybe(key, Attribute.ALWAYS_AUTHENTICATE))


def _tries(flags: TokenFlag) -> int | None:
    """PKCS#11 tells only the two ends; the number itself comes from the card by PC/SC."""
    if TokenFlag.USER_PIN_LOCKED in flags:
        return 0
    return 1 if TokenFlag.USER_PIN_FINAL_TRY in flags else None


def _state(flags: TokenFlag) -> str:
    for flag, state in (
        (TokenFlag.USER_PIN_LOCKED, "locked"),
        (TokenFlag.USER_PIN_FINAL_TRY, "final_try"),
        (TokenFlag.USER_PIN_COUNT_LOW, "count_low"),
    ):
        if flag in flags:
            return state
    return "ok"
