"""The one guard around pyHanko and asn1crypto, and the cheap way to import parts of pyHanko.

Bad input makes both libraries raise built-in exceptions (ValueError, KeyError, AssertionError, RecursionError, TypeError …)
beside their own; everything that reads a stranger's bytes runs inside `guarded`.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import types
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pyhanko

from econtract_core.rules.errors import DocumentEncrypted, EcontractError, NotAPdf

_T = TypeVar("_T")
_IMPORTING = threading.Lock()

for _name in (
    "pyhanko",
    "pyhanko_certvalidator",
):  # what they say about a stranger's file belongs in findings, not on stderr
    logging.getLogger(_name).addHandler(logging.NullHandler())


@contextmanager
def guarded(file: str) -> Iterator[None]:
    """Turn whatever the libraries raise over a file's bytes into NotAPdf or DocumentEncrypted. Our own errors pass."""
    try:
        yield
    except (EcontractError, MemoryError):
        raise
    except RecursionError:
        raise NotAPdf(file=file, problem="nested too deeply") from None
    except Exception as problem:  # noqa: BLE001 — the named guard of pyHanko and asn1crypto
        if type(problem).__name__ == "PdfKeyNotAvailableError":
            raise DocumentEncrypted(file=file) from None
        raise NotAPdf(file=file, problem=f"{type(problem).__name__}: {str(problem)[:200]}") from None


def part_of_sign(name: str) -> types.ModuleType:
    """Import `pyhanko.sign.<name>` without `pyhanko.sign` itself, whose __init__ loads the whole signing side and aiohttp
    (190 ms; measured in benchmarks/README.md). Where the package is loaded already this is a plain import. The stand-in
    package is gone again when this returns. Thread-safe."""
    with _IMPORTING:
        if "pyhanko.sign" in sys.modules:
            return importlib.import_module(f"pyhanko.sign.{name}")
        stand_in = types.ModuleType("pyhanko.sign")
        stand_in.__path__ = [f"{path}/sign" for path in pyhanko.__path__]
        sys.modules["pyhanko.sign"] = stand_in
        try:
            return importlib.import_module(f"pyhanko.sign.{name}")
        finally:
            del sys.modules["pyhanko.sign"]
            if vars(pyhanko).get("sign") is stand_in:
                delattr(pyhanko, "sign")


def finish(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine of pyhanko_certvalidator that has nothing to wait for: all data is at hand, no network ever. Needs no
    event loop, so it may be called from any thread, also one that runs a loop of its own."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _T = done.value
        return result
    finally:
        coroutine.close()
    raise NotAPdf(file="", problem="validation waited for the network")
