"""The services for registration and card renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_desktop.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from econtract_desktop.ports.card_door import CardDoor
    from econtract_desktop.services.answer_registrations import AnswerRegistrations
    from econtract_desktop.services.desk import Desk
    from econtract_desktop.services.register import Register
    from econtract_desktop.services.renew_card import RenewCard


class Accounts:
    """The AccountDesk."""

    def __init__(self, program: Desk, world: Adapters) -> None:
        self._program = program
        self._world = world

    @property
    def register(self) -> Register:
        from econtract_desktop.services.register import Register

        w = self._world
        return Register(self._door, self._program.server, w.cards, w.store, w.ids)

    @property
    def renew_card(self) -> RenewCard:
        from econtract_desktop.services.renew_card import RenewCard

        w = self._world
        return RenewCard(self.register, self._door, w.store, w.clock, w.ids)

    @property
    def answers(self) -> AnswerRegistrations:
        from econtract_desktop.services.answer_registrations import AnswerRegistrations

        return AnswerRegistrations(self._door, self._program.outbox)

    @property
    def _door(self) -> CardDoor:
        from econtract_desktop.api.card_door import HttpsCardDoor

        return HttpsCardDoor(self._world.line, lambda: self._world.crypto.trust())  # noqa: PLW0108 - loaded when a proof comes
