"""ICカードの更新: the new card takes the old one's place in the same account; cases, delegations and drafts stay.

With one reader the old card is shown first and remembered for some minutes, then the new one. The rules are
`econtract_core.rules.registration`, judged by the server. Source: product.md part 2; facts.md 1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from econtract_core.rules.card_door import Door
from econtract_core.rules.errors import NotFound, ValueInvalid
from econtract_core.rules.registration import RenewalKind
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.card_door import CardDoor
from econtract_desktop.ports.clock import Clock, Ids
from econtract_desktop.ports.pin import PinPrompt
from econtract_desktop.ports.store import Store
from econtract_desktop.services.checked import checked
from econtract_desktop.services.register import Register

if TYPE_CHECKING:
    from econtract_core.messages.accounts import AccountData, DoorAnswer, Way

OLD_CARD = "old_card"  # setting of the profile: the door's answer to it


@dataclass(frozen=True)
class Field:
    """What the old and the new certificate say of the same thing."""

    name: str  # holder, organization, corporate_number, not_after
    old: str
    new: str

    @property
    def same(self) -> bool:
        return self.old == self.new


@dataclass(frozen=True)
class Renewed:
    """`compared`: empty where the old card was not shown."""

    account: AccountData
    kind: RenewalKind
    compared: tuple[Field, ...]


class RenewCard:
    """Blocking. Asks for one PIN a card."""

    def __init__(self, register: Register, door: CardDoor, store: Store, clock: Clock, ids: Ids) -> None:
        self._register = register
        self._door = door
        self._store = store
        self._clock = clock
        self._ids = ids

    def show_old(self, selector: CardSelector, prompt: PinPrompt) -> DoorAnswer:
        """旧カードを確認する: remembered until its ticket ends. Raises NotFound where it is nobody's."""
        answer = self._register.look(selector, prompt)
        if answer.door is not Door.LOG_IN:
            raise NotFound(wanted=answer.card.holder)
        self._store.keep_setting(OLD_CARD, answer.model_dump_json())
        return answer

    def renew(
        self, selector: CardSelector, prompt: PinPrompt, kind: RenewalKind | None = None, user_id: str | None = None
    ) -> Renewed:
        """新カードに切り替える. `kind` None: as the card itself says; `user_id`: whose account, where several could be meant. Raises NotFound,
        ValueInvalid, ConditionMissing (the old card is to be shown too), TicketInvalid."""
        from econtract_core.messages.accounts import Renew

        answer = self._register.look(selector, prompt)
        if answer.door is Door.LOG_IN:
            raise ValueInvalid(field="new", problem="the card is registered already")
        way = _way(answer, kind, user_id)
        meant = kind or (
            RenewalKind.REPRESENTATIVE_CHANGED if way.door is Door.CHANGE_REPRESENTATIVE else RenewalKind.RENEWED
        )
        old = self._old() if meant is RenewalKind.RENEWED else None
        facts: dict[str, object] = {
            "operation_id": self._ids.new(),
            "new_ticket": answer.ticket,
            "old_ticket": old.ticket if old is not None else None,
            "user_id": way.user_id,
            "renewal": meant.value,
        }
        done = self._door.renew(checked(Renew, facts))
        self._register.keep(done, "registration.renew")
        self._store.keep_setting(OLD_CARD, None)
        return Renewed(done.account, meant, compared(old, answer) if old is not None else ())

    def _old(self) -> DoorAnswer | None:
        from econtract_core.messages.accounts import DoorAnswer

        kept = self._store.setting(OLD_CARD)
        if kept is None:
            return None
        answer = DoorAnswer.model_validate_json(kept)
        if answer.expires > self._clock.now():
            return answer
        self._store.keep_setting(OLD_CARD, None)
        return None


def compared(old: DoorAnswer, new: DoorAnswer) -> tuple[Field, ...]:
    """Field by field, as a person compares two cards."""
    return (
        Field("holder", old.card.holder, new.card.holder),
        Field("organization", old.organization, new.organization),
        Field("corporate_number", old.corporate_number, new.corporate_number),
        Field("not_after", old.card.not_after.date().isoformat(), new.card.not_after.date().isoformat()),
    )


def _way(answer: DoorAnswer, kind: RenewalKind | None, user_id: str | None) -> Way:
    """The one account that is meant. Raises NotFound, ValueInvalid where it could be several."""
    doors: tuple[Door, ...] = (Door.RENEW, Door.CHANGE_REPRESENTATIVE)
    if kind is not None:
        doors = (Door.CHANGE_REPRESENTATIVE,) if kind is RenewalKind.REPRESENTATIVE_CHANGED else (Door.RENEW,)
    found = [way for way in answer.ways if way.door in doors and user_id in (None, way.user_id)]
    if not found:
        raise NotFound(wanted=user_id or answer.card.holder)
    best = [way for way in found if (way.door, way.sureness) == (found[0].door, found[0].sureness)]
    if len(best) > 1:
        raise ValueInvalid(field="user", problem=", ".join(way.user_id for way in best))
    return best[0]
