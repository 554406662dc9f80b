"""`python -m installer package [--linux|--windows] [--twice]`; dev.py calls it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from installer import compare, linux
from installer.places import BuildFailed, megabytes, size


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py")
    commands = parser.add_subparsers(dest="command", required=True)
    package = commands.add_parser("package")
    package.add_argument("--linux", action="store_true")
    package.add_argument("--windows", action="store_true")
    package.add_argument("--twice", action="store_true")
    commands.add_parser("wine-test")
    options = parser.parse_args(arguments)
    if options.command != "package" or options.windows:
        print("package: the Windows program is not built here yet", file=sys.stderr)
        return 1
    try:
        return _package_linux(options.twice)
    except BuildFailed as problem:
        print(f"package: {problem}", file=sys.stderr)
        return 1


def _package_linux(twice: bool) -> int:
    made = linux.build(linux.default_place())
    print(f"package: installed {megabytes(size(made))}", flush=True)
    status = _again(made, linux.build(linux.default_place().with_name("linux-again"))) if twice else 0
    print(made, flush=True)
    return status


def _again(made: Path, again: Path) -> int:
    found = compare.differences(made, again)
    print("\n".join([f"package: two builds differ in {len(found)} files", *found]), flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
