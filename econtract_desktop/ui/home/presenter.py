"""Makes the home from the session and opens exactly the place a button names."""

from __future__ import annotations

from dataclasses import replace

from econtract_core.rules.dates import in_japan
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.home.model import HomeModel, home_model, stamps_model
from econtract_desktop.ui.home.view import HomeView

_PLACES = {"review": "review", "countersign": "review", "submit": "case", "offer": "case", "contacts": "case"}


class HomePresenter:
    """Follows the session while it is shown."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = HomeView(context.look, context.texts)
        self.view.chosen.connect(self._open)
        self.view.opened.connect(lambda key: context.go(Place("case", key)))
        self.view.refresh.connect(context.session.refresh)
        self._shown = False
        self.view.stamp.connect(context.stamps.complete)
        context.session.changed.connect(self._show)
        context.stamps.changed.connect(self._show)

    def enter(self, _place: Place) -> None:
        """The shell shows it."""
        self._shown = True
        self._show()
        self._context.session.refresh()

    def leave(self) -> None:
        """Another place is shown."""
        self._shown = False

    def _open(self, key: str) -> None:
        deed, _, contract = key.partition(":")
        part = "contacts" if deed == "contacts" else ""
        self._context.go(Place(_PLACES[deed], contract, part))

    def _show(self) -> None:
        if not self._shown:
            return
        context, known = self._context, self._context.session.known
        now = context.now()
        if known.who is None or known.cases is None:
            self.view.show_model(HomeModel(context.formats.day(in_japan(now).date()), loading=True))
        else:
            notice = "" if known.online else context.texts("home.offline")
            words = (context.texts, context.formats)
            model = home_model(known.cases, known.who, now, words, notice=notice)
            self.view.show_model(replace(model, stamps=stamps_model(context.stamps.now, words)))
        if known.problem is not None:
            self.view.show_error(error_model(known.problem, context.texts, now), context.session.refresh)
