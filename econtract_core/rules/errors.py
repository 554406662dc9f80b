"""The one error tree of the program, client and server alike.

Every error has a `code` (what a help desk asks for; also the key of its text, its remedy and its FAQ entry), says whether
trying again can help (`retriable`), which exit status a command line ends with, and carries its facts as fields. No fact is
ever a PIN, a key or a session secret. A library's own error never crosses an adapter: it becomes one of these.

* EcontractError
  - EnvironmentProblem           ED-PC-1xxx    this PC: settings, disk, local store, programs that are missing
  - CardError                    ED-CARD-2xxx  reader, card, driver, PIN
      - PinError                               really the PIN's, and nothing else's
  - SigningError                 ED-SIGN-3xxx  a signature could not be made or did not hold
  - DocumentError                ED-DOC-4xxx   the file cannot or must not be signed, or does not verify
  - NetworkError                 ED-NET-5xxx   no answer, or none that can be trusted
  - TimestampError               ED-TIME-5xxx  the timestamp service (RFC 3161)
  - RuleError                    ED-RULE-6xxx  the business says no
  - AccessError                  ED-AUTH-7xxx  log-in and rights
  - UsageError                   ED-USE-8xxx   the command was not understood
  - InternalError                ED-BUG-9999   a defect of ours
"""

from __future__ import annotations

from typing import ClassVar

Fact = str | int | float | bool | None | list[str]


