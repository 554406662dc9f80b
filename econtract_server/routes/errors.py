"""Every error as ErrorAnswer; every answer with who we are. One log line a request, without tokens and contents."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from econtract_core.rules.errors import (
    DeviceUnproven,
    DocumentTooLarge,
    EcontractError,
    InternalError,
    NotFound,
    ServerBusy,
    ValueInvalid,
)
from econtract_server.services.answers import error_body
from econtract_server.services.statuses import status_of

log = logging.getLogger("econtract_server")
_WENT_AWAY = 499  # in the log only: nobody is there to read it
_RETRY_AFTER = 5  # seconds, where the error knows nothing better


def answer_of(error: EcontractError, status: int | None = None) -> Response:
    """The error as it goes out."""
    status = status or status_of(error)
    wait = error.facts.get("retry_after") if isinstance(error, ServerBusy) else None
    headers = {"Retry-After": str(wait or _RETRY_AFTER)} if status == 503 else {}
    if isinstance(error, DeviceUnproven):  # an answer to HEAD has no body
        headers["WWW-Authenticate"] = 'DPoP error="invalid_dpop_proof"'
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


class Envelope:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, identity: tuple[str, str], largest_message: int, largest_file: int) -> None:
        """`identity`: server id and epoch. Sizes in bytes; only a PUT (a file) may be as large as a file."""
        self._app = app
        self._headers = [(b"server-id", identity[0].encode()), (b"epoch", identity[1].encode())]
        self._headers.append((b"x-content-type-options", b"nosniff"))
        self._largest_message = largest_message
        self._largest_file = largest_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answering = time.perf_counter(), _Answering(send, self._headers)
        try:
            await self._around(scope, receive, answering)
        finally:
            took = (time.perf_counter() - began) * 1000
            user = scope.get("state", {}).get("user_id", "-")
            log.info("request %s status=%d ms=%.1f user=%s", _place(scope), answering.status, took, user)

    async def _around(self, scope: Scope, receive: Receive, answering: _Answering) -> None:
        """The last guard of every request: a defect is logged with its place and stays inside."""
        refusal = _not_an_address(scope) or self._too_large(scope)
        try:
            await (refusal or self._app)(scope, receive, answering.send)
        except ClientDisconnect:
            answering.status = _WENT_AWAY
        except Exception:
            log.exception("defect in %s", _place(scope))
            if answering.status:
                raise  # the answer has begun; all that is left is to break it off
            await answer_of(InternalError(where=scope["method"]))(scope, receive, answering.send)

    def _too_large(self, scope: Scope) -> ASGIApp | None:
        """A body must announce its length (411) and keep to the limit (413)."""
        limit = self._largest_file if scope["method"] == "PUT" else self._largest_message
        announced = _header(scope["headers"], b"content-length")
        if announced is None:
            chunked = _header(scope["headers"], b"transfer-encoding") is not None
            if chunked or scope["method"] == "PUT":
                return answer_of(ValueInvalid(field="Content-Length", problem="missing"), 411)
            return None
        size = int(announced) if announced.isdigit() and len(announced) < 20 else limit + 1
        return answer_of(DocumentTooLarge(size=size, limit=limit)) if size > limit else None


def _not_an_address(scope: Scope) -> ASGIApp | None:
    """Nothing of ours is called so, and PostgreSQL takes no such text."""
    return answer_of(NotFound(wanted=_place(scope))) if "\0" in scope["path"] else None


class _Answering:
    """Passes an answer on with our headers, and remembers its status (0: not begun)."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", []), *self._headers]}
        await self._send(message)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return next((value for key, value in headers if key == name), None)


def _place(scope: Scope) -> str:
    """Method and path as they were sent: still encoded, so that nobody writes lines into our log."""
    raw: bytes = scope.get("raw_path") or b""
    text = "".join(c if 0x20 < ord(c) < 0x7F else "?" for c in raw.decode("latin-1"))
    return f"method={scope['method']} path={text[:200]}"
