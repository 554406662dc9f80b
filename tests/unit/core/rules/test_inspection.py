"""Inspection, approval and handover: who may do what when, what starts the clock, and that nothing signed is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.rules import handover as h
from econtract_core.rules import inspection as i
from econtract_core.rules.contract import Contract, ContractKind
from econtract_core.rules.contract import State as ContractState
from econtract_core.rules.errors import (
    ConditionMissing,
    EcontractError,
    NotAllowedNow,
    NotYourTurn,
    ReasonMissing,
    ValueInvalid,
    WrongSigner,
)
from econtract_core.rules.inspection import (
    MACHINE,
    Action,
    Actor,
    Claim,
    ClockStart,
    Inspected,
    InspectionRequest,
    Kind,
    Paper,
    Result,
    Role,
    Settings,
    State,
)
from econtract_core.rules.machine import Step

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
TODAY = date(2026, 11, 24)
LEAD = Actor(Role.CONTRACTOR, "lead", "yamada", "a")
SECOND = Actor(Role.CONTRACTOR, "second", "suzuki", "b")
OFFICER = Actor(Role.OFFICER, "body", "sato", "o")
INSPECTOR = Actor(Role.INSPECTOR, "body", "kensa", "i")
RIVAL = Actor(Role.OFFICER, "rival", "x", "r")
EVERYBODY = (LEAD, SECOND, OFFICER, INSPECTOR, RIVAL)
ACTORS = {Role.CONTRACTOR: LEAD, Role.OFFICER: OFFICER, Role.INSPECTOR: INSPECTOR}
ORIGINAL = Contract("k", "c", ContractKind.ORIGINAL, 0, "body", ("lead", "second"), ContractState.CONCLUDED)
PASSED = Inspected(TODAY, Result.PASSED, "kensa", 600)
REPAIRS = Inspected(TODAY, Result.REPAIRS, "kensa", repairs="舗装の段差")
FILES = (Action.SIGN, Action.ISSUE_RESULT, Action.NOTIFY_REPAIR)


def draft(kind: Kind = Kind.COMPLETION, number: int = 1, claim: Claim = Claim()) -> InspectionRequest:  # noqa: B008
    return InspectionRequest("r", "c", kind, number, "body", ("lead", "second"), claim)


def done(
    request: InspectionRequest, action: Action, result: Inspected = PASSED, at: datetime = AT, by: Actor | None = None
) -> InspectionRequest:
    """The action, if nobody else is named by whom it belongs to."""
    (role,) = MACHINE.rows[action].sides
    actor = by or ACTORS[role]
    if action is Action.INSPECT:
        return i.inspect(request, actor, at, result)
    if action in FILES:
        paper = Paper("p", f"sha-{len(request.history)}", actor.certificate_sha256, at)
        return i.sign(request, action, actor, at, paper)
    return i.act(request, action, actor, at, "理由")


def course(*actions: Action, kind: Kind = Kind.COMPLETION, result: Inspected = PASSED) -> InspectionRequest:
    request = draft(kind)
    for action in actions:
        request = done(request, action, result)
    return request


TO_RESULT = (Action.SIGN, Action.SUBMIT, Action.RECEIVE, Action.INSPECT, Action.ISSUE_RESULT, Action.RECEIVE_RESULT)


def in_state(state: State) -> InspectionRequest:
    return {
        State.DRAFT: draft,
        State.SIGNED: lambda: course(*TO_RESULT[:1]),
        State.SUBMITTED: lambda: course(*TO_RESULT[:2]),
        State.RECEIVED: lambda: course(*TO_RESULT[:3]),
        State.RETURNED: lambda: course(*TO_RESULT[:2], Action.RETURN),
        State.INSPECTED: lambda: course(*TO_RESULT[:4]),
        State.RESULT_ISSUED: lambda: course(*TO_RESULT[:5]),
        State.RESULT_RECEIVED: lambda: course(*TO_RESULT, result=REPAIRS),
        State.REPAIR_NOTICE: lambda: course(*TO_RESULT, Action.NOTIFY_REPAIR, result=REPAIRS),
        State.WITHDRAWN: lambda: course(Action.WITHDRAW),
    }[state]()


@pytest.mark.parametrize("step", list(MACHINE.steps(State, Role)), ids=lambda s: f"{s.state}-{s.action}-{s.side}")
def test_every_step_in_every_state(step: Step[State, Action, Role]) -> None:
    request, actor = in_state(step.state), ACTORS[step.side]
    assert request.state is step.state
    if step.refusal is None:
        assert step.action in i.allowed_actions(request, actor)
        assert done(request, step.action).revision == request.revision + 1
        return
    assert step.action not in i.allowed_actions(request, actor)
    with pytest.raises(step.refusal):
        done(request, step.action, by=actor)


def test_every_state_can_be_reached() -> None:
    assert MACHINE.reachable(State.DRAFT) == set(State)


def test_only_the_lead_and_only_this_body() -> None:
    with pytest.raises(NotYourTurn, match="lead"):
        i.check(draft(), Action.SIGN, SECOND)
    with pytest.raises(NotYourTurn):
        i.check(in_state(State.SUBMITTED), Action.RECEIVE, RIVAL)
    with pytest.raises(ReasonMissing):
        i.act(in_state(State.SUBMITTED), Action.RETURN, OFFICER, AT, " ")
    for action in (*FILES, Action.INSPECT):
        with pytest.raises(NotAllowedNow):
            i.act(in_state(State.INSPECTED), action, OFFICER, AT)
    with pytest.raises(NotAllowedNow):
        i.sign(draft(), Action.SUBMIT, LEAD, AT, Paper("p", "x", "a", AT))


def test_repairs_start_the_clock_again() -> None:
    later = AT + timedelta(days=10)
    request = course(*TO_RESULT, result=REPAIRS)
    assert i.clock_starts(draft()) == ()
    assert i.clock_stops(draft()) is None
    assert (request.passed, request.is_open, i.clock_stops(request)) == (False, True, AT)
    request = done(request, Action.NOTIFY_REPAIR, at=later)
    assert i.clock_starts(request) == (ClockStart(AT, False), ClockStart(later, True))
    assert i.clock_stops(request) is None
    request = done(request, Action.INSPECT, at=later)
    assert i.clock_stops(request) == later
    request = done(done(request, Action.ISSUE_RESULT), Action.RECEIVE_RESULT)
    assert (request.passed, request.is_open) == (True, False)
    with pytest.raises(NotAllowedNow):
        done(request, Action.NOTIFY_REPAIR)
    assert len(request.papers) == 4


def test_what_was_given_back_never_started_a_clock() -> None:
    request = course(*TO_RESULT[:2], Action.RETURN)
    assert (i.clock_starts(request), i.clock_stops(request)) == ((), None)
    again = done(request, Action.REDRAFT)
    assert (again.version, again.paper, len(again.papers)) == (2, None, 1)
    again = done(done(again, Action.SIGN), Action.SUBMIT, at=AT + timedelta(days=1))
    assert i.clock_starts(again) == (ClockStart(AT + timedelta(days=1), False),)
    edited = done(course(Action.SIGN), Action.EDIT)
    assert (edited.paper, edited.version, len(edited.papers)) == (None, 1, 1)


def test_a_signature_is_ones_own_and_new() -> None:
    with pytest.raises(WrongSigner):
        i.sign(draft(), Action.SIGN, LEAD, AT, Paper("p", "x", "b", AT))
    with pytest.raises(ValueInvalid, match="earlier"):
        i.sign(in_state(State.INSPECTED), Action.ISSUE_RESULT, OFFICER, AT, Paper("p", "sha-0", "o", AT))


@pytest.mark.parametrize(
    ("kind", "found", "field"),
    [
        (Kind.COMPLETION, replace(PASSED, inspector_id="other"), "inspector_id"),
        (Kind.COMPLETION, replace(PASSED, on=date(2026, 11, 25)), "on"),
        (Kind.COMPLETION, replace(PASSED, result=Result.REFUSED), "result"),
        (Kind.INTERIM, REPAIRS, "result"),
        (Kind.COMPLETION, replace(REPAIRS, repairs="　"), "repairs"),
        (Kind.PARTIAL, replace(PASSED, progress=None), "progress"),
        (Kind.DESIGNATED, replace(PASSED, progress=0), "progress"),
    ],
)
def test_a_result_says_what_it_must(kind: Kind, found: Inspected, field: str) -> None:
    with pytest.raises(ValueInvalid, match=field):
        course(*TO_RESULT[:4], kind=kind, result=found)
    assert course(*TO_RESULT[:4], result=replace(PASSED, progress=None)).result
    refused = replace(PASSED, result=Result.REFUSED, progress=None)
    request = course(*TO_RESULT, kind=Kind.INTERIM, result=refused)
    assert (request.passed, request.is_open) == (False, False)


def begin(kind: Kind, *earlier: InspectionRequest, claim: Claim = Claim(), **how: object) -> int:  # noqa: B008
    return i.check_begin(kind, claim, ORIGINAL, earlier, Settings(**how))  # type: ignore[arg-type]


def test_a_request_needs_a_living_contract() -> None:
    for original in (None, *(replace(ORIGINAL, state=s) for s in ContractState if s is not ContractState.CONCLUDED)):
        with pytest.raises(ConditionMissing, match="contract_concluded"):
            i.check_begin(Kind.COMPLETION, Claim(), original, ())
    assert begin(Kind.COMPLETION) == 1


def test_what_must_come_before_a_request() -> None:
    partial = course(*TO_RESULT, kind=Kind.PARTIAL)
    with pytest.raises(ConditionMissing, match="earlier_request_closed"):
        begin(Kind.COMPLETION, draft())
    with pytest.raises(ConditionMissing, match="not_completed"):
        begin(Kind.PARTIAL, course(*TO_RESULT))
    assert begin(Kind.PARTIAL, partial, course(Action.WITHDRAW, kind=Kind.PARTIAL)) == 2
    with pytest.raises(ConditionMissing, match="partial_times"):
        begin(Kind.PARTIAL, partial, partial_times=1)
    assert begin(Kind.PARTIAL, partial, partial_times=2) == 2
    assert begin(Kind.PARTIAL, course(Action.WITHDRAW, kind=Kind.PARTIAL), partial_times=1) == 2
    with pytest.raises(ConditionMissing, match="no_partial_payment"):
        begin(Kind.INTERIM, partial)
    assert begin(Kind.INTERIM, partial, interim_after_partial=True) == 1
    assert begin(Kind.INTERIM, course(Action.WITHDRAW, kind=Kind.PARTIAL)) == 1
    with pytest.raises(ConditionMissing, match="interim_once"):
        begin(Kind.INTERIM, course(*TO_RESULT, kind=Kind.INTERIM))
    refused = course(*TO_RESULT, kind=Kind.INTERIM, result=replace(PASSED, result=Result.REFUSED))
    assert begin(Kind.INTERIM, refused) == 2


def test_designated_parts_are_counted_each_for_itself() -> None:
    one, two = Claim(part="一工区"), Claim(part="二工区")
    passed = replace(course(*TO_RESULT, kind=Kind.DESIGNATED), claim=one)
    assert begin(Kind.DESIGNATED, draft(Kind.DESIGNATED, claim=one), claim=two) == 2
    with pytest.raises(ConditionMissing, match="earlier_request_closed"):
        begin(Kind.DESIGNATED, draft(Kind.DESIGNATED, claim=one), claim=one)
    assert begin(Kind.DESIGNATED, passed, claim=two) == 2
    with pytest.raises(ConditionMissing, match="part_not_passed"):
        begin(Kind.DESIGNATED, passed, claim=one)


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        (Kind.COMPLETION, Claim(), Claim(TODAY)),
        (Kind.COMPLETION, Claim(TODAY + timedelta(days=1)), Claim(TODAY)),
        (Kind.DESIGNATED, Claim(None, 1, " "), Claim(None, 1, "一工区")),
        (Kind.PARTIAL, Claim(), Claim(None, 1)),
        (Kind.PARTIAL, Claim(None, 0), Claim(None, 1000)),
        (Kind.INTERIM, Claim(None, 1001), Claim(None, 1000)),
    ],
)
def test_the_fields_of_a_request(kind: Kind, wrong: Claim, right: Claim) -> None:
    i.check_claim(kind, right, 1000, TODAY)
    with pytest.raises(ValueInvalid):
        i.check_claim(kind, wrong, 1000, TODAY)


def test_the_conditions_of_an_interim_advance() -> None:
    term = (date(2026, 11, 1), date(2026, 11, 10))
    assert i.interim_findings(Claim(None, 500), 1000, term, date(2026, 11, 6)) == ()
    assert i.interim_findings(Claim(None, 500), 1000, term, date(2026, 11, 5)) == ("term_half",)
    assert i.interim_findings(Claim(None, 499), 1000, term, date(2026, 11, 6)) == ("progress_half",)
    lax = Settings(interim_progress_permille=0, interim_term_permille=0)
    assert i.interim_findings(Claim(), 1000, term, date(2026, 11, 1), lax) == ()


class Course(RuleBasedStateMachine):
    """Everybody tries everything on one request."""

    def __init__(self) -> None:
        super().__init__()
        self.request = draft(Kind.PARTIAL)
        self.now = AT
        self.signed: list[str] = []

    @rule(
        actor=st.sampled_from(EVERYBODY),
        action=st.sampled_from(Action),
        reason=st.sampled_from(["", "理由"]),
        result=st.sampled_from([PASSED, REPAIRS]),
    )
    def anybody_tries(self, actor: Actor, action: Action, reason: str, result: Inspected) -> None:
        self.now += timedelta(hours=1)
        before = self.request
        promised = action in i.allowed_actions(before, actor)
        try:
            if action is Action.INSPECT:
                self.request = i.inspect(before, actor, self.now, result)
            elif action in FILES:
                paper = Paper("p", f"sha-{len(self.signed)}", actor.certificate_sha256, self.now)
                self.request = i.sign(before, action, actor, self.now, paper)
                self.signed.append(paper.sha256)
            else:
                self.request = i.act(before, action, actor, self.now, reason)
        except EcontractError:
            assert self.request is before
            assert not promised or (MACHINE.rows[action].needs_reason and not reason)
        else:
            assert promised

    @rule(result=st.sampled_from([PASSED, REPAIRS]))
    def the_straight_way_goes_on(self, result: Inspected) -> None:
        for action in (*TO_RESULT, Action.NOTIFY_REPAIR):
            (role,) = MACHINE.rows[action].sides
            if action in i.allowed_actions(self.request, ACTORS[role]):
                self.anybody_tries(ACTORS[role], action, "", result)
                return

    @invariant()
    def nothing_signed_is_lost(self) -> None:
        assert [paper.sha256 for paper in self.request.papers] == self.signed
        assert self.request.revision == len(self.request.history)

    @invariant()
    def passed_only_after_the_latest_inspection_passed(self) -> None:
        found = [deed.inspected for deed in self.request.history if deed.inspected is not None]
        if self.request.passed:
            assert found[-1].result is Result.PASSED
        asked = sum(r.result is Result.REPAIRS for r in found)
        assert sum(d.action is Action.NOTIFY_REPAIR for d in self.request.history) <= asked

    @invariant()
    def a_clock_runs_from_the_latest_submission(self) -> None:
        starts = i.clock_starts(self.request)
        running = self.request.state in (State.SUBMITTED, State.RECEIVED, State.REPAIR_NOTICE)
        assert running == bool(starts and i.clock_stops(self.request) is None)
        assert list(starts) == sorted(starts, key=lambda s: s.at)


TestInspectionCourse = Course.TestCase
TestInspectionCourse.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


# --- handover --------------------------------------------------------------------------------------------------------

NOTE = Paper("p", "note", "a", AT)


def submitted() -> h.HandoverNote:
    return h.act(h.begin(course(*TO_RESULT), ()), h.Action.SUBMIT, LEAD, AT, paper=NOTE)


def test_handed_over_after_a_passed_inspection_once() -> None:
    for request in (draft(), course(*TO_RESULT, result=REPAIRS), course(*TO_RESULT, kind=Kind.PARTIAL)):
        with pytest.raises(ConditionMissing, match="inspection_passed"):
            h.begin(request, ())
    note = h.begin(course(*TO_RESULT), ())
    with pytest.raises(ConditionMissing, match="one_handover"):
        h.begin(course(*TO_RESULT), (note,))
    assert h.begin(course(*TO_RESULT, kind=Kind.DESIGNATED), (replace(note, request_id="x"),)).state is h.State.DRAFT
    back = h.act(submitted(), h.Action.RETURN, OFFICER, AT, "日付")
    again = h.act(back, h.Action.SUBMIT, LEAD, AT, paper=replace(NOTE, sha256="note2"))
    accepted = h.accepted_on(h.act(again, h.Action.ACCEPT, OFFICER, AT), TODAY)
    assert (accepted.state, accepted.handed_over_on, accepted.revision) == (h.State.ACCEPTED, TODAY, 4)
    assert [deed.paper.sha256 for deed in accepted.history if deed.paper] == ["note", "note2"]
    with pytest.raises(ConditionMissing):
        h.accepted_on(submitted(), TODAY)


@pytest.mark.parametrize(
    "step", [s for s in h.MACHINE.steps(h.State, Role) if s.refusal], ids=lambda s: f"{s.state}-{s.action}-{s.side}"
)
def test_every_wrong_step_of_a_handover(step: Step[h.State, h.Action, Role]) -> None:
    assert step.refusal is not None
    with pytest.raises(step.refusal):
        h.act(replace(submitted(), state=step.state), step.action, ACTORS[step.side], AT, "理由", NOTE)


def test_who_hands_over_and_with_what() -> None:
    note = h.begin(course(*TO_RESULT), ())
    with pytest.raises(NotYourTurn):
        h.act(note, h.Action.SUBMIT, SECOND, AT, paper=NOTE)
    with pytest.raises(NotYourTurn):
        h.act(submitted(), h.Action.ACCEPT, RIVAL, AT)
    with pytest.raises(ValueInvalid):
        h.act(note, h.Action.SUBMIT, LEAD, AT)
    with pytest.raises(ValueInvalid):
        h.act(submitted(), h.Action.ACCEPT, OFFICER, AT, paper=NOTE)
    with pytest.raises(WrongSigner):
        h.act(note, h.Action.SUBMIT, LEAD, AT, paper=replace(NOTE, signer_certificate_sha256="b"))
