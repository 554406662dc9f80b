"""econtract officer register-case|prepare-contract|offer|send-back|withdraw|countersign|begin|correct|terminate|move-to-paper"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path

from econtract_core.rules.contract import ContractKind
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import EcontractError, FileNotReadable, UsageError
from econtract_desktop.cli import answer_registrations, answer_requests
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.cases import case_result
from econtract_desktop.cli.contract import deed
from econtract_desktop.services.plain_files import read_json, writing_problem
from econtract_desktop.texts import Texts

DEEDS = (
    "register-case",
    "prepare-contract",
    "offer",
    "send-back",
    "withdraw",
    "countersign",
    "begin",
    "correct",
    "terminate",
    "move-to-paper",
    *answer_requests.DEEDS,
    *answer_registrations.DEEDS,
)


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("deed", choices=DEEDS, help=texts("cli.arg_deed"))
    parser.add_argument("case", nargs="?", metavar="CASE|DATA", help=texts("cli.arg_case_or_data"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=texts("cli.opt_reason"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=texts("cli.opt_out_file"))
    parser.add_argument(
        "--document", action="append", default=[], metavar="[TITLE=]FILE", help=texts("cli.opt_document")
    )
    parser.add_argument("--deadline", metavar="YYYY-MM-DDTHH:MM", help=texts("cli.opt_deadline"))
    kinds = [kind.value for kind in ContractKind]
    parser.add_argument("--kind", choices=kinds, default=ContractKind.CHANGE.value, help=texts("cli.opt_contract_kind"))
    parser.add_argument("--amount", type=int, metavar="YEN", help=texts("cli.opt_change_amount"))
    parser.add_argument("--tax", type=int, metavar="YEN", help=texts("cli.opt_change_tax"))
    answer_requests.add_arguments(parser, texts)
    parser.add_argument("--term-to", metavar="YYYY-MM-DD", help=texts("cli.opt_term_to"))


def run(command: str, call: Call) -> Result:
    options = call.options
    if options.deed in answer_registrations.DEEDS:
        return answer_registrations.run(options.deed, call)
    if options.case is None:
        raise UsageError(problem=f"{options.deed} CASE")
    if options.deed == "register-case":
        return case_result(call.desk.prepare_contract.register_case(read_json(Path(options.case))), call)
    if options.deed == "prepare-contract":
        return _prepare(call)
    if options.deed == "offer":
        return _offer(call)
    if options.deed in answer_requests.DEEDS:
        return answer_requests.run(options.deed, call)
    if options.deed == "begin":
        change = (options.amount or 0, options.tax or 0, _day(options.term_to))
        return case_result(
            call.desk.procedures.contract_life.begin(options.case, ContractKind(options.kind), *change), call
        )
    if options.deed == "correct":
        return _correct(call)
    return deed(options.deed, call)


def _correct(call: Call) -> Result:
    options = call.options
    said = (options.amount, options.tax, options.term_to)
    change = None if said == (None, None, None) else (options.amount or 0, options.tax or 0, _day(options.term_to))
    return case_result(call.desk.procedures.contract_life.correct(options.case, change), call)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise UsageError(problem=f"--term-to {text}") from None


def _prepare(call: Call) -> Result:
    if call.options.out is None:
        raise UsageError(problem="--out FILE")
    source, out = Path(call.options.case), call.options.out
    if source.is_dir():
        return _prepare_all(source, out, call)
    call.desk.prepare_contract.lay_out(read_json(source), out)
    return Result({"output": str(out)}, [str(out)])


def _prepare_all(folder: Path, out: Path, call: Call) -> Result:
    """Every *.json of a folder; one that is wrong does not hold up the others."""
    done: list[dict[str, object]] = []
    lines = []
    for source in sorted(folder.glob("*.json")):
        target = out / f"{source.stem}.pdf"
        try:
            out.mkdir(parents=True, exist_ok=True)
            call.desk.prepare_contract.lay_out(read_json(source), target)
        except OSError as problem:
            raise writing_problem(out, problem) from None
        except EcontractError as error:
            done.append({"input": str(source), "error": {"code": error.code, **error.facts}})
            lines.append(call.texts("cli.not_laid_out", path=source, problem=call.texts.error(error).cause))
        else:
            done.append({"input": str(source), "output": str(target)})
            lines.append(str(target))
    if not done:
        raise FileNotReadable(path=str(folder), problem="no *.json")
    return Result({"documents": done}, lines, int(any("error" in one for one in done)))


def _offer(call: Call) -> Result:
    if not call.options.document:
        raise UsageError(problem="--document FILE")
    files = []
    for text in call.options.document:
        title, equals, path = text.rpartition("=")
        files.append((title if equals else Path(path).stem, Path(path)))
    case = call.desk.prepare_contract.offer(call.options.case, tuple(files), _deadline(call.options.deadline))
    return case_result(case, call)


def _deadline(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(problem=f"--deadline {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)
