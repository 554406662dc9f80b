"""Where built things go, and what every build is told. Standard library only: a bare Python reads this too."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
_FALLBACK_TIME = 1767225600  # where there is no git: the first second of 2026


class BuildFailed(Exception):
    """A step of building or trying failed; the message is for the person."""


def cache() -> Path:
    """What may be thrown away and takes long to make: outside the tree, so that a fresh checkout finds it."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "econtract-build"


def key_of(*parts: bytes | str) -> str:
    """A short name for a thing that is made of these parts alone."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


def commit_time() -> int:
    """Seconds since 1970 of the last commit: the only clock a build may look at."""
    told = run_quietly(["git", "log", "-1", "--format=%ct"])
    return int(told) if told.isdigit() else _FALLBACK_TIME


def run_quietly(command: list[str]) -> str:
    """What it printed; empty where it could not run."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def build_environment() -> dict[str, str]:
    """What makes two builds equal: one time, one order of sets, no user's settings."""
    return {
        "SOURCE_DATE_EPOCH": str(commit_time()),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }


def size(folder: Path) -> int:
    """Bytes of all files under it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def megabytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