class EcontractError(Exception):
    """Root. Subclasses with a code of their own are found by `error_from_code`."""

    code: ClassVar[str] = "ED-BUG-9999"
    retriable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 1

    def __init__(self, detail: str = "", **facts: Fact) -> None:
        """`detail` is a technical remark in English for the folded part of the error panel; `facts` fill the texts."""
        super().__init__(detail or type(self).__name__)
        self.detail = detail
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        return (
            f"{self.code} {type(self).__name__}"
            + (f" ({facts})" if facts else "")
            + (f": {self.detail}" if self.detail else "")
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (error_from_code, (self.code, self.detail, self.facts))


def error_types() -> dict[str, type[EcontractError]]:
    """Every code with its class. A code belongs to one class (a test holds this)."""
    found: dict[str, type[EcontractError]] = {}
    waiting = list(EcontractError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "code" in kind.__dict__:
            found[kind.code] = kind
    return found


def error_from_code(code: str, detail: str, facts: dict[str, Fact]) -> EcontractError:
    """The error that another process (card process, server) named by its code; an unknown code becomes `InternalError`."""
    kind = error_types().get(code)
    if kind is None:
        return InternalError(detail, unknown_code=code)
    return kind(detail, **facts)


# --- this PC ---------------------------------------------------------------------------------------------------------


class EnvironmentProblem(EcontractError):
    """This PC lacks or denies something."""


class SettingsUnreadable(EnvironmentProblem):
    """A settings file is not what it should be. Facts: path, problem."""

    code = "ED-PC-1001"


class StoreUnreadable(EnvironmentProblem):
    """The local store cannot be opened: wrong key or broken file. It is left as it is. Facts: path."""

    code = "ED-PC-1002"


class StoreInUse(EnvironmentProblem):
    """Another window holds this profile. Facts: path."""

    code = "ED-PC-1003"
    retriable = True


class DiskFull(EnvironmentProblem):
    """Nothing could be written; what was there before is untouched. Facts: path."""

    code = "ED-PC-1004"
    retriable = True


class FileNotReadable(EnvironmentProblem):
    """A file the user named is missing or may not be read. Facts: path, problem."""

    code = "ED-PC-1005"


class FileNotWritable(EnvironmentProblem):
    """The place a result should go to does not take it. Facts: path, problem."""

    code = "ED-PC-1006"


class ProgramMissing(EnvironmentProblem):
    """A program or library this step needs is not on this PC. Facts: name, how (to get it)."""

    code = "ED-PC-1007"


class KeyStoreUnavailable(EnvironmentProblem):
    """The system's key store (Windows Credential Manager, Secret Service) refused. Facts: backend."""

    code = "ED-PC-1008"


# --- card ------------------------------------------------------------------------------------------------------------


class CardError(EcontractError):
    """Reader, card or driver. Never the PIN's fault unless it is a `PinError`."""

    exit_status = 1


class CardMissing(CardError):
    """No card that fits is in any reader. Facts: wanted (label or certificate, if one was asked for)."""

    code = "ED-CARD-2001"
    retriable = True
    exit_status = 3


class CardRemoved(CardError):
    """The card went away in the middle. No PIN try was lost by it. Facts: reader."""

    code = "ED-CARD-2002"
    retriable = True
    exit_status = 3


class CardBusy(CardError):
    """Another program holds the card. Facts: reader."""

    code = "ED-CARD-2003"
    retriable = True
    exit_status = 3


class DriverMissing(CardError):
    """The driver (PKCS#11 module) cannot be loaded. Facts: module, problem."""

    code = "ED-CARD-2004"


class DriverFault(CardError):
    """The driver answered with an error that is none of the card's known states. Facts: module, problem."""

    code = "ED-CARD-2005"
    retriable = True


class DriverHung(CardError):
    """The driver did not answer in time and its process was ended. Facts: module, seconds."""

    code = "ED-CARD-2006"
    retriable = True


class SeveralCards(CardError):
    """More than one card or certificate fits. Facts: choices."""

    code = "ED-CARD-2007"


class CertificateMissing(CardError):
    """The card holds no certificate for signing, or not the one asked for. Facts: wanted."""

    code = "ED-CARD-2008"


class SignatureMismatch(CardError):
    """The card's answer does not verify under its own certificate; nothing was kept. Facts: certificate_sha256."""

    code = "ED-CARD-2009"
    retriable = True


class CardCannotSign(CardError):
    """The key refuses what signing needs (mechanism or usage). Facts: problem."""

    code = "ED-CARD-2010"


class WrongCard(CardError):
    """Another person's card is in the reader. Facts: wanted, seen."""

    code = "ED-CARD-2011"
    retriable = True
    exit_status = 3


class PinError(CardError):
    """Really about the PIN."""


class PinIncorrect(PinError):
    """The card refused the PIN. Facts: attempts_remaining (None where the card does not tell)."""

    code = "ED-CARD-2101"
    retriable = True


class PinLocked(PinError):
    """No tries left; the card must be unblocked by its issuer's means."""

    code = "ED-CARD-2102"


class PinFormat(PinError):
    """The PIN breaks the card's own rule; the card was not asked and no try was lost. Facts: min_length, max_length."""

    code = "ED-CARD-2103"
    retriable = True


class PinRequired(PinError):
    """There is nobody to ask for the PIN (no terminal, no --pin-fd)."""

    code = "ED-CARD-2104"
    exit_status = 3


class PinReplayed(PinError):
    """The same wrong PIN was about to be sent twice; the card was not asked. Facts: attempts_remaining."""

    code = "ED-CARD-2105"
    retriable = True


# --- signing ---------------------------------------------------------------------------------------------------------


class SigningError(EcontractError):
    """A signature could not be made, or did not hold when it was checked."""


class SigningFailed(SigningError):
    """The library that writes the signature refused. The input is untouched. Facts: file, problem."""

    code = "ED-SIGN-3001"


class SelfCheckFailed(SigningError):
    """What was written does not verify and was thrown away. Facts: file, problem."""

    code = "ED-SIGN-3002"


class CertificateNotValid(SigningError):
    """The card's certificate has expired or is not yet valid. Facts: not_before, not_after."""

    code = "ED-SIGN-3003"


class OutputExists(SigningError):
    """A different file already stands where the result should go. Facts: path."""

    code = "ED-SIGN-3004"


class Cancelled(SigningError):
    """The person stopped it; what was finished is kept."""

    code = "ED-SIGN-3005"
    retriable = True
    exit_status = 4


class TrustMissing(SigningError):
    """No trust anchors are installed, so nothing can be verified. Facts: path."""

    code = "ED-SIGN-3006"


class MarkDoesNotFit(SigningError):
    """The visible mark has no place there. Facts: file, page, problem."""

    code = "ED-SIGN-3007"


# --- documents -------------------------------------------------------------------------------------------------------


class DocumentError(EcontractError):
    """The file itself."""


class NotAPdf(DocumentError):
    """Not a PDF, or one too broken to be read. Facts: file, problem."""

    code = "ED-DOC-4001"


class DocumentEncrypted(DocumentError):
    """Encrypted: what is signed could not be seen by everybody. Facts: file."""

    code = "ED-DOC-4002"


class DocumentLocked(DocumentError):
    """An earlier certification or lock forbids a further signature; signing would break the earlier ones. Facts: file."""

    code = "ED-DOC-4003"


class ActiveContent(DocumentError):
    """Scripts, actions, attachments or the like that may change what one sees. Facts: file, kinds."""

    code = "ED-DOC-4004"


class DocumentAltered(DocumentError):
    """Not the bytes that were fixed by their SHA-256. Facts: file, expected, found."""

    code = "ED-DOC-4005"


class SignatureInvalid(DocumentError):
    """A signature in the file does not hold. Facts: file, verdict, sub_indication."""

    code = "ED-DOC-4006"


class WrongSigner(DocumentError):
    """Signed by somebody else than the one whose turn it is. Facts: wanted, seen."""

    code = "ED-DOC-4007"


class DocumentTooLarge(DocumentError):
    """Above the limit. Facts: size, limit."""

    code = "ED-DOC-4008"


class UnsupportedDocument(DocumentError):
    """A kind of file this version does not sign or verify yet. Facts: file, problem."""

    code = "ED-DOC-4009"


class FormInvalid(DocumentError):
    """The form's data lacks or breaks something. Facts: fields (names), problem."""

    code = "ED-DOC-4010"


class TimestampMissing(DocumentError):
    """A signature that the law's evidence needs a timestamp for came without one. Facts: file."""

    code = "ED-DOC-4011"


class NoSignature(DocumentError):
    """There is nothing signed in it. Facts: file."""

    code = "ED-DOC-4012"


# --- network ---------------------------------------------------------------------------------------------------------


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


# --- usage and defects -----------------------------------------------------------------------------------------------


class UsageError(EcontractError):
    """The command was not understood. Facts: problem."""

    code = "ED-USE-8001"
    exit_status = 2


class InternalError(EcontractError):
    """A defect of ours. Facts: where."""

    code = "ED-BUG-9999"
