"""Composition root: the only folder that knows every adapter.

Adapters are imported when they are first needed, not at the top: `econtract verify` must not load the database, nor the
window pyHanko (measured: pyHanko alone costs 0.5 s of start-up).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_desktop import config
from econtract_desktop.bootstrap.parts import SystemClock, TimeOrderedIds
from econtract_desktop.bootstrap.program import make_desk
from econtract_desktop.config import Settings
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_desktop.services.desk import Desk

__all__ = ["SystemClock", "TimeOrderedIds", "console", "make_desk", "window"]


def console(arguments: list[str]) -> int:
    """`econtract …`: the window without arguments, else the command line."""
    if not arguments or arguments[0] == "--selftest-first-window":
        return window(arguments)
    if arguments[:2] == ["practice", "window"]:
        return window(arguments[2:])
    from econtract_desktop.cli.main import run

    return run(arguments, make_desk)


def window(arguments: list[str]) -> int:
    """The window; `--profile DIR`, or `--dir D` for practice mode under D."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="econtractw")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--dir", type=Path, help="practice mode under this folder")
    parser.add_argument("--selftest-first-window", action="store_true", help="end after the first paint")
    options = parser.parse_args(arguments)
    from econtract_desktop.ui.app import run as run_window

    profile = options.profile if options.profile is not None else config.default_profile()
    make: Callable[[], Desk]
    if options.dir is not None:
        folder = options.dir.resolve()
        profile = folder / "profiles" / "contractor"
        make = lambda: _practice_desk(folder, profile)  # noqa: E731
        settings = Settings(profile=profile, practice=True)
    else:
        settings = config.load(profile)
        make = lambda: make_desk(settings, Texts(settings.language))  # noqa: E731
    return run_window(make, settings, [sys.argv[0]], exit_after_first_paint=options.selftest_first_window)


def _practice_desk(folder: Path, profile: Path) -> Desk:
    """Start practice mode beside the window and open the contractor's profile. Called in a worker thread."""
    from econtract_practice.running import start_beside

    start_beside(folder, os.getpid())
    settings = config.load(profile)
    return make_desk(settings, Texts(settings.language))
