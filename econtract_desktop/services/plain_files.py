"""Files the user names: read and placed with typed errors, never half-written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from econtract_core.rules.errors import DiskFull, EcontractError, FileNotReadable, FileNotWritable, OutputExists

_FORBIDDEN = "<>:\"/\\|?*%&';"  # Windows' own and those that electronic bidding systems refuse (facts.md 4, row 17)
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{n}{i}" for n in ("COM", "LPT") for i in range(1, 10))}


def safe_name(title: str) -> str:
    """A file name every Windows PC takes: 「契約書(第2版)」 stays as it is."""
    name = "".join("_" if c in _FORBIDDEN or ord(c) < 32 else c for c in title).strip(" .") or "document"
    return f"_{name}" if name.upper() in _RESERVED else name[:120]


def readable(path: Path) -> Path:
    """The path, if it is a file that can be read. Raises FileNotReadable."""
    try:
        with path.open("rb"):
            return path
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or type(problem).__name__) from None


def sha256_of(path: Path) -> str:
    """Hex. Raises FileNotReadable."""
    try:
        with path.open("rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or type(problem).__name__) from None


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file. Raises FileNotReadable."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or type(problem).__name__) from None
    except ValueError as problem:
        raise FileNotReadable(path=str(path), problem=f"JSON: {problem}") from None
    if not isinstance(data, dict):
        raise FileNotReadable(path=str(path), problem="JSON: not an object")
    return data


def writing_problem(path: Path, problem: OSError) -> EcontractError:
    if problem.errno == errno.ENOSPC:
        return DiskFull(path=str(path))
    return FileNotWritable(path=str(path), problem=problem.strerror or type(problem).__name__)


def place_copy(source: Path, target: Path) -> Path:
    """Copy under `target` by temporary file and rename. The same bytes there already are fine; others are OutputExists."""
    try:
        if target.exists():
            if target.stat().st_size == source.stat().st_size and target.read_bytes() == source.read_bytes():
                return target
            raise OutputExists(path=str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=target.parent, prefix=".econtract-")
        try:
            with os.fdopen(handle, "wb") as out, source.open("rb") as data:
                shutil.copyfileobj(data, out, 1 << 20)
                out.flush()
                os.fsync(out.fileno())
            Path(fresh).replace(target)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise writing_problem(target, problem) from None
    return target


def take_name(staged: Path, target: Path) -> None:
    """Give a finished file its name, durably; both are on one disk, and what stands there is never overwritten. Raises
    OutputExists, DiskFull, FileNotWritable."""
    try:
        if sys.platform == "win32":
            staged.rename(target)
            return
        try:
            os.link(staged, target)
        except OSError as problem:
            if problem.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
            if target.exists():  # a file system without links: the best that can be had
                raise FileExistsError from None
            staged.rename(target)
        _make_durable(target.parent)
        staged.unlink(missing_ok=True)
    except FileExistsError:
        raise OutputExists(path=str(target)) from None
    except OSError as problem:
        raise writing_problem(target, problem) from None


def _make_durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
