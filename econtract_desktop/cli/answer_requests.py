"""econtract officer receive|return|inspect|result|accept-handover|return-handover|confirm-guarantee|receive-invoice|reject|paid"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules import handover
from econtract_core.rules.clocks import Fault
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import UsageError
from econtract_core.rules.inspection import Action
from econtract_core.rules.inspection import Result as Found
from econtract_core.rules.invoice import InvoiceAction
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.procedure_result import day, procedure_result
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData
    from econtract_core.messages.procedures import InspectedData

DEEDS = (
    "receive",
    "return",
    "inspect",
    "result",
    "accept-handover",
    "return-handover",
    "confirm-guarantee",
    "receive-invoice",
    "reject",
    "paid",
)


def add_arguments(parser: ArgumentParser, texts: Texts) -> None:
    """Beside the officer's other options."""
    parser.add_argument("--result", choices=[r.value for r in Found], help=texts("cli.opt_result"))
    parser.add_argument("--on", metavar="YYYY-MM-DD", help=texts("cli.opt_on"))
    parser.add_argument("--progress", type=int, metavar="YEN", help=texts("cli.opt_progress"))
    parser.add_argument("--repairs", default="", metavar="TEXT", help=texts("cli.opt_repairs"))
    parser.add_argument(
        "--fault", choices=[f.value for f in Fault], default=Fault.SLIGHT.value, help=texts("cli.opt_fault")
    )


def run(deed: str, call: Call) -> Result:
    """One deed of the body."""
    return procedure_result(_case(deed, call), call)


def _case(deed: str, call: Call) -> CaseData:
    options, procedures = call.options, call.desk.procedures
    name, on = options.case, day(options.on, "--on")
    if deed in ("receive", "return"):
        return procedures.request_inspection.act(name, Action(deed), options.reason)
    if deed == "inspect":
        return procedures.answer_requests.record(name, _inspected(call))
    if deed == "result":
        return procedures.answer_requests.issue_result(name, _paper(call), (call.selector, call.prompt))
    if deed == "accept-handover":
        return procedures.answer_requests.answer_handover(name, handover.Action.ACCEPT, on=on)
    if deed == "return-handover":
        return procedures.answer_requests.answer_handover(name, handover.Action.RETURN, options.reason)
    if deed == "confirm-guarantee":
        return procedures.answer_requests.confirm_guarantee(name)
    action = {"receive-invoice": InvoiceAction.RECEIVE, "reject": InvoiceAction.REJECT, "paid": InvoiceAction.PAY}[deed]
    return procedures.prepare_invoice.act(name, action, options.reason, Fault(options.fault), on)


def _inspected(call: Call) -> InspectedData:
    from econtract_core.messages.procedures import InspectedData
    from econtract_desktop.services.checked import checked

    options = call.options
    if options.result is None:
        raise UsageError(problem="--result")
    on = day(options.on, "--on") or in_japan(call.desk.now()).date()
    facts: dict[str, object] = {"on": on.isoformat(), "result": options.result}
    return checked(InspectedData, facts | {"progress": options.progress, "repairs": options.repairs})


def _paper(call: Call) -> Path:
    if len(call.options.document) != 1:
        raise UsageError(problem="--document FILE")
    return Path(call.options.document[0].rpartition("=")[2])
