"""Starting up stays quick: what is heavy is loaded when it is needed, never before (judged by modules, not by time)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Measured, alone in a bare interpreter: pyHanko 0.5 to 0.9 s, aiohttp 0.4 s, pkcs11 and keyring 0.1 s each, pydantic 0.1 s.
HEAVY = {
    "pyhanko",
    "pyhanko_certvalidator",
    "aiohttp",
    "keyring",
    "pkcs11",
    "pydantic",
    "sqlcipher3",
    "requests",
    "typst",
}
ENDING = "; import sys; print('\\n'.join(sorted({name.split('.')[0] for name in sys.modules})))"


def loaded(code: str) -> set[str]:
    """The top-level modules that are loaded after `code`."""
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code + ENDING], capture_output=True, text=True, check=False, env=env, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_heavy_module_is_seen() -> None:
    assert "keyring" in loaded("import keyring") & HEAVY


def test_the_version_loads_nothing() -> None:
    code = (
        "import sys; sys.argv = ['econtract', '--version']; from econtract_desktop.__main__ import console; console()"
    )
    assert loaded(code) & (HEAVY | {"PySide6", "cryptography", "asn1crypto", "json", "pathlib"}) == set()


@pytest.mark.parametrize("module", ["econtract_desktop.bootstrap", "econtract_desktop.cli.main"])
def test_finding_a_command_loads_nothing_heavy(module: str) -> None:
    assert loaded(f"import {module}") & (HEAVY | {"PySide6", "cryptography", "asn1crypto"}) == set()


def test_the_window_loads_nothing_heavy() -> None:
    seen = loaded("import econtract_desktop.ui.app")
    assert "PySide6" in seen
    assert seen & HEAVY == set()
