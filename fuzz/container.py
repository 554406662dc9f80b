"""Any bytes as a container: a verdict or a typed error; what is read is what Python's zipfile reads; and never TOTAL-PASSED for
anything but the seeds' own files and signatures."""

from __future__ import annotations

import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Verdict
from econtract_core.evidence.verify import certificates_of_file, verify_file
from econtract_core.rules.errors import DocumentError
from tests.fakes.asic_bench import AsicBench, entries_of
from tests.fakes.evidence_pki import TestPki

SECONDS = 5.0
_LARGEST = 1 << 20


@cache
def _pki() -> TestPki:
    return TestPki.make()


@cache
def _good() -> tuple[dict[str, bytes], list[bytes]]:
    """(what the seeds' data objects hold, the seeds)."""
    with tempfile.TemporaryDirectory(prefix="econtract-fuzz-") as name:
        pki = _pki()
        bench = AsicBench(pki, pki.person(), Path(name))
        made = [bench.sign(name=level, level=level).output for level in ("B-B", "B-LTA")]
        entries = entries_of(made[0])
        files = {k: v for k, v in entries.items() if k != "mimetype" and not k.startswith("META-INF/")}
        return files, [*(m.read_bytes() for m in made), _deflated(entries), _one_way(entries)]


def _deflated(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def _one_way(entries: dict[str, bytes]) -> bytes:
    """With ZIP64 fields in every entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(data)
    return out.getvalue()


def seeds() -> list[bytes]:
    return _good()[1]


def run(data: bytes) -> str:
    with tempfile.NamedTemporaryFile(prefix="econtract-fuzz-") as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        word = _read(path)
        trust = TrustStore.of(_pki().trust)
        verdict = verify_file(path, trust, crls=(_crl(),))
        certificates_of_file(path)
        if verdict.verdict is Verdict.TOTAL_PASSED:
            entries = entries_of(path)
            assert all(entries[name] == content for name, content in _good()[0].items())
            assert {k for k in entries if k != "mimetype" and not k.startswith("META-INF/")} == set(_good()[0])
    codes = " ".join(sorted({f.code for f in verdict.findings}))
    return f"{word}; {verdict.format} {verdict.verdict} {verdict.sub_indication} {codes}"


@cache
def _crl() -> bytes:
    return _pki().crl()


def _read(path: Path) -> str:
    """Every entry, held against what another program makes of it."""
    try:
        with ZipReader(path) as reader:
            found = {e.name: reader.read(e, _LARGEST) for e in reader.entries}
    except DocumentError as refused:
        return str(refused.facts.get("problem", type(refused).__name__)).partition(": ")[2].partition(":")[0]
    with zipfile.ZipFile(path) as archive:
        assert {e.filename: archive.read(e) for e in archive.infolist()} == found
    return "read"
