"""/v1/about, /v1/auth/…, /v1/whoami"""

from __future__ import annotations

from fastapi import APIRouter, Response

from econtract_core import __version__
from econtract_core.messages import PROTOCOL_VERSION
from econtract_core.messages.account import About, Challenge, LoginAnswer, LoginRequest, Who
from econtract_server.routes.access import Device, NewDevice, TheOffice, Token
from econtract_server.services.accounts import Accounts

router = APIRouter(prefix="/v1", tags=["account"])


@router.get("/about")
def about(office: TheOffice) -> About:
    return About(
        server_id=office.server_id,
        epoch=office.epoch,
        protocol=PROTOCOL_VERSION,
        version=__version__,
        name=office.config.server_name,
        time=office.now(),
        seals=office.seal is not None,
    )


@router.post("/auth/challenge")
def challenge(office: TheOffice, device: NewDevice) -> Challenge:
    return Accounts(office).challenge(device)


@router.post("/auth/login")
def log_in(office: TheOffice, login: LoginRequest, device: NewDevice) -> LoginAnswer:
    return Accounts(office).log_in(login, device)


@router.post("/auth/logout", status_code=204)
def log_out(office: TheOffice, token: Token, device: Device) -> Response:
    Accounts(office).log_out(token, device)
    return Response(status_code=204)


@router.get("/whoami")
def who_am_i(office: TheOffice, token: Token, device: Device) -> Who:
    return Accounts(office).who(token, device)
