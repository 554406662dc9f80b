"""A contract of several documents, offered on a fake server, and the real services that sign it over their real adapters."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from econtract_core.messages.cases import (
    ActOnContract,
    ContractData,
    OfferContract,
    OfferedFile,
    Operation,
    RegisterCase,
)
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Action, Side
from econtract_desktop.bootstrap import SystemClock
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.progress import NoProgress
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.log_in import LogIn
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.sign_contract import SignContract, SignedContract, SignTools
from econtract_desktop.store.store import open_store
from tests.fakes.clock import FakeIds
from tests.fakes.server import FakePerson, FakeServer
from tests.fakes.store import FakeKeys
from tests.integration.signing.batch import Batch, BatchDesk, Tick, Typist

CASE, CONTRACT = "case1", "case1-C0"


class ContractDesk:
    """`server` begins anew with each of these: the same contract, offered and not signed; this PC's store goes on."""

    def __init__(self, batch: Batch, tick: Tick = lambda _step: None, server: FakeServer | None = None) -> None:
        self.bench = BatchDesk(batch, tick)
        self.store, self.outbox = open_store(batch.profile, FakeKeys())
        self.server = server or offered(batch)
        clock = SystemClock()
        self.operate = Operate(self.server, self.store, self.outbox, clock, FakeIds("mine"))
        self.cases = Cases(self.server, self.store, clock)
        files = FilesOfContract(self.server, self.store, self.bench.verifier)
        self.log_in = LogIn(self.server, self.bench.cards, self.store, self.operate)
        tools = SignTools(
            self.server,
            self.store,
            self.bench.verifier,
            self.bench.sign_documents,
            self.bench.waiting,
            batch.profile / "signing" / "contracts",
        )
        self.sign_contract = SignContract(tools, self.cases, files, self.log_in, self.operate)

    def sign(self) -> SignedContract:
        return self.sign_contract.sign(CONTRACT, CardSelector(), Typist(), NoProgress())

    def contract(self) -> ContractData:
        return self.server.cases()[0].contracts[0]

    def sent(self) -> list[Path]:
        """What the server has of each document."""
        found = [self.store.file(d.current_sha256) for d in self.contract().documents]
        return [path for path in found if path is not None]

    def close(self) -> None:
        self.bench.close()
        self.store.close()


def offered(batch: Batch) -> FakeServer:
    """A server where the batch's documents are offered to the holder of its card."""
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    from tests.integration.signing.batch import PIN

    _, certificate, _ = pkcs12.load_key_and_certificates(batch.card.read_bytes(), PIN.encode())
    assert certificate is not None
    mine = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    officer = FakePerson("u2", "佐藤 花子", "b1", "関東地方整備局", Side.OFFICER, "b" * 64, role="officer")
    person = FakePerson("u1", "山田 太郎", "o1", "あおば橋建設株式会社", Side.CONTRACTOR, mine)
    server, ids = FakeServer((officer, person), SystemClock()), FakeIds()
    server.sit_down("u2")
    case = RegisterCase(
        number="2026-83-0153",
        title="橋補修工事",
        case_kind=CaseKind.WORKS,
        place="東京都",
        contractor_ids=("o1",),
        amount=148_500_000,
        tax=13_500_000,
        term_from=None,
        term_to=date(2027, 6, 30),
    )
    server.operate(Operation(operation_id=ids.new(), object_id=CASE, base_revision=0, payload=case))
    files = []
    for number, source in enumerate(batch.sources):
        sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
        server.upload(source, sha256)
        files.append(OfferedFile(document_id=f"d{number}", title=f"契約書 {number}", sha256=sha256))
    offer = OfferContract(files=tuple(files), deadline=datetime(2036, 11, 25, 8, tzinfo=UTC))
    server.operate(Operation(operation_id=ids.new(), object_id=CONTRACT, base_revision=0, payload=offer))
    server.sit_down("u1")
    review = ActOnContract(action=Action.REVIEW, reason="")
    revision = server.cases()[0].contracts[0].revision
    server.operate(Operation(operation_id=ids.new(), object_id=CONTRACT, base_revision=revision, payload=review))
    return server
