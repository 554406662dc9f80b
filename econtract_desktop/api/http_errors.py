"""What requests, urllib3, http.client, ssl and the socket may raise, as our typed errors with a short word for the cause.

A TLS failure hides inside a connection error there; here it is ServerNotTrusted, because "no connection" would send the user
the wrong way.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as urllib3_errors

from econtract_core.rules.errors import EcontractError, ServerAnswerInvalid, ServerNotTrusted, ServerUnreachable

# X509_V_ERR_… of OpenSSL (x509_vfy.h); truststore's Windows and macOS verifiers give other numbers, or none.
_CERTIFICATE_PROBLEMS = {
    9: "not yet valid",
    10: "expired",
    18: "unknown issuer",
    19: "unknown issuer",
    20: "unknown issuer",
    21: "unknown issuer",
    62: "host name",
    64: "host name",
}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


@contextmanager
def typed_errors(url: str) -> Iterator[None]:
    """Turns every error of the HTTP libraries into a typed one; ours pass as they are."""
    try:
        yield
    except (requests.RequestException, urllib3_errors.HTTPError) as problem:
        raise typed_error(problem, url) from problem


def typed_error(problem: BaseException, url: str) -> EcontractError:
    """The innermost cause decides."""
    host = host_of(url)
    causes = list(causes_of(problem))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ServerNotTrusted(cause.verify_message, host=host, problem=_certificate_problem(cause))
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return ServerNotTrusted(str(cause.reason or cause), host=host, problem="tls")
    word = _connection_problem(causes)
    if word is not None:
        return ServerUnreachable(type(problem).__name__, host=host, problem=word)
    for cause in causes:
        if isinstance(cause, http.client.HTTPException | urllib3_errors.HTTPError | ValueError):
            return ServerAnswerInvalid(type(cause).__name__, host=host, problem="broken")
    return ServerUnreachable(type(problem).__name__, host=host, problem="connection")


def closed_before_answer(problem: BaseException) -> bool:
    """Did the other end close the connection without a byte of an answer, as with a kept connection it no longer wanted?"""
    return any(
        isinstance(cause, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)
        for cause in causes_of(problem)
    )


def host_of(url: str) -> str:
    """For the error's facts: host and port, never the path, which may hold what is nobody's business."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return ""


def causes_of(problem: BaseException) -> Iterator[BaseException]:
    """The error and everything it was made of, innermost last."""
    waiting: list[object] = [problem]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]


def _certificate_problem(cause: ssl.SSLCertVerificationError) -> str:
    code = getattr(cause, "verify_code", None)
    return _CERTIFICATE_PROBLEMS.get(code if isinstance(code, int) else -1, "certificate")


def _connection_problem(causes: list[BaseException]) -> str | None:
    """One word, or None where this is not about the connection. The surest kinds first: urllib3 makes a refused connection a
    kind of time-out."""
    kinds: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
        (
            (
                requests.exceptions.InvalidURL,
                requests.exceptions.InvalidSchema,
                requests.exceptions.MissingSchema,
                urllib3_errors.LocationValueError,
            ),
            "address",
        ),
        ((socket.gaierror, urllib3_errors.NameResolutionError), "name"),
        ((ConnectionRefusedError,), "refused"),
        ((ConnectionResetError, BrokenPipeError, ConnectionAbortedError), "reset"),
        # The answer stopped in the middle: the same to the user.
        ((http.client.IncompleteRead, ssl.SSLEOFError, ssl.SSLZeroReturnError), "reset"),
    )
    for kind, word in kinds:
        if any(isinstance(cause, kind) for cause in causes):
            return word
    if any(isinstance(cause, OSError) and cause.errno in _NO_ROUTE for cause in causes):
        return "no route"
    if any(isinstance(cause, TimeoutError | urllib3_errors.TimeoutError | requests.Timeout) for cause in causes):
        return "timeout"
    return None
