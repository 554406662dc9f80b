"""An honest empty screen."""

from __future__ import annotations

from econtract_desktop.texts import Texts
from econtract_desktop.ui.context import Place
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.surfaces import column, surface
from econtract_desktop.ui.widgets.texts import Prose, line

NAMES = ("inspection", "delegation", "notices", "help")


class LaterScreen:
    """Presenter and view in one: there is nothing to present."""

    def __init__(self, look: Look, texts: Texts, name: str) -> None:
        self.view = Page(look, texts)
        self.view.head(texts(f"later.{name}_title"))
        panel = surface("Panel")
        box = column(6, (24, 20, 24, 22), panel)
        box.addWidget(line(texts("later.not_yet"), "row-title"))
        box.addWidget(Prose(texts(f"later.{name}_what"), "body", 165))
        box.addSpacing(6)
        box.addWidget(line(texts("later.meanwhile"), "small-strong"))
        box.addWidget(Prose(texts(f"later.{name}_meanwhile"), "support", 165))
        self.view.body.addWidget(panel)
        self.view.body.addStretch(1)

    def enter(self, _place: Place) -> None:
        """Nothing to fetch."""

    def leave(self) -> None:
        """Nothing to keep."""
