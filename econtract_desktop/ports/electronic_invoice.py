"""An invoice as data for the recipient's accounting. Adapter: `forms/jp_pint.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from econtract_core.rules.money import RateTotal, Yen


@dataclass(frozen=True)
class Party:
    """`corporate_number`: 法人番号, 13 digits, by which the network finds it; `tax_number`: T and 13 digits, of the issuer only."""

    name: str
    corporate_number: str
    tax_number: str = ""


@dataclass(frozen=True)
class ElectronicInvoice:
    """適格請求書 of one case. `amount`: yen with tax, what is to be paid; `due`: Japan's day; `delivered_on`: the transaction's."""

    number: str
    issued_on: date
    due: date | None
    delivered_on: date
    case_number: str
    subject: str
    seller: Party
    buyer: Party
    totals: tuple[RateTotal, ...]
    amount: Yen


class InvoiceFormat(Protocol):
    def write(self, invoice: ElectronicInvoice) -> bytes:
        """The file's bytes; the same invoice gives the same bytes."""
        ...
