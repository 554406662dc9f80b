"""`sign-200m-blta`, `click-200m-blta`, `sign-rss-1g-pdf`: large files to PAdES-B-LTA.

`sign`: from opening the file until the signed one stands under its name, flushed and self-checked, against a copy, two SHA-256
over it, one bare PKCS#11 signature and two timestamp round trips. `click`: the same with the document made ready before, as the
window does while it is being read. `rss`: the peak of the signing process over a 1 GB file, from `python -m
benchmarks.sign_200m_blta FOLDER`, which signs with a PKCS#12 card and stamps with the quick service.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.harness import BenchmarkBroken, Figure, Plan, Sample, measure, own_peak, timed
from benchmarks.material import write_pdf
from benchmarks.signing_world import World

if TYPE_CHECKING:
    from econtract_desktop.crypto.pades.signer import PadesSigner

_LARGE = 200_000_000
_HUGE = 1_000_000_000
_WHAT = "200 MB, PAdES-B-LTA, SoftHSM card process, loopback TSA"
PLANS = (
    Plan(
        name="sign-200m-blta",
        unit="ms",
        target=1.1,
        what=f"{_WHAT}, from opening, against copy + 2 SHA-256 + signature + 2 round trips",
    ),
    Plan(
        name="click-200m-blta",
        unit="ms",
        target=60,
        kind="absolute",
        what=f"{_WHAT}, from the click, the file made ready before",
    ),
    Plan(
        name="sign-rss-1g-pdf",
        unit="MB",
        target=90,
        kind="absolute",
        what="peak memory of a process that signs a 1 GB PDF to PAdES-B-LTA",
    ),
)


def run(plan: Plan, runs: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        source = folder / "large.pdf"
        write_pdf(source, _HUGE if plan.name == "sign-rss-1g-pdf" else _LARGE)
        world = World(folder, stack)
        if plan.name == "sign-rss-1g-pdf":
            return measure(plan, _peak(folder, world), None, min(runs, 3))
        signer, token = world.signer()
        if plan.name == "click-200m-blta":
            return measure(plan, _click(signer, token, source), None, runs)
        return measure(plan, _whole(signer, token, source), _floor(world, source), runs)


def _whole(signer: PadesSigner, token: Any, source: Path) -> Sample:
    output = source.with_name("signed.pdf")

    def sign() -> float:
        output.unlink(missing_ok=True)
        return timed(lambda: _sign(signer, token, source, output))()

    return sign


def _click(signer: PadesSigner, token: Any, source: Path) -> Sample:
    output = source.with_name("signed.pdf")

    def sign() -> float:
        output.unlink(missing_ok=True)
        signer.make_ready(source, output.parent)
        return timed(lambda: _sign(signer, token, source, output))()

    return sign


def _sign(signer: PadesSigner, token: Any, source: Path, output: Path) -> None:
    from econtract_desktop.ports.signer import SignOptions

    level = signer.sign(source, output, token, SignOptions(level="B-LTA")).level
    if level != "PAdES-B-LTA":
        raise BenchmarkBroken(f"only {level}")


def _floor(world: World, source: Path) -> Sample:
    sign, stamp = world.bare_signature(), world.bare_timestamp()
    copy = source.with_name("copy.pdf")

    def bare() -> None:
        shutil.copyfile(source, copy)
        for _ in range(2):
            with source.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
        sign(digest)
        stamp()
        stamp()

    def sample() -> float:
        copy.unlink(missing_ok=True)
        return timed(bare)()

    return sample


def _peak(folder: Path, world: World) -> Sample:
    def sample() -> float:
        command = [sys.executable, "-m", "benchmarks.sign_200m_blta", str(folder), str(world.port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkBroken(done.stderr[-800:])
        return float(done.stdout)

    return sample


def _alone(folder: Path, port: int) -> None:
    """Sign `large.pdf` in this process and print its peak memory in MB."""
    with ExitStack() as stack:
        signer, token = World(folder, stack, port).signer()
        output = folder / "signed.pdf"
        output.unlink(missing_ok=True)
        _sign(signer, token, folder / "large.pdf", output)
    print(own_peak())


if __name__ == "__main__":
    _alone(Path(sys.argv[1]), int(sys.argv[2]))
