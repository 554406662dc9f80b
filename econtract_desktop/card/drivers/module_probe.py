"""The probe process: `python -m econtract_desktop.card.drivers.module_probe MODULE`. Loads one module, tells what it shows, ends.

It tells each stage before it goes on, so that a module that hangs or crashes is known by the last stage it reached. It never logs
in. What it tells is text and DER; a certificate is told whole, a key never.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from econtract_desktop.card import channel
from econtract_desktop.card.drivers import probe_calls

T = TypeVar("T")
STAGES = ("begin", "load", "entry", "initialize", "slots", "finalize", "done")


def main(arguments: list[str]) -> int:
    out = io.FileIO(os.dup(1), "wb")
    os.dup2(2, 1)  # a module that prints must not disturb the channel

    def tell(message: dict[str, object]) -> None:
        channel.send_json(out, message)

    try:
        _probe(arguments[0], tell)
    except OSError as problem:
        tell({"problem": "load", "text": str(problem)[:500], "number": getattr(problem, "winerror", None) or 0})
    except probe_calls.NoEntryPoint:
        tell({"problem": "entry"})
    except probe_calls.CryptokiError as problem:
        tell({"problem": "call", "function": problem.function, "code": probe_calls.code_name(problem.code)})
    except channel.Closed:
        return 1
    return 0


def _probe(path: str, tell: Callable[[dict[str, object]], None]) -> None:
    tell({"stage": "load"})
    module = probe_calls.Module(path)
    tell({"stage": "entry"})
    version = module.version
    tell({"stage": "initialize", "interface": version})
    module.initialize()
    tell({"library": module.info()})
    tell({"stage": "slots"})
    for number in module.slots():
        tell({"slot": _slot(module, number)})
    tell({"stage": "finalize"})
    module.finalize()
    tell({"stage": "done"})


def _slot(module: probe_calls.Module, number: int) -> dict[str, object]:
    try:
        info = module.slot_info(number)
    except probe_calls.CryptokiError as problem:
        return {"number": number, "reader": "", "present": False, "recognised": False, "problem": str(problem)}
    present = bool(info.flags & probe_calls.CKF_TOKEN_PRESENT)
    told: dict[str, object] = {"number": number, "reader": probe_calls.padded(info.description), "present": present}
    try:
        token = module.token_info(number) if present else None
    except probe_calls.CryptokiError as problem:
        gone = problem.code == probe_calls.CKR_TOKEN_NOT_PRESENT
        return {**told, "present": present and not gone, "recognised": False, "problem": str(problem)}
    if token is None:
        return {**told, "recognised": False}
    return {
        **told,
        "recognised": True,
        "label": probe_calls.padded(token.label),
        "manufacturer": probe_calls.padded(token.manufacturer),
        "model": probe_calls.padded(token.model),
        "flags": int(token.flags),
        "min_pin": int(token.min_pin),
        "max_pin": int(token.max_pin),
        "mechanisms": _tolerant(lambda: module.mechanisms(number)),
        "certificates": [base64.b64encode(der).decode() for der in _tolerant(lambda: module.certificates(number))],
    }


def _tolerant(read: Callable[[], list[T]]) -> list[T]:
    """One call that fails must not hide the rest."""
    with contextlib.suppress(probe_calls.CryptokiError):
        return read()
    return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
