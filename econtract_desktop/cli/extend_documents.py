"""econtract timestamp [FILE…] [--forget] · extend FILE… --level LEVEL"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.interruption import Interruption
from econtract_desktop.cli.sign_documents import WAITING, document, line, still, still_line
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import State
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    some = "*" if command == "timestamp" else "+"
    said = texts("cli.arg_files_waiting" if command == "timestamp" else "cli.arg_files")
    parser.add_argument("files", nargs=some, type=Path, metavar="FILE", help=said)
    if command == "extend":
        parser.add_argument("--level", choices=("B-T", "B-LT", "B-LTA"), required=True, help=texts("cli.opt_level"))
    else:
        parser.add_argument("--forget", action="store_true", help=texts("cli.opt_forget"))
    parser.add_argument("--tsa", action="append", metavar="URL", help=texts("cli.opt_tsa"))
    parser.add_argument("--trust", type=Path, metavar="DIR", help=texts("cli.opt_trust"))


def run(command: str, call: Call) -> Result:
    if command == "timestamp" and call.options.forget:
        for file in call.options.files:
            call.desk.timestamp_waiting.forget(file.absolute())
        left = call.desk.timestamp_waiting.files()
        lines = [still_line(w, call.texts) for w in left] or [call.texts("cli.none_waiting")]
        return Result({"waiting": [still(w) for w in left]}, lines)
    with Interruption() as interruption:
        progress = interruption.progress(call.progress)
        if not call.options.files:
            return _those_that_wait(call, progress)
        files, extend = tuple(call.options.files), call.desk.extend_documents
        if command == "timestamp":
            found = extend.timestamp(files, progress)
        else:
            found = extend.extend(files, call.options.level, progress)
    complete = all(d.state is State.COMPLETE for d in found)
    data: dict[str, object] = {"documents": [document(d) for d in found]}
    return Result(data, [line(d, call.texts) for d in found], 0 if complete else WAITING)


def _those_that_wait(call: Call, progress: Progress) -> Result:
    waited, say = call.desk.timestamp_waiting, call.texts
    completed = waited.complete(progress)
    documents = [c.document for c in completed if c.document is not None]
    problems = [(c.waiting, c.problem) for c in completed if c.problem is not None]
    waiting = waited.files()
    data: dict[str, object] = {
        "documents": [document(d) for d in documents],
        "problems": [{"file": str(w.file), "code": p.code, "message": say.error(p).title} for w, p in problems],
        "waiting": [still(w) for w in waiting],
    }
    lines = [line(d, say) for d in documents]
    lines += [f"{w.file}: {say.error(p).title}  [{p.code}]" for w, p in problems]
    lines += [still_line(w, say) for w in waiting] or [say("cli.none_waiting")]
    return Result(data, lines, WAITING if waiting else 0)
