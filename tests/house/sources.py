"""The project's own files, as the house rules see them."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("econtract_core", "econtract_desktop", "econtract_server", "econtract_practice")
TOOLS = ("dev.py", "benchmarks", "fuzz", "installer")
_IGNORED = {".git", ".venv", ".cache", "__pycache__", "build", "dist", "practice-report", "screens"}


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def at(self, line: int, complaint: str) -> str:
        return f"{self.path}:{line}: {complaint}"


def python_files(*places: str) -> list[Source]:
    """Every Python file under these folders (or these files themselves), sorted by path."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else [p for p in path.rglob("*.py") if "__pycache__" not in p.parts]
    return [Source(p.relative_to(ROOT).as_posix(), p.read_text(encoding="utf-8")) for p in sorted(found)]


def project_files() -> list[Path]:
    """What a commit would hold: git's answer (tracked, and new but not ignored), or a walk where there is no git."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        if listed.returncode == 0:  # git refuses where somebody else owns the folder
            return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    return sorted(_walk(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _IGNORED or path.name.endswith((".egg-info", "_cache")):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
