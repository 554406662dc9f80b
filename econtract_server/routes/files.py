"""/v1/blobs/{sha256} (upload) and /v1/contracts/{id}/files/{sha256} (download)"""

from __future__ import annotations

import re

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from econtract_core.rules.errors import DocumentTooLarge, NotFound
from econtract_server.routes.account import TheMember, TheOffice, member_of
from econtract_server.services.files import download_path

router = APIRouter(prefix="/v1", tags=["files"])
_SHA256 = re.compile(r"[0-9a-f]{64}")


@router.head("/blobs/{sha256}", dependencies=[Depends(member_of)])
def has_blob(office: TheOffice, sha256: str) -> Response:
    return Response(status_code=200 if _SHA256.fullmatch(sha256) and office.objects.has(sha256) else 404)


@router.put("/blobs/{sha256}", status_code=201, dependencies=[Depends(member_of)])
async def put_blob(office: TheOffice, sha256: str, request: Request) -> Response:
    """Streams to the disk; published only when whole and truly what it is called."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound(wanted=sha256)
    announced = request.headers.get("Content-Length", "")
    length = int(announced) if announced.isdigit() else None
    if length is not None and length > office.config.largest_file:
        raise DocumentTooLarge(size=length, limit=office.config.largest_file)
    if office.objects.has(sha256):
        return Response(status_code=200)
    with office.objects.receive(sha256, office.config.largest_file) as incoming:
        async for chunk in request.stream():
            await run_in_threadpool(incoming.add, chunk)
        await run_in_threadpool(incoming.finish, length)
    return Response(status_code=201)


@router.get("/contracts/{contract_id}/files/{sha256}")
def get_file(office: TheOffice, member: TheMember, contract_id: str, sha256: str) -> Response:
    path = download_path(office, member, contract_id, sha256)
    return FileResponse(path, media_type="application/octet-stream", headers={"ETag": f'"{sha256}"'})
