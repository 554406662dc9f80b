"""Every error as ErrorAnswer."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from econtract_core.rules.errors import EcontractError, NotFound, ServerBusy, ValueInvalid
from econtract_server.services.operations import error_body
from econtract_server.services.statuses import status_of

_RETRY_AFTER = 5  # seconds, where the error knows nothing better


def answer_of(error: EcontractError, status: int | None = None) -> Response:
    """The error as it goes out."""
    status = status or status_of(error)
    wait = error.facts.get("retry_after") if isinstance(error, ServerBusy) else None
    headers = {"Retry-After": str(wait or _RETRY_AFTER)} if status == 503 else None
    return Response(error_body(error), status, headers=headers, media_type="application/json")


def install(app: FastAPI) -> None:
    @app.exception_handler(EcontractError)
    async def _ours(_: Request, error: EcontractError) -> Response:
        return answer_of(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, problem: RequestValidationError) -> Response:
        """Names of fields and kinds of problems; never what was sent."""
        found = problem.errors()
        places = [".".join(str(part) for part in item["loc"]) for item in found]
        kinds = [str(item["type"]) for item in found]
        return answer_of(ValueInvalid(field=", ".join(places[:10])[:500], problem=", ".join(kinds[:10])))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, problem: HTTPException) -> Response:
        """No such address, or not by this method; a body that cannot be read."""
        if problem.status_code == 400:
            return answer_of(ValueInvalid(field="body", problem="unreadable"))
        response = answer_of(NotFound(wanted=f"{request.method} {request.url.path}"[:200]), problem.status_code)
        response.headers.update(problem.headers or {})
        return response
