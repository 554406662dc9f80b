"""`sign-rss-1g-asice`: the peak memory of a process that signs a 1 GB file to XAdES-B-LTA in an ASiC-E container.

`python -m benchmarks.sign_rss_1g_asice FOLDER TSA_URL` is that process: it signs FOLDER/large.bin with the PKCS#12 card there. The
practice authority answers for timestamps and revocation on loopback.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.harness import BenchmarkBroken, Figure, Plan, Sample, measure, own_peak
from benchmarks.material import free_port

PLANS = (
    Plan(
        name="sign-rss-1g-asice",
        unit="MB",
        target=90,
        kind="absolute",
        what="peak memory of a process that signs a 1 GB file to XAdES-B-LTA in an ASiC-E container",
    ),
)
_SIZE, _BLOCK = 1_000_000_000, 10_000_000
_NAME = "large.bin"


def run(plan: Plan, runs: int) -> Figure:
    from econtract_practice.authority import Authority
    from econtract_practice.cards import make_file_card
    from econtract_practice.people import CONTRACTOR
    from econtract_practice.responder import Responder

    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name:
        folder = Path(name)
        port = free_port()
        authority = Authority.create(folder / "authority", f"http://127.0.0.1:{port}")
        with Responder(authority, port) as responder:
            key, certificate = authority.issue(CONTRACTOR.person)
            make_file_card(folder / "card.p12", "BENCH", CONTRACTOR.pin, key, certificate, (authority.issuing_der,))
            noise = random.Random(20261123).randbytes(_BLOCK)
            with (folder / _NAME).open("wb") as out:
                for _ in range(_SIZE // _BLOCK):
                    out.write(noise)
            return measure(plan, _peak(folder, authority.trust_dir, responder.tsa_url), None, min(runs, 3))


def _peak(folder: Path, trust_dir: Path, tsa_url: str) -> Sample:
    def sample() -> float:
        command = [sys.executable, "-m", "benchmarks.sign_rss_1g_asice", str(folder), str(trust_dir), tsa_url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkBroken(done.stderr[-800:])
        return float(done.stdout)

    return sample


class _Prompt:
    def ask(self, request: object) -> Any:
        from econtract_desktop.ports.pin import PinBuffer
        from econtract_practice.people import CONTRACTOR

        return PinBuffer(bytearray(CONTRACTOR.pin.encode()))


def _alone(folder: Path, trust_dir: Path, tsa_url: str) -> None:
    """Sign in this process and print its peak memory in MB."""
    from contextlib import ExitStack, closing

    from econtract_desktop.api.http import RequestsHttp
    from econtract_desktop.card.cards import DriverCards
    from econtract_desktop.config import CardSettings, Settings
    from econtract_desktop.crypto.asic.signer import AsicSigner
    from econtract_desktop.crypto.installed_trust import InstalledTrust
    from econtract_desktop.crypto.revocation import HttpRevocation
    from econtract_desktop.crypto.timestamps import HttpTimestamper
    from econtract_desktop.ports.card import CardSelector
    from econtract_desktop.ports.pin import PinPurpose
    from econtract_desktop.ports.signer import SignOptions

    with ExitStack() as stack:
        web = stack.enter_context(closing(RequestsHttp()))
        cards = DriverCards(Settings(profile=folder, cards=(CardSettings(str(folder / "card.p12")),)))
        stack.callback(cards.close)
        token = stack.enter_context(cards.open(CardSelector()))
        token.log_in(_Prompt(), PinPurpose("sign"))
        trust = InstalledTrust(trust_dir)
        revocation = HttpRevocation(lambda: web, folder / "kept", trust)
        signer = AsicSigner(HttpTimestamper(web, (tsa_url,), trust), revocation, trust)
        output = folder / "signed.asice"
        output.unlink(missing_ok=True)
        made = signer.sign(folder / _NAME, output, token, SignOptions(level="B-LTA"))
        if made.level != "XAdES-B-LTA":
            raise BenchmarkBroken(f"only {made.level}")
    print(own_peak())


if __name__ == "__main__":
    _alone(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
