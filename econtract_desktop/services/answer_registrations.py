"""The body's side of registration: what waits, and its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.errors import NotFound, ReasonMissing, ServerAnswerInvalid
from econtract_core.rules.registration import Action
from econtract_desktop.ports.card_door import CardDoor
from econtract_desktop.services.checked import checked
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.accounts import AccountData

_NEEDS_REASON = (Action.RETURN, Action.RETURN_RENEWAL)


class AnswerRegistrations:
    """Blocking. Each call raises what the server refuses with, and OfflineQueued, LoginRequired."""

    def __init__(self, door: CardDoor, operate: Operate) -> None:
        self._door = door
        self._operate = operate

    def waiting(self) -> tuple[AccountData, ...]:
        """Registrations and renewals this body may answer."""
        return self._door.waiting().accounts

    def act(self, name: str, action: Action, reason: str = "") -> AccountData:
        """承認・差戻し. `name`: a user's identifier or name among those that wait. Raises NotFound, ReasonMissing."""
        from econtract_core.messages.accounts import ActOnRegistration

        if action in _NEEDS_REASON and not reason.strip():
            raise ReasonMissing(action=action.value)
        found = [one for one in self.waiting() if name in (one.user_id, one.user)]
        if len(found) != 1:
            raise NotFound(wanted=name)
        payload = checked(ActOnRegistration, {"action": action, "reason": reason})
        answer = self._operate.send(found[0].user_id, found[0].revision, payload)
        if answer.account is None:
            raise ServerAnswerInvalid(host="-", problem="no account in the answer")
        return answer.account
