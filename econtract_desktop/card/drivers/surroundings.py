"""This PC as the search for drivers sees it: which system, which environment, where its files are.

Tests give another root folder and another system; nothing else in the search looks at the machine by itself.
"""

from __future__ import annotations

import os
import platform
import re
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

_VARIABLE = re.compile("%([^%]+)%")
_MACHINES = {"amd64": "x86-64", "x86_64": "x86-64", "aarch64": "arm64", "arm64": "arm64", "i386": "x86", "i686": "x86"}


@dataclass(frozen=True)
class Surroundings:
    """`root`: another folder in the place of "/" (tests). `bits` and `machine` are this program's own."""

    system: str
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None
    bits: int = struct.calcsize("P") * 8
    machine: str = _MACHINES.get(platform.machine().lower(), platform.machine().lower())

    @classmethod
    def here(cls) -> Surroundings:
        system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
        return cls(system, dict(os.environ))

    def variable(self, name: str) -> str | None:
        """Of the environment; on Windows its case does not matter."""
        if self.system != "windows":
            return self.environment.get(name)
        return next((value for key, value in self.environment.items() if key.lower() == name.lower()), None)

    def expand(self, text: str) -> str | None:
        """%NAME% filled in; None where this PC has no such name."""
        names = _VARIABLE.findall(text)
        if any(self.variable(name) is None for name in names):
            return None
        return _VARIABLE.sub(lambda found: self.variable(found.group(1)) or "", text)

    def join(self, folder: str, *names: str) -> str:
        kind = PureWindowsPath if self.system == "windows" else PurePosixPath
        return str(kind(folder, *names))

    def folder_of(self, path: str) -> str:
        kind = PureWindowsPath if self.system == "windows" else PurePosixPath
        return str(kind(path).parent)

    def is_bare(self, path: str) -> bool:
        """A file's name without a folder."""
        return "/" not in path and "\\" not in path

    def is_absolute(self, path: str) -> bool:
        kind = PureWindowsPath if self.system == "windows" else PurePosixPath
        return kind(path).is_absolute()

    def path(self, text: str) -> Path:
        """Where this file really lies."""
        if self.root is None:
            return Path(text)
        return self.root / text.replace(":", "").replace("\\", "/").lstrip("/")

    def is_file(self, text: str) -> bool:
        try:
            return self.path(text).is_file()
        except OSError:
            return False

    def names(self, folder: str) -> list[str]:
        """What lies in a folder, sorted; empty where it cannot be read."""
        try:
            return sorted(item.name for item in self.path(folder).iterdir())
        except OSError:
            return []
