"""econtract invoice guarantee|prepare|amend|check|sign|submit|correct|discard|show|xml"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.errors import UsageError
from econtract_core.rules.invoice import InvoiceAction
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.procedure_result import document, procedure_result
from econtract_desktop.services.plain_files import read_json
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.procedures import QualifiedData

_DEEDS = ("guarantee", "prepare", "amend", "check", "sign", "submit", "correct", "discard", "show", "xml")


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    kinds = [k.value for k in InvoiceKind]
    parser.add_argument("deed", choices=_DEEDS, help=texts("cli.arg_deed"))
    parser.add_argument("name", metavar="CASE|INVOICE", help=texts("cli.arg_invoice"))
    parser.add_argument("--kind", choices=kinds, help=texts("cli.opt_kind"))
    parser.add_argument("--amount", type=int, metavar="YEN", help=texts("cli.opt_amount"))
    parser.add_argument("--subject", default="", metavar="REQUEST", help=texts("cli.opt_subject"))
    parser.add_argument("--data", type=Path, metavar="JSON", help=texts("cli.opt_qualified"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=texts("cli.opt_out_file"))
    parser.add_argument("--document", type=Path, metavar="PDF", help=texts("cli.opt_paper"))


def run(command: str, call: Call) -> Result:
    options, service = call.options, call.desk.procedures.prepare_invoice
    if options.deed == "show":
        return procedure_result(call.desk.cases.find(options.name), call)
    if options.deed == "xml":
        return _xml(call)
    if options.deed == "check":
        case, invoice = service.check(options.name)
        findings = {"limit": invoice.limit, "missing": invoice.missing, "allowed": invoice.allowed}
        return procedure_result(case, call, invoice=invoice.invoice_id, **findings)
    if options.deed == "guarantee":
        return procedure_result(service.guarantee(options.name, _guarantee(call)), call)
    if options.deed == "prepare":
        kind, amount = _kind(call), _amount(call)
        case = service.prepare(options.name, kind, amount, options.subject, _qualified(call))
    elif options.deed == "amend":
        case = service.amend(options.name, _amount(call), _qualified(call))
    elif options.deed == "sign":
        case = service.sign(options.name, document(call), (call.selector, call.prompt))
    else:
        case = service.act(options.name, InvoiceAction(options.deed))
    return procedure_result(case, call)


def _xml(call: Call) -> Result:
    """JP PINT."""
    if call.options.out is None:
        raise UsageError(problem="--out FILE")
    made, findings = call.desk.procedures.electronic_invoice.write(call.options.name, call.options.out)
    data: dict[str, object] = {
        "output": str(call.options.out),
        "number": made.number,
        "issued_on": made.issued_on.isoformat(),
        "amount": made.amount,
        "findings": [{"name": one.name, "value": one.value} for one in findings],
    }
    doubts = [call.texts("cli.invoice_doubt", name=one.name, value=one.value) for one in findings]
    return Result(data, [str(call.options.out), *doubts])


def _kind(call: Call) -> InvoiceKind:
    if call.options.kind is None:
        raise UsageError(problem="--kind")
    return InvoiceKind(call.options.kind)


def _amount(call: Call) -> int:
    amount: int | None = call.options.amount
    if amount is None:
        raise UsageError(problem="--amount")
    return amount


def _guarantee(call: Call) -> dict[str, object]:
    """From a file: its authentication key 認証キー is no business of whoever lists this PC's processes."""
    if call.options.data is None:
        raise UsageError(problem="--data JSON")
    return read_json(call.options.data)


def _qualified(call: Call) -> QualifiedData | None:
    from econtract_core.messages.procedures import QualifiedData
    from econtract_desktop.services.checked import checked

    return checked(QualifiedData, read_json(call.options.data)) if call.options.data is not None else None
