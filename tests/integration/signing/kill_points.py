"""SIGKILL at every step of signing a batch, and again from there: no document is lost, none has two signatures, nothing lies about,
and the card repeats at most one operation for each kill, which is counted and told.

`python -m tests.integration.signing.kill_points [--documents N] [--every N] [--kills N]` runs all of it and prints the counts; a step is the moment
before or after each call of the card, the signer, the verifier and the journal, and each change to a file in the batch's folder.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.quick_stamps import quick_stamps
from econtract_core.rules.errors import EcontractError, OutputExists
from econtract_practice.authority import Authority
from tests.integration.signing.batch import Batch, BatchDesk, count_asked, leftovers, signatures_in

_CHANGES = {"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
_DONE, _REFUSED, _BROKEN = 0, 10, 11


class Countdown:
    """Kills this process, as a power cut would, at the n-th step; counts them all where n is 0."""

    def __init__(self, at: int) -> None:
        self._lock = threading.Lock()
        self._left = at
        self.count = 0

    def __call__(self, step: str) -> None:
        with self._lock:
            self.count += 1
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Counts:
    """`repeated`: as the program told; `repeats`: as the card counted."""

    points: int = 0
    kills: int = 0
    lost: int = 0
    doubled: int = 0
    repeated: int = 0
    repeats: int = 0
    complaints: list[str] = field(default_factory=list)


def run_batch(batch: Batch, kill_at: int) -> int:
    """Sign the batch in a process of its own that is killed at that step (0: never). Its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        os._exit(_in_child(batch, kill_at))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _in_child(batch: Batch, kill_at: int) -> int:
    countdown = Countdown(kill_at)
    watched = str(batch.folder)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in _CHANGES and arguments and str(arguments[0]).startswith(watched) and not _is_read(event, arguments):
            countdown(event)

    try:
        desk = BatchDesk(batch, countdown)
        sys.addaudithook(hook)
        try:
            signed = desk.sign()
        finally:
            desk.close()
        told = {
            "repeated": signed.repeated_card_operations,
            "documents": len(signed.documents),
            "levels": sorted({d.level for d in signed.documents}),
            "steps": countdown.count,
        }
        (batch.folder.parent / "told.json").write_text(json.dumps(told))
        return _DONE
    except OutputExists:
        return _REFUSED
    except EcontractError as problem:
        print(problem, file=sys.stderr, flush=True)
        return _BROKEN
    except BaseException:  # noqa: BLE001  (a child of fork must not come back into its parent's code)
        traceback.print_exc()
        return _BROKEN


def _is_read(event: str, arguments: tuple[object, ...]) -> bool:
    return event == "open" and isinstance(arguments[2], int) and not arguments[2] & (os.O_WRONLY | os.O_RDWR)


class KillPoints:
    """All points of one batch; `fresh` is put in place of what the point before has left."""

    def __init__(self, folder: Path, documents: int) -> None:
        self._folder = folder
        self._documents = documents
        self._authority = Authority.create(folder / "authority", "http://127.0.0.1:9")
        self.counts = Counts()

    def run(self, every: int, offset: int, kills: int) -> None:
        with quick_stamps(self._folder, self._authority) as port:
            made = Batch.make(self._folder / "fresh", self._authority, port, self._documents)
            last = self._steps(self._copy(made))
            for at in range(1 + offset % every, last + 1, every):
                self._strike(self._copy(made), at, kills)
                if self.counts.points % 50 == 0:
                    print(f"  {at} of {last}", file=sys.stderr, flush=True)

    def _copy(self, made: Batch) -> Batch:
        place = self._folder / "work" / "batch"
        shutil.rmtree(place.parent, ignore_errors=True)
        shutil.copytree(made.folder, place)
        return Batch(place, made.authority, made.port)

    def _steps(self, batch: Batch) -> int:
        assert run_batch(batch, 0) == _DONE
        return int(self._told(batch)["steps"])

    def _told(self, batch: Batch) -> dict[str, int]:
        return json.loads((batch.folder.parent / "told.json").read_text())  # type: ignore[no-any-return]

    def _strike(self, batch: Batch, at: int, kills: int) -> None:
        """Killed at one step; the run that goes on is killed too, at steps as far again, up to `kills` times; then to the end."""
        counts, where = self.counts, f"killed at {at}"
        counts.points += 1
        killed = 0
        status = run_batch(batch, at)
        while status == -signal.SIGKILL:
            killed += 1
            status = run_batch(batch, at if killed < kills else 0)
        counts.kills += killed
        if status == _REFUSED and not batch.journals:
            told = {"repeated": max(0, count_asked(batch) - self._documents), "documents": self._documents}
        elif status != _DONE:
            counts.complaints.append(f"{where}: status {status}")
            return
        else:
            told = self._told(batch)
        self._check(batch, told, killed, where)

    def _check(self, batch: Batch, told: dict[str, int], killed: int, where: str) -> None:
        counts = self.counts
        repeats = count_asked(batch) - self._documents
        counts.repeats += repeats
        counts.repeated += told["repeated"]
        if not repeats <= told["repeated"] <= killed:
            counts.complaints.append(f"{where}: {repeats} repeats, told {told['repeated']}, {killed} kills")
        if told["documents"] != self._documents:
            counts.complaints.append(f"{where}: {told['documents']} documents told")
        for source in batch.sources:
            output = batch.out / source.name
            number = signatures_in(output) if output.is_file() else 0
            counts.lost += number == 0
            counts.doubled += number > 1
            if number != 1 or not output.read_bytes().startswith(source.read_bytes()):
                counts.complaints.append(f"{where}: {source.name} has {number} signatures")
        left = leftovers(batch)
        if left:
            counts.complaints.append(f"{where}: left {left}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.integration.signing.kill_points")
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--kills", type=int, default=1, help="how often each batch is killed")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="econtract-kill-") as folder:
        points = KillPoints(Path(folder), options.documents)
        points.run(options.every, options.offset, options.kills)
    c = points.counts
    for complaint in c.complaints:
        print(complaint)
    print(
        f"points {c.points}, kills {c.kills}, lost {c.lost}, doubled {c.doubled}, "
        f"repeated {c.repeated} (by the card's own count {c.repeats}), complaints {len(c.complaints)}"
    )
    return 1 if c.complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
