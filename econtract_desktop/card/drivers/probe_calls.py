"""Just enough of PKCS#11 by ctypes to see what a module shows: no log-in, no signing, nothing that could cost a PIN try.

Used only inside the probe process. Source: PKCS #11 v2.20 (header pkcs11t.h); on Windows structures are packed to one byte and
CK_ULONG has 32 bits, elsewhere they are aligned and a long.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WINDOWS = sys.platform == "win32"
ULONG = ctypes.c_ulong
BYTE = ctypes.c_ubyte
CKR_OK, CKR_ALREADY_INITIALIZED = 0x00, 0x191
CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_ERROR = 0xE0, 0xE1, 0x30
CKF_TOKEN_PRESENT = 0x01
CKF_SERIAL_SESSION = 0x04
CKA_CLASS, CKA_VALUE = 0x00, 0x11
CKO_CERTIFICATE = 0x01
MOST_SLOTS, MOST_CERTIFICATES, MOST_MECHANISMS, LARGEST_VALUE = 64, 16, 256, 1 << 14
_ABSURD = 1 << 16  # a count that no module means
_NAMES = {
    0x02: "CKR_HOST_MEMORY", 0x03: "CKR_SLOT_ID_INVALID", 0x05: "CKR_GENERAL_ERROR", 0x06: "CKR_FUNCTION_FAILED",
    0x07: "CKR_ARGUMENTS_BAD", 0x0A: "CKR_CANT_LOCK", 0x30: "CKR_DEVICE_ERROR", 0x31: "CKR_DEVICE_MEMORY",
    0x32: "CKR_DEVICE_REMOVED", 0x54: "CKR_FUNCTION_NOT_SUPPORTED", 0xE0: "CKR_TOKEN_NOT_PRESENT",
    0xE1: "CKR_TOKEN_NOT_RECOGNIZED", 0x190: "CKR_CRYPTOKI_NOT_INITIALIZED",
}  # fmt: skip
# Places in CK_FUNCTION_LIST (pkcs11f.h); the order has been the same since 2.01.
_FUNCTIONS = {
    "C_Initialize": 0, "C_Finalize": 1, "C_GetInfo": 2, "C_GetSlotList": 4, "C_GetSlotInfo": 5, "C_GetTokenInfo": 6,
    "C_GetMechanismList": 7, "C_OpenSession": 12, "C_CloseSession": 13, "C_GetAttributeValue": 24, "C_FindObjectsInit": 26,
    "C_FindObjects": 27, "C_FindObjectsFinal": 28,
}  # fmt: skip


class _Packed(ctypes.Structure):
    if _WINDOWS:
        _pack_ = 1


class Version(_Packed):
    _fields_ = (("major", BYTE), ("minor", BYTE))


class Info(_Packed):
    _fields_ = (
        ("cryptoki", Version),
        ("manufacturer", BYTE * 32),
        ("flags", ULONG),
        ("description", BYTE * 32),
        ("library", Version),
    )


class SlotInfo(_Packed):
    _fields_ = (
        ("description", BYTE * 64),
        ("manufacturer", BYTE * 32),
        ("flags", ULONG),
        ("hardware", Version),
        ("firmware", Version),
    )


class TokenInfo(_Packed):
    _fields_ = (
        ("label", BYTE * 32),
        ("manufacturer", BYTE * 32),
        ("model", BYTE * 16),
        ("serial", BYTE * 16),
        ("flags", ULONG),
        ("most_sessions", ULONG),
        ("sessions", ULONG),
        ("most_rw_sessions", ULONG),
        ("rw_sessions", ULONG),
        ("max_pin", ULONG),
        ("min_pin", ULONG),
        ("public_total", ULONG),
        ("public_free", ULONG),
        ("private_total", ULONG),
        ("private_free", ULONG),
        ("hardware", Version),
        ("firmware", Version),
        ("time", BYTE * 16),
    )


class FunctionList(_Packed):
    _fields_ = (("version", Version), ("functions", ctypes.c_void_p * 68))


class Attribute(_Packed):
    _fields_ = (("type", ULONG), ("value", ctypes.c_void_p), ("length", ULONG))


class CryptokiError(Exception):
    """A call answered something else than CKR_OK. `function`, `code`."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(f"{function}: {code_name(code)}")
        self.function = function
        self.code = code


class NoEntryPoint(Exception):
    """The library has no C_GetFunctionList, or it gives no function list."""


def code_name(code: int) -> str:
    return _NAMES.get(code, f"{code:#x}")


