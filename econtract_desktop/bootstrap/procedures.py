"""The services for what follows a contract's conclusion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_desktop.bootstrap.adapters import Adapters

if TYPE_CHECKING:
    from econtract_desktop.services.answer_requests import AnswerRequests
    from econtract_desktop.services.contract_life import ContractLife
    from econtract_desktop.services.delegate import Delegate
    from econtract_desktop.services.desk import Desk
    from econtract_desktop.services.electronic_invoice import WriteElectronicInvoice
    from econtract_desktop.services.prepare_invoice import PrepareInvoice
    from econtract_desktop.services.procedures import ProcedureTools
    from econtract_desktop.services.read_notices import ReadNotices
    from econtract_desktop.services.request_inspection import RequestInspection


class Procedures:
    """The ProcedureDesk."""

    def __init__(self, program: Desk, world: Adapters) -> None:
        self._program = program
        self._world = world

    @property
    def contract_life(self) -> ContractLife:
        from econtract_desktop.services.contract_life import ContractLife

        return ContractLife(self._program.cases, self._program.outbox, self._world.ids)

    @property
    def delegate(self) -> Delegate:
        from econtract_desktop.api.delegations import HttpsDelegations
        from econtract_desktop.services.delegate import Delegate

        w, p = self._world, self._program
        return Delegate(HttpsDelegations(w.line), p.outbox, p.cases, w.ids)

    @property
    def notices(self) -> ReadNotices:
        from econtract_desktop.api.notices import HttpsNotices
        from econtract_desktop.services.read_notices import ReadNotices

        return ReadNotices(HttpsNotices(self._world.line), self._program.cases)

    @property
    def request_inspection(self) -> RequestInspection:
        from econtract_desktop.services.request_inspection import RequestInspection

        return RequestInspection(self._tools)

    @property
    def prepare_invoice(self) -> PrepareInvoice:
        from econtract_desktop.services.prepare_invoice import PrepareInvoice

        return PrepareInvoice(self._tools)

    @property
    def electronic_invoice(self) -> WriteElectronicInvoice:
        from econtract_desktop.forms.jp_pint import JpPint
        from econtract_desktop.services.electronic_invoice import WriteElectronicInvoice

        return WriteElectronicInvoice(self._tools, JpPint(), self._world.clock)

    @property
    def answer_requests(self) -> AnswerRequests:
        from econtract_desktop.services.answer_requests import AnswerRequests

        return AnswerRequests(self._tools)

    @property
    def _tools(self) -> ProcedureTools:
        from econtract_desktop.services.procedures import ProcedureTools
        from econtract_desktop.services.sign_paper import SignPaper

        w, p = self._world, self._program
        return ProcedureTools(p.cases, p.outbox, SignPaper(w.cards, w.crypto.signer, w.store, p.log_in), w.ids)
