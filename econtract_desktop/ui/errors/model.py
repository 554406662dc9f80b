"""An error of `rules/errors` as the panel shows it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import datetime

from econtract_core import __version__
from econtract_core.rules.errors import (
    AccessError,
    CardError,
    CertificateRevoked,
    EcontractError,
    InternalError,
    NetworkError,
    OfflineQueued,
    PinError,
    PinLocked,
    RuleError,
    ServerChanged,
    ServerNotTrusted,
    SignatureMismatch,
    TimestampError,
    UsageError,
)
from econtract_desktop.texts import Texts

# Facts that say nothing about a person, a firm, a case or a file: only these leave the PC with the copied text.
_COPIED = (
    "attempts_remaining",
    "min_length",
    "max_length",
    "seconds",
    "retry_after",
    "state",
    "action",
    "side",
    "verdict",
    "sub_indication",
    "size",
    "limit",
    "kinds",
    "backend",
    "unknown_code",
    "where",
)


@dataclass(frozen=True)
class ErrorModel:
    """`tone`: err (wrong or dangerous), warn (do something), info (goes on by itself). `details` for the folded part, `copied`
    for the help desk."""

    code: str
    tone: str
    title: str
    cause: str
    remedy: str
    button: str
    details: str
    copied: str


def error_model(error: EcontractError, texts: Texts, now: datetime) -> ErrorModel:
    """Told in the user's words. `now` goes into the details."""
    told = texts.error(error)
    system = f"{platform.system()} {platform.release()}"
    head = f"{now:%Y-%m-%d %H:%M:%S}  {error.code} {type(error).__name__}  econtract {__version__}  {system}"
    facts = "  ".join(f"{name}={value}" for name, value in error.facts.items() if value not in (None, ""))
    safe = "  ".join(f"{name}={error.facts[name]}" for name in _COPIED if error.facts.get(name) not in (None, ""))
    return ErrorModel(
        code=error.code,
        tone=tone_of(error),
        title=told.title,
        cause=told.cause,
        remedy=told.remedy,
        button=told.button,
        details="\n".join(part for part in (head, facts, error.detail) if part),
        copied="\n".join(part for part in (head, safe) if part),
    )


def tone_of(error: EcontractError) -> str:
    """Red only for what is really wrong or dangerous."""
    if isinstance(
        error, PinLocked | SignatureMismatch | ServerChanged | ServerNotTrusted | CertificateRevoked | InternalError
    ):
        return "err"
    if isinstance(error, OfflineQueued | NetworkError | TimestampError):
        return "info"
    if isinstance(error, CardError | PinError | AccessError | RuleError | UsageError) or error.retriable:
        return "warn"
    return "err"
