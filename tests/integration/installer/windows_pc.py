"""A Windows PC as Wine plays it: one prefix, programs run in it, its registry."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

NEEDED = ("wine", "makensis", "x86_64-w64-mingw32-gcc")


def missing() -> str:
    """What this machine lacks, "" where nothing."""
    return ", ".join(name for name in NEEDED if shutil.which(name) is None)


@dataclass(frozen=True)
class WindowsPc:
    """`folder` becomes its prefix."""

    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "WINEPREFIX": str(self.folder),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
            "LANG": "C.UTF-8",
            "DISPLAY": "",
            **self.more,
        }

    @property
    def home(self) -> Path:
        return self.folder / "drive_c" / "users" / os.environ.get("USER", "root")

    @property
    def programs(self) -> Path:
        return self.home / "AppData" / "Local" / "Programs" / "econtract"

    def start(self) -> None:
        """Make it, as Windows 10. Takes about ten seconds."""
        self.run("wineboot", "-i")
        self.run("winecfg", "-v", "win10")
        subprocess.run(["wineserver", "-w"], env=self.environment, check=True, timeout=120)

    def end(self) -> None:
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False, timeout=60)

    def run(self, program: str | Path, *arguments: str, **more: str) -> int:
        """Exit status. What it prints is left alone: a pipe would be kept open by Wine's own services."""
        return subprocess.run(
            ["wine", str(program), *arguments],
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=180,
        ).returncode

    def begin(self, program: str | Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["wine", str(program), *arguments],
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def registry(self, key: str) -> dict[str, str]:
        """The values of a key of the user's own part, {} where there is none."""
        out = self.folder / "drive_c" / "key.reg"
        out.unlink(missing_ok=True)
        self.run("reg", "export", f"HKCU\\{key}", r"C:\key.reg", "/y")
        if not out.is_file():
            return {}
        section, values = "", {}
        for line in out.read_text("utf-16").replace("\\\n  ", "").splitlines():
            if line.startswith("["):
                section = line.strip("[]").removeprefix(f"HKEY_CURRENT_USER\\{key}").lstrip("\\")
            elif "=" in line:
                name, _, value = line.partition("=")
                name = name.strip('"').replace("@", "")
                path = f"{section}\\{name}" if section else name
                values[path] = value.removeprefix('"').removesuffix('"').replace('\\"', '"').replace("\\\\", "\\")
        return values

    def windows_path(self, path: Path) -> str:
        return "C:\\" + str(path.relative_to(self.folder / "drive_c")).replace("/", "\\")
