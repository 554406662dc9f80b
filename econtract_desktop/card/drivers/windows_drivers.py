"""What Windows knows about cards and their software: the smart card database, the providers, and what is installed.

Only read, and only through the port `Registry`. Source: Windows SDK, "Smart Card Minidrivers" (Calais database: ATR, ATRMask, Crypto
Provider, Smart Card Key Storage Provider, 80000001); OpenSC win32/customactions.cpp writes the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

from econtract_desktop.card.drivers.surroundings import Surroundings
from econtract_desktop.ports.drivers import AtrPattern
from econtract_desktop.ports.registry import Registry, Value

CALAIS = "HKLM\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards"
PROVIDERS = "HKLM\\SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider"
UNINSTALL = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
_MINIDRIVER = "80000001"
_MOST = 2_000  # keys of one list


@dataclass(frozen=True)
class KnownCard:
    """A kind of card in Windows' smart card database. `minidriver`, `csp`, `ksp`: as written there, "" where not."""

    name: str
    pattern: AtrPattern
    minidriver: str
    csp: str
    ksp: str


@dataclass(frozen=True)
class Program:
    """An installed program that says where it lies."""

    name: str
    publisher: str
    folder: str


def known_cards(registry: Registry) -> tuple[KnownCard, ...]:
    """Every card of the database with an ATR, in both views, each once."""
    found: dict[str, KnownCard] = {}
    for bits in (64, 32):
        for name in registry.keys(CALAIS, bits=bits)[:_MOST]:
            values = registry.values(f"{CALAIS}\\{name}", bits=bits)
            atr, mask = values.get("ATR"), values.get("ATRMask")
            if not isinstance(atr, bytes) or not 2 <= len(atr) <= 33:
                continue
            whole = mask if isinstance(mask, bytes) and len(mask) == len(atr) and any(mask) else b"\xff" * len(atr)
            card = KnownCard(
                name,
                AtrPattern(atr, whole),
                _text(values.get(_MINIDRIVER)),
                _text(values.get("Crypto Provider")),
                _text(values.get("Smart Card Key Storage Provider")),
            )
            found.setdefault(name, card)
    return tuple(found.values())


def provider_image(registry: Registry, csp: str) -> str:
    """The file of a cryptographic service provider; "" where Windows does not say."""
    for bits in (64, 32):
        image = _text(registry.values(f"{PROVIDERS}\\{csp}", bits=bits).get("Image Path")) if csp else ""
        if image:
            return image
    return ""


def programs(registry: Registry) -> tuple[Program, ...]:
    """Installed programs with a folder, each folder once."""
    found: dict[str, Program] = {}
    for hive in ("HKLM", "HKCU"):
        for bits in (64, 32):
            base = f"{hive}\\{UNINSTALL}"
            for key in registry.keys(base, bits=bits)[:_MOST]:
                values = registry.values(f"{base}\\{key}", bits=bits)
                folder = _text(values.get("InstallLocation")).strip().strip('"').rstrip("\\")
                if folder:
                    found.setdefault(
                        folder.lower(),
                        Program(_text(values.get("DisplayName")), _text(values.get("Publisher")), folder),
                    )
    return tuple(found.values())


def folders_of_card(registry: Registry, atr: bytes, around: Surroundings) -> tuple[tuple[str, str], ...]:
    """(card's name there, folder) of the software that Windows names for this ATR. The system's own folder says nothing."""
    system = around.variable("SystemRoot") or "C:\\Windows"
    found = []
    for card in known_cards(registry):
        if not card.pattern.fits(atr):
            continue
        for file in (card.minidriver, provider_image(registry, card.csp)):
            path = around.expand(file) if file else None
            if path and not around.is_bare(path) and not path.lower().startswith(system.lower()):
                found.append((card.name, around.folder_of(path)))
    return tuple(dict.fromkeys(found))


def _text(value: Value) -> str:
    return value if isinstance(value, str) and len(value) <= 1000 else ""
