"""Look at cases: from the server, or as last seen where there is no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.errors import NetworkError, NotFound
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.store import KeptReceipt, Store
from econtract_desktop.services.operate import kept

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData, ContractData


class Cases:
    def __init__(self, server: Server, store: Store, clock: Clock) -> None:
        self._server = server
        self._store = store
        self._clock = clock

    def refresh(self) -> tuple[CaseData, ...]:
        """The server's list, kept for later. Raises NetworkError, LoginRequired."""
        cases = self._server.cases()
        self._store.keep_cases(tuple(kept(case, self._clock) for case in cases))
        return cases

    def kept(self) -> tuple[CaseData, ...]:
        """As last seen; no network."""
        from econtract_core.messages.cases import CaseData

        return tuple(CaseData.model_validate_json(row.data) for row in self._store.cases())

    def receipts(self, case_id: str) -> tuple[KeptReceipt, ...]:
        """The proofs of arrival 到達証明 of what this profile has sent of a case, by time."""
        return self._store.receipts(case_id)

    def all(self) -> tuple[CaseData, ...]:
        """Fresh where the server answers, else as last seen. Raises LoginRequired."""
        try:
            return self.refresh()
        except NetworkError:
            return self.kept()

    def find(self, name: str) -> CaseData:
        """By case id, case number, contract id or the whole title; fresh where the server answers, else as last seen.

        Raises NotFound, LoginRequired.
        """
        for case in self.all():
            if name in (case.case_id, case.number, case.title) or any(c.contract_id == name for c in case.contracts):
                return case
        raise NotFound(wanted=name)

    def contract(self, name: str) -> tuple[CaseData, ContractData]:
        """A case and one of its contracts: the one named by its id, else the original."""
        case = self.find(name)
        for contract in case.contracts:
            if contract.contract_id == name:
                return case, contract
        if not case.contracts:
            raise NotFound(wanted=name)
        return case, case.contracts[0]
