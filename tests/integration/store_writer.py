"""A program that writes to a profile's store and says so after each write; killed in the middle by its test, or by itself.

`store_writer.py PROFILE MODE ARGUMENT`: mode "steps" runs one fixed course and kills itself at event number ARGUMENT (0: never),
where an event is an SQL statement or a change to a file; mode "loop" adds to the outbox under the name ARGUMENT for ever.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from econtract_desktop.ports.store import KeptCase, Queued
from econtract_desktop.store.keys import FileKeys
from econtract_desktop.store.outbox import LocalOutbox
from econtract_desktop.store.store import LocalStore, open_store

_NOW = datetime(2026, 11, 23, tzinfo=UTC)
_CHANGES = {"open", "os.rename", "os.remove", "os.mkdir"}


class Countdown:
    """Kills this process, as a power cut would, at the n-th event."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.count = 0

    def __call__(self, event: str) -> None:
        self.count += 1
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def row(operation_id: str) -> Queued:
    return Queued(operation_id, "contract.act", "c1-C0", "{}", (), _NOW, "waiting", 0, None, None)


def say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


def steps(store: LocalStore, outbox: LocalOutbox, source: Path) -> None:
    outbox.add(row("a"))
    say("add a")
    outbox.add(row("b"))
    say("add b")
    outbox.mark("a", "unknown")
    say("mark a")
    store.keep_cases(tuple(KeptCase(name, name, "", "{}", _NOW) for name in ("c1", "c2")))
    say("cases")
    store.add_file(source)
    say("file")
    store.keep_setting("signed", "file")
    say("setting")
    outbox.done("a")
    say("done a")


def main(profile: Path, mode: str, argument: str) -> None:
    if mode == "loop":
        _, outbox = open_store(profile, FileKeys(profile))
        for i in range(1_000_000):
            outbox.add(row(f"{argument}-{i}"))
            say(f"{argument}-{i}")
            time.sleep(0.002)
    countdown = Countdown(int(argument))
    watched = str(profile)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in _CHANGES and str(arguments[0]).startswith(watched):
            countdown(event)

    source = profile.with_name("source")
    sys.addaudithook(hook)
    store, outbox = open_store(profile, FileKeys(profile), trace=countdown)
    say("open")
    steps(store, outbox, source)
    store.close()
    say(f"events {countdown.count}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
