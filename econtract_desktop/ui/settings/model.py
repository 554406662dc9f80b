"""What the settings show."""

from __future__ import annotations

from dataclasses import dataclass

from econtract_desktop.config import Settings


@dataclass(frozen=True)
class SettingsModel:
    """`server` may be changed where no practice environment set it."""

    language: str
    theme: str
    server: str
    profile: str
    practice: bool
    version: str


def settings_model(settings: Settings, theme: str, version: str) -> SettingsModel:
    """As chosen now."""
    return SettingsModel(settings.language, theme, settings.server, str(settings.profile), settings.practice, version)
