"""Errors of the business: its rules, log-in and rights, and how a command was written."""

from __future__ import annotations

from econtract_core.rules.errors.root import EcontractError

# --- rules -----------------------------------------------------------------------------------------------------------


class RuleError(EcontractError):
    """The business says no."""


class NotAllowedNow(RuleError):
    """The action does not fit the state. Facts: action, state."""

    code = "ED-RULE-6001"


class NotYourTurn(RuleError):
    """Another side or person acts here. Facts: action, side."""

    code = "ED-RULE-6002"


class ReasonMissing(RuleError):
    """Giving back needs a reason. Facts: action."""

    code = "ED-RULE-6003"


class RevisionConflict(RuleError):
    """Somebody changed it meanwhile; look again. Facts: expected, found."""

    code = "ED-RULE-6004"
    retriable = True


class NotFound(RuleError):
    """No such case, contract or document, or none you may see. Facts: wanted."""

    code = "ED-RULE-6005"


class AlreadySigned(RuleError):
    """This party has signed this version already. Facts: organization."""

    code = "ED-RULE-6006"


class DocumentsMissing(RuleError):
    """There is nothing to sign, or not everything was signed. Facts: missing."""

    code = "ED-RULE-6007"


class ValueInvalid(RuleError):
    """A value breaks its rule. Facts: field, problem."""

    code = "ED-RULE-6008"


class BlobMissing(RuleError):
    """An operation names a file that has not been uploaded. Facts: sha256."""

    code = "ED-RULE-6009"
    retriable = True


# --- access ----------------------------------------------------------------------------------------------------------


class AccessError(EcontractError):
    """Log-in and rights."""


class LoginRequired(AccessError):
    """No session, or it has ended. Nothing is lost."""

    code = "ED-AUTH-7001"
    retriable = True
    exit_status = 3


class LoginRefused(AccessError):
    """The server did not accept the card's proof. Facts: problem."""

    code = "ED-AUTH-7002"


class CardUnknown(AccessError):
    """A good card, but of nobody who is registered. Facts: holder."""

    code = "ED-AUTH-7003"


class CertificateRevoked(AccessError):
    """The certificate was revoked. Facts: certificate_sha256."""

    code = "ED-AUTH-7004"


class Forbidden(AccessError):
    """This person may not do this. Facts: action."""

    code = "ED-AUTH-7005"


class DeviceUnproven(AccessError):
    """The request's proof of the PC's key (RFC 9449) does not hold. Facts: problem (format, signature, another request, another
    session, clock, came before)."""

    code = "ED-AUTH-7006"
    retriable = True


class CertificateEnded(AccessError):
    """The certificate has ended: the card still opens the records, and changes nothing until it is renewed. Facts: not_after."""

    code = "ED-AUTH-7007"


class TicketInvalid(AccessError):
    """The card proved itself too long ago, or on another PC. Nothing is lost: show it again."""

    code = "ED-AUTH-7008"
    retriable = True
    exit_status = 3


# --- usage -----------------------------------------------------------------------------------------------------------


class UsageError(EcontractError):
    """The command was not understood. Facts: problem."""

    code = "ED-USE-8001"
    exit_status = 2
