"""Practice: practice mode 体験モード on this PC. Adapter: bootstrap starts `econtract_practice`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Practice(Protocol):
    def run(self, directory: Path, ready: Callable[[dict[str, object]], None], *, examples: bool = True) -> None:
        """Start everything under `directory`, tell `ready` the description once it answers, and stay until stopped. `examples`:
        make a case in every state first, where they are not there yet."""
        ...

    def stop(self, directory: Path) -> bool:
        """Stop the one that runs under `directory`; False where none does."""
        ...
