"""How much of each kind of payment may be asked: the formulas of facts.md 2.2 「部分払 arithmetic」 and 2.4, whole yen, cut.

Rates are fractions of the contract amount. Works: advance 4/10 [B74]; services 3/10 [G]; interim 2/10 [B54][B58]; ordinary partial
payment 9/10 [G, standard clauses 38条]; designated part and multi-year contracts: 様式40-3 部分払計算書 [B60]. All are settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from econtract_core.rules.case import CaseKind
from econtract_core.rules.errors import ConditionMissing, ValueInvalid
from econtract_core.rules.money import Yen


class InvoiceKind(StrEnum):
    ADVANCE = "advance"  # 前払金
    INTERIM = "interim"  # 中間前払金
    PARTIAL = "partial"  # 部分払金
    DESIGNATED = "designated"  # 指定部分完済払金
    FINAL = "final"  # 完成代金


@dataclass(frozen=True)
class PaymentTerms:
    """What the contract says of money paid before its end. A rate of 0: the contract has no such payment."""

    advance: Fraction = Fraction(4, 10)
    interim: Fraction = Fraction(2, 10)
    partial: Fraction = Fraction(9, 10)

    def __post_init__(self) -> None:
        for name in ("advance", "interim", "partial"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueInvalid(field=name, problem=str(getattr(self, name)))


def usual_terms(kind: CaseKind) -> PaymentTerms:
    """Works 4/10, 2/10, 9/10; services 3/10 without an interim advance (that services have none: [G])."""
    if kind is CaseKind.WORKS:
        return PaymentTerms()
    return PaymentTerms(Fraction(3, 10), Fraction(0), Fraction(9, 10))


@dataclass(frozen=True)
class FiscalYear:
    """One year of a multi-year contract 国債, yen, as it stands when a partial payment is asked for.

    `planned_before`: 前年度までの出来高予定額; `excess`: 出来高超過額; `planned`: 本年度の出来高予定額; `ceiling`: 本年度支払限度額;
    `received_before`: 前年度までの代金受領額; `advance`, `interim`, `partials`: received this year, which `received` adds up.
    """

    planned_before: Yen
    planned: Yen
    ceiling: Yen
    received_before: Yen = 0
    excess: Yen = 0
    advance: Yen = 0
    interim: Yen = 0
    partials: Yen = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < (name == "planned"):
                raise ValueInvalid(field=name, problem=str(value))

    @property
    def received(self) -> Yen:
        """本年度受領額."""
        return self.advance + self.interim + self.partials


@dataclass(frozen=True)
class PassedPart:
    """A part that passed. `value`: a 既済部分's 出来高相当額 from the beginning until now; a 指定部分's own value. Yen."""

    subject: str  # the inspection request's id
    value: Yen
    year: FiscalYear | None = None  # of a multi-year contract

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueInvalid(field="value", problem=str(self.value))


@dataclass(frozen=True)
class WorkState:
    """What is known of the contract besides its invoices, now. `amount`: the current contract amount, with tax, after all changes.

    `partial_requested`: a 既済部分検査 was asked for, which shuts out an interim advance. `partials` in the order they passed.
    """

    amount: Yen
    concluded: bool = True
    advance_guaranteed: bool = False
    interim_guaranteed: bool = False
    interim_approved: bool = False
    partial_requested: bool = False
    completion_passed: bool = False
    handed_over: bool = False
    partials: tuple[PassedPart, ...] = ()
    designated: tuple[PassedPart, ...] = ()

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueInvalid(field="amount", problem=str(self.amount))


@dataclass(frozen=True)
class Paid:
    """What was asked before, yen, and the parts that it was asked for."""

    advance: Yen = 0
    interim: Yen = 0
    subjects: tuple[str, ...] = ()


def advance_limit(work: WorkState, terms: PaymentTerms) -> Yen:
    """前払金 ≤ amount × 4/10 (works [B74]), × 3/10 (services [G])."""
    return _cut(work.amount * terms.advance)


def interim_limit(work: WorkState, before: Paid, terms: PaymentTerms) -> Yen:
    """中間前払金 ≤ amount × 2/10 [B54][B58], and with the advance not above both rates together ([G]: 6/10)."""
    together = _cut(work.amount * (terms.advance + terms.interim)) - before.advance
    return max(0, min(_cut(work.amount * terms.interim), together))


def partial_limit(work: WorkState, before: Paid, subject: str, terms: PaymentTerms) -> Yen:
    """部分払金 ≤ 出来高相当額 × (9/10 − 前払金額/請負代金額) [G, 38条6項], of what no partial covered yet (38条7項).

    An interim advance is taken off like an advance ([D], as in the formula of a designated part). A multi-year contract: [B60].
    """
    part = _passed(work.partials, subject)
    if part.year is not None:
        return multi_year_limit(part.value, part.year, terms)
    covered = max((p.value for p in work.partials if p.subject in before.subjects), default=0)
    share = terms.partial - Fraction(before.advance + before.interim, work.amount)
    return max(0, _cut((part.value - covered) * share))


def designated_limit(work: WorkState, before: Paid, subject: str) -> Yen:
    """指定部分完済払金 ≤ 出来高 × [1 − (前払金 + 中間前払金)/請負代金額] [B60]."""
    part = _passed(work.designated, subject)
    return max(0, _cut(part.value * (1 - Fraction(before.advance + before.interim, work.amount))))


def multi_year_limit(value: Yen, year: FiscalYear, terms: PaymentTerms) -> Yen:
    """国債 (債務負担行為): the smaller of two limits, 様式40-3 nos. 2 and 3 [B60]. `value`: 今回までの出来高.

    ① with an advance only: value × 9/10 − (前年度までの代金受領額 + 本年度の既済部分払受領額) − [value − (前年度までの出来高予定額 + 出来高超過額)]
    × 本年度前払金 / 本年度の出来高予定額. With an interim advance too, it counts in the fraction and the form knows no 出来高超過額;
    this year's partials, of which the form is silent then, are taken off all the same [D]. ② 本年度支払限度額 − 本年度受領額.
    """
    base = value * terms.partial - (year.received_before + year.partials)
    beyond = value - year.planned_before - (0 if year.interim else year.excess)
    first = _cut(base - beyond * Fraction(year.advance + year.interim, year.planned))
    return max(0, min(first, year.ceiling - year.received))


def _passed(parts: tuple[PassedPart, ...], subject: str) -> PassedPart:
    for part in parts:
        if part.subject == subject:
            return part
    raise ConditionMissing(action="limit", condition="part_passed")


def _cut(amount: Fraction) -> Yen:
    return amount.numerator // amount.denominator
