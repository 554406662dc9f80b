"""Guarantees: of the contract 契約保証, of the advance 前払金保証, of the interim advance 中間前払金保証.

facts.md 1.5 K9, 2.2 no. 4 and 9–12, 4 row 24 ([B50]–[B52]): an electronic guarantee is handed in as its 保証契約番号 and 認証キー; a
print of it does not count. That a contract's is at least a tenth (会計法29条の9), that an advance's covers the whole advance and lasts
to the end of the term (公共工事標準請負契約約款 35条, 36条) is general knowledge, unverified: `GuaranteeTerms`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.findings import RuleFinding, Weight
from econtract_core.rules.money import Rounding, Yen, divided
from econtract_core.rules.numbers import NumberShapes, guarantee_number_findings


class GuaranteeKind(StrEnum):
    CONTRACT = "contract"  # 契約保証
    ADVANCE = "advance"  # 前払金保証
    INTERIM = "interim"  # 中間前払金保証


class GuaranteeForm(StrEnum):
    ELECTRONIC = "electronic"  # 電子保証
    PAPER = "paper"  # 保証証書
    DEPOSIT = "deposit"  # 契約保証金 (contract only)
    EXEMPT = "exempt"  # 免除 (contract only)


@dataclass(frozen=True)
class Guarantee:
    """One guarantee. Its key is a secret of the parties: it is in no repr. `confirmed_on`: the day the officer checked it."""

    kind: GuaranteeKind
    form: GuaranteeForm
    amount: Yen
    guarantor: str = ""
    number: str = ""
    key: str = field(default="", repr=False)
    valid_to: date | None = None
    confirmed_on: date | None = None

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueInvalid(field="amount", problem=str(self.amount))
        if self.form in (GuaranteeForm.DEPOSIT, GuaranteeForm.EXEMPT) and self.kind is not GuaranteeKind.CONTRACT:
            raise ValueInvalid(field="form", problem=self.form.value)


@dataclass(frozen=True)
class GuaranteeTerms:
    """`contract_tenths`: how many tenths of the amount a contract's guarantee covers. `until`: the last day to be covered, if any."""

    contract_tenths: int = 1
    until: date | None = None
    shapes: NumberShapes = field(default_factory=NumberShapes)


def guarantee_findings(guarantee: Guarantee, covered: Yen, terms: GuaranteeTerms) -> tuple[RuleFinding, ...]:
    """What is wrong with a guarantee for `covered` yen (the contract amount, or the advance asked for). Empty: it can be used."""
    if guarantee.form is GuaranteeForm.EXEMPT:
        return ()
    found = []
    wanted = covered
    if guarantee.kind is GuaranteeKind.CONTRACT:
        wanted = divided(covered * terms.contract_tenths, 10, Rounding.UP)
    if guarantee.amount < wanted:
        found.append(RuleFinding("guarantee.amount", Weight.REFUSAL, None, str(guarantee.amount), str(wanted)))
    if guarantee.form is not GuaranteeForm.DEPOSIT:
        if not guarantee.guarantor.strip():
            found.append(RuleFinding("guarantee.guarantor", Weight.REFUSAL))
        if terms.until is not None and (guarantee.valid_to is None or guarantee.valid_to < terms.until):
            ends = guarantee.valid_to.isoformat() if guarantee.valid_to else ""
            found.append(RuleFinding("guarantee.ends-early", Weight.WARNING, None, ends, terms.until.isoformat()))
    if guarantee.form is GuaranteeForm.ELECTRONIC:
        found += guarantee_number_findings(guarantee.number, guarantee.key, terms.shapes)
    return tuple(found)
