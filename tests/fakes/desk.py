"""FakeDesk: the real services over the fakes of their ports, for the window's tests. One case, offered to the contractor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from econtract_core.messages.cases import OfferContract, OfferedFile, Operation, RegisterCase
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import CardMissing
from econtract_desktop.card.drivers.installed import InstalledDrivers
from econtract_desktop.config import Settings
from econtract_desktop.crypto.lanes import ThreadLanes
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.forms.typst_forms import TypstForms
from econtract_desktop.ports.card import CardEvent, CardListing, CardSelector, CardToken
from econtract_desktop.services.card_status import CardStatus
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.contacts import Contacts
from econtract_desktop.services.diagnose import Diagnose
from econtract_desktop.services.extend_documents import ExtendDocuments
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.find_driver import FindDriver
from econtract_desktop.services.log_in import LogIn
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.review_contract import ReviewContract
from econtract_desktop.services.sign_contract import SignContract, SignTools
from econtract_desktop.services.sign_documents import SignDocuments, SignDocumentsTools
from econtract_desktop.services.signature_mark import SignatureMark
from econtract_desktop.services.timestamp_waiting import TimestampWaiting
from econtract_desktop.services.verify import Verify
from econtract_desktop.store.signing_journal import FileSigningJournals
from econtract_desktop.store.waiting_timestamps import FileWaitingTimestamps
from econtract_desktop.texts import Texts
from econtract_desktop.ui import samples
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.revocation import KnownIssuers
from tests.fakes.server import FakePerson, FakeServer
from tests.fakes.store import FakeOutbox, FakeStore

OFFICER = FakePerson("u2", "佐藤 花子", "b1", "関東地方整備局", Side.OFFICER, "b" * 64, role="officer")
CONTRACTOR = FakePerson("u1", "山田 太郎", "o1", "あおば橋建設株式会社", Side.CONTRACTOR, "a" * 64)
CASE, CONTRACT = "case1", "case1-C0"
TITLE = "令和8年度 国道20号〇〇橋補修工事"


class NoCards:
    """`ports.card.Cards`: an empty reader."""

    def listing(self) -> CardListing:
        return CardListing((), ())

    def open(self, selector: CardSelector, progress: object = None) -> CardToken:
        raise CardMissing()

    def close(self) -> None:
        pass


class SilentWatch:
    """`ports.card.CardWatch`: nothing ever happens, unless a test says so."""

    def __init__(self) -> None:
        self.heard: Callable[[CardEvent], None] | None = None

    def start(self, heard: Callable[[CardEvent], None]) -> None:
        self.heard = heard

    def stop(self) -> None:
        self.heard = None


class FakeDesk:
    """`services.desk.Desk`, as far as the window's tests go."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(profile=folder / "profile", server="https://server.test", theme="light")
        self.texts = Texts("ja")
        self.clock = FakeClock()
        self.server = FakeServer((OFFICER, CONTRACTOR), self.clock)
        self.cards, self.watch = NoCards(), SilentWatch()
        self.card_status = CardStatus(self.cards)
        self.diagnose = Diagnose(self.cards, self.clock)
        self.find_driver = FindDriver(InstalledDrivers(self.settings))
        (folder / "store").mkdir()
        store, ids = FakeStore(folder / "store"), FakeIds()
        self.outbox = Operate(self.server, store, FakeOutbox(), self.clock, ids)
        self.cases = Cases(self.server, store, self.clock)
        self.contacts = Contacts(self.cases, self.outbox)
        verifier = EvidenceVerifier(None, lambda: None)  # type: ignore[arg-type,return-value]
        self.files = FilesOfContract(self.server, store, verifier)
        self.review_contract = ReviewContract(self.cases, self.files, verifier, self.outbox)
        self.verify = Verify(verifier)
        self.log_in = LogIn(self.server, self.cards, store, self.outbox)
        kept = FileWaitingTimestamps(folder / "signing")
        self.extend_documents = ExtendDocuments(None, verifier, kept)  # type: ignore[arg-type]
        self.timestamp_waiting = TimestampWaiting(kept, self.extend_documents, KnownIssuers(), self.clock)
        journals = FileSigningJournals(folder / "signing")
        signing = SignDocumentsTools(
            self.cards,
            PadesSigner(None, None, lambda: None),
            verifier,
            journals,
            ThreadLanes(),
            self.clock,
            ids,  # type: ignore[arg-type,return-value]
        )
        self.sign_documents = SignDocuments(signing, self.timestamp_waiting)
        self.signature_mark = SignatureMark(TypstForms)
        tools = SignTools(
            self.server, store, verifier, self.sign_documents, self.timestamp_waiting, folder / "signing" / "contracts"
        )
        self.sign_contract = SignContract(tools, self.cases, self.files, self.log_in, self.outbox)
        self._offer(folder / "contract.pdf", ids)
        self.server.sit_down(CONTRACTOR.user_id)

    def now(self) -> datetime:
        return self.clock.now()

    def close(self) -> None:
        pass

    def _offer(self, pdf: Path, ids: FakeIds) -> None:
        samples.contract_pdf(pdf, version=1)
        officer = self.server.connect()
        officer.sit_down(OFFICER.user_id)
        case = RegisterCase(
            number="2026-83-0153",
            title=TITLE,
            case_kind=CaseKind.WORKS,
            place="東京都",
            contractor_ids=("o1",),
            amount=148_500_000,
            tax=13_500_000,
            term_from=None,
            term_to=date(2027, 6, 30),
        )
        officer.operate(Operation(operation_id=ids.new(), object_id=CASE, base_revision=0, payload=case))
        sha256 = FakeStore(pdf.parent / "store").add_file(pdf)
        officer.upload(pdf, sha256)
        offer = OfferContract(
            files=(OfferedFile(document_id="d1", title="工事請負契約書", sha256=sha256),),
            deadline=datetime(2026, 11, 25, 8, tzinfo=UTC),
        )
        officer.operate(Operation(operation_id=ids.new(), object_id=CONTRACT, base_revision=0, payload=offer))
