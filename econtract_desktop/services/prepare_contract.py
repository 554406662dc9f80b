"""The officer's side before the offer: register a case, lay out the contract, offer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.case import Case
from econtract_core.rules.errors import ActiveContent, UsageError
from econtract_desktop.ports.clock import Ids
from econtract_desktop.ports.forms import Forms
from econtract_desktop.ports.signer import Verifier
from econtract_desktop.ports.store import Store
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.checked import checked
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.plain_files import readable

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData


@dataclass(frozen=True)
class OfferTools:
    """What registering and offering take; laying out the form needs none of it."""

    cases: Cases
    operate: Operate
    files: FilesOfContract
    store: Store
    verifier: Verifier
    ids: Ids


class PrepareContract:
    def __init__(self, forms: Forms, tools: OfferTools | None) -> None:
        """`tools` None: there is no server in the settings, so only `lay_out` can be asked for."""
        self._forms = forms
        self._maybe = tools

    @property
    def _tools(self) -> OfferTools:
        if self._maybe is None:
            raise UsageError(problem="--server URL")
        return self._maybe

    def register_case(self, data: dict[str, object]) -> CaseData:
        """調達案件登録. `data` has RegisterCase's fields. Raises ValueInvalid naming the field."""
        from econtract_core.messages.cases import RegisterCase

        payload = checked(RegisterCase, {**data, "kind": "case.register"})
        case_id = self._tools.ids.new()
        Case(  # the rules speak before anything is sent
            case_id=case_id,
            number=payload.number,
            title=payload.title,
            kind=payload.case_kind,
            place=payload.place,
            body_id="body",
            contractor_ids=payload.contractor_ids,
            amount=payload.amount,
            tax=payload.tax,
            term_from=payload.term_from,
            term_to=payload.term_to,
        )
        return self._tools.operate.perform(case_id, 0, payload).case

    def lay_out(self, data: dict[str, object], output: Path) -> None:
        """工事請負契約書 as the final PDF/A. No network, no card."""
        self._forms.contract(data, output)

    def offer(self, name: str, files: tuple[tuple[str, Path], ...], deadline: datetime | None = None) -> CaseData:
        """契約図書を提示する: (title, PDF) each. What the contractor's program would refuse to sign is refused here."""
        from econtract_core.messages.cases import OfferContract, OfferedFile

        _, contract = self._tools.cases.contract(name)
        offered = []
        for i, (title, path) in enumerate(files):
            inspection = self._tools.verifier.inspect(readable(path))
            if not inspection.safe_to_sign:
                kinds = sorted({finding.code for finding in inspection.findings})
                raise ActiveContent(file=path.name, kinds=kinds)
            sha256 = self._tools.store.add_file(path)
            offered.append(OfferedFile(document_id=f"d{i + 1}", title=title, sha256=sha256))
        payload = OfferContract(files=tuple(offered), deadline=deadline)
        hashes = tuple(dict.fromkeys(file.sha256 for file in offered))
        case = self._tools.operate.perform(contract.contract_id, contract.revision, payload, hashes).case
        self._tools.files.remember(next(c for c in case.contracts if c.contract_id == contract.contract_id))
        return case
