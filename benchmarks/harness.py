"""How a figure is taken: warm-up, then ours and the other in turn, medians of at least seven, one JSON line.

Machines are shared and noisy: only the ratio (or difference) counts, and both sides must meet the same noise. That is why the
runs alternate, and why the side that goes first changes with every pair.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

RUNS = 7
QUICK_RUNS = 3
Sample = Callable[[], float]
"""One run; returns its figure in the bench's unit."""


@dataclass(frozen=True)
class Plan:
    """What `measure` needs besides the two sides. `kind`: how `value` is made of the two medians ("absolute" has no other
    side). `at_most`: smaller is better."""

    name: str
    unit: str  # "ms", "MB", "1/s", "count"
    target: float
    what: str
    kind: str = "ratio"  # "ratio", "difference", "absolute"
    at_most: bool = True


@dataclass(frozen=True)
class Figure:
    """One line of the result; the fields are the JSON's. `spread`: least and greatest value over the single pairs."""

    bench: str
    kind: str
    ours: float
    against: float | None
    unit: str
    value: float
    target: float
    ok: bool
    runs: int
    spread: tuple[float, float]
    what: str

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def measure(plan: Plan, ours: Sample, against: Sample | None, runs: int) -> Figure:
    """Warm both up once, then take `runs` pairs, the first side changing each time."""
    if (against is None) != (plan.kind == "absolute"):
        raise ValueError(f"{plan.name}: kind {plan.kind} and the other side do not fit")
    ours()
    if against is not None:
        against()
    mine: list[float] = []
    other: list[float] = []
    for turn in range(runs):
        if against is not None and turn % 2:
            other.append(against())
        mine.append(ours())
        if against is not None and not turn % 2:
            other.append(against())
    return evaluate(plan, mine, other)


def evaluate(plan: Plan, mine: Sequence[float], other: Sequence[float]) -> Figure:
    """The figure from the samples; `other` is empty for an absolute one."""
    ours = statistics.median(mine)
    against = statistics.median(other) if other else None
    value = _value(plan.kind, ours, against)
    pairs = [_value(plan.kind, a, b) for a, b in zip(mine, other, strict=True)] if other else list(mine)
    return Figure(
        bench=plan.name,
        kind=plan.kind,
        ours=round(ours, 3),
        against=None if against is None else round(against, 3),
        unit=plan.unit,
        value=round(value, 3),
        target=plan.target,
        ok=value <= plan.target if plan.at_most else value >= plan.target,
        runs=len(mine),
        spread=(round(min(pairs), 3), round(max(pairs), 3)),
        what=plan.what,
    )


def _value(kind: str, ours: float, against: float | None) -> float:
    if kind == "absolute" or against is None:
        return ours
    return ours / against if kind == "ratio" else ours - against


# --- taking one sample -----------------------------------------------------------------------------------------------


def timed(action: Callable[[], object]) -> Sample:
    """A sample that takes the wall time of `action` in this process, in ms."""

    def sample() -> float:
        started = time.perf_counter()
        action()
        return (time.perf_counter() - started) * 1000

    return sample


def process(command: Sequence[str | Path], env: dict[str, str] | None = None) -> Sample:
    """A sample that takes the wall time of a whole process, in ms. A process that fails breaks the benchmark off."""

    def sample() -> float:
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | (env or {}))
        elapsed = (time.perf_counter() - started) * 1000
        if done.returncode:
            raise BenchmarkBroken(
                f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-800:]}"
            )
        return elapsed

    return sample


def own_peak() -> float:
    """This process's peak memory in MB. Not getrusage: what it tells a child begins with the peak of who started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        raise NotHere("no /proc here")
    peak = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


class NotHere(Exception):
    """This machine cannot measure it, and says what it lacks; no figure, and no failure."""


class BenchmarkBroken(Exception):
    """What was to be measured did not work; a figure would be a lie."""


def script(name: str) -> Path:
    """An installed command of this project, beside the running Python."""
    return Path(sys.executable).parent / (f"{name}.exe" if sys.platform == "win32" else name)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """These environment variables for the length of a block (for what reads them in this process)."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
