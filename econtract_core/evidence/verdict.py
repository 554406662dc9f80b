"""What verifying and inspecting find. Plain data; names of verdicts and sub-indications are ETSI EN 319 102-1's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"
    NO_SIGNATURE = "NO-SIGNATURE"  # of a document only


class SubIndication(StrEnum):
    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"


class Severity(StrEnum):
    NOTE = "note"
    WARN = "warn"
    REFUSE = "refuse"


class Change(StrEnum):
    """What was added after a signature."""

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    VALIDATION_DATA = "validation-data"
    FORM_FILLING = "form-filling"
    ANNOTATION = "annotation"
    PAGE = "page"
    VISUAL = "visual"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class Finding:
    """`code` is the key of its sentence in resources/i18n ("findings.<code>"); `facts` fill it; `where` e.g. "page 3"."""

    code: str
    severity: Severity
    facts: tuple[tuple[str, str], ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Link:
    """One certificate of a validated chain, and the answer about its revocation that the verdict rests on. The anchor, which comes
    last, has none: it is trusted as it is."""

    subject: str
    issuer: str
    serial: str  # hex
    sha256: str
    not_before: datetime
    not_after: datetime
    standing: str = ""  # revocation.Standing; "" of an anchor
    answered_by: str = ""  # "crl" or "ocsp"; "" where nothing at hand speaks of it
    answered_at: datetime | None = None  # when the answer was made (thisUpdate)
    answered_until: datetime | None = None  # when a newer one was promised (nextUpdate)
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class TimestampVerdict:
    kind: str  # "signature" or "document" (archive)
    time: datetime | None
    service: str  # common name of the TSA's certificate
    verdict: Verdict
    sub_indication: SubIndication | None
    not_after: datetime | None = None  # until when its certificate's chain is valid
    chain: tuple[Link, ...] = ()  # of its service's certificate; empty where none leads to an anchor


@dataclass(frozen=True)
class SignatureVerdict:
    field: str
    signer: str  # 氏名 as in the certificate
    organization: str
    certificate_sha256: str
    verdict: Verdict
    sub_indication: SubIndication | None
    intact: bool
    level: str  # "PAdES-B-T"
    signed_at: datetime | None  # claimed by the signer's clock
    proven_at: datetime | None  # by a timestamp
    covers_whole_document: bool
    signed_length: int  # bytes of the file up to the end of the signed revision
    changes_after: tuple[Change, ...]
    issuer: str = ""  # of the certificate, as it names itself
    not_after: datetime | None = None  # of the certificate
    key_algorithm: str = ""  # "RSA-2048"
    not_before: datetime | None = None  # of the certificate
    serial: str = ""  # of the certificate, hex
    chain: tuple[Link, ...] = ()  # of the certificate; empty where none leads to an anchor


@dataclass(frozen=True)
class DocumentVerdict:
    file: str
    format: str  # "PDF", "ASiC-E", "ASiC-S", "CAdES"; "ASiC" or "ZIP" where it is not told which; "" for another file
    verdict: Verdict
    sub_indication: SubIndication | None
    level: str | None  # the lowest of its signatures
    sha256: str
    signatures: tuple[SignatureVerdict, ...]
    timestamps: tuple[TimestampVerdict, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Inspection:
    """What a document hides. `findings[].code` is the kind: script, action, attachment, encryption, broken, xfa …"""

    file: str
    pages: int | None
    safe_to_sign: bool
    findings: tuple[Finding, ...]
