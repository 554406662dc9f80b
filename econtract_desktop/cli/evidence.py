"""econtract evidence CASE|FILE… --out FILE · econtract evidence --check EVIDENCE FILE…"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from econtract_core.evidence.plain import plain_verdict
from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", nargs="+", metavar="CASE|FILE", help=texts("cli.arg_evidence"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=texts("cli.opt_evidence_out"))
    parser.add_argument("--check", type=Path, metavar="EVIDENCE", help=texts("cli.opt_evidence_check"))
    parser.add_argument("--trust", type=Path, metavar="DIR", help=texts("cli.opt_trust"))


def run(command: str, call: Call) -> Result:
    o = call.options
    if (o.out is None) == (o.check is None):
        raise UsageError(problem="--out FILE | --check EVIDENCE")
    return _check(call) if o.check is not None else _make(call)


def _make(call: Call) -> Result:
    o = call.options
    paths = tuple(Path(word) for word in o.what)
    if len(paths) == 1 and not paths[0].exists():
        report = call.desk.evidence.of_case(o.what[0], o.out, call.progress)
    else:
        report = call.desk.evidence.of_files(paths, o.out, call.progress)
    documents = [{"file": d.name, "title": d.title} | plain_verdict(d.proof.verdict) for d in report.documents]
    passed = all(d.proof.verdict.verdict is Verdict.TOTAL_PASSED for d in report.documents)
    lines = [call.texts("cli.evidence_made", path=o.out)]
    lines += [f"  {d.title}: {call.texts(f'verdicts.{d.proof.verdict.verdict.value}')}" for d in report.documents]
    return Result({"evidence": str(o.out), "documents": documents}, lines, 0 if passed else 1)


def _check(call: Call) -> Result:
    o = call.options
    found = call.desk.evidence.check(o.check, tuple(Path(word) for word in o.what), call.progress)
    lines = [call.texts("cli.evidence_holds" if found.holds else "cli.evidence_not", path=o.check)]
    if not found.page_untouched:
        lines.append("  - " + call.texts("cli.evidence_touched"))
    for document in found.documents:
        key = "same" if document.same_verdict else "other" if document.found else "missing"
        lines.append(f"  - {document.name}: " + call.texts(f"cli.evidence_{key}"))
    lines += [f"  - {path}: " + call.texts("cli.evidence_unknown") for path in found.unknown]
    return Result({"holds": found.holds} | asdict(found), lines, 0 if found.holds else 1)
