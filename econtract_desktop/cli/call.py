"""What every command gets and gives back."""

from __future__ import annotations

import dataclasses
import sys
from argparse import Namespace
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_desktop.cli.pin import make_prompt
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_desktop.services.desk import Desk


@dataclass(frozen=True)
class Result:
    """`data`: the one JSON object of `--json`; `lines`: the same for people."""

    data: dict[str, object]
    lines: list[str] = field(default_factory=list)
    status: int = 0


@dataclass(frozen=True)
class Call:
    """One run of one command."""

    options: Namespace
    desk: Desk
    texts: Texts

    @property
    def selector(self) -> CardSelector:
        o = self.options
        return CardSelector(reader=o.reader, module=o.module, token=o.token, certificate=o.certificate)

    @property
    def prompt(self) -> PinPrompt:
        practice = self.desk.settings.practice
        return make_prompt(self.texts, pin_fd=self.options.pin_fd, pin_env=self.options.pin_env, practice=practice)

    @property
    def progress(self) -> Told:
        return Told(self.texts, quiet=self.options.json)


class Told:
    """Progress as lines on standard error. Ctrl-C is heard between steps by Python itself."""

    def __init__(self, texts: Texts, *, quiet: bool) -> None:
        self._texts = texts
        self._quiet = quiet

    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        if not self._quiet:
            print(
                self._texts("cli.step", done=done, total=total, what=self._texts(f"progress.{key}"), subject=subject),
                file=sys.stderr,
            )

    def check(self) -> None:
        pass


def plain(value: object) -> object:
    """Dataclasses, times, paths and enumerations as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value
