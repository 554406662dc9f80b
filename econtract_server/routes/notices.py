"""/v1/notices"""

from __future__ import annotations

from hashlib import sha256

from fastapi import APIRouter, Request, Response

from econtract_core.messages.notices import Board
from econtract_server.routes.access import MaybeMember, TheOffice
from econtract_server.services.bulletins import board

router = APIRouter(prefix="/v1", tags=["notices"])


@router.get("/notices", response_model=Board)
def notices(office: TheOffice, member: MaybeMember, request: Request) -> Response:
    """What is for all needs no session; with one, also what is for its member. 304 where the ETag is still right."""
    with office.database.reading() as session:
        body = board(session, member, office.now()).model_dump_json()
    tag = f'"{sha256(body.encode()).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = {given.strip().removeprefix("W/") for given in request.headers.get("If-None-Match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
