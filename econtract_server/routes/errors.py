"""Every error as ErrorAnswer; every answer with who we are. One log line a request, without tokens and contents."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from econtract_core.rules.errors import EcontractError, InternalError, NotFound, ServerBusy, ValueInvalid
from econtract_server.services.office import Office
from econtract_server.services.operations import error_body
from econtract_server.services.statuses import status_of

log = logging.getLogger("econtract_server")


def install(app: FastAPI, office: Office) -> None:
    @app.exception_handler(EcontractError)
    def _ours(_: Request, error: EcontractError) -> Response:
        return _answer(error)

    @app.exception_handler(RequestValidationError)
    def _invalid(_: Request, problem: RequestValidationError) -> Response:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _answer(ValueInvalid(field=place, problem=str(first["msg"])))

    @app.exception_handler(HTTPException)
    def _http(request: Request, problem: HTTPException) -> Response:
        response = _answer(NotFound(wanted=request.url.path))
        response.status_code = problem.status_code
        return response

    @app.middleware("http")
    async def _around(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        began = time.perf_counter()
        try:
            response = await go_on(request)
        except Exception:
            log.exception("defect in %s %s", request.method, request.url.path)
            response = _answer(InternalError(where=request.url.path))
        response.headers["Server-Id"] = office.server_id
        response.headers["Epoch"] = office.epoch
        took = (time.perf_counter() - began) * 1000
        who = getattr(request.state, "user_id", "-")
        log.info("%s %s %d %.1fms %s", request.method, request.url.path, response.status_code, took, who)
        return response


def _answer(error: EcontractError) -> Response:
    headers = {"Retry-After": str(error.facts.get("retry_after", 1))} if isinstance(error, ServerBusy) else None
    return Response(error_body(error), status_of(error), headers=headers, media_type="application/json")
