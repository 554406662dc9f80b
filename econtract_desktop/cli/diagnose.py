"""econtract diagnose: the environment check. The card, the trust anchors, the timestamp services, the clock."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

from econtract_core.rules.errors import FileNotWritable
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts

_MARKS = {"ok": "○", "warn": "△", "error": "×"}


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("--report", type=Path, metavar="FILE", help=texts("cli.opt_report"))


def run(command: str, call: Call) -> Result:
    """Exit status 1 where something is an error."""
    conditions = (*call.desk.diagnose.cards(), *call.desk.diagnose.trust(), *call.desk.diagnose.services())
    told: list[dict[str, object]] = []
    lines = []
    for condition in conditions:
        title = call.texts(f"diagnosis.{condition.key}", **condition.facts)
        remedy = "" if condition.state == "ok" else call.texts(f"diagnosis.{condition.key}_remedy", **condition.facts)
        told.append(
            {"key": condition.key, "state": condition.state, "title": title, "remedy": remedy, "facts": condition.facts}
        )
        lines += [f"{_MARKS[condition.state]} {title}", *([f"   {remedy}"] if remedy else [])]
    data: dict[str, object] = {"findings": told, "at": call.desk.now().isoformat()}
    if call.options.report is not None:
        _write(call.options.report, data)
    return Result(data, lines, status=1 if any(f.state == "error" for f in conditions) else 0)


def _write(path: Path, data: dict[str, object]) -> None:
    """Raises FileNotWritable."""
    try:
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as problem:
        raise FileNotWritable(path=str(path), problem=problem.strerror or type(problem).__name__) from None
