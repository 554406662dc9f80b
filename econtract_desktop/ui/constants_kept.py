"""Keeps None, True and False alive under PySide6 6.12 on Python 3.11.

Measured with PySide6 6.12.0 on CPython 3.11.7: every call of a void method drops one reference of None it does not own, every
`Signal.emit` one of True; after some hundred signals the interpreter aborts ("deallocating True or False"). From Python 3.12
on these objects are immortal (PEP 683) and nothing happens. On 3.11 the same is done here: a reference count no program can
use up.
"""

from __future__ import annotations

import ctypes
import sys

_MANY = 1 << 40


def keep_constants() -> None:
    """Call it before the first widget. Harmless when called again; does nothing from Python 3.12 on."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for constant in (None, True, False):
        if sys.getrefcount(constant) < _MANY // 2:
            # The reference count is the first word of an object (Include/object.h of 3.11).
            ctypes.c_ssize_t.from_address(id(constant)).value += _MANY
