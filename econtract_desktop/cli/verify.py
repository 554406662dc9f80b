"""econtract verify FILE…"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from econtract_core.evidence.plain import plain_verdict
from econtract_core.evidence.verdict import DocumentVerdict, Finding, SignatureVerdict, TimestampVerdict, Verdict
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts

Judged = TypeVar("Judged", SignatureVerdict, TimestampVerdict)


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=texts("cli.arg_files"))
    parser.add_argument("--trust", type=Path, metavar="DIR", help=texts("cli.opt_trust"))
    parser.add_argument("--at", metavar="TIME", help=texts("cli.opt_at"))
    parser.add_argument("--offline", action="store_true", help=texts("cli.opt_offline"))
    parser.add_argument("--detached", type=Path, metavar="CONTENT", help=texts("cli.opt_detached"))


def run(command: str, call: Call) -> Result:
    at = moment(call.options.at)
    o = call.options
    if o.detached is not None and len(o.files) != 1:
        raise UsageError(problem="--detached CONTENT: one FILE")
    verdicts = [call.desk.verify.verify(file, at, o.offline, o.detached) for file in o.files]
    passed = all(v.verdict is Verdict.TOTAL_PASSED for v in verdicts)
    lines = [line for verdict in verdicts for line in _lines(verdict, call.texts)]
    return Result({"documents": [_document(v, call.texts) for v in verdicts]}, lines, 0 if passed else 1)


def finding(found: Finding, texts: Texts) -> dict[str, object]:
    """A finding as `verify` and `inspect` print it."""
    text = texts(f"findings.{found.code}", **dict(found.facts))
    return {"code": found.code, "severity": found.severity.value, "text": text, "where": found.where}


def _document(v: DocumentVerdict, texts: Texts) -> dict[str, object]:
    told = {"file": v.file} | plain_verdict(v) | {"text": sentence(v, texts)}
    told["signatures"] = [plain | {"text": sentence(s, texts)} for plain, s in _pairs(told["signatures"], v.signatures)]
    told["timestamps"] = [plain | {"text": sentence(t, texts)} for plain, t in _pairs(told["timestamps"], v.timestamps)]
    return told | {"findings": [finding(f, texts) for f in v.findings]}


def _pairs(plain: Any, verdicts: tuple[Judged, ...]) -> Iterable[tuple[dict[str, object], Judged]]:
    return zip(plain, verdicts, strict=True)


def sentence(judged: DocumentVerdict | SignatureVerdict | TimestampVerdict, say: Texts) -> str:
    """What a verdict means; the reason where it is not a good one."""
    verdict, sub = say(f"verdicts.{judged.verdict.value}"), judged.sub_indication
    return f"{verdict}: {say(f'verdicts.{sub.value}')}" if sub is not None else verdict


def _lines(v: DocumentVerdict, say: Texts) -> list[str]:
    lines = [f"{v.file}: {sentence(v, say)}" + (f" ({v.sub_indication})" if v.sub_indication else "")]
    for s in v.signatures:
        proven = s.proven_at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S") if s.proven_at else "—"
        lines.append(say("cli.signature", signer=s.signer, organization=s.organization, level=s.level, proven=proven))
        if s.sub_indication is not None and len(v.signatures) > 1:
            lines.append(f"    {sentence(s, say)}")
    lines += [f"  - {finding(f, say)['text']}" for f in v.findings]
    return lines


def moment(text: str | None) -> datetime | None:
    """`--at TIME`, in Japan where no zone is given. Raises UsageError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(problem=f"--at {text}") from None
    return found if found.tzinfo else found.replace(tzinfo=JST)
