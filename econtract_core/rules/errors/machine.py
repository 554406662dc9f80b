"""Errors of this PC and of its card."""

from __future__ import annotations

from econtract_core.rules.errors.root import EcontractError

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


class TrustPackageError(EnvironmentProblem):
    """A package of trust anchors was not taken over; the ones before stay in force."""


class TrustPackageInvalid(TrustPackageError):
    """It is no such package, broken or too large. Facts: problem."""

    code = "ED-PC-1009"


class TrustPackageUnsigned(TrustPackageError):
    """Too few of the keys this program knows have signed it. Facts: signed, needed."""

    code = "ED-PC-1010"


class TrustPackageOld(TrustPackageError):
    """It is older than what is in force. Facts: serial, known."""

    code = "ED-PC-1011"


class TrustPackageExpired(TrustPackageError):
    """By this PC's clock it is not valid yet, or no more. Facts: serial, valid_from, expires."""

    code = "ED-PC-1012"


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
