"""The server's card door: registration 利用者登録 and card renewal. Adapter: `api/card_door.py`. Blocking; thread-safe; raises as
`ports.server`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from econtract_desktop.ports.card import CardToken

if TYPE_CHECKING:  # pydantic stays out of the start-up path
    from econtract_core.messages.accounts import (
        AccountAnswer,
        AccountData,
        AccountList,
        DoorAnswer,
        Register,
        Renew,
        UndoRegistration,
    )


class CardDoor(Protocol):
    def knock(self, card: CardToken, contractor_number: str = "") -> DoorAnswer:
        """Prove the card (logged in) and learn what it opens. The ticket in the answer stands for the card on this PC for some
        minutes. Raises LoginRefused, CertificateRevoked."""
        ...

    def register(self, request: Register) -> AccountAnswer:
        """Raises AlreadyRegistered, TicketInvalid, NotAllowedNow, ValueInvalid. Sent twice it is done once."""
        ...

    def renew(self, request: Renew) -> AccountAnswer:
        """Raises TicketInvalid, ConditionMissing, NotFound, ValueInvalid."""
        ...

    def undo(self, request: UndoRegistration) -> AccountAnswer:
        """Raises TicketInvalid, UndoTooLate, ConditionMissing, NotFound."""
        ...

    def waiting(self) -> AccountList:
        """What waits for the answer of the body one is logged in for."""
        ...

    def own(self) -> AccountData:
        """The account of who is logged in."""
        ...
