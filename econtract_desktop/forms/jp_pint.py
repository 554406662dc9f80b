"""JP PINT: Japan's standard electronic invoice (Peppol International Invoicing, UBL 2.1 syntax, ISO/IEC 19845).

Source: Peppol PINT billing 1, Japan's rules (`urn:peppol:pint:billing-1@jp-1`; デジタル庁). Amounts are whole yen without decimals; the
parties are found by their 法人番号 (ICD 0188); one line a tax rate, as the contract has no others.
"""

from __future__ import annotations

from xml.etree import ElementTree

from econtract_core.rules.money import RateKind, RateTotal
from econtract_desktop.ports.electronic_invoice import ElectronicInvoice, Party

CUSTOMIZATION, PROFILE = "urn:peppol:pint:billing-1@jp-1", "urn:peppol:bis:billing"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE, CAC, CBC = (
    _UBL + "Invoice-2",
    _UBL + "CommonAggregateComponents-2",
    _UBL + "CommonBasicComponents-2",
)
_COMMERCIAL_INVOICE = "380"  # UNCL 1001
_ONE = "C62"  # UN/ECE Recommendation 20: one
_CORPORATE_NUMBER = "0188"  # ISO/IEC 6523: 法人番号
_CATEGORIES = {RateKind.STANDARD: "S", RateKind.REDUCED: "AA"}  # UNCL 5305 as JP PINT uses it
_YEN = {"currencyID": "JPY"}
_Node = ElementTree.Element


class JpPint:
    """`ports.electronic_invoice.InvoiceFormat`."""

    def write(self, invoice: ElectronicInvoice) -> bytes:
        root = ElementTree.Element(f"{{{INVOICE}}}Invoice")
        _head(root, invoice)
        _party(_group(root, "AccountingSupplierParty"), invoice.seller)
        _party(_group(root, "AccountingCustomerParty"), invoice.buyer)
        _tax(root, invoice.totals)
        _sums(root, invoice)
        for number, total in enumerate(invoice.totals, 1):
            _line(root, number, total, invoice)
        ElementTree.indent(root)
        return _serialized(root)


def _serialized(root: _Node) -> bytes:
    names = {CAC: "cac", CBC: "cbc"}
    for node in root.iter():
        space, _, name = node.tag[1:].partition("}")
        node.tag = f"{names[space]}:{name}" if space in names else name
    root.set("xmlns", INVOICE)
    for space, prefix in names.items():
        root.set(f"xmlns:{prefix}", space)
    data: bytes = ElementTree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + data + b"\n"


def _head(root: _Node, invoice: ElectronicInvoice) -> None:
    _text(root, "CustomizationID", CUSTOMIZATION)
    _text(root, "ProfileID", PROFILE)
    _text(root, "ID", invoice.number)
    _text(root, "IssueDate", invoice.issued_on.isoformat())
    if invoice.due is not None:
        _text(root, "DueDate", invoice.due.isoformat())
    _text(root, "InvoiceTypeCode", _COMMERCIAL_INVOICE)
    _text(root, "Note", invoice.subject)
    _text(root, "DocumentCurrencyCode", "JPY")
    period = _group(root, "InvoicePeriod")
    _text(period, "StartDate", invoice.delivered_on.isoformat())
    _text(period, "EndDate", invoice.delivered_on.isoformat())
    _text(_group(root, "ContractDocumentReference"), "ID", invoice.case_number)


def _party(parent: _Node, party: Party) -> None:
    node = _group(parent, "Party")
    _text(node, "EndpointID", party.corporate_number, schemeID=_CORPORATE_NUMBER)
    _text(_group(node, "PartyName"), "Name", party.name)
    _text(_group(_group(node, "PostalAddress"), "Country"), "IdentificationCode", "JP")
    if party.tax_number:
        scheme = _group(node, "PartyTaxScheme")
        _text(scheme, "CompanyID", party.tax_number)
        _text(_group(scheme, "TaxScheme"), "ID", "VAT")
    legal = _group(node, "PartyLegalEntity")
    _text(legal, "RegistrationName", party.name)
    _text(legal, "CompanyID", party.corporate_number, schemeID=_CORPORATE_NUMBER)


def _tax(root: _Node, totals: tuple[RateTotal, ...]) -> None:
    node = _group(root, "TaxTotal")
    _yen(node, "TaxAmount", sum(total.tax for total in totals))
    for total in totals:
        part = _group(node, "TaxSubtotal")
        _yen(part, "TaxableAmount", total.net)
        _yen(part, "TaxAmount", total.tax)
        _category(part, "TaxCategory", total)


def _sums(root: _Node, invoice: ElectronicInvoice) -> None:
    node = _group(root, "LegalMonetaryTotal")
    net = sum(total.net for total in invoice.totals)
    _yen(node, "LineExtensionAmount", net)
    _yen(node, "TaxExclusiveAmount", net)
    _yen(node, "TaxInclusiveAmount", sum(total.gross for total in invoice.totals))
    _yen(node, "PayableAmount", invoice.amount)


def _line(root: _Node, number: int, total: RateTotal, invoice: ElectronicInvoice) -> None:
    node = _group(root, "InvoiceLine")
    _text(node, "ID", str(number))
    _text(node, "InvoicedQuantity", "1", unitCode=_ONE)
    _yen(node, "LineExtensionAmount", total.net)
    item = _group(node, "Item")
    _text(item, "Name", invoice.subject)
    _category(item, "ClassifiedTaxCategory", total)
    _yen(_group(node, "Price"), "PriceAmount", total.net)


def _category(parent: _Node, name: str, total: RateTotal) -> None:
    node = _group(parent, name)
    _text(node, "ID", _CATEGORIES[total.kind])
    _text(node, "Percent", str(total.percent))
    _text(_group(node, "TaxScheme"), "ID", "VAT")


def _group(parent: _Node, name: str) -> _Node:
    return ElementTree.SubElement(parent, f"{{{CAC}}}{name}")


def _text(parent: _Node, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = text


def _yen(parent: _Node, name: str, amount: int) -> None:
    ElementTree.SubElement(parent, f"{{{CBC}}}{name}", _YEN).text = str(amount)
