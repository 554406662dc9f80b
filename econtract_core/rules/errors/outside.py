"""Errors of what lies outside: server, revocation data, timestamp services."""

from __future__ import annotations

from econtract_core.rules.errors.root import EcontractError


class NetworkError(EcontractError):
    """No answer, or none that can be trusted. Nothing that was prepared is lost."""

    retriable = True
    exit_status = 3


class ServerUnreachable(NetworkError):
    """No connection or no answer in time. Facts: host, problem."""

    code = "ED-NET-5001"


class ServerNotTrusted(NetworkError):
    """The TLS certificate does not verify: nothing was sent. Facts: host, problem."""

    code = "ED-NET-5002"
    retriable = False
    exit_status = 1


class ServerAnswerInvalid(NetworkError):
    """An answer that is not what the protocol says. Facts: host, problem."""

    code = "ED-NET-5003"


class ServerBusy(NetworkError):
    """Maintenance or overload; comes back by itself. Facts: retry_after (seconds)."""

    code = "ED-NET-5004"


class RevocationUnavailable(NetworkError):
    """Neither CRL nor OCSP could be had. Facts: url."""

    code = "ED-NET-5005"


class ServerChanged(NetworkError):
    """Another server answers at this address; nothing was sent or deleted. Facts: expected, found."""

    code = "ED-NET-5006"
    retriable = False
    exit_status = 1


class OfflineQueued(NetworkError):
    """The action is safe in the outbox and will be sent when the server is back. Facts: operation_id, kind."""

    code = "ED-NET-5007"


class TimestampError(EcontractError):
    """The timestamp service (RFC 3161)."""

    retriable = True
    exit_status = 3


class TimestampUnreachable(TimestampError):
    """No answer from any timestamp service; no unstamped file was left behind. Facts: url, problem."""

    code = "ED-TIME-5101"


class TimestampRefused(TimestampError):
    """The service said no. Facts: url, problem."""

    code = "ED-TIME-5102"


class TimestampInvalid(TimestampError):
    """The token does not verify: imprint, nonce, chain, usage or time. Facts: url, problem."""

    code = "ED-TIME-5103"


class ClockWrong(TimestampError):
    """This PC's clock is far off: the timestamps it was given look wrong only by it. Facts: url, said (the service's time), here."""

    code = "ED-TIME-5104"
    retriable = False
    exit_status = 1


class TimestampNotAsked(TimestampError):
    """The service was not asked: its password cannot be had, or may not be sent there. Facts: url, problem."""

    code = "ED-TIME-5105"
    exit_status = 1
