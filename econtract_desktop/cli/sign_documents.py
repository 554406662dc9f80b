"""econtract sign FILE… --out DIR"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path

from econtract_core.rules.dates import JST
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.interruption import Interruption
from econtract_desktop.ports.signer import LEVELS, Mark, SignedDocument, SignOptions, State
from econtract_desktop.ports.waiting_timestamps import WaitingFile
from econtract_desktop.texts import Texts

WAITING = 3  # the exit status


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=texts("cli.arg_files"))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=texts("cli.opt_out"))
    parser.add_argument("--level", choices=LEVELS, default="B-T", help=texts("cli.opt_level"))
    parser.add_argument("--container", action="store_true", help=texts("cli.opt_container"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=texts("cli.opt_sign_reason"))
    parser.add_argument("--visible", action="store_true", help=texts("cli.opt_visible"))
    parser.add_argument("--anew", action="store_true", help=texts("cli.opt_anew"))
    parser.add_argument("--tsa", action="append", metavar="URL", help=texts("cli.opt_tsa"))
    parser.add_argument("--trust", type=Path, metavar="DIR", help=texts("cli.opt_trust"))


def run(command: str, call: Call) -> Result:
    started = time.monotonic()
    o = call.options
    options = SignOptions(o.level, o.reason, mark=Mark() if o.visible else None, container=o.container)
    with Interruption() as interruption:
        card_and_pin = (call.selector, interruption.prompt(call.prompt))
        signed = call.desk.sign_documents.sign(
            tuple(o.files), o.out, options, card_and_pin, interruption.progress(call.progress), anew=o.anew
        )
    complete = all(d.state is State.COMPLETE for d in signed.documents)
    waited = call.desk.timestamp_waiting
    waiting = waited.warnings() if complete else waited.files()
    problem, held = signed.timestamp_problem, call.desk.timestamp_services.clock() if o.level != "B-B" else None
    data: dict[str, object] = {
        "documents": [document(d) for d in signed.documents],
        "pins_asked": signed.pins_asked,
        "forecast_pins": signed.forecast_pins,
        "signatures_made": signed.signatures_made,
        "repeated_card_operations": signed.repeated_card_operations,
        "resumed": signed.resumed,
        "timestamp_problem": problem.code if problem is not None else None,
        "clock_ahead_s": round(held.ahead.total_seconds(), 1) if held is not None else None,
        "waiting": [still(w) for w in waiting],
        "seconds": round(time.monotonic() - started, 3),
    }
    lines = [line(d, call.texts) for d in signed.documents]
    if signed.repeated_card_operations:
        lines.append(call.texts("cli.signed_again", count=signed.repeated_card_operations))
    if held is not None and held.off:
        key = "diagnosis.clock_slow" if held.ahead > timedelta(0) else "diagnosis.clock_fast"
        lines.append(call.texts(key, seconds=round(abs(held.ahead).total_seconds())))
        lines.append(call.texts(f"{key}_remedy"))
    lines += [still_line(w, call.texts) for w in waiting]
    return Result(data, lines, 0 if complete else WAITING)


def document(d: SignedDocument) -> dict[str, object]:
    """A signed file, as `sign`, `timestamp` and `extend` print it."""
    return {
        "input": str(d.inputs[0]),
        "inputs": [str(i) for i in d.inputs],
        "output": str(d.output),
        "format": d.format,
        "level": d.level,
        "sha256": d.sha256,
        "signed_at": d.signed_at.isoformat(),
        "timestamp": d.timestamp.isoformat() if d.timestamp else None,
        "state": d.state.value,
    }


def line(d: SignedDocument, say: Texts) -> str:
    """The same for people: what this PC's clock said, and what is proven."""
    signed = clock(d.signed_at)
    if d.timestamp is None:
        return say("cli.signed_unproven", path=d.output, level=d.level, signed=signed)
    return say("cli.signed", path=d.output, level=d.level, signed=signed, proven=clock(d.timestamp))


def still(w: WaitingFile) -> dict[str, object]:
    """A file that waits for its timestamp or validation data."""
    return {
        "file": str(w.file),
        "level": w.level,
        "signed_at": w.signed_at.isoformat(),
        "deadline": w.deadline.isoformat(),
        "not_after": w.not_after.isoformat(),
        "next_list": w.next_list.isoformat() if w.next_list else None,
    }


def still_line(w: WaitingFile, say: Texts) -> str:
    return say("cli.still_waiting", path=w.file, level=w.level, deadline=clock(w.deadline))


def clock(moment: datetime) -> str:
    return moment.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")
