"""Which HTTP status tells which error. 409, 425, 429, 424 and 5xx may be tried again; the rest is final."""

from __future__ import annotations

from econtract_core.rules.errors import (
    AccessError,
    BlobMissing,
    DocumentTooLarge,
    EcontractError,
    Forbidden,
    InternalError,
    LoginRequired,
    NotFound,
    NotYourTurn,
    RevisionConflict,
    ServerBusy,
)

_STATUS: tuple[tuple[type[EcontractError], int], ...] = (
    (LoginRequired, 401),
    (Forbidden, 403),
    (NotYourTurn, 403),
    (AccessError, 403),
    (NotFound, 404),
    (RevisionConflict, 412),
    (DocumentTooLarge, 413),
    (BlobMissing, 424),
    (ServerBusy, 503),
    (InternalError, 500),
    (EcontractError, 422),
)


def status_of(error: EcontractError) -> int:
    return next(status for kind, status in _STATUS if isinstance(error, kind))
