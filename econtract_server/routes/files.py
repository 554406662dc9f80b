"""/v1/blobs/{sha256} (upload), /v1/contracts/{id}/files/{sha256} and /v1/cases/{id}/files/{sha256} (download)"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from econtract_core.rules.errors import DocumentTooLarge, NotFound
from econtract_server.objects import is_sha256
from econtract_server.routes.access import TheMember, TheOffice
from econtract_server.services.files import Files

router = APIRouter(prefix="/v1", tags=["files"])
_BLOCK = 1 << 20  # written to the disk at once


@router.head("/blobs/{sha256}")
def has_blob(office: TheOffice, member: TheMember, sha256: str) -> Response:
    """200: your organisation has sent this file already."""
    return Response(status_code=200 if is_sha256(sha256) and Files(office).has(member, sha256) else 404)


@router.put("/blobs/{sha256}", status_code=201)
async def put_blob(office: TheOffice, member: TheMember, sha256: str, request: Request) -> Response:
    """Streams to the disk; published only when whole and truly what it is called. The bytes must be sent even where the
    server has them from somebody else: a hash alone opens nothing."""
    if not is_sha256(sha256):
        raise NotFound(wanted=sha256)
    length = int(request.headers["Content-Length"])  # the envelope lets nothing in without
    if length > office.config.largest_file:
        raise DocumentTooLarge(size=length, limit=office.config.largest_file)
    files = Files(office)
    known = await run_in_threadpool(files.has, member, sha256)
    with await run_in_threadpool(files.receive, sha256) as incoming:
        block = bytearray()
        async for chunk in request.stream():
            block += chunk
            if len(block) >= _BLOCK:
                await run_in_threadpool(incoming.add, bytes(block))
                block.clear()
        await run_in_threadpool(incoming.add, bytes(block))
        await run_in_threadpool(files.finish, member, sha256, incoming, length)
    return Response(status_code=200 if known else 201)


@router.get("/contracts/{contract_id}/files/{sha256}", response_class=FileResponse)
def get_file(office: TheOffice, member: TheMember, contract_id: str, sha256: str) -> Response:
    """Range and If-Range are understood; the ETag is the SHA-256."""
    return _sent(Files(office).to_download(member, contract_id, sha256), sha256)


@router.get("/cases/{case_id}/files/{sha256}", response_class=FileResponse)
def get_paper(office: TheOffice, member: TheMember, case_id: str, sha256: str) -> Response:
    """A paper of an inspection, a handover or an invoice. Range and If-Range are understood; the ETag is the SHA-256."""
    return _sent(Files(office).paper(member, case_id, sha256), sha256)


def _sent(path: Path, sha256: str) -> Response:
    headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, no-store"}
    return FileResponse(path, media_type="application/octet-stream", headers=headers)
