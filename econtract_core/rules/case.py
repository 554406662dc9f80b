"""Case 調達案件: one procurement, with the people who are told about it.

Source: product.md "Words in the code"; facts.md 1.5 K1–K3 (case registration, per-case contacts 連絡先情報).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.money import Yen


class CaseKind(StrEnum):
    WORKS = "works"  # 工事
    SERVICES = "services"  # 業務 (建設コンサルタント業務等)


@dataclass(frozen=True)
class Contact:
    """連絡先情報 of one case: who gets its e-mail. Lateness of mail is never excused by the rules; it only helps."""

    name: str
    email: str
    phone: str = ""
    organization_id: str = ""  # whose; "" of old cases: nobody's, so nobody is told by it

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueInvalid(field="name", problem="empty")
        local, at, domain = self.email.partition("@")
        # Typing a comma for a dot is the commonest cause of lost mail (facts.md 4, row 15).
        if (
            not (at and local and "." in domain)
            or any(c in self.email for c in ", ;\t\n　")
            or not self.email.isascii()
        ):
            raise ValueInvalid(field="email", problem=self.email)


@dataclass(frozen=True)
class Case:
    """One procurement. Money in yen with tax; the term's days are both within it; `term_from` None: the day after conclusion."""

    case_id: str
    number: str
    title: str
    kind: CaseKind
    place: str
    body_id: str
    contractor_ids: tuple[str, ...]  # the lead 代表事業者 first; more than one in a joint venture
    amount: Yen
    tax: Yen
    term_from: date | None
    term_to: date
    contacts: tuple[Contact, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("case_id", "number", "title", "body_id"):
            if not str(getattr(self, name)).strip():
                raise ValueInvalid(field=name, problem="empty")
        if not self.contractor_ids:
            raise ValueInvalid(field="contractor_ids", problem="empty")
        if len(set(self.contractor_ids)) != len(self.contractor_ids):
            raise ValueInvalid(field="contractor_ids", problem="twice the same")
        if self.amount <= 0 or not 0 <= self.tax < self.amount:
            raise ValueInvalid(field="amount", problem=f"{self.amount} / {self.tax}")
        if self.term_from is not None and self.term_from > self.term_to:
            raise ValueInvalid(field="term_to", problem="before term_from")
