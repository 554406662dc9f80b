"""What the parts of one operation hand to one another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from econtract_core.messages.cases import Operation
from econtract_core.rules.errors import EcontractError
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session


@dataclass(frozen=True)
class Deed:
    """One operation being done, inside its transaction. `at`: when it arrived 到達. `delegation_id`: of an agent's act, what covers it."""

    session: Session
    member: Member
    operation: Operation
    at: datetime
    delegation_id: str | None = None


@dataclass(frozen=True)
class VerifiedFiles:
    """What looking at an operation's files found, before the transaction: at which revision of the contract, what is wrong
    (None: nothing), how large each file is by its SHA-256, and when its signatures were made, as far as timestamps prove it."""

    revision: int
    problem: EcontractError | None
    sizes: dict[str, int]
    signed_at: tuple[datetime, ...] = ()
