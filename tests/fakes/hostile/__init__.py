"""The hostile PKCS#11 module, built once a run from `module.c`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("module.c")


def compiler() -> str | None:
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def build(folder: Path) -> Path:
    """The shared library. A compiler must be there."""
    cc = compiler()
    assert cc is not None
    made = folder / "hostile.so"
    subprocess.run([cc, "-shared", "-fPIC", "-O1", "-w", "-o", str(made), str(SOURCE)], check=True)
    return made
