"""Errors of signing and of documents."""

from __future__ import annotations

from econtract_core.rules.errors.root import EcontractError

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


class ReceiptInvalid(DocumentError):
    """A proof of arrival that this server did not seal, or not for this. Facts: problem."""

    code = "ED-DOC-4013"
