"""PKCS#11 inside the card process, by python-pkcs11. One thread only: the library is not thread-safe as it initialises itself.

After any error the session is thrown away and the slots are read anew (`get_slots`), which is all that OpenSC and SoftHSM
need to recover. Source: PKCS #11 v2.20/2.40; RFC 8017 (DigestInfo); RFC 3279 (ECDSA-Sig-Value).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    PinRequired,
    WrongCard,
)
from econtract_desktop.card.backend import SlotView
from econtract_desktop.card.cryptoki import Cryptoki
from econtract_desktop.card.readers import events_of
from econtract_desktop.card.smart_card import question_for, reset, tries_left

_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # SHA-256, RFC 8017 9.2
_GONE = (
    p11.DeviceRemoved,
    p11.SessionClosed,
    p11.SessionHandleInvalid,
    p11.SlotIDInvalid,
    p11.TokenNotPresent,
    p11.TokenNotRecognised,
)


@dataclass(frozen=True)
class _Key:
    """A certificate's private key in one session. `always`: it wants the PIN for every use."""

    certificate_sha256: str
    key: Any
    elliptic: bool
    always: bool


class Pkcs11Backend:
    def __init__(self, module: str) -> None:
        """Raises DriverMissing, DriverFault."""
        self._module = module
        self._sessions: dict[int, Any] = {}
        self._keys: dict[int, _Key] = {}  # the one that signed last, for as long as its session lives
        self._once: dict[int, bytearray] = {}  # the PIN for one signature, where a key wants it each time; then wiped
        try:
            self._lib = pkcs11.lib(module)
            self._raw = Cryptoki(module)
        except (p11.PKCS11Error, OSError, RuntimeError) as problem:
            raise DriverMissing(module=module, problem=str(problem) or type(problem).__name__) from None

    def slots(self) -> tuple[SlotView, ...]:
        with self._typed(None):
            return tuple(view for slot in self._present() if (view := self._view(slot)) is not None)

    def log_in(self, slot: int, pin: bytearray, shown: frozenset[str], events: int | None) -> None:
        self.log_out(slot)
        with self._typed(slot):
            # From here on the driver itself notices when the card goes: its sessions are dead then.
            session = self._sessions[slot] = self._token(slot).open()
            self._check_card(slot, shown, events)
            try:
                self._raw.log_in(session.handle, pin)
            except p11.UserAlreadyLoggedIn:  # left by a session that broke; the card has not been asked
                self._raw.close_all(slot)
                session = self._sessions[slot] = self._token(slot).open()
                self._raw.log_in(session.handle, pin)
            if self._always(session):
                self._once[slot] = bytearray(pin)

    def _check_card(self, slot: int, shown: frozenset[str], events: int | None) -> None:
        """Somebody may have put another card in since the person was asked."""
        found = list(self._lib.get_slots(token_present=True))
        reader = next((each.slot_description for each in found if each.slot_id == slot), "")
        views = [self._view(each) for each in found if each.slot_description == reader]
        seen = {hashlib.sha256(der).hexdigest() for view in views if view is not None for der in view.certificates}
        if events is not None and events_of(reader.strip()) != events:  # the driver may not have noticed it yet
            self.log_out(slot)
            raise CardRemoved(reader=reader.strip())
        if shown and not shown & seen:
            self.log_out(slot)
            if not seen:
                raise CardRemoved(reader=reader.strip())
            raise WrongCard(wanted=", ".join(sorted(shown)), seen=", ".join(sorted(seen)))

    def tries_left(self, slot: int) -> int | None:
        if slot in self._sessions:
            return None
        with self._typed(slot):
            token = self._token(slot)
        question = question_for(token.manufacturer_id.strip(), token.label)
        return tries_left(token.slot.slot_description.strip(), question) if question is not None else None

    def sign(self, slot: int, certificate_sha256: str, message: bytes) -> tuple[bytes, str]:
        session = self._sessions.get(slot)
        if session is None:
            raise LoginRequired()
        with self._typed(slot):
            known = self._keys.get(slot)
            if known is None or known.certificate_sha256 != certificate_sha256:
                known = self._keys[slot] = _key(session, certificate_sha256)
            digest = hashlib.sha256(message).digest()
            if known.elliptic:
                return encode_ecdsa_signature(self._signed(slot, known, Mechanism.ECDSA, digest)), "ecdsa"
            return self._signed(slot, known, Mechanism.RSA_PKCS, _DIGEST_INFO + digest), "rsa"

    def log_out(self, slot: int) -> None:
        self._forget(slot)
        self._keys.pop(slot, None)
        session = self._sessions.pop(slot, None)
        if session is None:
            return
        reader = session.token.slot.slot_description.strip()
        for leave in (lambda: self._raw.log_out(session.handle), session.close, lambda: self._raw.close_all(slot)):
            with contextlib.suppress(p11.PKCS11Error):  # the card is gone, and the log-in with it
                leave()
        reset(reader)  # a driver may leave the PIN verified on the card, for every other program to use

    def _signed(self, slot: int, known: _Key, mechanism: Mechanism, data: bytes) -> bytes:
        if not known.always:
            return bytes(known.key.sign(data, mechanism=mechanism))
        pin = self._once.get(slot)
        if pin is None:
            raise PinRequired()
        try:
            return self._raw.sign(self._sessions[slot].handle, known.key.handle, int(mechanism), data, pin)
        finally:
            self._forget(slot)

    def _forget(self, slot: int) -> None:
        pin = self._once.pop(slot, None)
        if pin is not None:
            pin[:] = bytes(len(pin))

    def _always(self, session: Any) -> bool:
        return any(_is_always(key) for key in list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})))

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
        state, lengths = _state(flags), self._raw.pin_lengths(slot.slot_id)
        each_time = _each_time(session) if session is not None else ()
        label = token.label.strip()
        return SlotView(slot.slot_id, reader, label, serial, certificates, _tries(flags), state, lengths, each_time)

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
        cannot = isinstance(problem, p11.MechanismInvalid | p11.FunctionNotSupported | p11.KeyTypeInconsistent)
        if cannot and not self._knows_mechanisms(slot):
            return CardCannotSign(name, problem=name)
        return DriverFault(name, module=self._module, problem=name)

    def _knows_mechanisms(self, slot: int | None) -> bool:
        """The token as a whole can sign as we ask; then a key that cannot was read wrongly."""
        try:
            found = next(s.get_mechanisms() for s in self._lib.get_slots(token_present=True) if s.slot_id == slot)
        except (p11.PKCS11Error, StopIteration):
            return False
        return Mechanism.RSA_PKCS in found or Mechanism.ECDSA in found

    def _left(self, slot: int | None) -> int | None:
        try:
            flags = next(s.get_token().flags for s in self._present() if s.slot_id == slot)
        except (p11.PKCS11Error, StopIteration):
            return None
        return _tries(flags)


