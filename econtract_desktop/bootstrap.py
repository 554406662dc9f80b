"""Composition root: the only file that knows every adapter.

Adapters are imported when they are first needed, not at the top: `econtract verify` must not load the database, nor the
window pyHanko (measured: pyHanko alone costs 0.5 s of start-up).
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from econtract_core.rules.errors import ProgramMissing, UsageError
from econtract_desktop import config
from econtract_desktop.config import Settings
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_desktop.api.tls import ClientCertificate
    from econtract_desktop.crypto.installed_trust import InstalledTrust
    from econtract_desktop.crypto.revocation import HttpRevocation
    from econtract_desktop.crypto.timestamps import HttpTimestamper
    from econtract_desktop.ports.card import Cards, CardWatch
    from econtract_desktop.ports.drivers import Drivers
    from econtract_desktop.ports.forms import Forms
    from econtract_desktop.ports.http import FileHttp
    from econtract_desktop.ports.lanes import Lanes
    from econtract_desktop.ports.practice import Practice
    from econtract_desktop.ports.server import Server
    from econtract_desktop.ports.signer import Signer, Verifier
    from econtract_desktop.ports.signing_journal import SigningJournals
    from econtract_desktop.ports.store import Outbox, Store
    from econtract_desktop.ports.timestamps import Passwords
    from econtract_desktop.ports.trust import TrustAnchors
    from econtract_desktop.ports.waiting_timestamps import WaitingTimestamps
    from econtract_desktop.services.answer_requests import AnswerRequests
    from econtract_desktop.services.card_status import CardStatus
    from econtract_desktop.services.cases import Cases
    from econtract_desktop.services.contacts import Contacts
    from econtract_desktop.services.contract_life import ContractLife
    from econtract_desktop.services.desk import Desk, ProcedureDesk
    from econtract_desktop.services.diagnose import Diagnose
    from econtract_desktop.services.evidence import MakeEvidence
    from econtract_desktop.services.extend_documents import ExtendDocuments
    from econtract_desktop.services.files_of_contract import FilesOfContract
    from econtract_desktop.services.find_driver import FindDriver
    from econtract_desktop.services.log_in import LogIn
    from econtract_desktop.services.operate import Operate
    from econtract_desktop.services.prepare_contract import PrepareContract
    from econtract_desktop.services.prepare_invoice import PrepareInvoice
    from econtract_desktop.services.procedures import ProcedureTools
    from econtract_desktop.services.request_inspection import RequestInspection
    from econtract_desktop.services.review_contract import ReviewContract
    from econtract_desktop.services.sign_contract import SignContract
    from econtract_desktop.services.sign_documents import SignDocuments
    from econtract_desktop.services.signature_mark import SignatureMark
    from econtract_desktop.services.timestamp_services import StampingServices
    from econtract_desktop.services.timestamp_waiting import TimestampWaiting
    from econtract_desktop.services.trust_anchors import TrustAnchorsHere
    from econtract_desktop.services.verify import Verify

T = TypeVar("T")


class SystemClock:
    """This PC's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TimeOrderedIds:
    """UUIDv7 (RFC 9562) as 32 hex digits: sortable by time, unique without asking anybody."""

    def new(self) -> str:
        milliseconds = int(datetime.now(UTC).timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
        return f"{value:032x}"


class PracticeHere:
    """Practice mode in this process's children."""

    def run(self, directory: Path, ready: Callable[[dict[str, object]], None]) -> None:
        try:
            from econtract_practice.running import run_until_stopped
        except ImportError as problem:
            raise ProgramMissing(name=str(problem.name), how="pip install econtract-desktop[practice]") from None
        run_until_stopped(directory, ready)

    def stop(self, directory: Path) -> bool:
        from econtract_practice.running import request_stop

        return request_stop(directory)


class _Lazy:
    """Builds each part once, whichever thread asks first."""

    def __init__(self) -> None:
        self._parts: dict[str, object] = {}
        self._lock = threading.RLock()

    def get(self, name: str, make: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = make()
            return cast(T, self._parts[name])

    def built(self, name: str) -> object | None:
        with self._lock:
            return self._parts.get(name)


class Adapters:
    """The outside world, as the settings choose it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lazy = _Lazy()
        self.clock = SystemClock()
        self.ids = TimeOrderedIds()
        self.practice: Practice = PracticeHere()
        self.anchors: Callable[[], TrustAnchors] = lambda: self._lazy.get("anchors", lambda: _kept_anchors(settings))

    @property
    def cards(self) -> Cards:
        from econtract_desktop.card.cards import DriverCards

        return self._lazy.get("cards", lambda: DriverCards(self._settings, self.drivers))

    @property
    def watch(self) -> CardWatch:
        from econtract_desktop.card.watcher import ReaderWatch

        return self._lazy.get("watch", lambda: ReaderWatch(self._settings))

    @property
    def drivers(self) -> Drivers:
        from econtract_desktop.card.drivers.installed import InstalledDrivers

        return self._lazy.get("drivers", lambda: InstalledDrivers(self._settings))

    @property
    def http(self) -> FileHttp:
        from econtract_desktop.api.http import RequestsHttp

        return self._lazy.get(
            "http",
            lambda: RequestsHttp(
                ca_file=self._settings.ca_file, certificates=client_certificates(self._settings, self)
            ),
        )

    @property
    def server(self) -> Server:
        from econtract_desktop.api.server import HttpsServer

        return self._lazy.get(
            "server", lambda: HttpsServer(self.http, self._settings.server, self.store, self.clock.now, self.trust)
        )

    @property
    def store(self) -> Store:
        return self._opened[0]

    @property
    def outbox(self) -> Outbox:
        return self._opened[1]

    @property
    def _opened(self) -> tuple[Store, Outbox]:
        from econtract_desktop.store.keys import FileKeys, KeyringKeys
        from econtract_desktop.store.store import open_store

        profile = self._settings.profile
        keys = FileKeys(profile) if self._settings.practice else KeyringKeys(profile)
        return self._lazy.get("store", lambda: open_store(profile, keys))

    @property
    def forms(self) -> Forms:
        from econtract_desktop.forms.typst_forms import TypstForms

        return self._lazy.get("forms", TypstForms)

    @property
    def trust(self) -> InstalledTrust:
        """The profile's chosen folder, what the program ships, and the signed list."""
        from econtract_desktop.crypto.installed_trust import InstalledTrust

        chosen = self._settings.trust_dir
        folders = (*([chosen] if chosen else []), shipped_trust())
        return self._lazy.get("trust", lambda: InstalledTrust(*folders, listed=self.anchors().in_force))

    @property
    def revocation(self) -> HttpRevocation:
        from econtract_desktop.crypto.revocation import HttpRevocation

        kept = self._settings.profile / "revocation"
        return self._lazy.get("revocation", lambda: HttpRevocation(lambda: self.http, kept, self.trust))

    @property
    def timestamper(self) -> HttpTimestamper:
        from econtract_desktop.crypto.timestamps import HttpTimestamper

        services = config.timestamp_services(self._settings)
        return self._lazy.get(
            "timestamper",
            lambda: HttpTimestamper(self.http, services, self.trust, self.clock.now, self.passwords),
        )

    @property
    def passwords(self) -> Passwords:
        from econtract_desktop.store.passwords import KeyringPasswords

        return self._lazy.get("passwords", KeyringPasswords)

    @property
    def signer(self) -> Signer:
        return self._lazy.get("signer", self._make_signer)

    def _make_signer(self) -> Signer:
        from econtract_desktop.crypto.asic.signer import AsicSigner
        from econtract_desktop.crypto.pades.signer import PadesSigner
        from econtract_desktop.crypto.signers import AnySigner

        # Typst is loaded with the first mark, not with the signer.
        pictures = lambda *words: self.forms.mark(*words)  # noqa: E731, PLW0108
        pdf = PadesSigner(self.timestamper, self.revocation, self.trust, pictures=pictures)
        return AnySigner(pdf, AsicSigner(self.timestamper, self.revocation, self.trust))

    @property
    def verifier(self) -> Verifier:
        from econtract_desktop.crypto.verifier import EvidenceVerifier

        return self._lazy.get("verifier", lambda: EvidenceVerifier(self.trust, lambda: self.revocation))

    @property
    def lanes(self) -> Lanes:
        from econtract_desktop.crypto.lanes import ThreadLanes

        return self._lazy.get("lanes", ThreadLanes)

    @property
    def signing_files(self) -> tuple[SigningJournals, WaitingTimestamps]:
        """What signing keeps in the profile."""
        from econtract_desktop.store.signing_journal import FileSigningJournals
        from econtract_desktop.store.waiting_timestamps import FileWaitingTimestamps

        folder = self._settings.profile / "signing"
        return self._lazy.get("signing", lambda: (FileSigningJournals(folder), FileWaitingTimestamps(folder)))

    def close(self) -> None:
        for name in ("cards", "signer", "store"):
            part = self._lazy.built(name)
            if isinstance(part, tuple):
                part[0].close()
            elif part is not None:
                part.close()  # type: ignore[attr-defined]


def _kept_anchors(settings: Settings) -> TrustAnchors:
    """The signed list of trust anchors. Practice mode has keys of its own, in its folder of anchors."""
    from econtract_desktop.store.trust_anchors import KeptAnchors

    own = settings.trust_dir if settings.practice else None
    return KeptAnchors(own if own is not None else shipped_trust(), settings.profile)


class FileProgram:
    """The services for files that belong to no case."""

    def __init__(self, world: Adapters) -> None:
        self._world = world

    @property
    def sign_documents(self) -> SignDocuments:
        from econtract_desktop.services.sign_documents import SignDocuments, SignDocumentsTools

        w = self._world
        tools = SignDocumentsTools(w.cards, w.signer, w.verifier, w.signing_files[0], w.lanes, w.clock, w.ids)
        return SignDocuments(tools, self.timestamp_waiting)

    @property
    def extend_documents(self) -> ExtendDocuments:
        from econtract_desktop.services.extend_documents import ExtendDocuments

        return ExtendDocuments(self._world.signer, self._world.verifier, self._world.signing_files[1])

    @property
    def timestamp_waiting(self) -> TimestampWaiting:
        from econtract_desktop.services.timestamp_waiting import TimestampWaiting

        w = self._world
        return TimestampWaiting(w.signing_files[1], self.extend_documents, w.revocation.offline(), w.clock)

    @property
    def timestamp_services(self) -> StampingServices:
        from econtract_desktop.services.timestamp_services import StampingServices

        return StampingServices(lambda: self._world.timestamper, self._world.passwords)

    @property
    def signature_mark(self) -> SignatureMark:
        from econtract_desktop.services.signature_mark import SignatureMark

        return SignatureMark(lambda: self._world.forms)

    @property
    def verify(self) -> Verify:
        from econtract_desktop.services.verify import Verify

        return Verify(self._world.verifier)

    @property
    def trust_anchors(self) -> TrustAnchorsHere:
        from econtract_desktop.services.trust_anchors import TrustAnchorsHere

        w = self._world
        return TrustAnchorsHere(w.anchors(), w.trust, lambda: w.http, w.clock)


class Program(FileProgram):
    """The Desk: every service over the adapters."""

    def __init__(self, settings: Settings, texts: Texts) -> None:
        super().__init__(Adapters(settings))
        self.settings = settings
        self.texts = texts

    @property
    def cards(self) -> Cards:
        return self._world.cards

    @property
    def watch(self) -> CardWatch:
        return self._world.watch

    @property
    def server(self) -> Server:
        if not self.settings.server:
            raise UsageError(problem="--server URL")
        return self._world.server

    @property
    def practice(self) -> Practice:
        return self._world.practice

    @property
    def card_status(self) -> CardStatus:
        from econtract_desktop.services.card_status import CardStatus

        return CardStatus(self.cards)

    @property
    def find_driver(self) -> FindDriver:
        from econtract_desktop.services.find_driver import FindDriver

        return FindDriver(self._world.drivers)

    @property
    def outbox(self) -> Operate:
        from econtract_desktop.services.operate import Operate

        w = self._world
        return Operate(self.server, w.store, w.outbox, w.clock, w.ids)

    @property
    def diagnose(self) -> Diagnose:
        from econtract_desktop.services.diagnose import Diagnose

        w = self._world
        anchors = lambda: self.trust_anchors.state()  # noqa: E731, PLW0108 - looking at cards loads no certificates' library
        return Diagnose(self.cards, w.clock, lambda: w.timestamper, anchors)

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

        return FilesOfContract(self.server, self._world.store, self._world.verifier)

    @property
    def review_contract(self) -> ReviewContract:
        from econtract_desktop.services.review_contract import ReviewContract

        return ReviewContract(self.cases, self.files, self._world.verifier, self.outbox)

    @property
    def procedures(self) -> ProcedureDesk:
        return Procedures(self, self._world)

    @property
    def sign_contract(self) -> SignContract:
        from econtract_desktop.services.sign_contract import SignContract, SignTools

        w = self._world
        folder = self.settings.profile.absolute() / "signing" / "contracts"
        tools = SignTools(self.server, w.store, w.verifier, self.sign_documents, self.timestamp_waiting, folder)
        return SignContract(tools, self.cases, self.files, self.log_in, self.outbox)

    @property
    def prepare_contract(self) -> PrepareContract:
        from econtract_desktop.services.prepare_contract import OfferTools, PrepareContract

        w = self._world
        if self.settings.server:
            tools = OfferTools(self.cases, self.outbox, self.files, w.store, w.verifier, w.ids)
            return PrepareContract(w.forms, tools)
        return PrepareContract(w.forms, None)  # laying out needs no server

    @property
    def evidence(self) -> MakeEvidence:
        from econtract_desktop.forms.evidence_page import evidence_page
        from econtract_desktop.services.evidence import MakeEvidence

        w = self._world
        return MakeEvidence(
            w.verifier,
            lambda report: evidence_page(report, Texts(report.language)),
            w.clock.now,
            lambda: (self.cases, self.files),
            self.texts.language,
        )

    def now(self) -> datetime:
        return self._world.clock.now()

    def close(self) -> None:
        self._world.close()


class Procedures:
    """The ProcedureDesk."""

    def __init__(self, program: Program, world: Adapters) -> None:
        self._program = program
        self._world = world

    @property
    def contract_life(self) -> ContractLife:
        from econtract_desktop.services.contract_life import ContractLife

        return ContractLife(self._program.cases, self._program.outbox, self._world.ids)

    @property
    def request_inspection(self) -> RequestInspection:
        from econtract_desktop.services.request_inspection import RequestInspection

        return RequestInspection(self._tools)

    @property
    def prepare_invoice(self) -> PrepareInvoice:
        from econtract_desktop.services.prepare_invoice import PrepareInvoice

        return PrepareInvoice(self._tools)

    @property
    def answer_requests(self) -> AnswerRequests:
        from econtract_desktop.services.answer_requests import AnswerRequests

        return AnswerRequests(self._tools)

    @property
    def _tools(self) -> ProcedureTools:
        from econtract_desktop.services.procedures import ProcedureTools
        from econtract_desktop.services.sign_paper import SignPaper

        w, p = self._world, self._program
        return ProcedureTools(p.cases, p.outbox, SignPaper(w.cards, w.signer, w.store, p.log_in), w.ids)


def client_certificates(settings: Settings, world: Adapters) -> tuple[ClientCertificate, ...]:
    """Those that timestamp services ask for; their passwords are asked of the key store when they are needed."""
    from urllib.parse import urlsplit

    from econtract_desktop.api.tls import ClientCertificate

    def of(service: config.TimestampService) -> ClientCertificate:
        prefix = f"https://{urlsplit(service.url).netloc}/"
        file = settings.profile / service.client_certificate  # an absolute path stays as it is
        return ClientCertificate(prefix, file, lambda: world.passwords.password(service.url, "client certificate"))

    return tuple(of(s) for s in settings.tsa if s.client_certificate)


def shipped_trust() -> Path:
    """The trust anchors inside the program."""
    from importlib.resources import files

    return Path(str(files("resources") / "trust"))


def make_desk(settings: Settings, texts: Texts) -> Desk:
    return Program(settings, texts)


def console(arguments: list[str]) -> int:
    """`econtract …`: the window without arguments, else the command line."""
    if not arguments or arguments[0] == "--selftest-first-window":
        return window(arguments)
    if arguments[:2] == ["practice", "window"]:
        return window(arguments[2:])
    from econtract_desktop.cli.main import run

    return run(arguments, make_desk)


def window(arguments: list[str]) -> int:
    """The window; `--profile DIR`, or `--dir D` for practice mode under D."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="econtractw")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--dir", type=Path, help="practice mode under this folder")
    parser.add_argument("--selftest-first-window", action="store_true", help="end after the first paint")
    options = parser.parse_args(arguments)
    from econtract_desktop.ui.app import run as run_window

    profile = options.profile if options.profile is not None else config.default_profile()
    make: Callable[[], Desk]
    if options.dir is not None:
        folder = options.dir.resolve()
        profile = folder / "profiles" / "contractor"
        make = lambda: _practice_desk(folder, profile)  # noqa: E731
        settings = Settings(profile=profile, practice=True)
    else:
        settings = config.load(profile)
        make = lambda: make_desk(settings, Texts(settings.language))  # noqa: E731
    return run_window(make, settings, [sys.argv[0]], exit_after_first_paint=options.selftest_first_window)


def _practice_desk(folder: Path, profile: Path) -> Desk:
    """Start practice mode beside the window and open the contractor's profile. Called in a worker thread."""
    from econtract_practice.running import start_beside

    start_beside(folder, os.getpid())
    settings = config.load(profile)
    return make_desk(settings, Texts(settings.language))
