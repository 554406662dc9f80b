"""The client's 委任 over the real server: what a firm's people do with it, and what is told of mistakes before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from econtract_core.rules.delegation import Action, State, Work
from econtract_core.rules.errors import DelegationTooWide, NotFound, NotYourTurn, ReasonMissing, ValueInvalid
from econtract_desktop.api.delegations import HttpsDelegations
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.delegate import Delegate, Wanted
from econtract_desktop.services.operate import Operate
from econtract_practice.people import AGENT, SUB_AGENT
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.key_card import KeyCard
from tests.fakes.server_bench import Pki, Running
from tests.fakes.store import FakeOutbox, FakeStore

WANTED = Wanted((Work.CONTRACT, Work.INVOICE), date(2020, 1, 1), date(2099, 12, 31), sub_delegation=True)


@contextmanager
def at_the_desk(running: Running, pki: Pki, who: str, folder: Path) -> Iterator[Delegate]:
    http, store, ids = RequestsHttp(ca_file=running.ca_file), FakeStore(folder / who), FakeIds(who)
    line = ServerLine(http, running.origin, store, running.clock.now)
    server, clock = HttpsServer(line), FakeClock(datetime(2026, 11, 24, tzinfo=UTC))
    server.log_in(KeyCard(pki.cards[who]))
    operate = Operate(server, store, FakeOutbox(), clock, ids)
    yield Delegate(HttpsDelegations(line), operate, Cases(server, store, clock), ids)
    http.close()


@pytest.fixture
def desks(running: Running, server_pki: Pki, tmp_path: Path) -> Iterator[tuple[Delegate, Delegate, Delegate]]:
    """The representative's, the agent's, the sub-agent's."""
    with ExitStack() as stack:
        one, two, three = (
            stack.enter_context(at_the_desk(running, server_pki, who, tmp_path))
            for who in ("contractor", "agent", "sub_agent")
        )
        yield one, two, three


def test_granted_by_name_passed_on_and_resigned(desks: tuple[Delegate, Delegate, Delegate]) -> None:
    representative, agent, sub_agent = desks
    given = representative.propose("伊藤健", WANTED)  # as one types it
    assert (given.agent.user_id, given.state, given.allowed) == (AGENT.user_id, State.PROPOSED, (Action.DECLINE,))
    with pytest.raises(NotYourTurn):
        sub_agent.act(given.delegation_id, Action.ACCEPT)
    assert agent.act(given.delegation_id, Action.ACCEPT).state is State.ACTIVE
    narrow = Wanted((Work.INVOICE,), WANTED.first_day, WANTED.last_day, most=1_000_000)
    with pytest.raises(DelegationTooWide) as wide:
        agent.propose(SUB_AGENT.user_id, WANTED, given.delegation_id)
    assert wide.value.facts["dimensions"] == ["depth"]
    passed_on = agent.propose(SUB_AGENT.user_id, narrow, given.delegation_id)
    assert (passed_on.parent_id, passed_on.reach.most) == (given.delegation_id, 1_000_000)
    sub_agent.act(passed_on.delegation_id, Action.ACCEPT)
    assert agent.act(given.delegation_id, Action.RESIGN, "異動のため").state is State.REVOKED
    assert {one.state for one in sub_agent.all().delegations} == {State.REVOKED}


def test_what_is_wrong_is_told_before_anything_is_sent(
    desks: tuple[Delegate, Delegate, Delegate], running: Running
) -> None:
    representative = desks[0]
    with pytest.raises(NotFound):
        representative.propose("誰か", WANTED)
    with pytest.raises(NotFound):
        representative.propose(AGENT.user_id, Wanted(WANTED.works, WANTED.first_day, WANTED.last_day, cases=("9-9",)))
    with pytest.raises(NotFound):
        representative.propose(AGENT.user_id, replace(WANTED, bodies=("どこにもない機関",)))
    for wanted in (replace(WANTED, bodies=("no identifier",)), replace(WANTED, works=())):
        with pytest.raises(ValueInvalid):
            representative.propose(AGENT.user_id, wanted)
    with pytest.raises(ValueInvalid):
        representative.propose(AGENT.user_id, WANTED, "親")
    with pytest.raises(NotFound):
        representative.act("nothing", Action.REVOKE, "x")
    with pytest.raises(ReasonMissing):
        representative.act("nothing", Action.REVOKE, " ")
    assert representative.all().delegations == ()


def test_limits_are_told_by_their_names(
    desks: tuple[Delegate, Delegate, Delegate], running: Running, server_pki: Pki
) -> None:
    running.client(server_pki.cards["officer"]).register(number="2026-1")
    wanted = replace(WANTED, bodies=("関東地方整備局",), cases=("2026-1",))
    given = desks[0].propose(AGENT.user_id, wanted)
    assert (given.bodies, given.case_numbers) == (("関東地方整備局",), ("2026-1",))
    assert given.reach.body_ids == ("o-kanto",)
    given = desks[1].act(given.delegation_id, Action.ACCEPT)
    with pytest.raises(ValueInvalid):  # as long a reason as nobody reads
        desks[1].act(given.delegation_id, Action.RESIGN, "x" * 2001)


def test_a_firm_s_people_are_told_with_the_list(desks: tuple[Delegate, Delegate, Delegate]) -> None:
    people = {one.user_id: one.represents for one in desks[1].all().people}
    assert people == {"u-yamada": True, AGENT.user_id: False, SUB_AGENT.user_id: False}
