"""`verify-10`, `verify-2000p`, `verify-200m`, `verify-rss-200m`: verifying signed PDFs in a warm process.

Revocation data comes with the files (B-LTA) or is at hand (B-T), so that no network is in any figure. `verify-2000p` is held
against pyHanko's `ades_lta_validation` of the same file, `verify-200m` against SHA-256 of it. The peak of memory is that of
`python -m benchmarks.verify_archives FILE TRUST_DIR`, a process that verifies one file.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.harness import BenchmarkBroken, Figure, NotHere, Plan, Sample, measure, own_peak, timed
from benchmarks.material import pages_pdf, pdf, write_pdf
from benchmarks.signing_world import World, known_crls

_LARGE = 200_000_000
PLANS = (
    Plan(
        name="verify-10",
        unit="ms",
        target=8,
        what="verifying a file with 10 PAdES-B-LTA signatures, against the same with one",
    ),
    Plan(
        name="verify-2000p",
        unit="ms",
        target=0.2,
        what="verifying a 2,000-page PAdES-B-LTA file, against pyHanko's ades_lta_validation of it",
    ),
    Plan(name="verify-200m", unit="ms", target=1.5, what="verifying a 200 MB PAdES-B-T file, against SHA-256 of it"),
    Plan(
        name="verify-rss-200m",
        unit="MB",
        target=120,
        kind="absolute",
        what="peak memory of a process that verifies a 200 MB PAdES-B-T file",
    ),
)


def run(plan: Plan, runs: int) -> Figure:
    if plan.name == "verify-rss-200m" and not Path("/proc/self/status").exists():
        raise NotHere("/proc, where a process's peak of memory is told")
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        world = World(Path(name), stack)
        if plan.name == "verify-10":
            return measure(plan, _ours(world, _signed(world, 10)), _ours(world, _signed(world, 1)), runs)
        if plan.name == "verify-2000p":
            file = _signed(world, 1, pages_pdf(2_000))
            return measure(plan, _ours(world, file), _library(world, file), min(runs, 5))
        source = world.folder / "large.pdf"
        write_pdf(source, _LARGE)
        file = _sign(world, source, "large-signed.pdf", "B-T")
        if plan.name == "verify-200m":
            return measure(plan, _ours(world, file), timed(lambda: _hashed(file)), runs)
        return measure(plan, _peak(world, file), None, min(runs, 3))


def _signed(world: World, times: int, data: bytes | None = None) -> Path:
    file = world.folder / f"source-{times}.pdf"
    file.write_bytes(data if data is not None else pdf(29_000))
    for i in range(times):
        file = _sign(world, file, f"signed-{times}-{i}.pdf", "B-LTA")
    return file


def _sign(world: World, source: Path, name: str, level: str) -> Path:
    from econtract_desktop.ports.signer import SignOptions

    signer, token = world.signer()
    return signer.sign(source, world.folder / name, token, SignOptions(level=level)).output


def _verify(file: Path, trust_dir: Path, crls: tuple[bytes, ...]) -> None:
    from econtract_core.evidence.pdf.verify import verify_pdf
    from econtract_core.evidence.trust import TrustStore
    from econtract_core.evidence.verdict import Verdict

    verdict = verify_pdf(file, TrustStore.load(trust_dir), crls=crls)
    if verdict.verdict is not Verdict.TOTAL_PASSED:
        raise BenchmarkBroken(f"{verdict.verdict} {verdict.sub_indication} {verdict.findings}")


def _ours(world: World, file: Path) -> Sample:
    crls = known_crls(world.authority)
    return timed(lambda: _verify(file, world.authority.trust_dir, crls))


def _library(world: World, file: Path) -> Sample:
    """The peer: pyHanko's own validation for archives, everything it may keep given to it."""
    import asyncio

    from asn1crypto import crl, x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import ades
    from pyhanko.sign.validation.policy_decl import (
        LocalKnowledge,
        PdfSignatureValidationSpec,
        RevinfoOnlineFetchingRule,
        RevocationInfoGatheringSpec,
        SignatureValidationSpec,
    )
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
    from pyhanko_certvalidator.registry import SimpleTrustManager
    from pyhanko_certvalidator.revinfo.archival import CRLContainer

    from econtract_core.evidence.trust import TrustStore

    anchors = TrustStore.load(world.authority.trust_dir).anchors
    manager = SimpleTrustManager.build([x509.Certificate.load(der) for der in anchors])
    rule = RevocationCheckingRule.CHECK_IF_DECLARED
    policy = CertValidationPolicySpec(
        trust_manager=manager,
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
    )
    known = [CRLContainer(crl.CertificateList.load(der)) for der in known_crls(world.authority)]
    offline = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, offline, None, None, LocalKnowledge([], known)))

    def check() -> None:
        with file.open("rb") as stream:
            reader = PdfFileReader(stream)
            # Its answer may be NO_POE (it wants revocation data that is older than the signature); the time is what counts.
            asyncio.run(ades.ades_lta_validation(reader.embedded_regular_signatures[0], spec))

    return timed(check)


def _hashed(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _peak(world: World, file: Path) -> Sample:
    for i, crl in enumerate(known_crls(world.authority)):
        (world.folder / f"known-{i}.crl").write_bytes(crl)

    def sample() -> float:
        command = [sys.executable, "-m", "benchmarks.verify_archives", str(file), str(world.authority.trust_dir)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkBroken(done.stderr[-800:])
        return float(done.stdout)

    return sample


def _alone(file: Path, trust_dir: Path) -> None:
    _verify(file, trust_dir, tuple(p.read_bytes() for p in sorted(file.parent.glob("known-*.crl"))))
    print(own_peak())


if __name__ == "__main__":
    _alone(Path(sys.argv[1]), Path(sys.argv[2]))
