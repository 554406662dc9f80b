"""econtract inspection prepare|amend|sign|submit|edit|redraft|receive-result|notify-repair|handover|withdraw|show"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.inspection import Action, Kind
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.procedure_result import day, document, procedure_result
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.procedures import ClaimData

_PLAIN = ("submit", "edit", "redraft", "receive-result", "withdraw")
_DEEDS = ("prepare", "amend", "sign", *_PLAIN, "notify-repair", "handover", "show")


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("deed", choices=_DEEDS, help=texts("cli.arg_deed"))
    parser.add_argument("name", metavar="CASE|REQUEST", help=texts("cli.arg_request"))
    parser.add_argument(
        "--kind", choices=[k.value for k in Kind], default=Kind.COMPLETION.value, help=texts("cli.opt_kind")
    )
    parser.add_argument("--completed-on", metavar="YYYY-MM-DD", help=texts("cli.opt_completed_on"))
    parser.add_argument("--progress", type=int, metavar="YEN", help=texts("cli.opt_progress"))
    parser.add_argument("--part", default="", metavar="NAME", help=texts("cli.opt_part"))
    parser.add_argument("--document", type=Path, metavar="PDF", help=texts("cli.opt_paper"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=texts("cli.opt_reason"))


def run(command: str, call: Call) -> Result:
    options, service = call.options, call.desk.procedures.request_inspection
    card = (call.selector, call.prompt)
    if options.deed == "show":
        return procedure_result(call.desk.cases.find(options.name), call)
    if options.deed == "prepare":
        case = service.prepare(options.name, Kind(options.kind), _claim(call))
    elif options.deed == "amend":
        case = service.amend(options.name, _claim(call))
    elif options.deed == "sign":
        case = service.sign(options.name, document(call), card)
    elif options.deed == "notify-repair":
        case = service.notify_repair(options.name, document(call), card)
    elif options.deed == "handover":
        case = service.hand_over(options.name, document(call), card)
    else:
        case = service.act(options.name, Action(options.deed.replace("-", "_")), options.reason)
    return procedure_result(case, call)


def _claim(call: Call) -> ClaimData:
    from econtract_core.messages.procedures import ClaimData
    from econtract_desktop.services.checked import checked

    completed = day(call.options.completed_on, "--completed-on")
    facts: dict[str, object] = {"progress": call.options.progress, "part": call.options.part}
    return checked(ClaimData, facts | {"completed_on": completed.isoformat() if completed else None})
