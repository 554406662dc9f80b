"""The client's registration and card renewal over the real server: what its user is asked, told, and spared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from econtract_core.rules.card_door import Door
from econtract_core.rules.errors import (
    AlreadyRegistered,
    ConditionMissing,
    NotAllowedNow,
    NotFound,
    ReasonMissing,
    ValueInvalid,
)
from econtract_core.rules.registration import Action, RenewalKind, State
from econtract_desktop.api.card_door import HttpsCardDoor
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.services.answer_registrations import AnswerRegistrations
from econtract_desktop.services.operate import Operate
from econtract_desktop.services.register import Applicant, Register
from econtract_desktop.services.renew_card import OLD_CARD, RenewCard
from econtract_practice.people import CONTRACTOR, NEWCOMER, SUCCESSOR
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.key_card import KeyCard, KeyCards, NoPin
from tests.fakes.server_bench import Pki, Running
from tests.fakes.store import FakeOutbox, FakeStore


@dataclass
class Person:
    """Somebody at their PC with several cards, and an officer at hers."""

    register: Register
    renew_card: RenewCard
    answers: AnswerRegistrations
    store: FakeStore
    clock: FakeClock
    cards: KeyCards

    def by(self, card: str) -> tuple[CardSelector, NoPin]:
        return CardSelector(token=card), NoPin()


@pytest.fixture
def person(running: Running, server_pki: Pki, tmp_path: Path) -> Iterator[Person]:
    cards = KeyCards(
        {
            "new firm": server_pki.issue(NEWCOMER.person),
            "old": server_pki.cards["contractor"],
            "renewed": server_pki.issue(CONTRACTOR.person),
            "successor": server_pki.issue(SUCCESSOR.person),
            "nameless": server_pki.issue(replace(NEWCOMER.person, name="名無 権兵衛", corporate_number="")),
        }
    )
    http, clock = RequestsHttp(ca_file=running.ca_file), FakeClock(running.clock.now())
    line = ServerLine(http, running.origin, store := FakeStore(tmp_path / "own"), running.clock.now)
    trust = lambda: running.app.state.office.trust  # noqa: E731
    door = HttpsCardDoor(line, trust)
    ids = FakeIds("p")
    register = Register(door, HttpsServer(line), cards, store, ids)
    hers = FakeStore(tmp_path / "officer")
    officer = ServerLine(http, running.origin, hers, running.clock.now)
    server = HttpsServer(officer, trust)
    server.log_in(KeyCard(server_pki.cards["officer"]))
    operate = Operate(server, hers, FakeOutbox(), clock, FakeIds("officer"))
    answers = AnswerRegistrations(HttpsCardDoor(officer, trust), operate)
    yield Person(register, RenewCard(register, door, store, clock, ids), answers, store, clock, cards)
    http.close()


def test_applied_given_back_mended_approved_and_undone(person: Person) -> None:
    look = person.register.look(*person.by("new firm"))
    assert (look.door, look.ways) == (Door.REGISTER, ())
    applied = person.register.apply(*person.by("new firm"), Applicant(name="佐佐木 学", role="代表取締役"))
    assert applied.state is State.APPLIED
    again = person.register.apply(*person.by("new firm"), Applicant())
    assert (again.user_id, again.revision) == (applied.user_id, applied.revision), "it had arrived"
    assert [r.kind for r in person.store.receipts("")] == ["registration.apply"]
    with pytest.raises(ReasonMissing):
        person.answers.act("佐佐木 学", Action.RETURN)
    with pytest.raises(NotFound):
        person.answers.act("誰か", Action.APPROVE)
    assert person.answers.act("佐佐木 学", Action.RETURN, "表記が違います。").state is State.RETURNED
    assert person.register.apply(*person.by("new firm"), Applicant()).user == NEWCOMER.person.name
    assert person.answers.act(applied.user_id, Action.APPROVE).contractor_number == "1000000156"
    assert person.register.undo(*person.by("new firm")).state is State.UNDONE
    with pytest.raises(NotAllowedNow):
        person.register.undo(*person.by("new firm"))


def test_what_the_person_says_is_looked_at(person: Person) -> None:
    with pytest.raises(AlreadyRegistered):
        person.register.apply(*person.by("renewed"), Applicant())
    with pytest.raises(ValueInvalid, match="corporate_number"):
        person.register.apply(*person.by("nameless"), Applicant(firm="個人", corporate_number="1234567890124"))
    with pytest.raises(ValueInvalid, match="name"):
        person.register.apply(*person.by("nameless"), Applicant(name="あ" * 301))
    with pytest.raises(NotFound):
        person.register.apply(*person.by("nameless"), Applicant(body_id="o-aobabashi"))
    assert person.register.apply(*person.by("nameless"), Applicant()).organization == NEWCOMER.person.organization


def test_one_reader_two_cards(person: Person) -> None:
    with pytest.raises(ConditionMissing, match="old_card_proved"):
        person.renew_card.renew(*person.by("renewed"))
    with pytest.raises(NotFound):
        person.renew_card.show_old(*person.by("renewed"))
    person.renew_card.show_old(*person.by("old"))
    person.clock.at += timedelta(minutes=31)
    with pytest.raises(ConditionMissing):
        person.renew_card.renew(*person.by("renewed"))
    assert person.store.setting(OLD_CARD) is None, "what is too old is forgotten"
    person.clock.at -= timedelta(minutes=31)
    person.renew_card.show_old(*person.by("old"))
    done = person.renew_card.renew(*person.by("renewed"))
    assert (done.kind, done.account.state) == (RenewalKind.RENEWED, State.ACTIVE)
    assert [field.name for field in done.compared if not field.same] == []
    assert person.store.setting(OLD_CARD) is None
    with pytest.raises(ValueInvalid, match="registered already"):
        person.renew_card.renew(*person.by("renewed"))


def test_a_successor_and_a_lost_card_wait_for_the_body(person: Person) -> None:
    with pytest.raises(ValueInvalid, match="u-suzuki, u-yamada"):  # whose number is the same in these tests
        person.renew_card.renew(*person.by("successor"))
    asked = person.renew_card.renew(*person.by("successor"), None, "u-yamada")
    assert (asked.kind, asked.compared) == (RenewalKind.REPRESENTATIVE_CHANGED, ())
    assert [one.user_id for one in person.answers.waiting()] == ["u-yamada"]
    assert person.answers.act("u-yamada", Action.RETURN_RENEWAL, "登記を確認できません。").renewal is None
    lost = person.renew_card.renew(*person.by("renewed"), RenewalKind.LOST)
    assert lost.account.renewal is not None
    assert person.answers.act(CONTRACTOR.person.name, Action.APPROVE_RENEWAL).renewal is None
    with pytest.raises(NotFound):
        person.renew_card.renew(*person.by("successor"), RenewalKind.RENEWED)
    with pytest.raises(NotFound):
        person.renew_card.renew(*person.by("successor"), None, "u-sato")
