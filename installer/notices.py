"""Licence texts of everything inside, one folder a part. A part without a text stops the build."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

from installer.parts_list import Component
from installer.places import BuildFailed


def write(folder: Path, inside: list[Component], system_files: list[Path]) -> None:
    """`folder`/PART/… and a summary. `system_files`: what came from the building machine itself. Raises BuildFailed."""
    bare = [part.name for part in inside if not part.texts]
    if bare:
        raise BuildFailed("no licence text for: " + ", ".join(bare))
    lines = ["What this program contains, and under which licence. The texts are in the folders beside this file.", ""]
    for part in inside:
        place = folder / _plain(f"{part.name}-{part.version}")
        place.mkdir(parents=True, exist_ok=True)
        for name, text in sorted(part.texts.items()):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(text)
        lines.append(f"{part.name} {part.version}: {part.licence}")
    for package, copyright_file in _of_debian(system_files).items():
        place = folder / "system" / package
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copyright_file, place / "copyright")
        lines.append(f"{package} (system library): see system/{package}/copyright")
    (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def collected(work: Path) -> list[Path]:
    """The files outside Python's own folders that PyInstaller took in (on Linux: system libraries)."""
    if sys.platform != "linux":
        return []
    listed = next(work.rglob("COLLECT-00.toc")).read_text(encoding="utf-8")
    entries = ast.literal_eval(listed)
    table = max((part for part in entries if isinstance(part, list)), key=len)
    ours = (Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), work.resolve())
    sources = {Path(source) for _, source, kind in table if kind == "BINARY" and source}
    system = (Path("/usr/lib"), Path("/lib"))
    return sorted(
        path
        for path in sources
        if path.is_relative_to(system[0]) or path.is_relative_to(system[1])
        if not any(path.resolve().is_relative_to(own) for own in ours if own != Path("/usr"))
    )


def _of_debian(files: list[Path]) -> dict[str, Path]:
    """{package: its copyright file} of the packages these files belong to."""
    if not files or not shutil.which("dpkg-query"):
        return {}
    names = {str(path) for path in files} | {str(path.resolve()) for path in files}
    names |= {name.removeprefix("/usr") for name in names}
    answer = subprocess.run(["dpkg-query", "-S", *sorted(names)], capture_output=True, text=True, check=False).stdout
    packages = sorted({line.split(":")[0] for line in answer.splitlines() if ": /" in line})
    texts = {name: Path("/usr/share/doc") / name / "copyright" for name in packages}
    return {name: text for name, text in texts.items() if text.is_file()}


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)
