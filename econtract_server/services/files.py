"""Files: what an organisation has sent, and which file of which contract a person may fetch."""

from __future__ import annotations

from pathlib import Path

from econtract_core.rules.contract import Contract, Side, State
from econtract_core.rules.errors import NotFound
from econtract_server.objects import Incoming
from econtract_server.repository import blobs, cases, procedures
from econtract_server.repository.blobs import Blob
from econtract_server.repository.registry import Member
from econtract_server.services import bulletins
from econtract_server.services.office import Office
from econtract_server.services.procedure_views import seen_papers


class Files:
    """Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def has(self, member: Member, sha256: str) -> bool:
        """Whether this organisation has sent that file. (What others have sent is nobody's business.)"""
        with self._office.database.reading() as session:
            return blobs.size_of(session, sha256, member.organization_id) is not None

    def receive(self, sha256: str) -> Incoming:
        """Raises ServerBusy (disk full, maintenance)."""
        with self._office.database.reading() as session:
            bulletins.refuse_changes(session, self._office.now())
        return self._office.objects.receive(sha256, self._office.config.largest_file)

    def finish(self, member: Member, sha256: str, incoming: Incoming, length: int) -> None:
        """First the bytes, then the row that tells of them. Raises DocumentAltered, ServerBusy."""
        incoming.finish(length)
        with self._office.database.writing() as session:
            blob = Blob(sha256, member.organization_id, member.user_id, incoming.size)
            blobs.add(session, blob, self._office.now())

    def to_download(self, member: Member, contract_id: str, sha256: str) -> Path:
        """Raises NotFound for all that is not this member's to see."""
        with self._office.database.reading() as session:
            contract = cases.find_contract(session, contract_id, member.organization_id)
            if is_hidden(contract, member) or not cases.has_file(session, contract_id, sha256):
                raise NotFound(wanted=sha256)
        return self._office.objects.find(sha256)

    def paper(self, member: Member, case_id: str, sha256: str) -> Path:
        """Of what follows a conclusion. Raises NotFound for all that is not this member's to see."""
        with self._office.database.reading() as session:
            case, _ = cases.find_case(session, case_id, member.organization_id)
            if sha256 not in seen_papers(member, procedures.find(session, case.case_id)):
                raise NotFound(wanted=sha256)
        return self._office.objects.find(sha256)


def is_hidden(contract: Contract, member: Member) -> bool:
    """A contract's contents before its first offer are the body's own."""
    never_offered = contract.version == 0 and contract.state in (State.DRAFTING, State.WITHDRAWN)
    return member.side is Side.CONTRACTOR and never_offered
