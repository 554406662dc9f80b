"""The port Server: what holds for the fake, for HttpsServer over an API in memory, and for HttpsServer over TLS to the real
server program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from econtract_core.messages.cases import (
    ActOnContract,
    ContactData,
    OfferContract,
    OfferedFile,
    Operation,
    OperationAnswer,
    Payload,
    RegisterCase,
    SetContacts,
)
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Action, Side, State
from econtract_core.rules.errors import (
    AccessError,
    BlobMissing,
    CardUnknown,
    DocumentAltered,
    LoginRequired,
    NotAllowedNow,
    NotFound,
    NotYourTurn,
    ReasonMissing,
    RevisionConflict,
    RuleError,
)
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.ports.server import Server
from tests.fakes.central import Central, FakePerson
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.http import FakeHttp
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued, issue, make_authority
from tests.fakes.server import FakeServer
from tests.fakes.store import FakeStore
from tests.fakes.wire import Wire

if TYPE_CHECKING:
    from tests.fakes.real_server import RealPki, RealServer


@dataclass
class World:
    """The officer's client, the contractor's, and their cards. Nobody is logged in."""

    officer: Server
    contractor: Server
    officer_card: KeyCard
    contractor_card: KeyCard
    stranger_card: KeyCard
    people: tuple[FakePerson, FakePerson]
    folder: Path
    ids: FakeIds = field(default_factory=lambda: FakeIds(prefix="0190"))

    def log_in(self) -> None:
        self.officer.log_in(self.officer_card)
        self.contractor.log_in(self.contractor_card)

    def do(self, server: Server, object_id: str, base_revision: int, payload: Payload) -> OperationAnswer:
        operation = Operation(
            operation_id=self.ids.new(), object_id=object_id, base_revision=base_revision, payload=payload
        )
        return server.operate(operation)

    def register(self) -> str:
        """A case between the two; its identifier."""
        self.log_in()
        case_id = self.ids.new()
        self.do(self.officer, case_id, 0, self.registration())
        return case_id

    def registration(self) -> RegisterCase:
        return RegisterCase(
            number="2026-83-0153",
            title="令和8年度 国道20号〇〇橋補修工事",
            case_kind=CaseKind.WORKS,
            place="東京都八王子市",
            contractor_ids=(self.people[1].organization_id,),
            amount=148_500_000,
            tax=13_500_000,
            term_from=None,
            term_to=date(2027, 3, 26),
        )

    def file(self, content: str) -> tuple[Path, str]:
        """A small PDF and its SHA-256."""
        data = _pdf(content)
        path = self.folder / f"{content}.pdf"
        path.write_bytes(data)
        return path, sha256(data).hexdigest()

    def offer(self, case_id: str, content: str = "first") -> tuple[OperationAnswer, str]:
        path, digest = self.file(content)
        self.officer.upload(path, digest)
        contract = self.officer.case(case_id).contracts[0]
        payload = OfferContract(files=(OfferedFile(document_id="d1", title="工事請負契約書", sha256=digest),))
        return self.do(self.officer, contract.contract_id, contract.revision, payload), digest


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServers]:
    """The server program and its PKI; nothing of it is started before it is asked for."""
    with ExitStack() as stack:
        yield RealServers(stack, tmp_path_factory.mktemp("pki"))


class RealServers:
    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._pki: RealPki | None = None

    @property
    def pki(self) -> RealPki:
        from tests.fakes.real_server import real_pki

        if self._pki is None:
            self._pki = self._stack.enter_context(real_pki(self._folder))
        return self._pki

    @contextmanager
    def start(self, folder: Path) -> Iterator[RealServer]:
        from tests.fakes.real_server import real_server

        with real_server(self.pki, folder) as server:
            yield server


@pytest.fixture(params=["fake", "wire", "real"])
def world(request: pytest.FixtureRequest, tmp_path: Path, real: RealServers) -> Iterator[World]:
    with ExitStack() as stack:
        server: RealServer | None = None
        if request.param == "real":
            pytest.importorskip("econtract_server.app", reason="the server program is not there")
            server = stack.enter_context(real.start(tmp_path / "central"))
        cards = real.pki.cards if server else _cards()
        officer, contractor = _people(cards)
        clock, central = FakeClock(), Central((officer, contractor), FakeClock())
        ours: Server
        theirs: Server
        if server:
            http = RequestsHttp(server.ca_file)
            stack.callback(http.close)
            ours, theirs = (HttpsServer(ServerLine(http, server.origin, FakeStore(tmp_path / name))) for name in "ab")
        elif request.param == "wire":
            wire = FakeHttp(others=Wire(central, "https://server.test", clock).answer)
            ours, theirs = (
                HttpsServer(ServerLine(wire, "https://server.test", FakeStore(tmp_path / name))) for name in "ab"
            )
        else:
            ours = fake = FakeServer((officer, contractor), clock)
            theirs = fake.connect()
        first, second, third = (KeyCard(card) for card in cards)
        yield World(ours, theirs, first, second, third, (officer, contractor), tmp_path)


def _cards() -> tuple[Issued, Issued, Issued]:
    authority = make_authority()
    return issue(authority, "officer"), issue(authority, "contractor"), issue(authority, "stranger")


def _people(cards: tuple[Issued, Issued, Issued]) -> tuple[FakePerson, FakePerson]:
    officer, contractor, _ = (sha256(card.der).hexdigest() for card in cards)
    return (
        FakePerson("u-sato", "佐藤 花子", "o-kanto", "関東地方整備局", Side.OFFICER, officer, role="officer"),
        FakePerson("u-yamada", "山田 太郎", "o-aobabashi", "あおば橋建設株式会社", Side.CONTRACTOR, contractor),
    )


def _pdf(text: str) -> bytes:
    """One page that says `text`."""
    drawn = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(bodies) + 1, rows, len(bodies) + 1, len(out))
    )


# --- who is who


def test_the_server_says_who_it_is_without_a_session(world: World) -> None:
    about = world.officer.about()
    assert about.protocol == 1
    assert about == about.model_validate_json(about.model_dump_json())
    assert about.server_id == world.contractor.about().server_id
    assert world.officer.origin.startswith("https://")


def test_without_a_session_nothing_but_that_is_answered(world: World) -> None:
    path, digest = world.file("a")
    for call in (
        world.officer.who,
        world.officer.cases,
        lambda: world.officer.case("c1"),
        lambda: world.do(world.officer, "c1", 0, SetContacts(contacts=())),
        lambda: world.officer.upload(path, digest),
        lambda: world.officer.download("c1-C0", digest, world.folder / "x"),
    ):
        with pytest.raises(LoginRequired):
            call()


def test_a_card_logs_in_and_is_known_afterwards(world: World) -> None:
    who = world.officer.log_in(world.officer_card)
    assert (who.user_id, who.side) == ("u-sato", Side.OFFICER)
    assert who.certificate_sha256 == world.officer_card.certificate.sha256
    again = world.officer.who()
    assert (again.user, again.organization) == ("佐藤 花子", "関東地方整備局")


def test_each_client_has_its_own_session(world: World) -> None:
    world.officer.log_in(world.officer_card)
    with pytest.raises(LoginRequired):
        world.contractor.who()
    world.contractor.log_in(world.contractor_card)
    assert (world.officer.who().user_id, world.contractor.who().user_id) == ("u-sato", "u-yamada")


def test_a_good_card_of_nobody_is_unknown(world: World) -> None:
    with pytest.raises(CardUnknown):
        world.officer.log_in(world.stranger_card)
    with pytest.raises(LoginRequired):
        world.officer.who()


def test_a_card_that_is_not_logged_in_does_not_log_in(world: World) -> None:
    world.officer_card.close()
    with pytest.raises(LoginRequired):
        world.officer.log_in(world.officer_card)


def test_logging_out_ends_it_and_twice_is_fine(world: World) -> None:
    world.officer.log_in(world.officer_card)
    world.officer.log_out()
    world.officer.log_out()
    with pytest.raises(LoginRequired):
        world.officer.who()


def test_another_card_takes_the_place_of_the_first(world: World) -> None:
    world.officer.log_in(world.officer_card)
    world.officer.log_in(world.contractor_card)
    assert world.officer.who().user_id == "u-yamada"


# --- cases


def test_a_new_case_has_its_contract_and_both_sides_see_it(world: World) -> None:
    case_id = world.register()
    for server in (world.officer, world.contractor):
        (case,) = server.cases()
        assert case == server.case(case_id)
        assert (case.case_id, case.number, case.amount) == (case_id, "2026-83-0153", 148_500_000)
        assert case.contractors[0].organization == "あおば橋建設株式会社"
        (contract,) = case.contracts
        assert (contract.contract_id, contract.state, contract.revision) == (f"{case_id}-C0", State.DRAFTING, 0)
    assert Action.OFFER in world.officer.case(case_id).contracts[0].allowed
    assert world.contractor.case(case_id).contracts[0].allowed == ()


def test_what_is_not_there_is_not_found(world: World) -> None:
    world.log_in()
    with pytest.raises(NotFound):
        world.officer.case("nothing")
    with pytest.raises(NotFound):
        world.officer.download("nothing-C0", "0" * 64, world.folder / "x")
    with pytest.raises(NotFound):
        world.do(world.officer, "nothing", 0, SetContacts(contacts=()))


def test_a_contractor_registers_nothing(world: World) -> None:
    world.log_in()
    with pytest.raises((RuleError, AccessError)):
        world.do(world.contractor, world.ids.new(), 0, world.registration())
    assert world.officer.cases() == ()


def test_contacts_are_set_on_what_was_seen(world: World) -> None:
    case_id = world.register()
    seen = world.contractor.case(case_id).revision
    contacts = (ContactData(name="鈴木 一郎", email="suzuki@aoba.example", phone="042-000-0000"),)
    answer = world.do(world.contractor, case_id, seen, SetContacts(contacts=contacts))
    firm = {"organization_id": answer.case.contractors[0].organization_id}
    mine = tuple(one.model_copy(update=firm) for one in contacts)
    assert (answer.case.contacts, answer.case.revision) == (mine, seen + 1)
    assert world.officer.case(case_id).contacts == mine
    hers = (ContactData(name="佐藤 花子", email="sato@kanto.example"),)
    both = world.do(world.officer, case_id, seen + 1, SetContacts(contacts=hers)).case.contacts
    assert [one.email for one in both] == ["suzuki@aoba.example", "sato@kanto.example"], "each sets its own"
    gone = world.do(world.officer, case_id, seen + 2, SetContacts(contacts=())).case.contacts
    assert gone == mine
    with pytest.raises(RevisionConflict):
        world.do(world.contractor, case_id, seen, SetContacts(contacts=()))
    assert world.officer.case(case_id).contacts == mine


def test_sending_an_operation_again_gives_the_same_answer_and_does_nothing(world: World) -> None:
    world.log_in()
    case_id = world.ids.new()
    operation = Operation(
        operation_id=world.ids.new(), object_id=case_id, base_revision=0, payload=world.registration()
    )
    first = world.officer.operate(operation)
    contacts = SetContacts(contacts=(ContactData(name="a", email="a@b.example"),))
    world.do(world.contractor, case_id, first.case.revision, contacts)
    assert world.officer.operate(operation) == first
    assert len(world.officer.cases()) == 1
    assert world.officer.case(case_id).contacts


# --- contracts and files


def test_an_offer_needs_its_files(world: World) -> None:
    case_id = world.register()
    payload = OfferContract(files=(OfferedFile(document_id="d1", title="工事請負契約書", sha256="0" * 64),))
    with pytest.raises(BlobMissing):
        world.do(world.officer, f"{case_id}-C0", 0, payload)
    assert world.officer.case(case_id).contracts[0].revision == 0


def test_an_offered_file_reaches_the_other_side_unchanged(world: World) -> None:
    case_id = world.register()
    answer, digest = world.offer(case_id)
    (contract,) = answer.case.contracts
    assert (contract.state, contract.version, contract.revision) == (State.OFFERED, 1, 1)
    (document,) = world.contractor.case(case_id).contracts[0].documents
    assert (document.sha256, document.current_sha256, document.title) == (digest, digest, "工事請負契約書")
    place = world.folder / "in" / digest
    world.contractor.download(contract.contract_id, digest, place)
    assert place.read_bytes() == world.file("first")[0].read_bytes()
    assert document.size == place.stat().st_size


def test_uploading_again_is_harmless_and_altered_bytes_are_refused(world: World) -> None:
    world.log_in()
    path, digest = world.file("a")
    world.officer.upload(path, digest)
    world.officer.upload(path, digest)
    with pytest.raises(DocumentAltered):
        world.officer.upload(path, "0" * 64)


def test_a_file_that_is_not_the_contracts_is_not_given(world: World) -> None:
    case_id = world.register()
    world.offer(case_id)
    path, digest = world.file("another")
    world.officer.upload(path, digest)
    with pytest.raises(NotFound):
        world.contractor.download(f"{case_id}-C0", digest, world.folder / "x")
    assert not (world.folder / "x").exists()


def test_given_back_with_a_reason_it_comes_again_as_a_new_version(world: World) -> None:
    case_id = world.register()
    answer, _ = world.offer(case_id)
    contract_id = answer.case.contracts[0].contract_id
    answer = world.do(world.contractor, contract_id, 1, ActOnContract(action=Action.REVIEW))
    assert answer.case.contracts[0].state is State.UNDER_REVIEW
    with pytest.raises(ReasonMissing):
        world.do(world.contractor, contract_id, 2, ActOnContract(action=Action.RETURN, reason=" "))
    answer = world.do(world.contractor, contract_id, 2, ActOnContract(action=Action.RETURN, reason="工期が違う"))
    contract = answer.case.contracts[0]
    assert (contract.state, contract.revision, contract.turn) == (State.DRAFTING, 3, Side.OFFICER)
    assert contract.history[-1].reason == "工期が違う"
    assert contract.history[-1].user == "山田 太郎"
    answer, digest = world.offer(case_id, "second")
    contract = answer.case.contracts[0]
    assert (contract.state, contract.version, contract.documents[0].sha256) == (State.OFFERED, 2, digest)


def test_the_rules_hold_on_the_server(world: World) -> None:
    case_id = world.register()
    answer, digest = world.offer(case_id)
    contract_id = answer.case.contracts[0].contract_id
    again = OfferContract(files=(OfferedFile(document_id="d1", title="x", sha256=digest),))
    with pytest.raises(NotYourTurn):
        world.do(world.contractor, contract_id, 1, again)
    with pytest.raises(NotAllowedNow):
        world.do(world.officer, contract_id, 1, again)
    with pytest.raises(NotAllowedNow):
        world.do(world.contractor, contract_id, 1, ActOnContract(action=Action.SUBMIT))
    with pytest.raises(RevisionConflict) as caught:
        world.do(world.contractor, contract_id, 0, ActOnContract(action=Action.REVIEW))
    assert (caught.value.facts["expected"], caught.value.facts["found"]) == (0, 1)
    assert json.loads(world.officer.case(case_id).model_dump_json())["contracts"][0]["revision"] == 1
