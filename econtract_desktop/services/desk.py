"""Everything a user interface can ask for, in one place. Bootstrap makes it; ui and cli get it.

Each service is built at its first use, from any thread: a command that only verifies never opens the store or the network.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from econtract_desktop.config import Settings
from econtract_desktop.ports.card import Cards, CardWatch
from econtract_desktop.ports.practice import Practice
from econtract_desktop.ports.server import Server
from econtract_desktop.services.answer_registrations import AnswerRegistrations
from econtract_desktop.services.answer_requests import AnswerRequests
from econtract_desktop.services.card_status import CardStatus
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.contacts import Contacts
from econtract_desktop.services.contract_life import ContractLife
from econtract_desktop.services.delegate import Delegate
from econtract_desktop.services.diagnose import Diagnose
from econtract_desktop.services.electronic_invoice import WriteElectronicInvoice
from econtract_desktop.services.evidence import MakeEvidence
from econtract_desktop.services.extend_documents import ExtendDocuments
from econtract_desktop.services.files_of_contract import FilesOfContract
from econtract_desktop.services.find_driver import FindDriver
from econtract_desktop.services.log_in import LogIn
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.prepare_contract import PrepareContract
from econtract_desktop.services.prepare_invoice import PrepareInvoice
from econtract_desktop.services.read_notices import ReadNotices
from econtract_desktop.services.register import Register
from econtract_desktop.services.renew_card import RenewCard
from econtract_desktop.services.request_inspection import RequestInspection
from econtract_desktop.services.review_contract import ReviewContract
from econtract_desktop.services.sign_contract import SignContract
from econtract_desktop.services.sign_documents import SignDocuments
from econtract_desktop.services.signature_mark import SignatureMark
from econtract_desktop.services.timestamp_services import StampingServices
from econtract_desktop.services.timestamp_waiting import TimestampWaiting
from econtract_desktop.services.trust_anchors import TrustAnchorsHere
from econtract_desktop.services.verify import Verify
from econtract_desktop.texts import Texts


class CardDesk(Protocol):
    """The card's part of it."""

    @property
    def cards(self) -> Cards: ...
    @property
    def watch(self) -> CardWatch: ...
    @property
    def card_status(self) -> CardStatus: ...
    @property
    def diagnose(self) -> Diagnose: ...
    @property
    def find_driver(self) -> FindDriver: ...


class FileDesk(Protocol):
    """For files that belong to no case."""

    @property
    def sign_documents(self) -> SignDocuments: ...
    @property
    def extend_documents(self) -> ExtendDocuments: ...
    @property
    def timestamp_waiting(self) -> TimestampWaiting: ...
    @property
    def signature_mark(self) -> SignatureMark: ...
    @property
    def verify(self) -> Verify: ...
    @property
    def evidence(self) -> MakeEvidence: ...
    @property
    def timestamp_services(self) -> StampingServices: ...
    @property
    def trust_anchors(self) -> TrustAnchorsHere: ...


class ProcedureDesk(Protocol):
    """What follows a contract's conclusion."""

    @property
    def contract_life(self) -> ContractLife:
        """begin, correct, terminate, move_to_paper"""
        ...

    @property
    def delegate(self) -> Delegate: ...
    @property
    def notices(self) -> ReadNotices: ...
    @property
    def request_inspection(self) -> RequestInspection: ...
    @property
    def prepare_invoice(self) -> PrepareInvoice: ...
    @property
    def electronic_invoice(self) -> WriteElectronicInvoice: ...
    @property
    def answer_requests(self) -> AnswerRequests:
        """The body's side."""
        ...


class AccountDesk(Protocol):
    """Registration and card renewal."""

    @property
    def register(self) -> Register:
        """look, apply, undo"""
        ...

    @property
    def renew_card(self) -> RenewCard: ...
    @property
    def answers(self) -> AnswerRegistrations:
        """The body's side."""
        ...


class Desk(CardDesk, FileDesk, Protocol):
    @property
    def settings(self) -> Settings: ...
    @property
    def texts(self) -> Texts: ...
    @property
    def server(self) -> Server: ...
    @property
    def practice(self) -> Practice: ...
    @property
    def log_in(self) -> LogIn: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def files(self) -> FilesOfContract: ...
    @property
    def review_contract(self) -> ReviewContract:
        """review, give_back (both sides), submit, withdraw"""
        ...

    @property
    def sign_contract(self) -> SignContract:
        """sign (contractor) and countersign (officer)"""
        ...

    @property
    def prepare_contract(self) -> PrepareContract: ...
    @property
    def procedures(self) -> ProcedureDesk: ...
    @property
    def accounts(self) -> AccountDesk: ...
    @property
    def outbox(self) -> Operate:
        """rows, push, cancel"""
        ...

    def now(self) -> datetime: ...

    def close(self) -> None:
        """End card processes, close the store."""
        ...
