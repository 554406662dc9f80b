"""Delegation: nobody reaches further than who gave it, and nothing outlives what it hangs on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.rules import delegation as d
from econtract_core.rules.delegation import (
    MACHINE,
    Act,
    Action,
    Answer,
    BodyRules,
    Delegation,
    Dimension,
    Ended,
    Person,
    Problem,
    Reach,
    Role,
    Settings,
    State,
    Work,
)
from econtract_core.rules.errors import (
    DelegationTooWide,
    EcontractError,
    NotAllowedNow,
    NotDelegated,
    NotYourTurn,
    ReasonMissing,
    ValueInvalid,
)
from econtract_core.rules.machine import Step

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
TODAY = date(2026, 11, 24)
REP = Person("rep", "firm", True)
AGENT = Person("agent", "firm", False)
SUB = Person("sub", "firm", False)
OTHER = Person("other", "firm", False)
RIVAL = Person("rep", "rival", True)
EVERYBODY = (REP, AGENT, SUB, OTHER, RIVAL)
WIDE = Reach(tuple(Work), TODAY, date(2027, 3, 31), sub_delegation=True)
NARROW = Reach((Work.CONTRACT,), TODAY, date(2027, 1, 31), ("body",), ("case",), 1000)
SIGN = Act(Work.CONTRACT, "body", "case", 1000)


def given_by_rep(reach: Reach = WIDE, by: str = "rep") -> Delegation:
    return Delegation("d1", "firm", "rep", "agent", reach, by)


def given_by_agent(reach: Reach = NARROW, by: str = "agent") -> Delegation:
    return Delegation("d2", "firm", "agent", "sub", reach, by, "d1")


def active(reach: Reach = WIDE) -> d.Delegations:
    return d.act(d.propose((), given_by_rep(reach), "rep"), "d1", Action.ACCEPT, AGENT, AT)


def both(sub: Reach = NARROW) -> d.Delegations:
    return d.act(d.propose(active(), given_by_agent(sub), "rep"), "d2", Action.ACCEPT, SUB, AT)


def in_state(state: State) -> Delegation:
    found = d.propose((), given_by_rep(), "rep")
    if state is State.EXPIRED:
        found = d.expire(found, AT + timedelta(days=200))
    elif state is not State.PROPOSED:
        found = active()
    if state is State.REVOKED:
        found = d.act(found, "d1", Action.REVOKE, REP, AT, "退職")
    assert found[0].state is state
    return found[0]


@pytest.mark.parametrize(
    "step", [s for s in MACHINE.steps(State, Role) if s.refusal], ids=lambda s: f"{s.state}-{s.action}-{s.side}"
)
def test_every_wrong_step_is_refused(step: Step[State, Action, Role]) -> None:
    assert step.refusal is not None
    with pytest.raises(step.refusal):
        MACHINE.check(step.state, step.action, step.side, "理由")
    person = {Role.GRANTOR: REP, Role.AGENT: AGENT}.get(step.side)
    if person is not None:
        with pytest.raises(step.refusal):
            d.act((in_state(step.state),), "d1", step.action, person, AT, "理由")
        assert step.action not in d.allowed_actions(in_state(step.state), person)


@pytest.mark.parametrize(
    ("action", "sources", "reason"),
    [
        (Action.ACCEPT, {State.PROPOSED}, False),
        (Action.DECLINE, {State.PROPOSED}, True),
        (Action.REVOKE, {State.ACTIVE}, True),
        (Action.RESIGN, {State.ACTIVE}, True),
        (Action.EXPIRE, {State.PROPOSED, State.ACTIVE}, False),
        (Action.LAPSE, {State.PROPOSED, State.ACTIVE}, False),
    ],
)
def test_from_where_and_whether_a_reason_is_asked_for(action: Action, sources: set[State], reason: bool) -> None:
    assert (MACHINE.rows[action].sources, MACHINE.rows[action].needs_reason) == (sources, reason)


def test_every_state_can_be_reached() -> None:
    assert MACHINE.reachable(State.PROPOSED) == set(State)


@pytest.mark.parametrize(
    ("state", "person", "expected"),
    [
        (State.PROPOSED, REP, (Action.DECLINE,)),
        (State.PROPOSED, AGENT, (Action.ACCEPT, Action.DECLINE)),
        (State.ACTIVE, REP, (Action.REVOKE,)),
        (State.ACTIVE, replace(REP, user_id="new"), (Action.REVOKE,)),  # the new representative
        (State.ACTIVE, replace(REP, represents=False), (Action.REVOKE,)),  # who gave it
        (State.ACTIVE, AGENT, (Action.RESIGN,)),
        (State.ACTIVE, OTHER, ()),
        (State.ACTIVE, RIVAL, ()),
        (State.REVOKED, REP, ()),
    ],
)
def test_what_can_be_done(state: State, person: Person, expected: tuple[Action, ...]) -> None:
    assert d.allowed_actions(in_state(state), person) == expected


def test_an_agent_may_ask_and_the_representative_accepts() -> None:
    asked = d.propose((), given_by_rep(by="agent"), "rep")
    with pytest.raises(NotYourTurn, match="other"):
        d.act(asked, "d1", Action.ACCEPT, AGENT, AT)
    accepted = d.act(asked, "d1", Action.ACCEPT, REP, AT)
    assert (accepted[0].state, accepted[0].active_since, accepted[0].revision) == (State.ACTIVE, AT, 2)
    with pytest.raises(ReasonMissing):
        d.act(asked, "d1", Action.DECLINE, REP, AT, " ")
    declined = d.act(asked, "d1", Action.DECLINE, REP, AT, " 不要 ")
    assert declined[0].ended == Ended(AT, Action.DECLINE, "rep", "不要")


def test_it_cannot_be_accepted_after_its_last_day() -> None:
    proposed = d.propose((), given_by_rep(), "rep")
    last = datetime(2027, 3, 31, 14, 59, tzinfo=UTC)  # 23:59 in Japan
    assert d.act(proposed, "d1", Action.ACCEPT, AGENT, last)[0].state is State.ACTIVE
    with pytest.raises(NotAllowedNow):
        d.act(proposed, "d1", Action.ACCEPT, AGENT, last + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("fresh", "refusal", "fact"),
    [
        (replace(given_by_rep(), agent_id="rep"), ValueInvalid, "may act without it"),
        (replace(given_by_agent(), agent_id="agent"), ValueInvalid, "may act without it"),
        (replace(given_by_agent(), agent_id="rep"), ValueInvalid, "may act without it"),
        (given_by_rep(by="other"), NotYourTurn, "grantor"),
        (replace(given_by_rep(by="agent2"), grantor_id="agent2"), NotYourTurn, "representative"),
        (replace(given_by_agent(), parent_id="d9"), ValueInvalid, "d9"),
        (replace(given_by_agent(), organization_id="rival"), NotYourTurn, "agent"),
        (replace(given_by_agent(by="sub"), grantor_id="other"), NotYourTurn, "agent"),
        (given_by_agent(replace(NARROW, sub_delegation=True)), DelegationTooWide, "depth"),
        (given_by_agent(replace(NARROW, last_day=date(2027, 4, 1))), DelegationTooWide, "period"),
        (replace(given_by_agent(), delegation_id="d1"), ValueInvalid, "taken"),
    ],
)
def test_what_cannot_be_proposed(fresh: Delegation, refusal: type[EcontractError], fact: str) -> None:
    if fresh.parent_id is None and fresh.delegation_id == "d1":
        fresh = replace(fresh, delegation_id="d3")
    with pytest.raises(refusal, match=fact):
        d.propose(active(), fresh, "rep")


def test_only_an_active_delegation_has_a_sub_delegation() -> None:
    for state in (State.PROPOSED, State.EXPIRED, State.REVOKED):
        with pytest.raises(NotAllowedNow):
            d.propose((in_state(state),), given_by_agent(), "rep")
    assert [x.revision for x in d.propose(active(), given_by_agent(), "rep")] == [2, 1]


def test_how_deep_it_goes_is_a_setting() -> None:
    with pytest.raises(DelegationTooWide, match="depth"):
        d.propose((), given_by_rep(), "rep", Settings(deepest=1))
    assert d.propose((), given_by_rep(NARROW), "rep", Settings(deepest=1))
    deep = replace(NARROW, sub_delegation=True)
    three = d.propose(active(), given_by_agent(deep), "rep", Settings(deepest=3))
    three = d.act(three, "d2", Action.ACCEPT, SUB, AT)
    third = Delegation("d3", "firm", "sub", "other", NARROW, "sub", "d2")
    assert len(d.propose(three, third, "rep", Settings(deepest=3))) == 3
    with pytest.raises(DelegationTooWide, match="depth"):
        d.propose(three, third, "rep", Settings(deepest=2))
    three = d.act(d.propose(three, third, "rep", Settings(deepest=3)), "d3", Action.ACCEPT, OTHER, AT)
    ended = d.act(three, "d1", Action.RESIGN, AGENT, AT, "退職")
    assert [x.state for x in ended] == [State.REVOKED] * 3


@pytest.mark.parametrize(
    ("child", "dimension"),
    [
        (replace(NARROW, works=(Work.CONTRACT, Work.INVOICE)), Dimension.WORKS),
        (replace(NARROW, body_ids=None), Dimension.BODIES),
        (replace(NARROW, body_ids=("body", "b2")), Dimension.BODIES),
        (replace(NARROW, case_ids=None), Dimension.CASES),
        (replace(NARROW, case_ids=("c2",)), Dimension.CASES),
        (replace(NARROW, most=None), Dimension.AMOUNT),
        (replace(NARROW, most=1001), Dimension.AMOUNT),
        (replace(NARROW, first_day=TODAY - timedelta(days=1)), Dimension.PERIOD),
        (replace(NARROW, last_day=date(2027, 2, 1)), Dimension.PERIOD),
    ],
)
def test_each_dimension_is_compared(child: Reach, dimension: Dimension) -> None:
    parent = replace(NARROW, sub_delegation=True)
    assert d.exceeds(NARROW, parent) == ()
    assert d.exceeds(child, parent) == (dimension,)
    assert d.exceeds(NARROW, NARROW) == (Dimension.DEPTH,)
    assert d.exceeds(child, WIDE) == (
        () if dimension is not Dimension.PERIOD or child.first_day >= TODAY else (dimension,)
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"works": ()},
        {"last_day": TODAY - timedelta(days=1)},
        {"body_ids": ()},
        {"case_ids": ()},
        {"most": 0},
    ],
)
def test_a_reach_reaches_something(broken: dict[str, object]) -> None:
    with pytest.raises(ValueInvalid):
        replace(NARROW, **broken)  # type: ignore[arg-type]
    assert replace(NARROW, last_day=TODAY, most=1).first_day == TODAY


def test_the_representative_needs_none_and_others_one() -> None:
    assert d.may(REP, SIGN, AT, ()) == Answer(True)
    assert d.may(AGENT, SIGN, AT, ()) == Answer(False, None, (Problem.NONE,))
    assert d.may(AGENT, SIGN, AT, active()) == Answer(True, "d1")
    assert d.may(SUB, SIGN, AT, both()) == Answer(True, "d2")
    assert d.may(replace(SUB, organization_id="rival"), SIGN, AT, both()).problems == (Problem.NONE,)
    assert d.check_may(SUB, SIGN, AT, both()) == "d2"
    assert d.check_may(REP, SIGN, AT, both()) is None
    with pytest.raises(NotDelegated, match="none"):
        d.check_may(OTHER, SIGN, AT, both())


@pytest.mark.parametrize(
    ("what", "problems"),
    [
        (replace(SIGN, work=Work.INVOICE), (Problem.WORK,)),
        (replace(SIGN, body_id="b2"), (Problem.BODY,)),
        (replace(SIGN, case_id="c2"), (Problem.CASE,)),
        (replace(SIGN, amount=1001), (Problem.AMOUNT,)),
        (replace(SIGN, amount=None), (Problem.AMOUNT,)),
        (Act(Work.INVOICE, "b2", "c2", 1001), (Problem.WORK, Problem.BODY, Problem.CASE, Problem.AMOUNT)),
    ],
)
def test_outside_its_reach(what: Act, problems: tuple[Problem, ...]) -> None:
    assert d.may(SUB, what, AT, both()) == Answer(False, None, problems)
    assert d.may(AGENT, what, AT, both()) == Answer(True, "d1")


def test_the_best_of_several_answers() -> None:
    worse = replace(both()[1], delegation_id="d0", reach=replace(NARROW, body_ids=("b9",), case_ids=("c9",)))
    better = replace(both()[1], delegation_id="d3", reach=replace(NARROW, body_ids=("b9",)))
    for ours in ((worse, better), (better, worse)):
        assert d.may(SUB, SIGN, AT, (active()[0], *ours)).problems == (Problem.BODY,)
    assert d.may(SUB, SIGN, AT, (*both(), worse, better)).delegation_id == "d2"
    with pytest.raises(NotDelegated, match="body, case"):
        d.check_may(SUB, SIGN, AT, (active()[0], worse))


def test_valid_is_what_was_valid_at_the_moment() -> None:
    tomorrow, first = AT + timedelta(days=1), datetime(2026, 12, 1, tzinfo=UTC)
    later = d.act(
        d.propose((), given_by_rep(replace(WIDE, first_day=date(2026, 12, 1))), "rep"), "d1", Action.ACCEPT, AGENT, AT
    )
    assert d.may(AGENT, SIGN, tomorrow, later).problems == (Problem.NOT_YET,)
    assert d.may(AGENT, SIGN, first, later).allowed
    assert d.may(AGENT, SIGN, datetime(2027, 3, 31, 14, 59, tzinfo=UTC), later).allowed
    assert d.may(AGENT, SIGN, datetime(2027, 3, 31, 15, 0, tzinfo=UTC), later).problems == (Problem.EXPIRED,)
    assert d.may(AGENT, SIGN, AT, d.propose((), given_by_rep(), "rep")).problems == (Problem.NOT_ACCEPTED,)
    assert d.may(AGENT, SIGN, AT - timedelta(seconds=1), active()).problems == (Problem.NOT_ACCEPTED,)
    revoked = d.act(both(), "d1", Action.REVOKE, REP, tomorrow, "異動")
    assert d.may(AGENT, SIGN, tomorrow - timedelta(seconds=1), revoked).allowed
    assert d.may(AGENT, SIGN, tomorrow, revoked).problems == (Problem.REVOKED,)
    assert d.may(SUB, SIGN, tomorrow - timedelta(seconds=1), revoked).allowed
    assert d.may(SUB, SIGN, tomorrow, revoked).problems == (Problem.REVOKED, Problem.PARENT)


def test_a_parent_that_does_not_cover_it_is_looked_at_too() -> None:
    sub = both()[1]
    for parent in (in_state(State.REVOKED), replace(active()[0], reach=replace(NARROW, body_ids=("b9",)))):
        assert d.may(SUB, SIGN, AT, (parent, sub)).problems == (Problem.PARENT,)


@pytest.mark.parametrize(
    ("body", "agent", "sub"),
    [
        (BodyRules(accepts_agents=False), (Problem.AGENTS_REFUSED,), (Problem.AGENTS_REFUSED,)),
        (BodyRules(accepts_sub_agents=False), (), (Problem.SUB_AGENTS_REFUSED,)),
        (BodyRules(longest_days=69), (Problem.TOO_LONG,), ()),
        (BodyRules(longest_days=68), (Problem.TOO_LONG,), (Problem.TOO_LONG,)),
        (BodyRules(longest_days=128), (), ()),
        (BodyRules(longest_days=127), (Problem.TOO_LONG,), ()),
    ],
)
def test_what_a_body_accepts(body: BodyRules, agent: tuple[Problem, ...], sub: tuple[Problem, ...]) -> None:
    assert d.may(AGENT, SIGN, AT, both(), body).problems == agent
    assert d.may(SUB, SIGN, AT, both(), body).problems == sub


def test_the_end_of_one_ends_what_hangs_on_it() -> None:
    ended = d.act(both(), "d1", Action.REVOKE, REP, AT, "異動")
    assert [(x.state, x.revision) for x in ended] == [(State.REVOKED, 3), (State.REVOKED, 3)]
    assert ended[1].ended == Ended(AT, Action.LAPSE, "", "異動")
    first = d.act(both(), "d2", Action.RESIGN, SUB, AT, "退職")
    assert [x.state for x in first] == [State.ACTIVE, State.REVOKED]
    after = d.act(first, "d1", Action.REVOKE, REP, AT + timedelta(days=1), "異動")
    assert after[1] == first[1]


def test_what_is_past_its_last_day_expires() -> None:
    assert d.expire(both(), datetime(2027, 1, 31, 14, 59, tzinfo=UTC)) == both()
    sub_gone = d.expire(both(), datetime(2027, 1, 31, 15, 0, tzinfo=UTC))
    assert [x.state for x in sub_gone] == [State.ACTIVE, State.EXPIRED]
    late = AT + timedelta(days=200)
    for order in (both(), both()[::-1]):
        gone = d.expire(order, late)
        assert [x.state for x in gone] == [State.EXPIRED] * 2
        assert [x.ended for x in gone] == [Ended(late, Action.EXPIRE, "", "")] * 2
    assert d.expire(gone, late + timedelta(days=1)) == gone
    assert d.may(AGENT, SIGN, AT, gone).allowed
    assert d.may(AGENT, SIGN, late, gone).problems == (Problem.EXPIRED,)


def test_who_should_be_warned() -> None:
    assert d.lapsing(both(), date(2027, 1, 30)) == ()
    assert [x.delegation_id for x in d.lapsing(both(), date(2027, 1, 31))] == ["d2"]
    assert d.lapsing((in_state(State.REVOKED),), date(2030, 1, 1)) == ()


def test_a_circle_in_the_data_ends() -> None:
    ring = (replace(active()[0], parent_id="d2"), replace(both()[1], parent_id="d1"))
    with pytest.raises(ValueInvalid, match="circle"):
        d.may(AGENT, SIGN, AT, ring)
    assert [x.state for x in d.act(ring, "d1", Action.REVOKE, REP, AT, "異動")] == [State.REVOKED] * 2


REACHES = st.builds(
    lambda works, first, days, bodies, cases, most, sub: Reach(
        works, TODAY + timedelta(days=first), TODAY + timedelta(days=first + days), bodies, cases, most, sub
    ),
    st.lists(st.sampled_from(Work), min_size=1, unique=True).map(tuple),
    st.integers(0, 4),
    st.integers(0, 9),
    st.none() | st.lists(st.sampled_from(["b1", "b2"]), min_size=1, unique=True).map(tuple),
    st.none() | st.lists(st.sampled_from(["c1", "c2"]), min_size=1, unique=True).map(tuple),
    st.none() | st.integers(1, 3),
    st.booleans(),
)
ACTS = st.builds(
    Act,
    st.sampled_from(Work),
    st.sampled_from(["b1", "b2", "b3"]),
    st.sampled_from(["c1", "c2", "c3"]),
    st.none() | st.integers(0, 4),
)


@given(REACHES, REACHES, ACTS, st.integers(-1, 15))
def test_what_does_not_exceed_covers_nothing_that_the_parent_does_not(
    child: Reach, parent: Reach, what: Act, day: int
) -> None:
    def covers(reach: Reach) -> bool:
        alone = replace(given_by_rep(reach), state=State.ACTIVE, active_since=AT - timedelta(days=9))
        return d.may(AGENT, what, AT + timedelta(days=day), (alone,)).allowed

    if not d.exceeds(child, parent):
        assert covers(parent) or not covers(child)
        assert parent.sub_delegation


class Firm(RuleBasedStateMachine):
    """Everybody proposes and does anything while the days go by."""

    def __init__(self) -> None:
        super().__init__()
        self.all: d.Delegations = ()
        self.now = AT
        self.signed: list[tuple[Person, Act, datetime]] = []

    @rule(
        grantor=st.sampled_from(["rep", "agent", "sub"]),
        agent=st.sampled_from(["agent", "sub", "other"]),
        reach=REACHES,
        asked=st.booleans(),
        parent=st.none() | st.integers(0, 5),
    )
    def propose(self, grantor: str, agent: str, reach: Reach, asked: bool, parent: int | None) -> None:
        parent_id = None if parent is None else f"d{parent}"
        if grantor != "rep" and parent is None:  # as a window would choose it
            parent_id = next((x.delegation_id for x in self.all if x.agent_id == grantor), None)
        fresh = Delegation(f"d{len(self.all)}", "firm", grantor, agent, reach, agent if asked else grantor, parent_id)
        try:
            self.all = d.propose(self.all, fresh, "rep")
        except EcontractError:
            return

    @rule(
        data=st.data(),
        action=st.sampled_from(Action),
        person=st.sampled_from(EVERYBODY),
        reason=st.sampled_from(["", "x"]),
    )
    def do(self, data: st.DataObject, action: Action, person: Person, reason: str) -> None:
        if not self.all:
            return
        chosen = data.draw(st.sampled_from(self.all))
        promised = action in d.allowed_actions(chosen, person)
        refused: EcontractError | None = None
        try:
            after = d.act(self.all, chosen.delegation_id, action, person, self.now, reason)
        except EcontractError as refusal:
            refused = refusal
        if refused is not None:
            assert not promised or isinstance(refused, ReasonMissing | NotAllowedNow)
            return
        assert promised
        self.all = after

    @rule()
    def all_accept(self) -> None:
        for one in self.all:
            for person in (REP, AGENT, SUB, OTHER):
                if Action.ACCEPT in d.allowed_actions(one, person) and one.reach.last_day >= self._today():
                    self.all = d.act(self.all, one.delegation_id, Action.ACCEPT, person, self.now)
                    break

    @rule(hours=st.integers(1, 60), job_runs=st.booleans())
    def time_goes_by(self, hours: int, job_runs: bool) -> None:
        self.now += timedelta(hours=hours)
        if job_runs:
            self.all = d.expire(self.all, self.now)

    @rule(person=st.sampled_from([AGENT, SUB, OTHER]), what=ACTS)
    def somebody_signs(self, person: Person, what: Act) -> None:
        answer = d.may(person, what, self.now, self.all)
        if not answer.allowed:
            return
        assert answer.delegation_id is not None
        one = d.find(self.all, answer.delegation_id)
        while True:
            assert one.state is State.ACTIVE
            assert one.reach.first_day <= self._today() <= one.reach.last_day
            assert what.work in one.reach.works
            if one.parent_id is None:
                break
            above = d.find(self.all, one.parent_id)
            assert (above.agent_id, above.reach.sub_delegation) == (one.grantor_id, True)
            one = above
        assert one.grantor_id == "rep"
        self.signed.append((person, what, self.now))
        self.now += timedelta(minutes=1)  # a moment is one moment: nothing else happens in it

    @invariant()
    def no_child_is_wider_or_lives_longer(self) -> None:
        for one in self.all:
            if one.parent_id is None:
                continue
            parent = d.find(self.all, one.parent_id)
            assert d.exceeds(one.reach, parent.reach) == ()
            if parent.state in (State.REVOKED, State.EXPIRED):
                assert one.state in (State.REVOKED, State.EXPIRED)

    @invariant()
    def what_was_signed_stays_covered(self) -> None:
        for person, what, at in self.signed:
            assert d.may(person, what, at, self.all).allowed

    def _today(self) -> date:
        return (self.now + timedelta(hours=9)).date()


TestFirm = Firm.TestCase
TestFirm.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_what_could_ever_be_theirs() -> None:
    """Asked before files are looked at: when is another question."""
    outside = Act(Work.CONTRACT, "other body", "case", 1000)
    everything = both()
    assert d.reaches(REP, outside, ())
    assert d.reaches(SUB, SIGN, everything)
    assert not d.reaches(SUB, outside, everything), "its own reach ends there"
    assert d.reaches(AGENT, outside, everything)
    assert not d.reaches(OTHER, SIGN, everything)
    offered = (given_by_rep(),)
    assert not d.reaches(AGENT, SIGN, offered), "never accepted, never theirs"
    ended = tuple(replace(one, state=State.REVOKED) for one in active())
    assert d.reaches(AGENT, SIGN, ended), "what was signed while it was in force may come later"
