"""econtract unit-price check|compare|begin"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from econtract_core.rules.contract import ContractKind
from econtract_core.rules.errors import UsageError
from econtract_core.rules.money import format_yen
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.cases import case_result
from econtract_desktop.services.unit_price import check_prices, compare_prices
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("deed", choices=("check", "compare", "begin"), help=texts("cli.arg_deed"))
    parser.add_argument("what", nargs="+", metavar="DATA|CASE", help=texts("cli.arg_prices"))
    for name in ("price", "tender", "estimate"):
        parser.add_argument(f"--{name}", type=int, metavar="YEN", help=texts(f"cli.opt_{name}"))


def run(command: str, call: Call) -> Result:
    options = call.options
    if len(options.what) != (2 if options.deed == "compare" else 1):
        raise UsageError(problem=" ".join(options.what))
    if options.deed == "begin":
        case = call.desk.procedures.contract_life.begin(options.what[0], ContractKind.UNIT_PRICE)
        return case_result(case, call)
    if options.deed == "compare":
        found = compare_prices(*(Path(word) for word in options.what))
        lines = [call.texts(f"unit_price.{what.value}", code=code) for what, code in found]
        data: dict[str, object] = {"differences": [{"what": what.value, "code": code} for what, code in found]}
        return Result(data, lines or [call.texts("unit_price.same")])
    return _check(call)


def _check(call: Call) -> Result:
    options, say = call.options, call.texts
    if options.price is None or (options.tender is None) != (options.estimate is None):
        raise UsageError(problem="--price, --tender and --estimate together")
    ratio = (options.tender, options.estimate) if options.tender is not None else None
    found = check_prices(Path(options.what[0]), options.price, ratio)
    lines = [say("unit_price.total", total=format_yen(found.total))]
    lines += [
        say(f"unit_price.problem_{f.problem.value}", code=f.code or "-", wanted=f.wanted or "-", found=f.found or "-")
        for f in found.findings
    ]
    if not found.findings:
        lines.append(say("unit_price.good"))
    data = {"method": found.method.value, "total": found.total, "sums": found.sums}
    return Result(data | {"findings": [asdict(f) for f in found.findings]}, lines, 1 if found.findings else 0)
