"""Who asks: the office behind the routes, and the member behind a session token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from econtract_core.rules.errors import LoginRequired
from econtract_server.repository.registry import Member
from econtract_server.services.accounts import Accounts
from econtract_server.services.office import Office

_bearer = HTTPBearer(auto_error=False, description="The session token of a card log-in (/v1/auth/login)")


def _office(request: Request) -> Office:
    office = request.app.state.office
    assert isinstance(office, Office)
    return office


TheOffice = Annotated[Office, Depends(_office)]


def _token(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """Raises LoginRequired."""
    if given is None or not given.credentials:
        raise LoginRequired()
    return given.credentials


Token = Annotated[str, Depends(_token)]


def _member(office: TheOffice, token: Token, request: Request) -> Member:
    """Raises LoginRequired. (A proof of the device's key, RFC 9449, will be asked for here.)"""
    member = Accounts(office).session(token)
    request.state.user_id = member.user_id
    return member


TheMember = Annotated[Member, Depends(_member)]
