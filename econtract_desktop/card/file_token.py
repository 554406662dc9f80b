"""A card made of a PKCS#12 file (RFC 7292): the PIN is its password, and a counter beside it locks after too many mistakes.

For practice, and for PCs without SoftHSM. The counter `NAME.p12.state` is written before a PIN is tried, so that no crash
ever gives a free try; the certificate in it shows before log-in, as a card's does.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from econtract_core.rules.errors import (
    CardBusy,
    CardCannotSign,
    CardRemoved,
    CertificateMissing,
    DriverFault,
    DriverMissing,
    LoginRequired,
    PinIncorrect,
    PinLocked,
)
from econtract_desktop.card.backend import SlotView

MAX_TRIES = 5
_STALE_LOCK = 30.0  # seconds; the holder crashed


class FileBackend:
    """Slot 0 is the file; no slot while the file is away (a card pulled out)."""

    def __init__(self, module: str) -> None:
        """Raises DriverMissing where there is neither file nor counter."""
        self._path = Path(module)
        self._state = Path(module + ".state")
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None
        self._certificate: bytes | None = None
        if not self._path.is_file() and not self._state.is_file():
            raise DriverMissing(module=module, problem="no such file")

    def slots(self) -> tuple[SlotView, ...]:
        if not self._path.is_file():
            self._key = None
            return ()
        state = self._read()
        left, most = state["tries_left"], state["max_tries"]
        word = "locked" if left == 0 else "final_try" if left == 1 else "count_low" if left < most else "ok"
        shown = [base64.b64decode(text) for text in state["certificates"]]
        if self._certificate is not None and self._certificate not in shown:
            shown.append(self._certificate)
        reader = f"file: {self._path.parent.name}/{self._path.name}"
        return (SlotView(0, reader, state["label"], state["serial"], tuple(shown), left, word),)

    def log_in(self, slot: int, pin: bytearray, shown: frozenset[str], events: int | None) -> None:
        self.log_out(slot)
        with self._locked():
            state = self._read()
            if state["tries_left"] <= 0:
                raise PinLocked()
            self._write({**state, "tries_left": state["tries_left"] - 1})
            try:
                data = self._path.read_bytes()
                key, certificate, _ = pkcs12.load_key_and_certificates(data, bytes(pin))
            except FileNotFoundError:
                self._write(state)
                raise CardRemoved(reader=self._path.name) from None
            except ValueError as problem:
                if "password" not in str(problem).lower():
                    self._write(state)  # a broken file is not the PIN's fault
                    raise DriverFault(str(problem), module=str(self._path), problem="PKCS#12") from None
                left = state["tries_left"] - 1
                if left == 0:
                    raise PinLocked() from None
                raise PinIncorrect(attempts_remaining=left) from None
            self._write({**state, "tries_left": state["max_tries"]})
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or certificate is None:
            raise CertificateMissing(wanted="")
        self._key, self._certificate = key, certificate.public_bytes(Encoding.DER)

    def sign(self, slot: int, certificate_sha256: str, message: bytes) -> tuple[bytes, str]:
        if not self._path.is_file():
            self.log_out(slot)
            raise CardRemoved(reader=self._path.name)
        if self._key is None or self._certificate is None:
            raise LoginRequired()
        if sha256(self._certificate).hexdigest() != certificate_sha256:
            raise CertificateMissing(wanted=certificate_sha256)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256()), "rsa"
        if not isinstance(self._key.curve, ec.SECP256R1):
            raise CardCannotSign(problem=self._key.curve.name)
        return self._key.sign(message, ec.ECDSA(hashes.SHA256())), "ecdsa"

    def tries_left(self, slot: int) -> int | None:
        return None  # `slots` tells it

    def log_out(self, slot: int) -> None:
        self._key = None

    def _read(self) -> Any:
        new = {
            "label": self._path.stem,
            "serial": "",
            "max_tries": MAX_TRIES,
            "tries_left": MAX_TRIES,
            "certificates": [],
        }
        try:
            found = json.loads(self._state.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return new
        except (OSError, ValueError) as problem:
            raise DriverFault(str(problem), module=str(self._path), problem="counter") from None
        return {**new, **found}

    def _write(self, state: dict[str, object]) -> None:
        fresh = self._state.with_name(self._state.name + ".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump(state, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._state)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time at the counter. Raises CardBusy."""
        lock = self._state.with_name(self._state.name + ".lock")
        for _ in range(100):
            try:
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                break
            except FileExistsError:
                try:
                    if time.time() - lock.stat().st_mtime > _STALE_LOCK:
                        lock.unlink(missing_ok=True)
                        continue
                except FileNotFoundError:
                    continue
                time.sleep(0.05)
        else:
            raise CardBusy(reader=self._path.name)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