class Module:
    """A loaded module. `Module(path)` raises OSError (the loader's own words) or NoEntryPoint; every call CryptokiError."""

    def __init__(self, path: str) -> None:
        if _WINDOWS:
            # LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | _DEFAULT_DIRS: a module's own libraries lie beside it.
            self._library = ctypes.CDLL(path, winmode=0x1100)
        else:
            self._library = ctypes.CDLL(path)
        self._list: FunctionList | None = None

    @property
    def version(self) -> str:
        """Of the interface, as the function list says."""
        found = self._functions().version
        return f"{found.major}.{found.minor}"

    def initialize(self) -> None:
        self._call("C_Initialize", None, fine=(CKR_OK, CKR_ALREADY_INITIALIZED))

    def finalize(self) -> None:
        self._call("C_Finalize", None)

    def info(self) -> dict[str, str]:
        found = Info()
        self._call("C_GetInfo", ctypes.byref(found))
        return {
            "cryptoki": f"{found.cryptoki.major}.{found.cryptoki.minor}",
            "manufacturer": padded(found.manufacturer),
            "description": padded(found.description),
            "version": f"{found.library.major}.{found.library.minor}",
        }

    def slots(self) -> list[int]:
        """All slots; a count that changes between the two calls is asked for once more."""
        for _ in range(2):
            count = ULONG(0)
            self._call("C_GetSlotList", BYTE(0), None, ctypes.byref(count))
            if count.value > _ABSURD:
                raise CryptokiError("C_GetSlotList", 0x05)
            numbers = (ULONG * (count.value + 8))()
            room = ULONG(len(numbers))
            code = self._raw("C_GetSlotList", BYTE(0), numbers, ctypes.byref(room))
            if code == CKR_OK:
                return list(numbers[: min(room.value, len(numbers), MOST_SLOTS)])
        raise CryptokiError("C_GetSlotList", code)

    def slot_info(self, slot: int) -> SlotInfo:
        found = SlotInfo()
        self._call("C_GetSlotInfo", ULONG(slot), ctypes.byref(found))
        return found

    def token_info(self, slot: int) -> TokenInfo:
        found = TokenInfo()
        self._call("C_GetTokenInfo", ULONG(slot), ctypes.byref(found))
        return found

    def mechanisms(self, slot: int) -> list[int]:
        count = ULONG(0)
        self._call("C_GetMechanismList", ULONG(slot), None, ctypes.byref(count))
        if count.value > _ABSURD:
            raise CryptokiError("C_GetMechanismList", 0x05)
        found = (ULONG * (count.value + 8))()
        room = ULONG(len(found))
        self._call("C_GetMechanismList", ULONG(slot), found, ctypes.byref(room))
        return list(found[: min(room.value, len(found), MOST_MECHANISMS)])

    def certificates(self, slot: int) -> list[bytes]:
        """DER of the certificates that show without a PIN."""
        session = ULONG(0)
        self._call("C_OpenSession", ULONG(slot), ULONG(CKF_SERIAL_SESSION), None, None, ctypes.byref(session))
        try:
            return [value for handle in self._objects(session) if (value := self._value(session, handle))]
        finally:
            self._raw("C_CloseSession", session)

    def _objects(self, session: ctypes.c_ulong) -> list[int]:
        wanted = ULONG(CKO_CERTIFICATE)
        template = Attribute(CKA_CLASS, ctypes.cast(ctypes.byref(wanted), ctypes.c_void_p), ctypes.sizeof(wanted))
        with self._finding(session, template):
            handles, count = (ULONG * MOST_CERTIFICATES)(), ULONG(0)
            self._call("C_FindObjects", session, handles, ULONG(MOST_CERTIFICATES), ctypes.byref(count))
            return list(handles[: min(count.value, MOST_CERTIFICATES)])

    @contextmanager
    def _finding(self, session: ctypes.c_ulong, template: Attribute) -> Iterator[None]:
        self._call("C_FindObjectsInit", session, ctypes.byref(template), ULONG(1))
        try:
            yield
        finally:
            self._raw("C_FindObjectsFinal", session)

    def _value(self, session: ctypes.c_ulong, handle: int) -> bytes:
        """CKA_VALUE; b"" where the module does not give it or gives an absurd length."""
        asked = Attribute(CKA_VALUE, None, 0)
        code = self._raw("C_GetAttributeValue", session, ULONG(handle), ctypes.byref(asked), ULONG(1))
        length = int(asked.length)
        if code != CKR_OK or not 0 < length <= LARGEST_VALUE:
            return b""
        buffer = (BYTE * (4 * LARGEST_VALUE))()  # larger than asked for: some modules write more than they told
        asked.value = ctypes.cast(buffer, ctypes.c_void_p)
        asked.length = length
        code = self._raw("C_GetAttributeValue", session, ULONG(handle), ctypes.byref(asked), ULONG(1))
        return bytes(buffer[: min(int(asked.length), LARGEST_VALUE)]) if code == CKR_OK else b""

    def _functions(self) -> FunctionList:
        if self._list is None:
            try:
                entry = self._library.C_GetFunctionList
            except AttributeError:
                raise NoEntryPoint from None
            entry.restype = ULONG
            place = ctypes.c_void_p()
            code = entry(ctypes.byref(place))
            if code != CKR_OK or place.value is None:
                raise NoEntryPoint
            self._list = FunctionList.from_address(place.value)
        return self._list

    def _raw(self, function: str, *arguments: Any) -> int:
        address = self._functions().functions[_FUNCTIONS[function]]
        if not address:
            raise CryptokiError(function, 0x54)
        prototype = ctypes.CFUNCTYPE(ULONG)
        return int(prototype(address)(*arguments))

    def _call(self, function: str, *arguments: Any, fine: tuple[int, ...] = (CKR_OK,)) -> None:
        code = self._raw(function, *arguments)
        if code not in fine:
            raise CryptokiError(function, code)


def padded(text: Any) -> str:
    """A blank-padded field as text: UTF-8 as the standard says, else code page 932 as Japanese modules wrote it."""
    data = bytes(text).split(b"\0")[0].rstrip(b" ")
    for encoding in ("utf-8", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("ascii", "replace")
