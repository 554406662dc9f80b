"""Two builds held against each other, file by file."""

from __future__ import annotations

import hashlib
from pathlib import Path


def differences(one: Path, other: Path) -> list[str]:
    """What differs, sorted; empty where both folders hold the same bytes under the same names."""
    first, second = _digests(one), _digests(other)
    lines = [f"only in the first: {name}" for name in first.keys() - second.keys()]
    lines += [f"only in the second: {name}" for name in second.keys() - first.keys()]
    lines += [f"not the same: {name}" for name in first.keys() & second.keys() if first[name] != second[name]]
    return sorted(lines)


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
