"""Rooms: every screen behind the frame, made when it is first entered. Imported in a worker once the desk is there."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui.context import Context, Place, Screen
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.pin.prompt import DialogPrompt
from econtract_desktop.ui.session import Session
from econtract_desktop.ui.shell.model import Command
from econtract_desktop.ui.shell.presenter import ShellPresenter
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.tasks import Tasks
from econtract_desktop.ui.waiting_stamps import WaitingStamps

if TYPE_CHECKING:
    from econtract_desktop.services.desk import Desk

# What a screen needs and the first window does not; loading it here keeps the GUI thread free.
_WARM = (
    "econtract_core.messages.cases",
    "econtract_desktop.services.desk",
    "econtract_desktop.ui.case.presenter",
    "econtract_desktop.ui.cases.presenter",
    "econtract_desktop.ui.home.presenter",
    "econtract_desktop.ui.review.presenter",
    "econtract_desktop.ui.signing.presenter",
)


def warm_up() -> None:
    """In a worker, before the screens are shown."""
    for name in _WARM:
        importlib.import_module(name)


class Rooms:
    """The session, the PIN dialog and the screens. GUI thread."""

    def __init__(self, desk: Desk, tasks: Tasks, look: Look, change_language: Callable[[str], None]) -> None:
        self._desk = desk
        self._tasks = tasks
        self._look = look
        self._change_language = change_language
        self._texts = Texts(desk.settings.language)
        self._window: QWidget | None = None
        self.session = Session(desk, tasks)
        self.stamps = WaitingStamps(self.session, desk, tasks)
        self.prompt = DialogPrompt(look, lambda: self._texts, self._front, tasks.post)
        self._shell: ShellPresenter | None = None

    @property
    def place(self) -> Place:
        """Where one is."""
        return self._shell.place if self._shell is not None else Place("card")

    def start(self) -> None:
        """Ask who is there; begin to watch."""
        self.session.start()
        self.stamps.start()

    def move_to(self, view: ShellView, texts: Texts, place: Place | None) -> None:
        """Furnish a frame, in this language. `place` None: where the log-in leads."""
        if self._shell is not None:
            for signal in (self.session.changed, self.session.login_needed, self.stamps.changed):
                signal.disconnect()
            self.stamps.listen()
        self._texts = texts
        self._window = view
        context = Context(
            desk=self._desk,
            tasks=self._tasks,
            texts=texts,
            formats=Formats(texts),
            look=self._look,
            session=self.session,
            stamps=self.stamps,
            prompt=self.prompt,
            go=self._go,
        )
        self._shell = ShellPresenter(view, context, self._factories(context))
        self._shell.go(place if place is not None else Place("card"))
        self.session.changed.emit()

    def find(self, typed: str) -> tuple[Command, ...]:
        """For the search field."""
        return self._shell.find(typed) if self._shell is not None else ()

    def close(self) -> None:
        """Whoever waits for a PIN hears that there will be none."""
        self.session.stop()
        self.stamps.stop()
        if self._shell is not None:
            self._shell.close()
        self.prompt.close()

    def _go(self, place: Place) -> None:
        assert self._shell is not None
        self._shell.go(place)

    def _front(self) -> QWidget:
        assert self._window is not None
        return self._window

    def _factories(self, context: Context) -> dict[str, Callable[[], Screen]]:
        def screen(module: str, name: str) -> Callable[[], Screen]:
            def make() -> Screen:
                made: Screen = getattr(importlib.import_module(f"econtract_desktop.ui.{module}"), name)(context)
                return made

            return make

        return {
            "home": screen("home.presenter", "HomePresenter"),
            "cases": screen("cases.presenter", "CasesPresenter"),
            "case": screen("case.presenter", "CasePresenter"),
            "review": screen("review.presenter", "ReviewPresenter"),
            "signing": screen("signing.presenter", "SigningPresenter"),
            "card": screen("first_start.presenter", "CardDoorPresenter"),
            "sign_files": screen("sign_files.presenter", "SignFilesPresenter"),
            "verify": screen("verify.presenter", "VerifyPresenter"),
            "diagnosis": screen("diagnosis.presenter", "DiagnosisPresenter"),
            "settings": lambda: self._settings(context),
            **{name: self._later(context, name) for name in LATER},
        }

    def _settings(self, context: Context) -> Screen:
        from econtract_desktop.ui.settings.presenter import SettingsPresenter

        return SettingsPresenter(context, self._change_language)

    def _later(self, context: Context, name: str) -> Callable[[], Screen]:
        def make() -> Screen:
            from econtract_desktop.ui.later.view import LaterScreen

            return LaterScreen(context.look, context.texts, name)

        return make


LATER = ("inspection", "delegation", "notices", "help")
