"""The Desk: every service over the adapters, each imported when it is first asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from econtract_core.rules.errors import UsageError
from econtract_desktop.bootstrap.accounts import Accounts
from econtract_desktop.bootstrap.adapters import Adapters
from econtract_desktop.bootstrap.procedures import Procedures
from econtract_desktop.config import Settings
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_desktop.ports.card import Cards, CardWatch
    from econtract_desktop.ports.practice import Practice
    from econtract_desktop.ports.server import Server
    from econtract_desktop.services.card_status import CardStatus
    from econtract_desktop.services.cases import Cases
    from econtract_desktop.services.contacts import Contacts
    from econtract_desktop.services.desk import AccountDesk, Desk, ProcedureDesk
    from econtract_desktop.services.diagnose import Diagnose
    from econtract_desktop.services.evidence import MakeEvidence
    from econtract_desktop.services.extend_documents import ExtendDocuments
    from econtract_desktop.services.files_of_contract import FilesOfContract
    from econtract_desktop.services.find_driver import FindDriver
    from econtract_desktop.services.log_in import LogIn
    from econtract_desktop.services.operate import Operate
    from econtract_desktop.services.prepare_contract import PrepareContract
    from econtract_desktop.services.review_contract import ReviewContract
    from econtract_desktop.services.sign_contract import SignContract
    from econtract_desktop.services.sign_documents import SignDocuments
    from econtract_desktop.services.signature_mark import SignatureMark
    from econtract_desktop.services.timestamp_services import StampingServices
    from econtract_desktop.services.timestamp_waiting import TimestampWaiting
    from econtract_desktop.services.trust_anchors import TrustAnchorsHere
    from econtract_desktop.services.verify import Verify


class FileProgram:
    """The services for files that belong to no case."""

    def __init__(self, world: Adapters) -> None:
        self._world = world

    @property
    def sign_documents(self) -> SignDocuments:
        from econtract_desktop.services.sign_documents import SignDocuments, SignDocumentsTools

        w = self._world
        tools = SignDocumentsTools(
            w.cards, w.crypto.signer, w.crypto.verifier, w.crypto.signing_files[0], w.lanes, w.clock, w.ids
        )
        return SignDocuments(tools, self.timestamp_waiting)

    @property
    def extend_documents(self) -> ExtendDocuments:
        from econtract_desktop.services.extend_documents import ExtendDocuments

        return ExtendDocuments(
            self._world.crypto.signer, self._world.crypto.verifier, self._world.crypto.signing_files[1]
        )

    @property
    def timestamp_waiting(self) -> TimestampWaiting:
        from econtract_desktop.services.timestamp_waiting import TimestampWaiting

        w = self._world
        return TimestampWaiting(
            w.crypto.signing_files[1], self.extend_documents, w.crypto.revocation.offline(), w.clock
        )

    @property
    def timestamp_services(self) -> StampingServices:
        from econtract_desktop.services.timestamp_services import StampingServices

        return StampingServices(lambda: self._world.crypto.timestamper, self._world.passwords)

    @property
    def signature_mark(self) -> SignatureMark:
        from econtract_desktop.services.signature_mark import SignatureMark

        return SignatureMark(lambda: self._world.forms)

    @property
    def verify(self) -> Verify:
        from econtract_desktop.services.verify import Verify

        return Verify(self._world.crypto.verifier)

    @property
    def trust_anchors(self) -> TrustAnchorsHere:
        from econtract_desktop.services.trust_anchors import TrustAnchorsHere

        w = self._world
        return TrustAnchorsHere(w.crypto.anchors, w.crypto.trust, lambda: w.http, w.clock)


class CardProgram(FileProgram):
    """And the card's."""

    @property
    def cards(self) -> Cards:
        return self._world.cards

    @property
    def watch(self) -> CardWatch:
        return self._world.watch

    @property
    def card_status(self) -> CardStatus:
        from econtract_desktop.services.card_status import CardStatus

        return CardStatus(self.cards)

    @property
    def find_driver(self) -> FindDriver:
        from econtract_desktop.services.find_driver import FindDriver

        return FindDriver(self._world.drivers)

    @property
    def diagnose(self) -> Diagnose:
        from econtract_desktop.services.diagnose import Diagnose

        w = self._world
        anchors = lambda: self.trust_anchors.state()  # noqa: E731, PLW0108 - looking at cards loads no certificates' library
        return Diagnose(self.cards, w.clock, lambda: w.crypto.timestamper, anchors)


class Program(CardProgram):
    """The Desk: every service over the adapters."""

    def __init__(self, settings: Settings, texts: Texts) -> None:
        super().__init__(Adapters(settings))
        self.settings = settings
        self.texts = texts

    @property
    def server(self) -> Server:
        if not self.settings.server:
            raise UsageError(problem="--server URL")
        return self._world.server

    @property
    def practice(self) -> Practice:
        return self._world.practice

    @property
    def outbox(self) -> Operate:
        from econtract_desktop.services.operate import Operate

        w = self._world
        return Operate(self.server, w.store, w.outbox, w.clock, w.ids)

    @property
    def log_in(self) -> LogIn:
        from econtract_desktop.services.log_in import LogIn

        return LogIn(self.server, self.cards, self._world.store, self.outbox)

    @property
    def cases(self) -> Cases:
        from econtract_desktop.services.cases import Cases

        return Cases(self.server, self._world.store, self._world.clock)

    @property
    def contacts(self) -> Contacts:
        from econtract_desktop.services.contacts import Contacts

        return Contacts(self.cases, self.outbox)

    @property
    def files(self) -> FilesOfContract:
        from econtract_desktop.services.files_of_contract import FilesOfContract

        return FilesOfContract(self.server, self._world.store, self._world.crypto.verifier)

    @property
    def review_contract(self) -> ReviewContract:
        from econtract_desktop.services.review_contract import ReviewContract

        return ReviewContract(self.cases, self.files, self._world.crypto.verifier, self.outbox)

    @property
    def procedures(self) -> ProcedureDesk:
        return Procedures(self, self._world)

    @property
    def accounts(self) -> AccountDesk:
        return Accounts(self, self._world)

    @property
    def sign_contract(self) -> SignContract:
        from econtract_desktop.services.sign_contract import SignContract, SignTools

        w = self._world
        folder = self.settings.profile.absolute() / "signing" / "contracts"
        tools = SignTools(self.server, w.store, w.crypto.verifier, self.sign_documents, self.timestamp_waiting, folder)
        return SignContract(tools, self.cases, self.files, self.log_in, self.outbox)

    @property
    def prepare_contract(self) -> PrepareContract:
        from econtract_desktop.services.prepare_contract import OfferTools, PrepareContract

        w = self._world
        if self.settings.server:
            tools = OfferTools(self.cases, self.outbox, self.files, w.store, w.crypto.verifier, w.ids)
            return PrepareContract(w.forms, tools)
        return PrepareContract(w.forms, None)  # laying out needs no server

    @property
    def evidence(self) -> MakeEvidence:
        from econtract_desktop.forms.evidence_page import evidence_page
        from econtract_desktop.services.evidence import MakeEvidence

        w = self._world
        return MakeEvidence(
            w.crypto.verifier,
            lambda report: evidence_page(report, Texts(report.language)),
            w.clock.now,
            lambda: (self.cases, self.files),
            self.texts.language,
        )

    def now(self) -> datetime:
        return self._world.clock.now()

    def close(self) -> None:
        self._world.close()


def make_desk(settings: Settings, texts: Texts) -> Desk:
    return Program(settings, texts)
