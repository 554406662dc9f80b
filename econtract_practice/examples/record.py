"""The server's own operations, done for the people of practice mode without a network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from econtract_core.messages.cases import CaseData, Operation, OperationAnswer, Payload
from econtract_practice.people import Member
from econtract_server.repository import registry
from econtract_server.repository.registry import Member as Registered
from econtract_server.services.files import Files
from econtract_server.services.office import Office
from econtract_server.services.operations import Operations
from econtract_server.services.views import Views


class Refused(Exception):
    """An example's step that the rules refuse: the table is wrong."""


@dataclass
class Record:
    """`certificates`: member key → SHA-256 of the card in that member's reader. One thread."""

    office: Office
    certificates: dict[str, str]
    _members: dict[str, Registered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._operations = Operations(self.office)
        self._files = Files(self.office)

    def numbers(self, member: Member) -> set[str]:
        """Of the cases this person may see."""
        with self.office.database.reading() as session:
            views = Views(session, self._member(member), self.office.now())
            return {case.number for case in views.cases()}

    def do(self, member: Member, object_id: str, revision: int, payload: Payload) -> CaseData:
        """One operation. The case as this person sees it afterwards. Raises Refused."""
        operation = Operation(operation_id=uuid4().hex, object_id=object_id, base_revision=revision, payload=payload)
        answer = self._operations.perform(self._member(member), operation)
        if answer.status != 200:
            raise Refused(f"{payload.kind} by {member.key}: {answer.body}")
        case = OperationAnswer.model_validate_json(answer.body).case
        assert case is not None
        return case

    def upload(self, member: Member, file: Path) -> str:
        """Its SHA-256."""
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        with self._files.receive(digest) as incoming:
            incoming.add(data)
            self._files.finish(self._member(member), digest, incoming, len(data))
        return digest

    def _member(self, member: Member) -> Registered:
        if member.key not in self._members:
            with self.office.database.reading() as session:
                found = registry.member(session, self.certificates[member.key])
            assert found is not None, member.key
            self._members[member.key] = found
        return self._members[member.key]


def revision_of(case: CaseData, object_id: str) -> int:
    """Of whatever in the case has this identifier; 0 where nothing has."""
    found: list[Any] = [*case.contracts]
    if case.procedures is not None:
        found += [*case.procedures.inspections, *case.procedures.guarantees, *case.procedures.invoices]
    for one in found:
        if object_id in (getattr(one, n, None) for n in ("contract_id", "request_id", "guarantee_id", "invoice_id")):
            return int(one.revision)
    return 0
