"""JP PINT: what the file says, by the rules of the specification that apply to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.money import Line, RateKind, TaxTerms, totals
from econtract_desktop.forms.jp_pint import CAC, CBC, INVOICE, JpPint
from econtract_desktop.ports.electronic_invoice import ElectronicInvoice, Party

NAMES = {"": INVOICE, "cac": CAC, "cbc": CBC}
DAY = date(2026, 11, 24)
SELLER = Party("あおば橋建設株式会社", "2010001999001", "T2010001999001")
BUYER = Party("関東地方整備局", "8000012199001")


def invoice(*lines: Line, subject: str = "橋補修工事 完成代金") -> ElectronicInvoice:
    found = totals(lines or (Line("工事", 110_000_000),), DAY, TaxTerms())
    amount = sum(total.gross for total in found)
    return ElectronicInvoice(
        "2026-83-0153-01", DAY, date(2027, 1, 4), DAY, "2026-83-0153", subject, SELLER, BUYER, found, amount
    )


def read(one: ElectronicInvoice) -> ElementTree.Element:
    return ElementTree.fromstring(JpPint().write(one))


def text(root: ElementTree.Element, path: str) -> str:
    found = root.find(path, NAMES)
    assert found is not None, path
    return found.text or ""


def test_what_the_network_and_the_law_ask_for() -> None:
    root = read(invoice())
    assert root.tag == f"{{{INVOICE}}}Invoice"
    assert text(root, "cbc:CustomizationID") == "urn:peppol:pint:billing-1@jp-1"
    assert text(root, "cbc:ProfileID") == "urn:peppol:bis:billing"
    assert text(root, "cbc:InvoiceTypeCode") == "380"
    seller = root.find("cac:AccountingSupplierParty/cac:Party", NAMES)
    assert seller is not None
    endpoint = seller.find("cbc:EndpointID", NAMES)
    assert endpoint is not None
    assert (endpoint.text, endpoint.get("schemeID")) == (SELLER.corporate_number, "0188")
    assert text(seller, "cac:PartyTaxScheme/cbc:CompanyID") == "T2010001999001"
    assert root.find("cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme", NAMES) is None
    assert text(root, "cac:InvoicePeriod/cbc:EndDate") == "2026-11-24"
    assert text(root, "cac:ContractDocumentReference/cbc:ID") == "2026-83-0153"
    assert text(root, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID") == "S"
    assert text(root, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent") == "10"
    assert text(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == "110000000"
    assert JpPint().write(invoice()) == JpPint().write(invoice())


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_the_sums_add_up_in_whole_yen(standard: int, reduced: int) -> None:
    lines = (Line("工事", standard), Line("弁当", reduced, RateKind.REDUCED)) if reduced else (Line("工事", standard),)
    root = read(invoice(*lines))
    for amount in root.iter():
        if amount.get("currencyID"):
            assert amount.get("currencyID") == "JPY"
            assert (amount.text or "").isdecimal()
    parts = root.findall("cac:TaxTotal/cac:TaxSubtotal", NAMES)
    net = sum(int(text(part, "cbc:TaxableAmount")) for part in parts)
    tax = sum(int(text(part, "cbc:TaxAmount")) for part in parts)
    assert tax == int(text(root, "cac:TaxTotal/cbc:TaxAmount"))
    sums = "cac:LegalMonetaryTotal/cbc:"
    assert int(text(root, sums + "LineExtensionAmount")) == net == int(text(root, sums + "TaxExclusiveAmount"))
    assert int(text(root, sums + "TaxInclusiveAmount")) == net + tax == standard + reduced
    lined = sum(int(text(line, "cbc:LineExtensionAmount")) for line in root.findall("cac:InvoiceLine", NAMES))
    assert lined == net
    assert {text(part, "cac:TaxCategory/cbc:ID") for part in parts} <= {"S", "AA"}


@pytest.mark.parametrize("words", ["A & B <工事>", "\"引用\" '一'", "髙﨑町 ①"])
def test_any_words_come_back_as_they_were(words: str) -> None:
    assert text(read(invoice(subject=words)), "cac:InvoiceLine/cac:Item/cbc:Name") == words


def test_without_a_due_day_none_is_said() -> None:
    assert read(replace(invoice(), due=None)).find("cbc:DueDate", NAMES) is None
