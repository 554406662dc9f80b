"""`cli-start`: how long a script waits for `econtract --version`, against an empty Python."""

from __future__ import annotations

import sys

from benchmarks.harness import Figure, Plan, measure, process, script

PLANS = (
    Plan(
        name="cli-start",
        unit="ms",
        target=5,
        what="econtract --version, whole process, against python -c pass",
    ),
)


def run(plan: Plan, runs: int) -> Figure:
    return measure(plan, process([script("econtract"), "--version"]), process([sys.executable, "-c", "pass"]), runs)
