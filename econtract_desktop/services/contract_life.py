"""A contract's life beyond its first signing: changes, unit-price agreements, corrections, termination, the way back to paper."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from econtract_core.rules.contract import Action, ContractKind
from econtract_core.rules.errors import ReasonMissing
from econtract_desktop.ports.clock import Ids
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData


class ContractLife:
    """Blocking. Each call raises what the server refuses with, and OfflineQueued, LoginRequired, NotFound."""

    def __init__(self, cases: Cases, operate: Operate, ids: Ids) -> None:
        self._cases = cases
        self._operate = operate
        self._ids = ids

    def begin(
        self, name: str, kind: ContractKind, amount: int = 0, tax: int = 0, term_to: date | None = None
    ) -> CaseData:
        """変更契約・単価合意を始める: a new draft of a case. `amount`, `tax`: yen more than now (less below 0); `term_to`: the new last
        day."""
        from econtract_core.messages.cases import BeginContract, ChangeData

        case = self._cases.find(name)
        change = ChangeData(amount=amount, tax=tax, term_to=term_to)
        payload = BeginContract(case_id=case.case_id, contract_kind=kind, change=change)
        return self._operate.perform(self._ids.new(), 0, payload).case

    def correct(self, name: str, change: tuple[int, int, date | None] | None = None) -> CaseData:
        """訂正を始める: a new draft that takes the place of a concluded contract. `change` None: it changes what the wrong one
        did."""
        from econtract_core.messages.cases import ChangeData, CorrectContract

        _, contract = self._cases.contract(name)
        new = ChangeData(amount=change[0], tax=change[1], term_to=change[2]) if change is not None else None
        payload = CorrectContract(corrects_id=contract.contract_id, change=new)
        return self._operate.perform(self._ids.new(), 0, payload).case

    def terminate(self, name: str, reason: str) -> CaseData:
        """解除する. Raises ReasonMissing."""
        return self._end(name, Action.TERMINATE, reason)

    def move_to_paper(self, name: str, reason: str) -> CaseData:
        """紙の手続に切り替える. Raises ReasonMissing."""
        return self._end(name, Action.MOVE_TO_PAPER, reason)

    def _end(self, name: str, action: Action, reason: str) -> CaseData:
        from econtract_core.messages.cases import ActOnContract

        if not reason.strip():
            raise ReasonMissing(action=action.value)
        _, contract = self._cases.contract(name)
        payload = ActOnContract(action=action, reason=reason)
        return self._operate.perform(contract.contract_id, contract.revision, payload).case
