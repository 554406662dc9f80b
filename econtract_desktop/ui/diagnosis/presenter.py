"""Asks anew each time the place is opened, when a card goes in or out, and when the person wants it."""

from __future__ import annotations

from pathlib import Path

from econtract_core.rules.errors import EcontractError
from econtract_desktop.ports.drivers import ModuleReport
from econtract_desktop.services.diagnose import Condition
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.diagnosis.view import DiagnosisView
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.session import CardsSeen
from econtract_desktop.ui.tasks import Endings


class DiagnosisPresenter:
    """The card's part on the card's lane: nothing is asked of a card that signs. The services follow from the network."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = DiagnosisView(context.look, context.texts)
        self.view.again.connect(self._look)
        self.view.driver_chosen.connect(self.try_driver)
        self._shown = False
        self._trial = False  # what trying a file found stays until the person asks for something else
        self._cards: CardsSeen | None = None
        self._number = 0  # of the look that is shown
        context.session.changed.connect(self._follow)

    def enter(self, _place: Place) -> None:
        """The shell shows it."""
        self._shown = True
        self._look()

    def leave(self) -> None:
        """Another place is shown."""
        self._shown = False

    def _follow(self) -> None:
        cards = self._context.session.known.cards
        if self._shown and not self._trial and self._cards is not None and cards != self._cards:
            self._look()
        self._cards = cards

    def _look(self) -> None:
        self._trial = False
        desk = self._context.desk
        self.view.show_conditions(())
        self._context.tasks.start(
            lambda _progress: desk.diagnose.cards(), Endings(done=self._done, failed=self._failed), "card"
        )

    def try_driver(self, module: str) -> None:
        """Load the file in a process of its own and say what it is; a good one is used from now on."""
        desk = self._context.desk
        self.view.show_conditions(())

        def work(_progress: object) -> ModuleReport:
            report = desk.find_driver.try_module(Path(module))
            desk.find_driver.keep(report)
            return report

        self._context.tasks.start(work, Endings(done=self._tried, failed=self._failed), "card")

    def _tried(self, report: ModuleReport) -> None:
        texts = self._context.texts
        sentences = tuple((found.good, texts(f"drivers.{found.code}", **found.facts)) for found in report.findings)
        self._trial = True
        self.view.clear()
        self.view.show_trial(report.module, report.usable, sentences)
        self._context.session.look_at_cards()

    def _done(self, conditions: tuple[Condition, ...]) -> None:
        self.view.clear_notices()
        self.view.show_conditions(conditions)
        desk = self._context.desk
        self._number += 1
        number = self._number

        def more(services: tuple[Condition, ...]) -> None:
            if number == self._number and not self._trial:  # nobody has asked anew meanwhile
                self.view.show_conditions((*conditions, *services))

        self._context.tasks.start(
            lambda _progress: (*desk.diagnose.trust(), *desk.diagnose.services()),
            Endings(done=more, failed=self._failed),
        )

    def _failed(self, error: EcontractError) -> None:
        self.view.show_error(error_model(error, self._context.texts, self._context.now()), self._look)
