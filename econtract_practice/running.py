"""Practice mode's life: started in the foreground or beside the window, asked to stop from anywhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from econtract_practice import children
from econtract_practice.environment import DESCRIPTION, STOP, Environment
from econtract_practice.examples.making import make_examples
from econtract_practice.officer import Officer
from econtract_practice.people import PRACTICE_MEMBERS

_START_LIMIT = 60.0  # seconds


def run_until_stopped(
    directory: Path,
    ready: Callable[[dict[str, object]], None],
    *,
    examples: bool = True,
    officer: bool = False,
) -> None:
    """Start everything, tell `ready`, stay until `request_stop`, Ctrl-C or SIGTERM. `examples`: make a case in every state
    before, which takes half a minute the first time. `officer`: the one who answers too, and makes them while she is at it, so
    that nobody waits for them."""
    over = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: over.set())
    with Environment(directory, members=PRACTICE_MEMBERS) as environment:
        if examples and not officer:
            environment.show(make_examples(environment))
        ready(environment.description())
        if officer:
            work = (environment, over, examples)
            threading.Thread(target=_answer, args=work, daemon=True).start()
        stop = environment.directory / STOP
        try:
            while not over.wait(0.2) and not stop.exists():
                pass
        except KeyboardInterrupt:
            pass
        over.set()


def _answer(environment: Environment, over: threading.Event, examples: bool) -> None:
    officer = Officer(environment)
    officer.begin()
    if examples:
        environment.show(make_examples(environment))
        officer.leave()
    officer.answer_until(over)


def request_stop(directory: Path) -> bool:
    """Ask the one that runs under `directory` to end, and wait for it; False where none runs."""
    description = directory / DESCRIPTION
    if not description.exists():
        return False
    (directory / STOP).touch()
    until = time.monotonic() + 20
    while description.exists() and time.monotonic() < until:
        time.sleep(0.1)
    (directory / STOP).unlink(missing_ok=True)
    return not description.exists()


def start_beside(directory: Path, parent: int) -> None:
    """Start practice mode with an answering officer as a process of its own, which ends with process `parent`; back when it
    answers. Does nothing where one runs. Raises RuntimeError."""
    description = directory / DESCRIPTION
    if description.exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "practice.log").open("ab") as log:
        process = subprocess.Popen(
            children.command(
                "econtract_practice", "start", "--dir", str(directory), "--officer", "--parent", str(parent)
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    until = time.monotonic() + _START_LIMIT
    while not description.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"practice mode did not start; see {directory / 'practice.log'}")
        time.sleep(0.1)


def is_running(process: int) -> bool:
    """Does a process of this number live?"""
    if sys.platform == "win32":
        seen = subprocess.run(
            ["tasklist", "/FI", f"PID eq {process}", "/NH"], capture_output=True, check=False, text=True
        )
        return str(process) in seen.stdout
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
