"""What the procedures after a conclusion have in common: finding a request or an invoice, and sending one deed of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from econtract_core.rules.errors import NotFound
from econtract_desktop.ports.clock import Ids
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.sign_paper import SignedPaper, SignPaper

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData, Payload
    from econtract_core.messages.procedures import InspectionData, InvoiceData, PaperFile, ProceduresData


@dataclass(frozen=True)
class ProcedureTools:
    """What each of them takes."""

    cases: Cases
    operate: Operate
    papers: SignPaper
    ids: Ids

    def send(self, object_id: str, revision: int, payload: Payload, files: tuple[str, ...] = ()) -> CaseData:
        """Raises OfflineQueued, LoginRequired, or the server's refusal."""
        return self.operate.perform(object_id, revision, payload, files).case

    def request(self, name: str) -> tuple[CaseData, InspectionData]:
        """An inspection request by its id, or a case's newest that is not withdrawn. Raises NotFound."""
        case, found = self._procedures(name, lambda p: [r.request_id for r in p.inspections])
        by_id = [r for r in found.inspections if r.request_id == name]
        open_ = [r for r in found.inspections if r.state.value != "WITHDRAWN"]
        if not (by_id or open_):
            raise NotFound(wanted=name)
        return case, (by_id or open_)[-1]

    def invoice(self, name: str) -> tuple[CaseData, InvoiceData]:
        """An invoice by its id, or a case's newest that is not discarded. Raises NotFound."""
        case, found = self._procedures(name, lambda p: [i.invoice_id for i in p.invoices])
        by_id = [i for i in found.invoices if i.invoice_id == name]
        open_ = [i for i in found.invoices if i.state.value != "DISCARDED"]
        if not (by_id or open_):
            raise NotFound(wanted=name)
        return case, (by_id or open_)[-1]

    def procedures(self, name: str) -> tuple[CaseData, ProceduresData]:
        """Of a case, by its id, number or title. Raises NotFound."""
        return self._procedures(name, lambda p: [g.guarantee_id for g in p.guarantees])

    def _procedures(self, name: str, ids: Callable[[ProceduresData], list[str]]) -> tuple[CaseData, ProceduresData]:
        for case in self.cases.all():
            procedures = case.procedures
            mine = procedures is not None and name in ids(procedures)
            if procedures is not None and (mine or name in (case.case_id, case.number, case.title)):
                return case, procedures
        raise NotFound(wanted=name)


def paper_file(paper: SignedPaper, document_id: str) -> PaperFile:
    """As an operation names it."""
    from econtract_core.messages.procedures import PaperFile

    return PaperFile(document_id=document_id, title=paper.title, sha256=paper.sha256)
