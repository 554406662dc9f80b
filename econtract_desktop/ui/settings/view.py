"""The settings' widgets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QVBoxLayout

from econtract_desktop.texts import Texts
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.settings.model import SettingsModel
from econtract_desktop.ui.theme import MODES
from econtract_desktop.ui.widgets.buttons import button
from econtract_desktop.ui.widgets.choices import RoundChoice
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import column, row, surface
from econtract_desktop.ui.widgets.texts import Prose, line


class SettingsView(Page):
    """`language_chosen`, `theme_chosen`, `server_chosen`."""

    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    server_chosen = Signal(str)

    def __init__(self, look: Look, texts: Texts) -> None:
        super().__init__(look, texts)
        self._groups: list[QButtonGroup] = []
        self.head(texts("settings.title"))
        box = self._panel("settings.language", "settings.language_hint")
        names = {"ja": "日本語", "en": "English"}
        self._languages = self._choices(box, "language", tuple(names.items()), self.language_chosen)
        box = self._panel("settings.theme", "settings.theme_hint")
        modes = tuple((mode, texts(f"settings.theme_{mode}")) for mode in MODES)
        self._themes = self._choices(box, "theme", modes, self.theme_chosen)
        box = self._panel("settings.server", "settings.server_hint")
        entry = row(12)
        self._server = QLineEdit()
        self._server.setObjectName("settings.server")
        self._server.setAccessibleName(texts("settings.server"))
        self._server.setPlaceholderText("https://")
        entry.addWidget(self._server, 1)
        self._save = button(texts("settings.save"), "secondary", "settings.save")
        self._save.clicked.connect(lambda: self.server_chosen.emit(self._server.text().strip()))
        entry.addWidget(self._save)
        box.addLayout(entry)
        self._about = Prose("", "hint", 165)
        self.body.addWidget(self._about)
        self.body.addStretch(1)

    def show_model(self, model: SettingsModel) -> None:
        """As chosen."""
        self._languages[model.language].setChecked(True)
        self._themes[model.theme].setChecked(True)
        self._server.setText(model.server)
        self._server.setReadOnly(model.practice)
        self._save.setVisible(not model.practice)
        about = self.texts("settings.about", version=model.version, profile=model.profile)
        self._about.say(about + ("\n" + self.texts("settings.practice") if model.practice else ""))

    def _panel(self, title: str, hint: str) -> QVBoxLayout:
        panel: QFrame = surface("Panel")
        panel.setMaximumWidth(760)
        box = column(8, (20, 16, 20, 18), panel)
        box.addWidget(line(self.texts(title), "row-title"))
        box.addWidget(Prose(self.texts(hint), "support", 150))
        self.body.addWidget(panel)
        return box

    def _choices(
        self, box: QVBoxLayout, name: str, choices: Sequence[tuple[str, str]], chosen: SignalInstance
    ) -> dict[str, RoundChoice]:
        group = QButtonGroup(self)
        self._groups.append(group)
        entry = row(28)
        made = {}
        for key, words in choices:
            radio = RoundChoice(self.look, words, f"settings.{name}.{key}")
            radio.clicked.connect(lambda _on=False, key=key: chosen.emit(key))
            group.addButton(radio)
            entry.addWidget(radio)
            made[key] = radio
        entry.addStretch(1)
        box.addLayout(entry)
        return made