def _key(session: Any, certificate_sha256: str) -> _Key:
    """Raises CertificateMissing."""
    for certificate in list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})):
        if hashlib.sha256(bytes(certificate[Attribute.VALUE])).hexdigest() == certificate_sha256:
            wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: certificate[Attribute.ID]}
            for key in list(session.get_objects(wanted)):
                return _Key(certificate_sha256, key, key.key_type == KeyType.EC, _is_always(key))
    raise CertificateMissing(wanted=certificate_sha256)


def _each_time(session: Any) -> tuple[str, ...]:
    """SHA-256 of the certificates whose key wants the PIN for every signature."""
    keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
    wanted = {bytes(_maybe(key, Attribute.ID)) for key in keys if _is_always(key)} - {b""}
    if not wanted:
        return ()
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
    mine = [c for c in found if bytes(_maybe(c, Attribute.ID)) in wanted]
    return tuple(hashlib.sha256(bytes(c[Attribute.VALUE])).hexdigest() for c in mine)


def _is_always(key: Any) -> bool:
    """CKA_ALWAYS_AUTHENTICATE: the PIN for every use. A driver that does not know the attribute does not ask for it."""
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except p11.PKCS11Error:
        return False


def _maybe(found: Any, attribute: Attribute) -> bytes:
    try:
        return found[attribute] or b""
    except p11.AttributeTypeInvalid:
        return b""


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
