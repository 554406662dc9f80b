"""適格請求書: the six things it must say, as named findings (消費税法57条の4第1項; facts.md 6, fields [G], one rounding [B128]).

1 the issuer and its 登録番号; 2 the day of the transaction; 3 what was delivered (and which lines bear the reduced rate); 4 the sum of
each rate, and the rate; 5 the tax of each rate; 6 the recipient. A contractor that owes no tax 免税事業者 cannot issue one: its invoice
is an ordinary one, without number and tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.findings import RuleFinding, Weight
from econtract_core.rules.money import (
    TAX_RATES,
    RateTotal,
    TaxRate,
    Yen,
    could_be_rounded_once,
    tax_percent,
)
from econtract_core.rules.numbers import qualified_number_findings


@dataclass(frozen=True)
class QualifiedInvoice:
    """What the invoice says. `amount`: what is asked for, yen with tax. `exempt`: an ordinary invoice of one who owes no tax."""

    issuer: str
    number: str
    recipient: str
    delivered_on: date | None
    subject: str
    totals: tuple[RateTotal, ...]
    amount: Yen
    exempt: bool = False


def qualified_findings(invoice: QualifiedInvoice, rates: tuple[TaxRate, ...] = TAX_RATES) -> tuple[RuleFinding, ...]:
    """What is missing or does not add up. Empty: all six are there and fit."""
    found = []
    texts = (("issuer", invoice.issuer), ("recipient", invoice.recipient), ("subject", invoice.subject))
    found += [RuleFinding(f"invoice.{name}.missing", Weight.REFUSAL) for name, text in texts if not text.strip()]
    if invoice.delivered_on is None:
        found.append(RuleFinding("invoice.delivered-on.missing", Weight.REFUSAL))
    if not invoice.totals:
        found.append(RuleFinding("invoice.totals.missing", Weight.REFUSAL))
    elif sum(total.gross for total in invoice.totals) != invoice.amount:
        found.append(RuleFinding("invoice.amount.differs", Weight.REFUSAL, None, str(invoice.amount)))
    if invoice.exempt:
        if invoice.number:
            found.append(RuleFinding("invoice.number.of-exempt", Weight.REFUSAL, None, invoice.number[:40]))
        found += [
            RuleFinding("invoice.tax.of-exempt", Weight.REFUSAL, place, str(total.tax))
            for place, total in enumerate(invoice.totals)
            if total.tax
        ]
        return tuple(found)
    found += qualified_number_findings(invoice.number)
    if len({total.kind for total in invoice.totals}) != len(invoice.totals):
        found.append(RuleFinding("invoice.rate.twice", Weight.REFUSAL))
    for place, total in enumerate(invoice.totals):
        found += _total_findings(place, total, invoice.delivered_on, rates)
    return tuple(found)


def _total_findings(
    place: int, total: RateTotal, day: date | None, rates: tuple[TaxRate, ...]
) -> tuple[RuleFinding, ...]:
    found = []
    if day is not None:
        try:
            wanted = tax_percent(day, total.kind, rates)
        except ValueInvalid:
            wanted = 0
        if wanted != total.percent:
            # A transitional measure 経過措置 may make the other rate right, so it is told and not refused.
            found.append(RuleFinding("invoice.rate.other", Weight.WARNING, place, str(total.percent), str(wanted)))
    if not could_be_rounded_once(total.net, total.tax, total.percent):
        found.append(RuleFinding("invoice.tax.not-rounded-once", Weight.REFUSAL, place, str(total.tax)))
    return tuple(found)
