"""/v1/door, /v1/registrations, /v1/renewals, /v1/account"""

from __future__ import annotations

from fastapi import APIRouter, Response

from econtract_core.messages.accounts import (
    AccountAnswer,
    AccountData,
    AccountList,
    DoorAnswer,
    Knock,
    Register,
    Renew,
    UndoRegistration,
)
from econtract_server.routes.access import NewDevice, TheMember, TheOffice
from econtract_server.services.account_views import AccountViews
from econtract_server.services.answers import Answer
from econtract_server.services.registrations import Registrations, account_of

router = APIRouter(prefix="/v1", tags=["registration"])


@router.post("/door")
def knock(office: TheOffice, request: Knock, device: NewDevice) -> DoorAnswer:
    """A card without a session: whose it is, which door it opens, and a ticket for what follows."""
    return Registrations(office).knock(request, device)


@router.post("/registrations", response_model=AccountAnswer)
def register(office: TheOffice, request: Register, device: NewDevice) -> Response:
    return _response(Registrations(office).register(request, device))


@router.post("/registrations/undo", response_model=AccountAnswer)
def undo(office: TheOffice, request: UndoRegistration, device: NewDevice) -> Response:
    return _response(Registrations(office).undo(request, device))


@router.post("/renewals", response_model=AccountAnswer)
def renew(office: TheOffice, request: Renew, device: NewDevice) -> Response:
    return _response(Registrations(office).renew(request, device))


@router.get("/registrations")
def waiting(office: TheOffice, member: TheMember) -> AccountList:
    """Registrations and renewals that wait for this body's answer; none for firms."""
    with office.database.reading() as session:
        return AccountViews(session, office.now()).waiting(member)


@router.get("/account")
def own(office: TheOffice, member: TheMember) -> AccountData:
    with office.database.reading() as session:
        return AccountViews(session, office.now()).one(account_of(session, member))


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")
