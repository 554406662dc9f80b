"""Which HTTP status tells which error. 409, 424, 425, 429 and 5xx may be tried again; the rest is final."""

from __future__ import annotations

from econtract_core.rules.errors import (
    AccessError,
    BlobMissing,
    DeviceUnproven,
    DocumentTooLarge,
    EcontractError,
    EnvironmentProblem,
    InternalError,
    LoginRequired,
    NetworkError,
    NotDelegated,
    NotFound,
    NotYourTurn,
    RevisionConflict,
)

# The first that fits.
_STATUS: tuple[tuple[type[EcontractError], int], ...] = (
    (LoginRequired, 401),
    (DeviceUnproven, 401),
    (NotYourTurn, 403),
    (NotDelegated, 403),
    (AccessError, 403),
    (NotFound, 404),
    (RevisionConflict, 412),
    (DocumentTooLarge, 413),
    (BlobMissing, 424),
    (NetworkError, 503),
    (EnvironmentProblem, 500),
    (InternalError, 500),
    (EcontractError, 422),
)


def status_of(error: EcontractError) -> int:
    """The status an error goes out with."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))
