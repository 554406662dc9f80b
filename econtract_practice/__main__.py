"""python -m econtract_practice start|stop|journey|life|cards --dir D"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path

from econtract_practice.running import is_running, request_stop, run_until_stopped


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m econtract_practice")
    parser.add_argument("what", choices=("start", "stop", "journey", "life", "cards"))
    parser.add_argument("--dir", type=Path, required=True, metavar="D")
    parser.add_argument("--report", type=Path, metavar="DIR", help="journey: where the verified files go")
    parser.add_argument("--kind", choices=("works", "services"), default="works", help="life: of which contract")
    parser.add_argument("--officer", action="store_true", help="start: with an officer who answers")
    parser.add_argument("--no-cases", action="store_true", help="start: without the cases in every state")
    parser.add_argument("--readers", type=int, default=2, metavar="N", help="cards: how many virtual readers")
    parser.add_argument("--parent", type=int, metavar="PID", help="start: end when this process has ended")
    options = parser.parse_args(arguments)
    folder = options.dir.resolve()
    if options.what == "stop":
        return 0 if request_stop(folder) else 1
    if options.what == "journey":
        from econtract_practice.journey import run_journey

        return run_journey(folder, (options.report or folder / "report").resolve())
    if options.what == "life":
        from econtract_practice.life import run_life

        return run_life(folder, (options.report or folder / "report").resolve(), options.kind)
    if options.what == "cards":
        return _cards(folder, options.readers)
    if options.parent is not None:
        threading.Thread(target=_end_with, args=(options.parent, folder), daemon=True).start()
    run_until_stopped(
        folder,
        lambda told: print(json.dumps(told, ensure_ascii=False), flush=True),
        examples=not options.no_cases,
        officer=options.officer,
    )
    return 0


def _cards(folder: Path, readers: int) -> int:
    from econtract_practice.cards.virtual import RigUnavailable
    from econtract_practice.cards.virtual.console import run

    try:
        run(folder, readers, ready=lambda told: print(json.dumps(told, ensure_ascii=False, indent=1), flush=True))
    except RigUnavailable as problem:
        print(f"virtual cards need: {problem}", file=sys.stderr)
        return 3
    return 0


def _end_with(parent: int, folder: Path) -> None:
    while is_running(parent):
        time.sleep(1)
    (folder / "stop").touch()


if __name__ == "__main__":
    sys.exit(main())
