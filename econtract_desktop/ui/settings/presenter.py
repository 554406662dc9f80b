"""Applies a choice at once and writes it to the profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from econtract_core import __version__
from econtract_desktop import config
from econtract_desktop.config import Settings
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.settings.model import settings_model
from econtract_desktop.ui.settings.view import SettingsView
from econtract_desktop.ui.tasks import Endings


class SettingsPresenter:
    """`language_changed(name)`: the window is built anew in it."""

    def __init__(self, context: Context, language_changed: Callable[[str], None]) -> None:
        self._context = context
        self._settings = replace(context.desk.settings, language=context.texts.language, theme=context.look.theme.mode)
        self._language_changed = language_changed
        self.view = SettingsView(context.look, context.texts)
        self.view.language_chosen.connect(self._language)
        self.view.theme_chosen.connect(self._theme)
        self.view.server_chosen.connect(self._server)

    def enter(self, _place: Place) -> None:
        """The shell shows it."""
        self.view.show_model(settings_model(self._settings, self._context.look.theme.mode, __version__))

    def leave(self) -> None:
        """Everything was written when it was chosen."""

    def _theme(self, mode: str) -> None:
        self._context.look.theme.choose(mode)
        self._keep(replace(self._settings, theme=mode), "")

    def _language(self, language: str) -> None:
        self._keep(replace(self._settings, language=language), "")
        self._language_changed(language)

    def _server(self, server: str) -> None:
        self._keep(replace(self._settings, server=server), self._context.texts("settings.saved"))

    def _keep(self, settings: Settings, said: str) -> None:
        self._settings = settings

        def done(_none: None) -> None:
            if said:
                self.view.show_notice("ok", said)

        context = self._context
        self._context.tasks.start(
            lambda _p: config.save(settings),
            Endings(done=done, failed=lambda e: self.view.show_error(error_model(e, context.texts, context.now()))),
        )
