"""委任: granting, asking for, accepting and ending delegations. The rules are `econtract_core.rules.delegation`, judged by the server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from econtract_core.rules.delegation import Action, Work
from econtract_core.rules.errors import NotFound, ReasonMissing, ServerAnswerInvalid, ValueInvalid
from econtract_desktop.ports.clock import Ids
from econtract_desktop.ports.delegations import DelegationBook
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.checked import checked
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.cases import OperationAnswer
    from econtract_core.messages.delegations import DelegationData, DelegationList, PersonData

_NEEDS_REASON = (Action.DECLINE, Action.REVOKE, Action.RESIGN)


@dataclass(frozen=True)
class Wanted:
    """What is to be delegated. Empty bodies or cases: no limit; `most` in yen with tax; both days are within. `bodies`: identifiers, or
    names of those one has cases with; `cases`: as `Cases.find` takes them."""

    works: tuple[Work, ...]
    first_day: date
    last_day: date
    bodies: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    most: int | None = None
    sub_delegation: bool = False


class Delegate:
    """Blocking. Each call raises what the server refuses with, and OfflineQueued, LoginRequired."""

    def __init__(self, book: DelegationBook, operate: Operate, cases: Cases, ids: Ids) -> None:
        self._book = book
        self._operate = operate
        self._cases = cases
        self._ids = ids

    def all(self) -> DelegationList:
        """As the server knows them, with the firm's people."""
        return self._book.delegations()

    def propose(self, agent: str, wanted: Wanted, parent: str | None = None) -> DelegationData:
        """委任する, or, by the agent, 委任を申し出る. `agent`: a person's identifier or name; `parent`: the delegation a sub-delegation 復委任
        hangs on. Raises NotFound, ValueInvalid where a name is not one person's."""
        from econtract_core.messages.delegations import ProposeDelegation

        person = _person(self.all().people, agent)
        reach = {
            "works": wanted.works,
            "first_day": wanted.first_day.isoformat(),
            "last_day": wanted.last_day.isoformat(),
            "body_ids": self._bodies(wanted.bodies) or None,
            "case_ids": [self._cases.find(name).case_id for name in wanted.cases] or None,
            "most": wanted.most,
            "sub_delegation": wanted.sub_delegation,
        }
        facts: dict[str, object] = {"agent_id": person.user_id, "reach": reach, "parent_id": parent}
        payload = checked(ProposeDelegation, facts)
        return _told(self._operate.send(self._ids.new(), 0, payload))

    def act(self, delegation_id: str, action: Action, reason: str = "") -> DelegationData:
        """承諾・拒否・解除・辞任. Raises NotFound, ReasonMissing."""
        from econtract_core.messages.delegations import ActOnDelegation

        if action in _NEEDS_REASON and not reason.strip():
            raise ReasonMissing(action=action.value)
        found = [one for one in self.all().delegations if one.delegation_id == delegation_id]
        if not found:
            raise NotFound(wanted=delegation_id)
        payload = checked(ActOnDelegation, {"action": action, "reason": reason})
        return _told(self._operate.send(delegation_id, found[0].revision, payload))

    def _bodies(self, wanted: tuple[str, ...]) -> list[str]:
        """Identifiers, which the server knows; names are those of the bodies one has cases with. Raises NotFound."""
        known = {case.body.organization: case.body.organization_id for case in self._cases.all()} if wanted else {}
        strange = [name for name in wanted if name not in known and not name.isascii()]  # no identifier either
        if strange:
            raise NotFound(wanted=strange[0])
        return [known.get(name, name) for name in wanted]


def _person(people: Iterable[PersonData], wanted: str) -> PersonData:
    named = [one for one in people if wanted in (one.user_id, one.name) or _plain(one.name) == _plain(wanted)]
    if not named:
        raise NotFound(wanted=wanted)
    if len(named) > 1:
        raise ValueInvalid(field="agent", problem=f"{wanted}: {', '.join(one.user_id for one in named)}")
    return named[0]


def _plain(name: str) -> str:
    return "".join(name.split())


def _told(answer: OperationAnswer) -> DelegationData:
    if answer.delegation is None:
        raise ServerAnswerInvalid(host="-", problem="no delegation in the answer")
    return answer.delegation
