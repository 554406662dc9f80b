"""Any bytes as a signature file in an otherwise good container: a verdict or a typed error, and never TOTAL-PASSED where the signed
parts are not the seeds' own."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from econtract_core.evidence.asic import xades
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Verdict
from econtract_core.evidence.verify import certificates_of_file, verify_file
from tests.fakes.asic_bench import SIGNATURE, AsicBench, entries_of, write_container
from tests.fakes.evidence_pki import TestPki

SECONDS = 5.0


@cache
def _pki() -> TestPki:
    return TestPki.make()


@cache
def _good() -> tuple[dict[str, bytes], tuple[bytes, ...], frozenset[bytes], bytes]:
    """(a container's entries, signature files for it, what their signers signed, a CRL)."""
    with tempfile.TemporaryDirectory(prefix="econtract-fuzz-") as name:
        pki = _pki()
        bench = AsicBench(pki, pki.person(), Path(name))
        made = [bench.sign(name=level, level=level).output for level in ("B-B", "B-T", "B-LTA")]
        entries = entries_of(made[0])
        files = tuple(entries_of(m)[SIGNATURE] for m in made)
        signed = frozenset(s.value.signed for file in files for s in xades.read(file))
        return entries, files, signed, pki.crl()


def seeds() -> list[bytes]:
    return list(_good()[1])


def run(data: bytes) -> str:
    entries, _, signed, crl = _good()
    with tempfile.TemporaryDirectory(prefix="econtract-fuzz-") as name:
        path = Path(name) / "a.asice"
        write_container(path, entries | {SIGNATURE: data})
        verdict = verify_file(path, TrustStore.of(_pki().trust), crls=(crl,))
        certificates_of_file(path)
    if verdict.verdict is Verdict.TOTAL_PASSED:
        assert {s.value.signed for s in xades.read(data)} <= signed
        assert {s.signer for s in verdict.signatures} == {"山田 太郎"}
    problems = sorted(
        {f"{f.code} {dict(f.facts).get('problem', '')}"[:60].split(", line")[0] for f in verdict.findings}
    )
    return f"{verdict.verdict} {verdict.sub_indication} {verdict.level} {problems[:2]}"
