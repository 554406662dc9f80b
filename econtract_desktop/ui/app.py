"""The window's start: the frame first, the desk in a worker, then the screens.

Nothing heavy is imported before the first paint: services, pydantic, pyHanko and the rest come with the desk, in a worker.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from econtract_core.rules.errors import EcontractError
from econtract_desktop.config import Settings
from econtract_desktop.texts import Texts
from econtract_desktop.ui.constants_kept import keep_constants
from econtract_desktop.ui.first_start.model import starting_model
from econtract_desktop.ui.first_start.view import CardDoorView
from econtract_desktop.ui.fonts import load_interface_font
from econtract_desktop.ui.icons import Icons
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.shell.presenter import starting_shell
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.tasks import Endings, GuiCollector, TaskProgress, Tasks
from econtract_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from econtract_desktop.services.desk import Desk
    from econtract_desktop.ui.rooms import Rooms


def run(
    make_desk: Callable[[], Desk], settings: Settings, argv: list[str], *, exit_after_first_paint: bool = False
) -> int:
    """Show the window and stay until it is closed. `make_desk` is called in a worker thread after the first paint.

    `exit_after_first_paint` ends the program then (start-up checks).
    """
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(argv)
    app.setApplicationName("econtract")
    window = Window(app, make_desk, settings)
    if exit_after_first_paint:
        window.view.painted.connect(app.quit)
    else:
        window.view.painted.connect(window.open_desk)
    window.view.show()
    status = app.exec()
    if exit_after_first_paint and sys.stdout is not None:
        print(json.dumps({"widgets": len(app.allWidgets())}), flush=True)
    window.close()
    return int(status)


@dataclass(frozen=True)
class _Ready:
    desk: Desk


class Window:
    """The frame with whatever is behind it: nothing yet, then the rooms. GUI thread."""

    def __init__(self, app: QApplication, make_desk: Callable[[], Desk], settings: Settings) -> None:
        keep_constants()
        load_interface_font()
        self._app = app
        self._make_desk = make_desk
        self._settings = settings
        self.theme = Theme(app, settings.theme)
        self.look = Look(self.theme, Icons(self.theme))
        self.texts = Texts(settings.language)
        self.tasks = Tasks()
        self._collector = GuiCollector()
        self.rooms: Rooms | None = None
        self.desk: Desk | None = None
        self.view = self._frame()
        self._first = CardDoorView(self.look, self.texts)
        self._first.show_model(starting_model(self.texts))
        self.view.show_page(self._first, slim=False)
        self.view.show_model(starting_shell(self.texts), "card")

    def open_desk(self) -> None:
        """Make the desk in a worker; the screens follow."""

        def work(_progress: TaskProgress) -> _Ready:
            desk = self._make_desk()
            from econtract_desktop.ui import rooms  # imported here, in the worker: the GUI thread stays free

            rooms.warm_up()
            return _Ready(desk)

        self.tasks.start(work, Endings(done=self._ready, failed=self._failed))

    def change_language(self, language: str) -> None:
        """Build the frame anew in the other language, at the same place."""
        if self.rooms is None or language == self.texts.language:
            return
        place, before = self.rooms.place, self.view
        self.texts = Texts(language)
        self.view = self._frame()
        self.view.setGeometry(before.geometry())
        self.rooms.move_to(self.view, self.texts, place)
        self.view.show()
        before.closing.disconnect()
        before.close()
        before.deleteLater()

    def close(self) -> None:
        """The window goes; what waits for an answer hears that nobody will give one."""
        if self.rooms is not None:
            self.rooms.close()
        self.tasks.close()
        self._collector.stop()
        if self.desk is not None:
            self.desk.close()
            self.desk = None

    def _frame(self) -> ShellView:
        view = ShellView(self.look, self.texts, lambda typed: self.rooms.find(typed) if self.rooms else ())
        view.closing.connect(self._app.quit)
        return view

    def _ready(self, ready: _Ready) -> None:
        from econtract_desktop.ui.rooms import Rooms

        self.desk = ready.desk
        settings = ready.desk.settings
        if settings.theme != self.theme.mode:
            self.theme.choose(settings.theme)
        self.rooms = Rooms(ready.desk, self.tasks, self.look, self.change_language)
        if settings.language != self.texts.language:
            self.texts = Texts(settings.language)
        self.rooms.move_to(self.view, self.texts, None)
        self.rooms.start()

    def _failed(self, error: EcontractError) -> None:
        from datetime import UTC, datetime

        from econtract_desktop.ui.errors.model import error_model

        self._first.show_error(error_model(error, self.texts, datetime.now(UTC)), self.open_desk)
