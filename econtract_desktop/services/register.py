"""利用者登録 by a card of nobody who is registered, and taking it back where the door was the wrong one.

The rules are `econtract_core.rules.registration` and `card_door`, judged by the server. Source: product.md part 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from econtract_core.rules.card_door import Door
from econtract_core.rules.errors import LoginRefused, ValueInvalid
from econtract_core.rules.numbers import corporate_number_is_valid
from econtract_core.rules.registration import State
from econtract_desktop.ports.card import Cards, CardSelector
from econtract_desktop.ports.card_door import CardDoor
from econtract_desktop.ports.clock import Ids
from econtract_desktop.ports.pin import PinPrompt, PinPurpose
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.store import KeptReceipt, Store
from econtract_desktop.services.checked import checked

if TYPE_CHECKING:
    from econtract_core.messages.accounts import AccountAnswer, AccountData, DoorAnswer


@dataclass(frozen=True)
class Applicant:
    """What the person says beside the card. "" where the card's own word is to be taken. `insists`: it is another person in spite of a
    likeness."""

    name: str = ""
    role: str = ""
    firm: str = ""
    corporate_number: str = ""
    contractor_number: str = ""
    body_id: str | None = None
    represents: bool = False
    insists: bool = False


class Register:
    """Blocking. Asks for one PIN a call."""

    def __init__(self, door: CardDoor, server: Server, cards: Cards, store: Store, ids: Ids) -> None:
        self._door = door
        self._server = server
        self._cards = cards
        self._store = store
        self._ids = ids

    def look(self, selector: CardSelector, prompt: PinPrompt, contractor_number: str = "") -> DoorAnswer:
        """Whose card this is, and which door it opens: log-in, renewal or registration. Raises LoginRefused, CertificateRevoked."""
        self._server.about()  # no PIN is asked for a server that is not there
        with self._cards.open(selector) as card:
            card.log_in(prompt, PinPurpose("login", server=self._server.origin))
            return self._door.knock(card, contractor_number)

    def apply(self, selector: CardSelector, prompt: PinPrompt, said: Applicant) -> AccountData:
        """登録を申請する, or again what was given back. Raises AlreadyRegistered where the card means a renewal, ValueInvalid."""
        from econtract_core.messages.accounts import Register as Message

        if said.corporate_number and not corporate_number_is_valid(said.corporate_number):
            raise ValueInvalid(field="corporate_number", problem=said.corporate_number)
        answer = self.look(selector, prompt, said.contractor_number)
        if answer.account is not None and answer.account.state is State.APPLIED:
            return answer.account  # it had arrived, whatever became of the answer
        facts: dict[str, object] = {
            "operation_id": self._ids.new(),
            "ticket": answer.ticket,
            "name": said.name or answer.card.holder,
            "role": said.role or "-",
            "represents": said.represents,
            "firm": said.firm,
            "corporate_number": said.corporate_number,
            "contractor_number": said.contractor_number,
            "body_id": said.body_id,
            "insists": said.insists,
        }
        done = self._door.register(checked(Message, facts))
        self.keep(done, "registration.apply")
        return done.account

    def undo(self, selector: CardSelector, prompt: PinPrompt) -> AccountData:
        """登録を取り消す: the card is free for the renewal that was meant. Raises UndoTooLate, ConditionMissing, NotFound."""
        from econtract_core.messages.accounts import UndoRegistration

        answer = self.look(selector, prompt)
        if answer.account is None and answer.door is not Door.LOG_IN:
            raise LoginRefused(problem="not registered")
        done = self._door.undo(UndoRegistration(operation_id=self._ids.new(), ticket=answer.ticket))
        self.keep(done, "registration.undo")
        return done.account

    def keep(self, done: AccountAnswer, kind: str) -> None:
        """The proof of arrival 到達証明, as of every operation."""
        if done.receipt is not None:
            user_id = done.account.user_id
            self._store.keep_receipt(KeptReceipt(done.operation_id, kind, user_id, "", done.arrived_at, done.receipt))
