"""Which file of which contract a person may fetch."""

from __future__ import annotations

from pathlib import Path

from econtract_core.rules.contract import Side, State
from econtract_core.rules.errors import NotFound
from econtract_server.repository import cases
from econtract_server.repository.registry import Member
from econtract_server.services.office import Office


def download_path(office: Office, member: Member, contract_id: str, sha256: str) -> Path:
    """Raises NotFound for all that is not this member's to see."""
    with office.database.reading() as session:
        contract = cases.find_contract(session, contract_id, member.organization_id)
        hidden = member.side is Side.CONTRACTOR and contract.state is State.DRAFTING and contract.version == 0
        if hidden or not cases.has_file(session, contract_id, sha256):
            raise NotFound(wanted=sha256)
    return office.objects.find(sha256)
