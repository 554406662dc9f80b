"""A server that hands out another signed form than the offered one with signatures is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_core.messages.cases import ContractData, DocumentData
from econtract_core.rules.contract import ContractKind, Side, State
from econtract_core.rules.errors import DocumentAltered
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.ports.progress import NoProgress
from econtract_desktop.services.files_of_contract import FilesOfContract
from tests.fakes.clock import FakeClock
from tests.fakes.documents import TEXT, stream, updated
from tests.fakes.evidence_pki import TestPki
from tests.fakes.server import FakeServer
from tests.fakes.signing_bench import Bench
from tests.fakes.store import FakeStore


class Given:
    """An offered contract on this PC, and its latest form as some server tells it."""

    def __init__(self, folder: Path) -> None:
        pki = TestPki.make()
        (folder / "bench").mkdir()
        (folder / "store").mkdir()
        self.bench = Bench(pki, pki.person(), folder / "bench")
        self.offered = self.bench.source
        self._store = FakeStore(folder / "store")
        verifier = EvidenceVerifier(None, lambda: None)  # type: ignore[arg-type,return-value]
        self.files = FilesOfContract(FakeServer((), FakeClock()), self._store, verifier)

    def contract(self, current: Path) -> ContractData:
        document = DocumentData(
            document_id="d1",
            title="工事請負契約書",
            media_type="application/pdf",
            size=self.offered.stat().st_size,
            sha256=self._store.add_file(self.offered),
            needs_signature=True,
            current_sha256=self._store.add_file(current),
            current_size=current.stat().st_size,
        )
        return ContractData(
            contract_id="c1-C0",
            case_id="c1",
            kind=ContractKind.ORIGINAL,
            number=0,
            state=State.SUBMITTED,
            version=1,
            revision=3,
            deadline=None,
            concluded_at=None,
            documents=(document,),
            signatures=(),
            unsigned_contractor_ids=(),
            history=(),
            allowed=(),
            turn=Side.OFFICER,
        )


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


def test_the_offered_document_with_a_signature(given: Given, tmp_path: Path) -> None:
    contract = given.contract(given.bench.sign().output)
    assert given.files.fetch_all(contract, NoProgress()).keys() == {"d1"}
    assert [path.name for _, path in given.files.save(contract, tmp_path / "out")] == ["工事請負契約書.pdf"]


def test_a_text_that_was_changed_below_a_good_signature(given: Given, tmp_path: Path) -> None:
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(updated(given.offered.read_bytes(), {4: stream(TEXT.replace(b"Contract", b"Changed!"))}))
    contract = given.contract(given.bench.sign(changed).output)
    for deed in (
        lambda: given.files.fetch_all(contract, NoProgress()),
        lambda: given.files.save(contract, tmp_path / "out"),
    ):
        with pytest.raises(DocumentAltered, match="object 4"):
            deed()
    assert not list((tmp_path / "out").glob("*"))


def test_another_document_with_a_good_signature(given: Given, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(given.offered.read_bytes().replace(b"Contract", b"Cheaper!"))
    contract = given.contract(given.bench.sign(other).output)
    with pytest.raises(DocumentAltered, match="offered bytes"):
        given.files.fetch_all(contract, NoProgress())
