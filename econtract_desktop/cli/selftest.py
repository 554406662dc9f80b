"""econtract selftest [--report FILE]: does this installation have all its parts? Needs no card, no network."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from econtract_desktop.cli.call import Call, Result
from econtract_desktop.services.plain_files import writing_problem
from econtract_desktop.texts import LANGUAGES, Texts, table

_LIBRARIES = (
    "cryptography.x509", "asn1crypto.cms", "pydantic", "pyhanko.sign.fields", "pkcs11", "requests", "truststore", "keyring",
    "sqlcipher3", "typst", "pypdfium2", "PySide6.QtWidgets", "PySide6.QtSvg",
)  # fmt: skip
_RESOURCES = (
    "fonts/BIZUDPGothic_400Regular.ttf",
    "fonts/NotoSerifJP_400Regular.ttf",
    "styles/tokens.json",
    "forms/contract.typ",
)


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("--report", type=Path, metavar="FILE", help=texts("cli.opt_report"))


def run(command: str, call: Call) -> Result:
    checks = [_check(f"library {name}", partial(_library, name)) for name in _LIBRARIES]
    checks += [_check(f"resource {name}", partial(_resource, name)) for name in _RESOURCES]
    checks += [_check(f"texts {language}", partial(_texts, language)) for language in LANGUAGES]
    data: dict[str, object] = {"checks": checks}
    if call.options.report is not None:
        try:
            call.options.report.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as problem:
            raise writing_problem(call.options.report, problem) from None
    lines = [f"{'✓' if c['ok'] else '✗'} {c['name']}  {c['seen']}" for c in checks]
    return Result(data, lines, 0 if all(c["ok"] for c in checks) else 1)


def _check(name: str, look: Callable[[], str]) -> dict[str, object]:
    started = time.perf_counter()
    try:
        ok, seen = True, look()
    except (ImportError, OSError, ValueError) as problem:
        ok, seen = False, f"{type(problem).__name__}: {problem}"
    return {"name": name, "ok": ok, "seen": seen, "ms": round((time.perf_counter() - started) * 1000, 1)}


def _library(name: str) -> str:
    return str(getattr(import_module(name), "__version__", ""))


def _resource(name: str) -> str:
    return f"{len((files('resources') / name).read_bytes())} bytes"


def _texts(language: str) -> str:
    found = len(table(language, "errors"))
    if not found:
        raise ValueError("no texts")
    return f"{found} errors"
