"""`sign-29k-bt`, `sign-1m-bt`: one PAdES-B-T in a warm process, against the work nobody can leave out.

Ours: PadesSigner with a SoftHSM card behind the card port (its own process) and HttpTimestamper over RequestsHttp; the clock
stops when the file stands under its name, flushed and self-checked. Against: SHA-256 of the file, one bare PKCS#11 signature on
the same kind of token, one timestamp round trip on a kept connection.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.harness import BenchmarkBroken, Figure, Plan, Sample, measure, timed
from benchmarks.material import pdf
from benchmarks.signing_world import World

_WHAT = (
    "one PAdES-B-T, warm, SoftHSM card process, loopback TSA, against SHA-256 + bare PKCS#11 signature + one round trip"
)
PLANS = (
    Plan(name="sign-29k-bt", unit="ms", target=2.5, what=f"29 KB: {_WHAT}"),
    Plan(name="sign-1m-bt", unit="ms", target=2.0, what=f"1 MB: {_WHAT}"),
)
_SIZES = {"sign-29k-bt": 29_000, "sign-1m-bt": 1_000_000}
_ROUNDS = 5  # signatures in one sample: a single one is too short to time


def run(plan: Plan, runs: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        source = folder / "contract.pdf"
        source.write_bytes(pdf(_SIZES[plan.name]))
        world = World(folder, stack)
        return measure(plan, _ours(world, source), _floor(world, source), runs)


def _ours(world: World, source: Path) -> Sample:
    from econtract_desktop.ports.signer import SignOptions

    signer, token = world.signer()
    signer.check_signable(source)
    made = 0

    def sign() -> None:
        nonlocal made
        made += 1
        signer.sign(source, world.folder / f"signed-{made}.pdf", token, SignOptions(level="B-T"))

    return _repeated(sign)


def _floor(world: World, source: Path) -> Sample:
    sign, stamp = world.bare_signature(), world.bare_timestamp()

    def bare() -> None:
        sign(hashlib.sha256(source.read_bytes()).digest())
        if stamp()[:1] != b"\x30":
            raise BenchmarkBroken("the timestamp service does not answer")

    return _repeated(bare)


def _repeated(action: Any) -> Sample:
    one = timed(lambda: [action() for _ in range(_ROUNDS)])
    return lambda: one() / _ROUNDS
