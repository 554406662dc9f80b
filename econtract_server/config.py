"""ServerConfig: one JSON file, read once, frozen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from econtract_core.rules.errors import SettingsUnreadable

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?|https://\[[0-9a-f:.]+\](:[0-9]{1,5})?")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PATHS = (
    "smtp_password_file",
    "smtp_ca",
    "files_dir",
    "trust_dir",
    "tls_cert",
    "tls_key",
    "seal_cert",
    "seal_key",
    "seed",
)


@dataclass(frozen=True)
class ServerConfig:
    """`origin` is what clients sign at log-in and must be how they reach us: `https://host[:port]`, no slash behind it.
    Sizes in bytes, times in seconds."""

    database_url: str
    files_dir: str
    origin: str
    trust_dir: str
    host: str = "127.0.0.1"
    port: int = 8443
    tls_cert: str = ""
    tls_key: str = ""
    seal_cert: str = ""  # PEM, its own first: signs proofs of arrival; must name our host
    seal_key: str = ""
    server_name: str = "電子契約サーバー"
    seed: str = ""
    largest_file: int = 500_000_000
    largest_message: int = 1_000_000
    challenge_seconds: int = 300
    session_idle_seconds: int = 1_800
    session_seconds: int = 28_800
    revocation_required: bool = True  # log-in and signatures are refused where no revocation data can be had
    smtp_host: str = ""  # none: no e-mail is written
    smtp_port: int = 587
    smtp_security: str = "starttls"  # or "tls", or "none", which is for a relay on this machine only
    smtp_user: str = ""
    smtp_password_file: str = ""
    smtp_ca: str = ""  # PEM; the system's where empty
    mail_from: str = ""
    mail_every_seconds: int = 60  # how often the worker looks
    worker_in_server: bool = False  # `serve` does the worker's work too: small bodies need no second program
    approve_registrations: bool = True  # a body looks at each registration; else the card's word is enough
    insecure_for_tests: bool = False  # plain HTTP, and that on loopback only

    def __post_init__(self) -> None:
        """Raises SettingsUnreadable."""
        for entry in fields(self):
            value, kind = getattr(self, entry.name), {"str": str, "int": int, "bool": bool}[str(entry.type)]
            if type(value) is not kind:
                raise _wrong(f"{entry.name}: {kind.__name__} wanted")
            if type(value) is int and value < (0 if entry.name == "port" else 1):
                raise _wrong(f"{entry.name}: {value}")
        if bool(self.seal_cert) != bool(self.seal_key):
            raise _wrong("seal_cert and seal_key belong together")
        self._check_mail()
        if not _ORIGIN.fullmatch(self.origin):
            raise _wrong(f"origin: {self.origin} is not https://host[:port]")

    def _check_mail(self) -> None:
        if not self.smtp_host:
            return
        if self.smtp_security not in ("starttls", "tls", "none"):
            raise _wrong(f"smtp_security: {self.smtp_security}")
        if self.smtp_security == "none" and self.smtp_host not in _LOOPBACK:
            raise _wrong("smtp_security: none is for a relay on this machine only")
        if not self.mail_from.partition("@")[2]:
            raise _wrong("mail_from is needed with smtp_host")
        if bool(self.smtp_user) != bool(self.smtp_password_file):
            raise _wrong("smtp_user and smtp_password_file belong together")

    def check_tls(self) -> None:
        """Raises SettingsUnreadable where this configuration would serve without TLS, other than for tests on loopback."""
        if bool(self.tls_cert) != bool(self.tls_key):
            raise _wrong("tls_cert and tls_key belong together")
        if self.tls_cert or (self.insecure_for_tests and self.host in _LOOPBACK):
            return
        raise _wrong("tls_cert and tls_key are needed (plain HTTP: only with insecure_for_tests, and only on loopback)")


def load(path: Path) -> ServerConfig:
    """Raises SettingsUnreadable. Relative paths are taken from the file's folder."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise TypeError("not an object")
        unknown = set(data) - {entry.name for entry in fields(ServerConfig)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return ServerConfig(**_absolute(data, path.parent))
    except SettingsUnreadable as problem:
        raise SettingsUnreadable(path=str(path), problem=problem.facts.get("problem")) from None
    except (OSError, ValueError, TypeError) as problem:
        raise SettingsUnreadable(path=str(path), problem=str(problem)) from None


def _absolute(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    return {k: str((folder / v).resolve()) if k in _PATHS and isinstance(v, str) and v else v for k, v in data.items()}


def _wrong(problem: str) -> SettingsUnreadable:
    return SettingsUnreadable(path="", problem=problem)
