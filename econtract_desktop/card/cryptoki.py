"""The few PKCS#11 calls that must not go through python-pkcs11, on the same loaded module.

python-pkcs11 takes a PIN as `str` and copies it; and it cannot log in between C_SignInit and C_Sign, which a key that is always
authenticated wants (PKCS #11 v2.40, 5.6 C_Login, CKU_CONTEXT_SPECIFIC). Here the PIN goes from the caller's buffer to the driver
without a copy. Card process only; one thread.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, byref, c_char, c_ubyte, c_ulong, c_void_p

from pkcs11 import exceptions as p11

_USER, _CONTEXT = 1, 2
_LOGIN, _LOGOUT, _CLOSE_ALL, _TOKEN_INFO, _SIGN_INIT, _SIGN = 18, 19, 14, 6, 42, 43  # places in CK_FUNCTION_LIST
_FUNCTIONS = 68
_LARGEST_SIGNATURE = 1024  # bytes: RSA-8192
_ERRORS: dict[int, type[p11.PKCS11Error]] = {
    0x005: p11.GeneralError,
    0x006: p11.FunctionFailed,
    0x030: p11.DeviceError,
    0x031: p11.DeviceMemory,
    0x032: p11.DeviceRemoved,
    0x054: p11.FunctionNotSupported,
    0x070: p11.MechanismInvalid,
    0x0A0: p11.PinIncorrect,
    0x0A1: p11.PinInvalid,
    0x0A2: p11.PinLenRange,
    0x0A4: p11.PinLocked,
    0x0B3: p11.SessionHandleInvalid,
    0x0E0: p11.TokenNotPresent,
    0x0E1: p11.TokenNotRecognised,
    0x100: p11.UserAlreadyLoggedIn,
    0x101: p11.UserNotLoggedIn,
    0x102: p11.UserPinNotInitialized,
}


class _FunctionList(ctypes.Structure):
    if sys.platform == "win32":  # PKCS #11 v2.40, 2.1: packed on Windows only
        _pack_, _layout_ = 1, "ms"
    _fields_ = (("version", c_ubyte * 2), ("functions", c_void_p * _FUNCTIONS))


class _Mechanism(ctypes.Structure):
    if sys.platform == "win32":  # PKCS #11 v2.40, 2.1: packed on Windows only
        _pack_, _layout_ = 1, "ms"
    _fields_ = (("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong))


class _TokenInfo(ctypes.Structure):
    if sys.platform == "win32":  # PKCS #11 v2.40, 2.1: packed on Windows only
        _pack_, _layout_ = 1, "ms"
    _fields_ = (
        ("label", c_char * 32),
        ("manufacturer", c_char * 32),
        ("model", c_char * 16),
        ("serial", c_char * 16),
        ("flags", c_ulong),
        ("sessions", c_ulong * 4),
        ("longest_pin", c_ulong),
        ("shortest_pin", c_ulong),
        ("memory", c_ulong * 4),
        ("versions", c_ubyte * 4),
        ("time", c_char * 16),
    )


class Cryptoki:
    """Raises `pkcs11.exceptions.PKCS11Error` as the library does; the guard of the backend turns it into our errors."""

    def __init__(self, module: str) -> None:
        """The module python-pkcs11 has loaded already. Raises OSError, PKCS11Error."""
        self._library = ctypes.CDLL(module)
        found = POINTER(_FunctionList)()
        _check(self._library.C_GetFunctionList(byref(found)))
        self._functions = found.contents.functions

    def log_in(self, session: int, pin: bytearray) -> None:
        """One try as the user. The caller wipes `pin`."""
        self._log_in(session, _USER, pin)

    def log_out(self, session: int) -> None:
        self._call(_LOGOUT, c_ulong(session))

    def close_all(self, slot: int) -> None:
        """Every session of this process with the token: logs it out (5.6 C_CloseAllSessions)."""
        self._call(_CLOSE_ALL, c_ulong(slot))

    def pin_lengths(self, slot: int) -> tuple[int, int]:
        """(shortest, longest) as the token tells; (0, 0) where it tells nothing sensible."""
        info = _TokenInfo()
        self._call(_TOKEN_INFO, c_ulong(slot), byref(info))
        shortest, longest = int(info.shortest_pin), int(info.longest_pin)
        return (shortest, longest) if 1 <= shortest <= longest <= 255 else (0, 0)

    def sign(self, session: int, key: int, mechanism: int, data: bytes, pin: bytearray) -> bytes:
        """C_SignInit, C_Login for this one use of the key, C_Sign. The session is of no use after an error."""
        chosen = _Mechanism(mechanism, None, 0)
        self._call(_SIGN_INIT, c_ulong(session), byref(chosen), c_ulong(key))
        self._log_in(session, _CONTEXT, pin)
        out, length = (c_ubyte * _LARGEST_SIGNATURE)(), c_ulong(_LARGEST_SIGNATURE)
        self._call(_SIGN, c_ulong(session), data, c_ulong(len(data)), out, byref(length))
        if length.value > _LARGEST_SIGNATURE:
            raise p11.FunctionFailed("length")
        return bytes(out[: length.value])

    def _log_in(self, session: int, kind: int, pin: bytearray) -> None:
        held = (c_char * len(pin)).from_buffer(pin)  # the very bytes; no copy
        self._call(_LOGIN, c_ulong(session), c_ulong(kind), held, c_ulong(len(pin)))

    def _call(self, place: int, *arguments: object) -> None:
        address = self._functions[place]
        if not address:
            raise p11.FunctionNotSupported
        _check(ctypes.CFUNCTYPE(c_ulong, *_kinds(arguments))(address)(*arguments))


def _kinds(arguments: tuple[object, ...]) -> list[type]:
    """Numbers as they are, everything else as an address."""
    return [c_ulong if isinstance(argument, c_ulong) else c_void_p for argument in arguments]


def _check(result: int) -> None:
    if result:
        raise _ERRORS.get(result & 0xFFFFFFFF, p11.FunctionFailed)(f"0x{result & 0xFFFFFFFF:x}")
