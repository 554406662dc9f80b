"""The documents tell the truth: commands exist, files that are linked to exist."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Collection
from pathlib import Path

_COMMAND = re.compile(r"(?:python3|py|python) dev\.py\s+([^`\n#|│]*)")
_PROGRAM = re.compile(r"[`$] ?econtract ([a-z][a-z-]*)")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def dev_commands(text: str) -> list[str]:
    """What stands after "dev.py" in code spans and blocks."""
    return [hit.group(1).strip() for hit in _COMMAND.finditer(text)]


def unknown_commands(text: str, parser: argparse.ArgumentParser) -> list[str]:
    """Commands or options of dev.py that a document names and `parser` does not know."""
    found = []
    known = _subparsers(parser)
    for line in dev_commands(text):
        # "[--headless] [--dir D]", "works|services" and "…" are how usage is written
        words = shlex.split(re.sub(r"[\[\]…]|\.\.\.", " ", line).replace("'", ""))
        if not words or words[0].isupper():  # COMMAND
            continue
        if words[0] not in known:
            found.append(f"dev.py has no command {words[0]}")
            continue
        passes_on = words[0] in {"test", "bench", "screens", "fuzz"}
        options = {option for action in known[words[0]]._actions for option in action.option_strings}
        for word in words[1:]:
            if word.startswith("--") and word not in options and not passes_on:
                found.append(f"dev.py {words[0]} has no option {word}")
    return found


def unknown_program_commands(text: str, commands: Collection[str]) -> list[str]:
    """Commands of `econtract` in code spans that the program does not have."""
    return [f"econtract has no command {name}" for name in _PROGRAM.findall(text) if name not in commands]


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def broken_links(document: Path, text: str) -> list[str]:
    """Relative links to files that are not there."""
    return [
        f"{document.name}: no such file: {hit}" for hit in _LINK.findall(text) if not (document.parent / hit).exists()
    ]
