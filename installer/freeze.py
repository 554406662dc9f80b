"""`python -m installer.freeze OUT WORK`: freeze the program with the Python that runs this (Linux, Windows, Wine).

That Python holds exactly requirements/package.txt. Everything beside PyInstaller is written here too: licences and parts list.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from installer import notices, parts_list
from installer.places import ROOT, megabytes, size


def main(arguments: list[str]) -> int:
    out, work = (Path(word).absolute() for word in arguments)
    folder = freeze(out, work)
    inside = parts_list.components(folder)
    notices.write(folder / "licences", inside, notices.collected(work))
    parts_list.write(folder / "econtract.cdx.json", inside)
    settle_times(folder, int(os.environ["SOURCE_DATE_EPOCH"]))
    print(f"package: {sum(1 for p in folder.rglob('*') if p.is_file())} files, {megabytes(size(folder))}", flush=True)
    return 0


def freeze(out: Path, work: Path) -> Path:
    """Run PyInstaller; the folder of the program."""
    from PyInstaller import __main__ as pyinstaller

    for place in (out, work):
        shutil.rmtree(place, ignore_errors=True)
    os.environ["PYINSTALLER_CONFIG_DIR"] = str(work / "config")
    pyinstaller.run(
        [
            "--noconfirm",
            "--log-level=WARN",
            f"--distpath={out}",
            f"--workpath={work}",
            str(ROOT / "installer" / "econtract.spec"),
        ]
    )
    return out / "econtract"


def settle_times(folder: Path, when: int) -> None:
    """One time for every file: archives made of the folder are equal then."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if not path.is_symlink():
            os.utime(path, (when, when))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
