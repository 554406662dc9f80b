"""What the frame shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NavEntry:
    """`screen` is the place's name; `icon` a stem without size and style; `wide` the words."""

    screen: str
    icon: str
    words: str
    badge: int = 0
    quiet_badge: int = 0
    enabled: bool = True
    below_line: bool = False


@dataclass(frozen=True)
class Light:
    """One part of the status line. `tone`: ok, warn, err, off (hollow), none (no dot)."""

    words: str
    tone: str = "none"
    icon: str = ""


@dataclass(frozen=True)
class Account:
    """Who is logged in; all empty: nobody. `nobody` is said then."""

    organization: str = ""
    person: str = ""
    role: str = ""
    nobody: str = ""


@dataclass(frozen=True)
class ShellModel:
    """`lights` from the left, `maintenance` at the right."""

    nav: tuple[NavEntry, ...]
    account: Account
    lights: tuple[Light, ...]
    maintenance: str = ""


@dataclass(frozen=True)
class Command:
    """One line of the search list. `key` is what `chosen` tells."""

    key: str
    words: str
    hint: str = ""
