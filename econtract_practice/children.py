"""How practice mode starts its own helpers: by module from source, by a hidden word of the one program where that is frozen."""

from __future__ import annotations

import sys


def command(module: str, *arguments: str) -> list[str]:
    """The command line that runs `module` as a program, in the same Python or the same frozen program."""
    if getattr(sys, "frozen", False):
        if module == "econtract_desktop":
            return [sys.executable, *arguments]
        return [sys.executable, "--part", module, *arguments]
    return [sys.executable, "-m", module, *arguments]
