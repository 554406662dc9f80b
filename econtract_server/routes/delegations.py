"""/v1/delegations"""

from __future__ import annotations

from fastapi import APIRouter

from econtract_core.messages.delegations import DelegationList
from econtract_server.routes.access import TheMember, TheOffice
from econtract_server.services.delegation_views import DelegationViews

router = APIRouter(prefix="/v1", tags=["delegations"])


@router.get("/delegations")
def delegations(office: TheOffice, member: TheMember) -> DelegationList:
    """A firm's people see all of their firm's; a body's see those that reach one of its cases."""
    with office.database.reading() as session:
        return DelegationViews(session, member, office.now()).all()
