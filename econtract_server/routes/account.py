"""/v1/about, /v1/auth/…, /v1/whoami"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from econtract_core import __version__
from econtract_core.messages import PROTOCOL_VERSION
from econtract_core.messages.account import About, Challenge, LoginAnswer, LoginRequest, Who
from econtract_core.rules.errors import LoginRequired
from econtract_server.repository.registry import Member
from econtract_server.services.accounts import Accounts
from econtract_server.services.office import Office

router = APIRouter(prefix="/v1", tags=["account"])


def office_of(request: Request) -> Office:
    office = request.app.state.office
    assert isinstance(office, Office)
    return office


def token_of(request: Request) -> str:
    """Raises LoginRequired."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise LoginRequired()
    return token


TheOffice = Annotated[Office, Depends(office_of)]
Token = Annotated[str, Depends(token_of)]


def member_of(office: TheOffice, token: Token, request: Request) -> Member:
    member = Accounts(office).session(token)
    request.state.user_id = member.user_id
    return member


TheMember = Annotated[Member, Depends(member_of)]


@router.get("/about")
def about(office: TheOffice) -> About:
    return About(
        server_id=office.server_id,
        epoch=office.epoch,
        protocol=PROTOCOL_VERSION,
        version=__version__,
        name=office.config.server_name,
        time=office.now(),
    )


@router.post("/auth/challenge")
def challenge(office: TheOffice) -> Challenge:
    return Accounts(office).challenge()


@router.post("/auth/login")
def log_in(office: TheOffice, login: LoginRequest) -> LoginAnswer:
    return Accounts(office).log_in(login)


@router.post("/auth/logout", status_code=204)
def log_out(office: TheOffice, token: Token) -> Response:
    Accounts(office).log_out(token)
    return Response(status_code=204)


@router.get("/whoami")
def who_am_i(office: TheOffice, token: Token) -> Who:
    return Accounts(office).who(token)
