"""`cli-verify`: how long a person waits for `econtract verify`, against merely importing pyHanko's validation."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.harness import Figure, Plan, measure, process, script
from benchmarks.material import signed_pdf

PLANS = (
    Plan(
        name="cli-verify",
        unit="ms",
        target=0.8,
        what="econtract verify of a 29 KB PAdES-B-T file, whole process, against import pyhanko.sign.validation",
    ),
)


def run(plan: Plan, runs: int) -> Figure:
    with signed_pdf(29_000) as signed:
        ours: list[str | Path] = [script("econtract"), "verify", signed.file, "--trust", signed.trust_dir]
        ours += ["--profile", signed.profile, "--json"]
        other = [sys.executable, "-c", "import pyhanko.sign.validation"]
        return measure(plan, process(ours), process(other), runs)
