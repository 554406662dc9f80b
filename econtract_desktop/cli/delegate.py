"""econtract delegate list|grant|request|accept|decline|revoke|resign"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from econtract_core.rules.delegation import Action, State, Work
from econtract_core.rules.errors import UsageError
from econtract_core.rules.money import format_yen
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.procedure_result import day
from econtract_desktop.services.delegate import Wanted
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.delegations import DelegationData

_PROPOSE = ("grant", "request")
_ACTS = ("accept", "decline", "revoke", "resign")


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("deed", choices=("list", *_PROPOSE, *_ACTS), help=texts("cli.arg_deed"))
    parser.add_argument("who", nargs="?", metavar="PERSON|DELEGATION", help=texts("delegate.arg_who"))
    parser.add_argument("--work", action="append", choices=[w.value for w in Work], help=texts("delegate.opt_work"))
    parser.add_argument("--from", dest="first_day", metavar="YYYY-MM-DD", help=texts("delegate.opt_from"))
    parser.add_argument("--to", dest="last_day", metavar="YYYY-MM-DD", help=texts("delegate.opt_to"))
    parser.add_argument("--body", action="append", default=[], metavar="BODY", help=texts("delegate.opt_body"))
    parser.add_argument("--case", action="append", default=[], metavar="CASE", help=texts("delegate.opt_case"))
    parser.add_argument("--most", type=int, metavar="YEN", help=texts("delegate.opt_most"))
    parser.add_argument("--sub-delegation", action="store_true", help=texts("delegate.opt_sub_delegation"))
    parser.add_argument("--parent", metavar="DELEGATION", help=texts("delegate.opt_parent"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=texts("cli.opt_reason"))


def run(command: str, call: Call) -> Result:
    options, service = call.options, call.desk.procedures.delegate
    if options.deed == "list":
        found = service.all()
        lines = [line for one in found.delegations for line in _lines(one, call.texts)]
        return Result(found.model_dump(mode="json"), lines or [call.texts("delegate.none")])
    if options.who is None:
        raise UsageError(problem=f"{options.deed}: {'PERSON' if options.deed in _PROPOSE else 'DELEGATION'}")
    if options.deed in _PROPOSE:
        one = service.propose(options.who, _wanted(call), options.parent)
    else:
        one = service.act(options.who, Action(options.deed), options.reason)
    return Result(one.model_dump(mode="json"), _lines(one, call.texts))


def _wanted(call: Call) -> Wanted:
    options = call.options
    first, last = day(options.first_day, "--from"), day(options.last_day, "--to")
    if first is None or last is None or not options.work:
        raise UsageError(problem="--work, --from, --to")
    works = tuple(Work(name) for name in dict.fromkeys(options.work))
    limits = (tuple(options.body), tuple(options.case), options.most, options.sub_delegation)
    return Wanted(works, first, last, *limits)


def _lines(one: DelegationData, say: Texts) -> list[str]:
    reach = one.reach
    limits = [
        say("delegate.days", first=reach.first_day.isoformat(), last=reach.last_day.isoformat()),
        say("delegate.bodies", bodies=say("delegate.and").join(one.bodies)) if one.bodies else "",
        say("delegate.cases", cases=say("delegate.and").join(one.case_numbers)) if one.case_numbers else "",
        say("delegate.most", most=format_yen(reach.most)) if reach.most is not None else "",
        say("delegate.sub_delegation") if reach.sub_delegation else "",
        say("delegate.hangs_on", parent=one.parent_id) if one.parent_id else "",
    ]
    works = say("delegate.and").join(say(f"delegate.work_{work.value}") for work in reach.works)
    people = {"grantor": one.grantor.name, "agent": one.agent.name, "state": say(f"delegate.state_{one.state.value}")}
    lines = [say("delegate.line", id=one.delegation_id, **people), f"  {works}"]
    lines += [f"  {limit}" for limit in limits if limit]
    if one.ended is not None and one.state is State.REVOKED:
        lines.append("  " + say("delegate.ended", by=one.ended.by or "-", reason=one.ended.reason or "-"))
    if one.allowed:
        allowed = say("delegate.and").join(say(f"delegate.act_{action.value}") for action in one.allowed)
        lines.append("  " + say("delegate.allowed", allowed=allowed))
    return lines
