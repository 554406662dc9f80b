"""Settings: what this user and this PC have chosen. Read once, frozen, passed as an argument.

A profile is one folder with all of a user's data: `settings.json`, the local store, files, logs. Order of precedence:
command line, machine policy (`policy.json` beside the program's machine-wide data), the profile's `settings.json`, defaults.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time
from pathlib import Path

from econtract_core.rules.errors import SettingsUnreadable, UsageError


@dataclass(frozen=True)
class CardSettings:
    """A card this profile knows how to reach. `module`: the driver, or a .p12 file. `environment` is set in the card process
    only (SoftHSM's configuration file)."""

    module: str
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Maintenance:
    """A window in which a service is not to be asked. `day` 0 (Monday) to 6: every week, `begins` and `ends` are then times of
    that day ("02:00") in Japan; `day` None: once, moments in ISO 8601 (Japan's clock where no zone is said)."""

    begins: str
    ends: str
    day: int | None = None


@dataclass(frozen=True)
class TimestampService:
    """An RFC 3161 service. `user`: for HTTP Basic; the password is in the system's key store, never here. `policy`: the only
    policy (dotted OID) its tokens may have. `client_certificate`: a PEM file with certificate and key that the service asks for in TLS;
    where the key is encrypted, its password is in the system's key store under the user "client certificate". Raises ValueError where
    `url` is no plain address."""

    url: str
    name: str = ""
    user: str = ""
    policy: str = ""
    maintenance: tuple[Maintenance, ...] = ()
    client_certificate: str = ""

    def __post_init__(self) -> None:
        plain_address(self.url)

    @property
    def called(self) -> str:
        return self.name or self.url


def plain_address(url: str) -> str:
    """An address that may be shown and logged. Raises ValueError, which does not show it, where it holds a user or password or
    what some program could take for one."""
    if "@" in url or "\\" in url or any(ord(c) <= 32 for c in url):
        raise ValueError("a service's address holds a user, a password or characters that do not belong there")
    return url


@dataclass(frozen=True)
class Settings:
    profile: Path
    server: str = ""  # https://host[:port]
    ca_file: Path | None = None  # trust for TLS besides the system's
    tsa_urls: tuple[str, ...] = ()
    tsa: tuple[TimestampService, ...] = ()  # where more than the address is to be said
    trust_dir: Path | None = None  # trust anchors for signatures and timestamps (PEM or DER), besides the shipped ones
    language: str = "ja"
    theme: str = "system"  # light, dark, system
    practice: bool = False
    cards: tuple[CardSettings, ...] = ()
    card_timeout: float = 60.0  # seconds a driver may take for one call


def timestamp_services(settings: Settings) -> tuple[TimestampService, ...]:
    """In the order in which they are asked: the addresses alone (the command line's, or the settings'), then the others."""
    plain = tuple(TimestampService(url) for url in settings.tsa_urls)
    return (*plain, *(service for service in settings.tsa if service.url not in settings.tsa_urls))


def default_profile() -> Path:
    """The platform's place for a user's data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData/Local"))) / "econtract"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local/share") / "econtract"


def machine_policy() -> Path:
    """Where an administrator's `policy.json` lies."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", "C:/ProgramData")) / "econtract/policy.json"
    return Path("/etc/econtract/policy.json")


def load(profile: Path, policy: Path | None = None) -> Settings:
    """Read a profile's settings under the machine's policy. A missing file means defaults; a broken one is an error, not a
    silent default. Raises SettingsUnreadable."""
    chosen = _read(profile / "settings.json") | _read(policy if policy is not None else machine_policy())
    try:
        return _settings(profile, chosen)
    except (TypeError, ValueError, AttributeError, KeyError) as problem:
        raise SettingsUnreadable(path=str(profile / "settings.json"), problem=str(problem)) from None


def with_overrides(
    settings: Settings,
    *,
    server: str | None = None,
    ca_file: Path | None = None,
    language: str | None = None,
    trust_dir: Path | None = None,
    tsa_urls: tuple[str, ...] = (),
    module: str | None = None,
) -> Settings:
    """The command line's word over the rest. A `module` becomes the only card. Raises UsageError."""
    try:
        for url in tsa_urls:
            plain_address(url)
    except ValueError as problem:
        raise UsageError(problem=f"--tsa: {problem}") from None
    return replace(
        settings,
        server=server if server is not None else settings.server,
        ca_file=ca_file if ca_file is not None else settings.ca_file,
        language=language if language is not None else settings.language,
        trust_dir=trust_dir if trust_dir is not None else settings.trust_dir,
        tsa_urls=tsa_urls or settings.tsa_urls,
        cards=(_card_of(settings, module),) if module is not None else settings.cards,
    )


def save(settings: Settings) -> None:
    """Write what the user chose. The file is replaced whole or not at all."""
    data = {
        "server": settings.server,
        "ca_file": str(settings.ca_file) if settings.ca_file else None,
        "tsa_urls": list(settings.tsa_urls),
        "tsa": [asdict(service) for service in settings.tsa],
        "trust_dir": str(settings.trust_dir) if settings.trust_dir else None,
        "language": settings.language,
        "theme": settings.theme,
        "practice": settings.practice,
        "cards": [{"module": c.module, "environment": dict(c.environment)} for c in settings.cards],
        "card_timeout": settings.card_timeout,
    }
    settings.profile.mkdir(parents=True, exist_ok=True)
    target = settings.profile / "settings.json"
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(target)


def _card_of(settings: Settings, module: str) -> CardSettings:
    known = [card for card in settings.cards if card.module == module]
    return known[0] if len(known) == 1 else CardSettings(module)


def _read(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise SettingsUnreadable(path=str(path), problem=str(problem)) from None
    if not isinstance(data, dict):
        raise SettingsUnreadable(path=str(path), problem="not an object")
    return data


def _service(item: object) -> TimestampService:
    if not isinstance(item, dict):
        raise TypeError("tsa: not an object")
    texts = {key: str(item.get(key, "")) for key in ("name", "user", "policy", "client_certificate")}
    windows = item.get("maintenance", [])
    if not isinstance(windows, list):
        raise TypeError("maintenance is not a list")
    return TimestampService(str(item["url"]), **texts, maintenance=tuple(_maintenance(w) for w in windows))


def _maintenance(item: object) -> Maintenance:
    if not isinstance(item, dict):
        raise TypeError("maintenance: not an object")
    window = Maintenance(str(item["begins"]), str(item["ends"]), item.get("day"))
    if window.day is None:
        datetime.fromisoformat(window.begins)
        datetime.fromisoformat(window.ends)
    elif window.day not in range(7):
        raise ValueError("maintenance: day is 0 to 6")
    else:
        time.fromisoformat(window.begins)
        time.fromisoformat(window.ends)
    return window


def _settings(profile: Path, data: dict[str, object]) -> Settings:
    def text(name: str, default: str) -> str:
        value = data.get(name, default)
        if not isinstance(value, str):
            raise TypeError(f"{name} is not a text")
        return value

    def path(name: str) -> Path | None:
        value = data.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError(f"{name} is not a path")
        return Path(value)

    def many(name: str) -> list[object]:
        value = data.get(name, [])
        if not isinstance(value, list):
            raise TypeError(f"{name} is not a list")
        return value

    cards = []
    for item in many("cards"):
        if not isinstance(item, dict):
            raise TypeError("cards: not an object")
        cards.append(
            CardSettings(str(item["module"]), tuple((str(k), str(v)) for k, v in item.get("environment", {}).items()))
        )
    timeout = data.get("card_timeout", 60.0)
    if not isinstance(timeout, int | float):
        raise TypeError("card_timeout is not a number")
    return Settings(
        profile=profile,
        server=text("server", ""),
        ca_file=path("ca_file"),
        tsa_urls=tuple(plain_address(str(url)) for url in many("tsa_urls")),
        tsa=tuple(_service(item) for item in many("tsa")),
        trust_dir=path("trust_dir"),
        language=text("language", "ja"),
        theme=text("theme", "system"),
        practice=bool(data.get("practice", False)),
        cards=tuple(cards),
        card_timeout=float(timeout),
    )
