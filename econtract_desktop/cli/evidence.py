"""econtract evidence CASE|FILE… --out FILE · econtract evidence --check EVIDENCE FILE… [--at TIME]"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from econtract_core.evidence.plain import plain_verdict
from econtract_core.evidence.verdict import SubIndication, Verdict
from econtract_core.identity.characters import visible
from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.verify import moment, sentence
from econtract_desktop.services.evidence_check import Checked, EvidenceCheck
from econtract_desktop.texts import Texts

# A file that has not changed comes to these by the passing of time alone.
_BY_TIME = frozenset(
    {
        SubIndication.TRY_LATER,
        SubIndication.NO_POE,
        SubIndication.OUT_OF_BOUNDS_NO_POE,
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    }
)


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", nargs="+", metavar="CASE|FILE", help=texts("cli.arg_evidence"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=texts("cli.opt_evidence_out"))
    parser.add_argument("--check", type=Path, metavar="EVIDENCE", help=texts("cli.opt_evidence_check"))
    parser.add_argument("--at", metavar="TIME", help=texts("cli.opt_evidence_at"))
    parser.add_argument("--trust", type=Path, metavar="DIR", help=texts("cli.opt_trust"))


def run(command: str, call: Call) -> Result:
    o = call.options
    if (o.out is None) == (o.check is None) or (o.at is not None and o.check is None):
        raise UsageError(problem="--out FILE | --check EVIDENCE [--at TIME]")
    return _check(call) if o.check is not None else _make(call)


def _make(call: Call) -> Result:
    o = call.options
    paths = tuple(Path(word) for word in o.what)
    if len(paths) == 1 and not paths[0].exists():
        report = call.desk.evidence.of_case(o.what[0], o.out, call.progress)
    else:
        report = call.desk.evidence.of_files(paths, o.out, call.progress)
    proven = [(d, d.proof.verdict) for d in report.documents if d.proof is not None]
    documents = [{"file": d.name, "title": d.title} | plain_verdict(verdict) for d, verdict in proven]
    passed = all(verdict.verdict is Verdict.TOTAL_PASSED for _, verdict in proven)
    lines = [call.texts("cli.evidence_made", path=o.out)]
    lines += [f"  {visible(d.title)}: {call.texts(f'verdicts.{verdict.verdict.value}')}" for d, verdict in proven]
    return Result({"evidence": str(o.out), "documents": documents}, lines, 0 if passed else 1)


def _check(call: Call) -> Result:
    o, say = call.options, call.texts
    files = tuple(Path(word) for word in o.what)
    found = call.desk.evidence.check(o.check, files, call.progress, moment(o.at))
    lines = [say("cli.evidence_holds" if found.holds else "cli.evidence_not", path=o.check)]
    for d in found.documents:
        lines.append(f"  - {visible(d.name)}: " + _document(d, say))
    if found.future:
        lines.append("  - " + say("cli.evidence_future"))
    if found.differences and found.made_by:
        lines.append("  - " + say("cli.evidence_other_version", version=visible(found.made_by)[:40]))
    for difference in found.differences:
        where = (
            say("evidence.document", number=difference.document) if difference.document else say("cli.evidence_page")
        )
        lines.append(f"  - {where}: " + say("cli.evidence_differs", said=difference.said, proven=difference.proven))
    lines += [f"  - {path}: " + say("cli.evidence_unknown") for path in found.unknown]
    lines.append("  " + say("cli.evidence_own"))
    lines += [f"    {say(f'evidence.{key}')}: {visible(value)}" for key, value in dict.fromkeys(found.own)]
    changed = any(d.changed for d in found.documents)
    return Result(_plain(found), lines, 0 if found.holds and not changed else 1)


def _document(d: Checked, say: Texts) -> str:
    if d.then is None or d.now is None:
        return say("cli.evidence_missing")
    then, now = (sentence(verdict, say) for verdict in (d.then, d.now))
    if not d.changed:
        return say("cli.evidence_then_now", then=then, now=now)
    aged = d.now.sub_indication in _BY_TIME
    return say("cli.evidence_then_now", then=then, now=now) + say("cli.evidence_aged" if aged else "cli.evidence_worse")


def _plain(found: EvidenceCheck) -> dict[str, object]:
    documents = [
        {
            "name": d.name,
            "sha256": d.sha256,
            "found": d.found,
            "then": plain_verdict(d.then) if d.then is not None else None,
            "now": plain_verdict(d.now) if d.now is not None else None,
        }
        for d in found.documents
    ]
    return {
        "holds": found.holds,
        "documents": documents,
        "differences": [asdict(difference) for difference in found.differences],
        "own_statements": [{"key": key, "value": value} for key, value in found.own],
        "unknown": list(found.unknown),
        "future": found.future,
        "made_by": found.made_by,
    }
