"""The frozen program for Linux: built in an environment of its own that holds requirements/package.txt and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from installer.places import DIST, ROOT, BuildFailed, build_environment, cache, key_of

LOCKS = ROOT / "requirements"


def build_python() -> Path:
    """The Python of the build environment, made where it is missing. Raises BuildFailed."""
    locks = [LOCKS / name for name in ("pip.txt", "build-constraints.txt", "package.txt")]
    place = cache() / f"linux-{key_of(sys.version, *(lock.read_bytes() for lock in locks))}"
    python = place / "bin" / "python"
    if (place / "ready").exists():
        return python
    print("package: the build environment, by hash (once for each lock file)", flush=True)
    shutil.rmtree(place, ignore_errors=True)
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    must([str(base), "-m", "venv", str(place)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "--only-binary=:all:"]
    must([*pip, "-r", str(locks[0])])
    must([*pip, "--no-binary=pyscard", "--build-constraint", str(locks[1]), "-r", str(locks[2])])
    (place / "ready").touch()
    return python


def build(out: Path) -> Path:
    """Freeze into `out`; the folder of the program. Raises BuildFailed."""
    python = build_python()
    must([str(python), "-m", "installer.freeze", str(out), str(out.with_name(out.name + ".work"))], shown=True)
    return out / "econtract"


def default_place() -> Path:
    return DIST / "linux"


def must(command: list[str], *, shown: bool = False) -> None:
    """Run it; what it says is shown at once or, where it fails, at the end. Raises BuildFailed."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    env |= build_environment()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        check=False,
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
    )
    if done.returncode:
        said = "" if shown else done.stdout.decode("utf-8", "replace")[-3000:]
        raise BuildFailed(f"{' '.join(command[:4])} … ended with {done.returncode}\n{said}")
