"""econtract practice start|stop --dir D"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", choices=("start", "stop"), help=texts("cli.arg_practice"))
    parser.add_argument("--dir", type=Path, required=True, metavar="D", help=texts("cli.opt_practice_dir"))
    parser.add_argument("--no-cases", action="store_true", help=texts("cli.opt_no_cases"))


def run(command: str, call: Call) -> Result:
    folder = call.options.dir.resolve()
    if call.options.what == "stop":
        stopped = call.desk.practice.stop(folder)
        return Result(
            {"stopped": stopped},
            [call.texts("cli.practice_stopped" if stopped else "cli.practice_none")],
            int(not stopped),
        )

    def ready(description: dict[str, object]) -> None:
        if call.options.json:
            print(json.dumps(description, ensure_ascii=False), flush=True)
        else:
            print(call.texts("cli.practice_ready", server=description["server"], dir=folder), flush=True)

    call.desk.practice.run(folder, ready, examples=not call.options.no_cases)
    return Result({"stopped": True}, [call.texts("cli.practice_stopped")])
