"""Makes the list from the session."""

from __future__ import annotations

from econtract_core.rules.contract import Side
from econtract_desktop.ui.cases.model import cases_model
from econtract_desktop.ui.cases.view import CasesView
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model


class CasesPresenter:
    """Follows the session while it is shown."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = CasesView(context.look, context.texts)
        self.view.opened.connect(lambda key: context.go(Place("case", key)))
        self._shown = False
        context.session.changed.connect(self._show)

    def enter(self, _place: Place) -> None:
        """The shell shows it."""
        self._shown = True
        self._show()
        self._context.session.refresh()

    def leave(self) -> None:
        """Another place is shown."""
        self._shown = False

    def _show(self) -> None:
        if not self._shown:
            return
        context, known = self._context, self._context.session.known
        side = known.who.side if known.who is not None else Side.CONTRACTOR
        self.view.show_model(cases_model(known.cases, side, context.texts, context.formats))
        if known.problem is not None:
            self.view.show_error(error_model(known.problem, context.texts, context.now()), context.session.refresh)
