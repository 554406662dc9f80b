"""Who asks: the office behind the routes, and the member behind a session token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBase

from econtract_core.identity.device import Proof
from econtract_core.rules.errors import DeviceUnproven, LoginRequired
from econtract_server.repository.registry import Member
from econtract_server.services.accounts import SAFE, Accounts
from econtract_server.services.office import Office

_session = HTTPBase(
    scheme="DPoP", auto_error=False, description="The session token of a card log-in (/v1/auth/login), RFC 9449 7.1"
)
_proof = APIKeyHeader(name="DPoP", auto_error=False, description="The device's proof for this request, RFC 9449 4")


def _office(request: Request) -> Office:
    office = request.app.state.office
    assert isinstance(office, Office)
    return office


TheOffice = Annotated[Office, Depends(_office)]


def _token(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_session)]) -> str:
    """Raises LoginRequired."""
    if given is None or given.scheme.lower() != "dpop" or not given.credentials:
        raise LoginRequired()
    return given.credentials


Token = Annotated[str, Depends(_token)]
_Header = Annotated[str | None, Depends(_proof)]


def _new_device(office: TheOffice, header: _Header, request: Request) -> Proof:
    """Before there is a session. Raises DeviceUnproven."""
    return _proven(office, header, request, None)


def _device(office: TheOffice, token: Token, header: _Header, request: Request) -> Proof:
    """Of a session. Raises LoginRequired, DeviceUnproven."""
    return _proven(office, header, request, token)


def _proven(office: Office, header: str | None, request: Request, token: str | None) -> Proof:
    if header is None or len(request.headers.getlist("DPoP")) != 1:
        raise DeviceUnproven(problem="format")
    path = request.scope["raw_path"].decode("latin-1")
    return Accounts(office).proof(header, (request.method, path), token)


NewDevice = Annotated[Proof, Depends(_new_device)]
Device = Annotated[Proof, Depends(_device)]


def _member(office: TheOffice, token: Token, device: Device, request: Request) -> Member:
    """Raises LoginRequired, DeviceUnproven, CertificateEnded."""
    member = Accounts(office).session(token, device, changes=request.method not in SAFE)
    request.state.user_id = member.user_id
    return member


TheMember = Annotated[Member, Depends(_member)]


def _maybe_member(
    office: TheOffice,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_session)],
    header: _Header,
    request: Request,
) -> Member | None:
    """None for who shows no session; a session that is shown must hold. Raises LoginRequired, DeviceUnproven."""
    if given is None and "Authorization" not in request.headers:
        return None
    token = _token(given)
    return _member(office, token, _device(office, token, header, request), request)


MaybeMember = Annotated[Member | None, Depends(_maybe_member)]
