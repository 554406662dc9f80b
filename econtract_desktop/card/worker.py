"""The card process: `python -m econtract_desktop.card.worker MODULE`. One thread, one driver, until standard input ends.

A driver that hangs or crashes takes this process with it and nothing else. Drivers that print would disturb the channel, so
the channel moves to a descriptor of its own and standard output goes to standard error.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import sys
from collections.abc import Callable
from dataclasses import asdict

from econtract_core.rules.errors import DriverFault, EcontractError
from econtract_desktop.card import channel
from econtract_desktop.card.backend import Backend

FILE_SUFFIXES = (".p12", ".pfx")


def main(arguments: list[str]) -> int:
    source = io.FileIO(os.dup(0), "rb")
    out = io.FileIO(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        backend = open_backend(arguments[0])
        channel.send_json(out, {"ready": True})
    except EcontractError as error:
        channel.send_json(out, _told(error))
        return 1
    with contextlib.suppress(channel.Closed):  # the program has ended; so do we
        serve(backend, source, out)
    return 0


def open_backend(module: str) -> Backend:
    """By the kind of file. Raises DriverMissing, DriverFault."""
    if module.lower().endswith(FILE_SUFFIXES):
        from econtract_desktop.card.file_token import FileBackend

        return FileBackend(module)
    from econtract_desktop.card.pkcs11_token import Pkcs11Backend

    return Pkcs11Backend(module)


def serve(backend: Backend, source: io.RawIOBase, out: io.RawIOBase) -> None:
    """Answer one request after the other. Raises Closed at the end."""
    while True:
        request = channel.receive_json(source)
        try:
            answer = _answer(backend, request, source)
        except EcontractError as error:
            answer = _told(error)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as defect:
            answer = _told(DriverFault(f"{type(defect).__name__}: {defect}", problem=type(defect).__name__))
        channel.send_json(out, answer)


def _answer(backend: Backend, request: dict[str, object], source: io.RawIOBase) -> dict[str, object]:
    slot = request.get("slot")
    number = slot if isinstance(slot, int) else -1
    deeds: dict[object, Callable[[], dict[str, object]]] = {
        "slots": lambda: {"slots": [_plain(view) for view in backend.slots()]},
        "sign": lambda: _sign(backend, number, request),
        "tries_left": lambda: {"tries_left": backend.tries_left(number)},
        "log_out": lambda: _log_out(backend, number),
        "log_in": lambda: _log_in(backend, number, request, source),
    }
    return deeds[request.get("do")]()


def _log_in(backend: Backend, slot: int, request: dict[str, object], source: io.RawIOBase) -> dict[str, object]:
    shown, events = request.get("shown"), request.get("events")
    kind, pin = channel.receive(source)
    try:
        if kind != channel.PIN:
            raise channel.Closed
        certificates = frozenset(map(str, shown if isinstance(shown, list) else ()))
        backend.log_in(slot, pin, certificates, events if isinstance(events, int) else None)
    finally:
        pin[:] = bytes(len(pin))
    return {"ok": True}


def _sign(backend: Backend, slot: int, request: dict[str, object]) -> dict[str, object]:
    message = base64.b64decode(str(request["message"]))
    value, algorithm = backend.sign(slot, str(request["certificate"]), message)
    return {"value": base64.b64encode(value).decode(), "algorithm": algorithm}


def _plain(view: object) -> dict[str, object]:
    fields = asdict(view)  # type: ignore[call-overload]
    return {**fields, "certificates": [base64.b64encode(der).decode() for der in fields["certificates"]]}


def _log_out(backend: Backend, slot: int) -> dict[str, object]:
    backend.log_out(slot)
    return {"ok": True}


def _told(error: EcontractError) -> dict[str, object]:
    return {"error": {"code": error.code, "detail": error.detail, "facts": error.facts}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
