"""Steps of a contract. One that needs a signature yields (who, file) and gets the signed file."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

from econtract_core.messages import cases as said
from econtract_core.messages import procedures as later
from econtract_core.messages.cases import CaseData, Payload
from econtract_core.rules.contract import Action, ContractKind
from econtract_core.rules.inspection import Kind
from econtract_practice import seed
from econtract_practice.examples.record import Record, revision_of
from econtract_practice.papers import paper
from econtract_practice.people import OFFICER, Member

Steps = Generator[tuple[Member, Path], Path, None]


@dataclass
class ContractSteps:
    """Of one case. `contract_file`: its contract, laid out; `folder`: for its papers. One thread."""

    record: Record
    number: str
    title: str
    members: tuple[Member, ...]
    contract_file: Path
    folder: Path
    kind: str = "works"
    request_kind: Kind = Kind.COMPLETION
    case: CaseData | None = None
    case_id: str = field(default_factory=lambda: uuid4().hex)
    object_id: str = ""  # the contract, request or invoice that is on its way
    _papers: int = 0

    def _register(self) -> Steps:
        data = seed.case_data(self.number, self.title) | {"case_kind": self.kind}
        data["contractor_ids"] = [m.organization_id for m in self.members]
        self.case = self.record.do(OFFICER, self.case_id, 0, said.RegisterCase.model_validate(data))
        self.object_id = self.case.contracts[0].contract_id
        yield from ()

    def _begin(self, kind: ContractKind, change: said.ChangeData) -> None:
        self.object_id = uuid4().hex
        self._do(OFFICER, said.BeginContract(case_id=self.case_id, contract_kind=kind, change=change))

    def _offer(self) -> Steps:
        digest = self.record.upload(OFFICER, self.contract_file)
        file = said.OfferedFile(document_id="d1", title=seed.DOCUMENT_TITLE, sha256=digest)
        return self._did(OFFICER, said.OfferContract(files=(file,)))

    def _act(self, member: Member, action: Action, reason: str = "") -> Steps:
        return self._did(member, said.ActOnContract(action=action, reason=reason))

    def _sign_all(self) -> Steps:
        for member in self.members:
            yield from self._sign(member, Action.SIGN)

    def _sign(self, member: Member, action: Literal[Action.SIGN, Action.COUNTERSIGN]) -> Steps:
        """The document as it is now, one signature more."""
        assert self.case is not None
        contract = next(c for c in self.case.contracts if c.contract_id == self.object_id)
        self._papers += 1
        source = self.folder / f"{self.number}-{self._papers:02}.pdf"
        source.write_bytes(self.record.office.objects.find(contract.documents[0].current_sha256).read_bytes())
        signed = yield member, source
        digest = self.record.upload(member, signed)
        self._do(member, said.SignContract(action=action, files={"d1": digest}))

    def _paper(self, member: Member, what: str) -> Generator[tuple[Member, Path], Path, later.PaperFile]:
        self._papers += 1
        source = self.folder / f"{self.number}-{self._papers:02}.pdf"
        source.write_bytes(paper(what, f"No. {self._papers}", self.number))
        signed = yield member, source
        return later.PaperFile(document_id="p1", title=what, sha256=self.record.upload(member, signed))

    def _did(self, member: Member, payload: Payload) -> Steps:
        self._do(member, payload)
        yield from ()

    def _do(self, member: Member, payload: Payload, revision: int | None = None) -> None:
        assert self.case is not None
        seen = revision_of(self.case, self.object_id) if revision is None else revision
        self.case = self.record.do(member, self.object_id, seen, payload)
