"""Any signed file: told by its content, never by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.evidence.verdict import Verdict
from econtract_core.evidence.verify import certificates_of_file, verify_file
from econtract_core.rules.errors import FileNotReadable
from tests.fakes.asic_bench import AsicBench, write_container
from tests.fakes.documents import plain
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench


@pytest.fixture
def pki() -> TestPki:
    return TestPki.make()


def test_by_content(pki: TestPki, tmp_path: Path) -> None:
    person = pki.person()
    (tmp_path / "pdf").mkdir()
    pdf = Bench(pki, person, tmp_path / "pdf")
    container = AsicBench(pki, person, tmp_path)
    signed = pdf.sign().output.rename(tmp_path / "contract.asice")
    packed = container.sign().output.rename(tmp_path / "drawings.pdf")
    told = [container.verify(file) for file in (signed, packed)]
    assert [(v.format, v.verdict) for v in told] == [("PDF", Verdict.TOTAL_PASSED), ("ASiC-E", Verdict.TOTAL_PASSED)]
    assert all(person.der in certificates_of_file(file) for file in (signed, packed))


@pytest.mark.parametrize("data", [b"", b"hello", b"\x30\x82", b"\x89PNG\r\n", bytes(5000)])
def test_files_of_another_kind(pki: TestPki, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "some"
    file.write_bytes(data)
    found = AsicBench(pki, pki.person(), tmp_path).verify(file)
    assert (found.verdict, found.format, [f.code for f in found.findings]) == (
        Verdict.NO_SIGNATURE,
        "",
        ["no-signature"],
    )
    assert certificates_of_file(file) == ()


def test_unsigned_ones(pki: TestPki, tmp_path: Path) -> None:
    bench = AsicBench(pki, pki.person(), tmp_path)
    (tmp_path / "a.pdf").write_bytes(plain())
    write_container(tmp_path / "a.zip", {"a": b"1"})
    assert [bench.verify(tmp_path / n).verdict for n in ("a.pdf", "a.zip")] == [Verdict.NO_SIGNATURE] * 2


def test_what_cannot_be_read(pki: TestPki, tmp_path: Path) -> None:
    bench = AsicBench(pki, pki.person(), tmp_path)
    with pytest.raises(FileNotReadable):
        verify_file(tmp_path / "nothing", bench.trust)
    with pytest.raises(FileNotReadable):
        certificates_of_file(tmp_path)
