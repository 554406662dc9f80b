"""Context: what every presenter is given; Place: where one can go; Screen: what the shell shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.session import Session
from econtract_desktop.ui.tasks import Tasks
from econtract_desktop.ui.waiting_stamps import WaitingStamps

if TYPE_CHECKING:
    from econtract_desktop.ports.pin import PinPrompt
    from econtract_desktop.services.desk import Desk


@dataclass(frozen=True)
class Place:
    """`screen`: home, cases, case, review, signing, card, settings … `key` a contract's or case's id, `part` a document's; `said` a sentence
    to greet with, `seen` the SHA-256 of the offered documents that were looked at (signing)."""

    screen: str
    key: str = ""
    part: str = ""
    said: str = ""
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Context:
    """Handed down; nothing here changes but through its own methods."""

    desk: Desk
    tasks: Tasks
    texts: Texts
    formats: Formats
    look: Look
    session: Session
    stamps: WaitingStamps
    prompt: PinPrompt
    go: Callable[[Place], None]

    def now(self) -> datetime:
        """This PC's time."""
        return self.desk.now()


@runtime_checkable
class HoldsFile(Protocol):
    """A screen with an open file."""

    def close(self) -> None: ...


class Screen(Protocol):
    """A presenter with its view. The shell calls `enter` each time it is shown and `leave` when another place is."""

    @property
    def view(self) -> QWidget: ...

    def enter(self, place: Place) -> None: ...

    def leave(self) -> None: ...
