"""Watches the readers through the session and logs in with the card that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.errors import EcontractError
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.first_start.model import CardDoorModel, door_model
from econtract_desktop.ui.first_start.view import CardDoorView
from econtract_desktop.ui.tasks import Endings

if TYPE_CHECKING:
    from econtract_core.messages.account import Who


class CardDoorPresenter:
    """After the log-in one goes where one wanted to be, else home."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = CardDoorView(context.look, context.texts)
        self.view.chosen.connect(self._log_in)
        self.view.look_again.connect(self._look_again)
        self.view.settings.connect(lambda: context.go(Place("settings")))
        self._model: CardDoorModel | None = None
        self._shown = False
        self._busy = False
        self._told: EcontractError | None = None
        context.session.changed.connect(self._show)

    def enter(self, _place: Place) -> None:
        """The shell shows it."""
        self._shown = True
        self._show()

    def leave(self) -> None:
        """Another place is shown."""
        self._shown = False

    def _show(self) -> None:
        if not self._shown or self._busy:
            return
        context = self._context
        self._model = door_model(context.session.known, context.texts, context.formats)
        self.view.show_model(self._model)
        problem = context.session.known.problem
        if problem is not None and problem is not self._told:
            self._told = problem
            self.view.show_error(error_model(problem, context.texts, context.now()), context.session.start_again)

    def _look_again(self) -> None:
        self.view.clear_notices()
        self._context.session.look_at_cards()

    def _log_in(self, number: int) -> None:
        if self._model is None or self._busy:
            return
        self._busy = True
        self.view.busy(self._context.texts("door.logging_in"))
        selector = self._model.cards[number].selector
        self._context.session.log_in(
            selector,
            self._context.prompt,
            Endings(done=self._welcome, failed=self._refused, cancelled=self._stopped),
        )

    def _welcome(self, _who: Who) -> None:
        self._stopped()
        self._context.go(Place("home"))

    def _refused(self, error: EcontractError) -> None:
        self._stopped()
        self.view.show_error(error_model(error, self._context.texts, self._context.now()))
        self._context.session.look_at_cards()

    def _stopped(self) -> None:
        self._busy = False
        self.view.busy("")
        self._show()
