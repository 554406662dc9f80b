"""ServerConfig: one JSON file, read once, frozen."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from econtract_core.rules.errors import SettingsUnreadable


@dataclass(frozen=True)
class ServerConfig:
    """`origin` is what clients sign at log-in and must be how they reach us. Sizes in bytes, times in seconds."""

    database_url: str
    files_dir: str
    origin: str
    trust_dir: str
    host: str = "127.0.0.1"
    port: int = 8443
    tls_cert: str = ""
    tls_key: str = ""
    server_name: str = "電子契約サーバー"
    seed: str = ""
    largest_file: int = 500_000_000
    challenge_seconds: int = 300
    session_idle_seconds: int = 1_800
    session_seconds: int = 28_800
    revocation_required: bool = True  # log-in and signatures are refused where no CRL can be had
    insecure_for_tests: bool = False


def load(path: Path) -> ServerConfig:
    """Raises SettingsUnreadable. Relative paths are taken from the file's folder."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(ServerConfig)}
        unknown = set(data) - known
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return ServerConfig(**_absolute(data, path.parent))
    except (OSError, ValueError, TypeError) as problem:
        raise SettingsUnreadable(path=str(path), problem=str(problem)) from None


def _absolute(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    paths = ("files_dir", "trust_dir", "tls_cert", "tls_key", "seed")
    return {k: str((folder / v).resolve()) if k in paths and v else v for k, v in data.items()}
