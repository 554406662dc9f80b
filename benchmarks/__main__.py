"""`python -m benchmarks [NAME…] [--runs N] [--quick] [--strict] [--list]`.

A module of this folder is one row of the table in README.md: `PLANS` says what it measures, `run(plan, runs)` measures it. Exit status: 0 measured, 1 something could not be measured (or, with --strict, missed its target), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import compileall
import pkgutil
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import benchmarks
from benchmarks.harness import QUICK_RUNS, RUNS, BenchmarkBroken, Figure, NotHere, Plan

ROOT = Path(__file__).parents[1]
NOT_ROWS = {"__main__", "harness", "material", "peers", "quick_stamps", "signing_world"}


class Row(Protocol):
    """A module that measures one row of the table."""

    PLANS: tuple[Plan, ...]

    def run(self, plan: Plan, runs: int) -> Figure: ...


def rows() -> dict[str, tuple[Row, Plan]]:
    """{benchmark's name: the module that measures it and its plan}, sorted by name."""
    found: dict[str, tuple[Row, Plan]] = {}
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name not in NOT_ROWS:
            row = cast(Row, import_module(f"benchmarks.{module.name}"))
            found.update({plan.name: (row, plan) for plan in row.PLANS})
    return dict(sorted(found.items()))


def main(arguments: list[str]) -> int:
    known = rows()
    parser = argparse.ArgumentParser(prog="dev.py bench", epilog="names: " + " ".join(known))
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them without one")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"pairs of runs (default {RUNS})")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_RUNS} pairs: does it still run?")
    parser.add_argument("--strict", action="store_true", help="a missed target is a failure")
    parser.add_argument("--list", action="store_true", help="only the names")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(known))
        return 0
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no such benchmark: {' '.join(unknown)} (there are: {' '.join(known)})")
    if options.runs < 1:
        parser.error("--runs is 1 or more")
    for package in ("econtract_core", "econtract_desktop", "econtract_server", "econtract_practice"):
        compileall.compile_dir(
            ROOT / package, quiet=2
        )  # as an installed program is; else a change is paid for by the figures
    names = options.names or list(known)
    if len(names) > 1:
        return _each_alone(names, [word for word in arguments if word not in options.names])
    return _measure(*known[names[0]], options)


def _each_alone(names: list[str], more: list[str]) -> int:
    """Every row in a process of its own: libraries that keep what they saw first (PC/SC's, SoftHSM's) do not meet."""
    return max(
        subprocess.run([sys.executable, "-m", "benchmarks", name, *more], check=False).returncode for name in names
    )


def _measure(row: Row, plan: Plan, options: argparse.Namespace) -> int:
    try:
        figure = row.run(plan, QUICK_RUNS if options.quick else options.runs)
    except NotHere as lack:
        print(f"{plan.name}: not measured on this machine: {lack}", file=sys.stderr, flush=True)
        return 0
    except BenchmarkBroken as problem:
        print(f"{plan.name}: {problem}", file=sys.stderr, flush=True)
        return 1
    except Exception:  # noqa: BLE001 - one broken benchmark must not hide the others
        traceback.print_exc()
        return 1
    print(figure.line(), flush=True)
    return 1 if options.strict and not figure.ok else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
