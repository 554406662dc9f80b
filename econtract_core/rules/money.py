"""Money: whole yen, and consumption tax 消費税 on it. There are no fractions of a yen in a public contract, so an `int` is exact.

One rounding for each rate of an invoice, its mode free; rounding every line and adding up is not allowed (消費税法施行令70条の10;
facts.md 6 適格請求書 [B128]). The rates with their days: 消費税法29条 and its amending laws (general knowledge, unverified in facts.md:
a table that a caller can replace).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from econtract_core.rules.errors import ValueInvalid

Yen = int


def format_yen(amount: Yen) -> str:
    """148500000 → 「148,500,000円」, as the forms print it."""
    return f"{amount:,}円"


class Rounding(StrEnum):
    """What becomes of a fraction of a yen. The law leaves it free; 切捨て is the commonest."""

    DOWN = "down"  # 切捨て
    HALF_UP = "half_up"  # 四捨五入
    UP = "up"  # 切上げ


class RateKind(StrEnum):
    STANDARD = "standard"  # 標準税率
    REDUCED = "reduced"  # 軽減税率


@dataclass(frozen=True)
class TaxRate:
    """A rate in whole percent, national and local tax together, from a day on until the next of its kind."""

    kind: RateKind
    percent: int
    begins: date


TAX_RATES: tuple[TaxRate, ...] = (
    TaxRate(RateKind.STANDARD, 3, date(1989, 4, 1)),
    TaxRate(RateKind.STANDARD, 5, date(1997, 4, 1)),
    TaxRate(RateKind.STANDARD, 8, date(2014, 4, 1)),
    TaxRate(RateKind.STANDARD, 10, date(2019, 10, 1)),
    TaxRate(RateKind.REDUCED, 8, date(2019, 10, 1)),
)


def tax_percent(day: date, kind: RateKind = RateKind.STANDARD, rates: tuple[TaxRate, ...] = TAX_RATES) -> int:
    """The rate for a delivery on this day. Transitional measures 経過措置 are the caller's: it gives the day that counts.

    Raises ValueInvalid where there was no such rate yet.
    """
    begun = [rate for rate in rates if rate.kind is kind and rate.begins <= day]
    if not begun:
        raise ValueInvalid(field="tax_rate", problem=f"{kind.value} {day.isoformat()}")
    return max(begun, key=lambda rate: rate.begins).percent


def divided(numerator: int, denominator: int, rounding: Rounding = Rounding.DOWN) -> Yen:
    """numerator ÷ denominator in whole yen. Raises ValueInvalid for a negative numerator or a denominator below 1."""
    if numerator < 0 or denominator < 1:
        raise ValueInvalid(field="amount", problem=f"{numerator} / {denominator}")
    added = {Rounding.DOWN: 0, Rounding.HALF_UP: denominator, Rounding.UP: 2 * (denominator - 1)}[rounding]
    return (2 * numerator + added) // (2 * denominator)


def tax_on(net: Yen, percent: int, rounding: Rounding = Rounding.DOWN) -> Yen:
    """Tax on a price without tax 税抜."""
    return divided(net * percent, 100, rounding)


def tax_within(gross: Yen, percent: int, rounding: Rounding = Rounding.DOWN) -> Yen:
    """Tax within a price with tax 税込: gross × percent / (100 + percent)."""
    return divided(gross * percent, 100 + percent, rounding)


@dataclass(frozen=True)
class Line:
    """One line of an invoice; its price is with or without tax as the invoice says."""

    text: str
    price: Yen
    kind: RateKind = RateKind.STANDARD


@dataclass(frozen=True)
class RateTotal:
    """What one rate's lines come to."""

    kind: RateKind
    percent: int
    net: Yen
    tax: Yen

    @property
    def gross(self) -> Yen:
        """税込: `net` and `tax`."""
        return self.net + self.tax


@dataclass(frozen=True)
class TaxTerms:
    """How an invoice counts: prices with tax or without, the rounding, and a contractor who owes no tax 免税事業者.

    An exempt contractor's contract has its tax line deleted (facts.md 2.2 no. 1 [B63]), so nothing is added or taken out.
    """

    includes_tax: bool = True
    rounding: Rounding = Rounding.DOWN
    exempt: bool = False
    rates: tuple[TaxRate, ...] = TAX_RATES


def totals(lines: Iterable[Line], day: date, terms: TaxTerms) -> tuple[RateTotal, ...]:
    """One total for each rate, in the order standard, reduced; the tax is rounded once in each. Raises ValueInvalid."""
    sums: dict[RateKind, int] = {}
    for line in lines:
        sums[line.kind] = sums.get(line.kind, 0) + line.price
    found = []
    for kind in RateKind:
        if kind not in sums:
            continue
        amount = sums[kind]
        if terms.exempt:
            found.append(RateTotal(kind, 0, divided(amount, 1), 0))
            continue
        percent = tax_percent(day, kind, terms.rates)
        if terms.includes_tax:
            tax = tax_within(amount, percent, terms.rounding)
            found.append(RateTotal(kind, percent, amount - tax, tax))
        else:
            found.append(RateTotal(kind, percent, amount, tax_on(amount, percent, terms.rounding)))
    return tuple(found)


def could_be_rounded_once(net: Yen, tax: Yen, percent: int) -> bool:
    """Whether some rounding of the whole gives this tax; if none does, lines were rounded one by one (or it is wrong).

    Both ways of writing an invoice are tried: tax added to the net, and tax taken out of the gross.
    """
    if net < 0 or tax < 0:
        return False
    return any(tax in (tax_on(net, percent, mode), tax_within(net + tax, percent, mode)) for mode in Rounding)
