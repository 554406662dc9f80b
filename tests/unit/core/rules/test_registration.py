"""Registration and renewal: nothing in flight is blocked, no card and no line of history is lost, mistakes are undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.rules import registration as r
from econtract_core.rules.errors import (
    ConditionMissing,
    EcontractError,
    NotAllowedNow,
    ReasonMissing,
    UndoTooLate,
    ValueInvalid,
)
from econtract_core.rules.machine import Step
from econtract_core.rules.registration import (
    MACHINE,
    Access,
    Account,
    Action,
    Actor,
    Card,
    Renewal,
    RenewalKind,
    Role,
    Settings,
    State,
)

AT = datetime(2026, 11, 24, tzinfo=UTC)
YEAR = timedelta(days=365)
USER, BODY, OPERATOR, SYSTEM = (Actor(role, role.value) for role in Role)
ACTORS = dict(zip(Role, (USER, BODY, OPERATOR, SYSTEM), strict=True))


def card(name: str = "c1", ends: datetime = AT + YEAR) -> Card:
    return Card(name, AT - YEAR, ends, "山田 太郎")


def applied() -> Account:
    return Account("u1", "f1", (card(),), AT)


def active() -> Account:
    return r.act(applied(), Action.APPROVE, BODY, AT)


def expired() -> Account:
    return r.act(active(), Action.EXPIRE, SYSTEM, AT + YEAR + timedelta(seconds=1))


def in_state(state: State) -> Account:
    other = replace(active(), user_id="u2", cards=(card("c9"),))
    return {
        State.APPLIED: applied(),
        State.RETURNED: r.act(applied(), Action.RETURN, BODY, AT, "住所"),
        State.ACTIVE: active(),
        State.CERTIFICATE_EXPIRED: expired(),
        State.UNDONE: r.undo(active(), USER, AT, has_acted=False),
        State.MERGED: r.merge(active(), other, OPERATOR, AT)[0],
    }[state]


def do(account: Account, action: Action, actor: Actor) -> Account:
    if action in (Action.RENEW, Action.ASK_RENEWAL):
        kind = RenewalKind.RENEWED if action is Action.RENEW else RenewalKind.REPRESENTATIVE_CHANGED
        return r.renew(account, Renewal(card("c2"), kind, AT), actor, old_card_proved=True)
    if action is Action.APPROVE_RENEWAL:
        return r.approve_renewal(account, actor, AT)
    if action is Action.UNDO:
        return r.undo(account, actor, AT, has_acted=False)
    if action is Action.MERGE:
        return r.merge(account, replace(active(), user_id="u2", cards=(card("c9"),)), actor, AT)[0]
    return r.act(account, action, actor, AT, "理由")


@pytest.mark.parametrize(
    "step", [s for s in MACHINE.steps(State, Role) if s.refusal], ids=lambda s: f"{s.state}-{s.action}-{s.side}"
)
def test_every_wrong_step_is_refused(step: Step[State, Action, Role]) -> None:
    assert step.refusal is not None
    account = in_state(step.state)
    assert account.state is step.state
    with pytest.raises(step.refusal):
        do(account, step.action, ACTORS[step.side])


def test_every_state_can_be_reached() -> None:
    assert MACHINE.reachable(State.APPLIED) == set(State)


def test_returned_and_applied_again() -> None:
    with pytest.raises(ReasonMissing):
        r.act(applied(), Action.RETURN, BODY, AT, " ")
    back = r.act(applied(), Action.RETURN, BODY, AT, " 住所 ")
    assert back.history[-1].reason == "住所"
    again = r.act(r.act(back, Action.APPLY_AGAIN, USER, AT), Action.APPROVE, SYSTEM, AT)
    assert (again.state, again.revision, len(again.history)) == (State.ACTIVE, 3, 3)


@pytest.mark.parametrize(
    "action", [Action.RENEW, Action.ASK_RENEWAL, Action.APPROVE_RENEWAL, Action.UNDO, Action.MERGE]
)
def test_deeds_with_more_to_them_are_no_plain_acts(action: Action) -> None:
    for actor in ACTORS.values():
        with pytest.raises(NotAllowedNow):
            r.act(active(), action, actor, AT, "x")


def test_what_a_card_opens() -> None:
    after = AT + YEAR + timedelta(seconds=1)
    assert r.access(active(), "c1", AT) is Access.FULL
    assert r.access(active(), "c1", AT + YEAR) is Access.FULL
    assert r.access(active(), "c1", AT - YEAR) is Access.FULL
    assert r.access(active(), "c1", AT - YEAR - timedelta(seconds=1)) is Access.READ_ONLY
    assert r.access(active(), "c1", after) is Access.READ_ONLY  # before anybody noted it
    assert r.access(expired(), "c1", after) is Access.READ_ONLY
    assert r.access(active(), "c2", AT) is Access.NONE
    assert r.access(applied(), "c1", AT) is Access.APPLICATION
    assert r.access(in_state(State.UNDONE), "c1", AT) is Access.NONE
    lost = r.act(active(), Action.REPORT_LOST, OPERATOR, AT)
    assert r.access(lost, "c1", AT) is Access.NONE
    assert r.act(lost, Action.REPORT_LOST, USER, after).card.lost_at == AT
    with pytest.raises(ConditionMissing):
        r.act(active(), Action.EXPIRE, SYSTEM, AT + YEAR)


def test_warned_in_time() -> None:
    ends = AT + YEAR

    def at(days: int) -> int | None:
        return r.warning(card(), ends - timedelta(days=days))

    assert [at(d) for d in (91, 90, 61, 60, 31, 30, 0, -1)] == [None, 90, 90, 60, 60, 30, 30, 0]


@pytest.mark.parametrize(
    ("kind", "late", "settings_", "asked"),
    [
        (RenewalKind.RENEWED, False, Settings(), False),
        (RenewalKind.RENEWED, True, Settings(), True),
        (RenewalKind.RENEWED, True, Settings(approve_expired=False), False),
        (RenewalKind.LOST, False, Settings(), True),
        (RenewalKind.LOST, False, Settings(approve_lost=False), False),
        (RenewalKind.REPRESENTATIVE_CHANGED, False, Settings(approve_expired=False, approve_lost=False), True),
    ],
)
def test_which_renewal_waits_for_approval(kind: RenewalKind, late: bool, settings_: Settings, asked: bool) -> None:
    assert r.needs_approval(kind, expired=late, settings=settings_) is asked
    at = AT + YEAR * 2 if late else AT
    renewal = Renewal(card("c2", AT + YEAR * 3), kind, at)
    account = r.renew(active(), renewal, USER, True, settings_)
    if not asked:
        assert (account.card.certificate_sha256, account.cards[1].retired_at) == ("c2", at)
        return
    assert (account.card.certificate_sha256, account.renewal) == ("c1", renewal)
    assert r.access(account, "c1", AT) is Access.FULL  # nothing in flight is blocked
    done = r.approve_renewal(account, BODY, at)
    assert (done.state, done.card.certificate_sha256, done.renewal) == (State.ACTIVE, "c2", None)
    assert [c.certificate_sha256 for c in done.cards] == ["c2", "c1"]
    back = r.act(account, Action.RETURN_RENEWAL, BODY, at, "登記")
    assert (back.renewal, back.card, back.state) == (None, card(), State.ACTIVE)


def test_the_old_card_is_proved_while_it_works() -> None:
    renewal = Renewal(card("c2"), RenewalKind.RENEWED, AT)
    with pytest.raises(ConditionMissing, match="old_card_proved"):
        r.renew(active(), renewal, USER, old_card_proved=False)
    lost = r.act(active(), Action.REPORT_LOST, USER, AT)
    assert r.renew(lost, renewal, USER, old_card_proved=False).card.certificate_sha256 == "c2"
    later = replace(renewal, card=card("c2", AT + YEAR * 3), asked_at=AT + YEAR * 2)
    assert r.renew(expired(), later, USER, False).renewal is not None
    assert r.renew(expired(), later, USER, False, Settings(approve_expired=False)).state is State.ACTIVE
    last = replace(later, asked_at=AT + YEAR)  # the last moment at which it still works
    with pytest.raises(ConditionMissing):
        r.renew(active(), last, USER, old_card_proved=False)


@pytest.mark.parametrize(
    "new",
    [
        card("c1"),
        card("c2", AT - timedelta(seconds=1)),
        replace(card("c2"), not_before=AT + timedelta(seconds=1)),
        replace(card("c2"), lost_at=AT),
    ],
)
def test_a_new_card_is_new_and_valid(new: Card) -> None:
    with pytest.raises(ValueInvalid):
        r.renew(active(), Renewal(new, RenewalKind.RENEWED, AT), USER, True)


def test_what_was_not_asked_for_cannot_be_approved() -> None:
    with pytest.raises(ConditionMissing, match="renewal_asked"):
        r.approve_renewal(active(), BODY, AT)
    with pytest.raises(ConditionMissing, match="renewal_asked"):
        r.act(active(), Action.RETURN_RENEWAL, BODY, AT, "x")
    waiting = r.renew(active(), Renewal(card("c2"), RenewalKind.LOST, AT), USER, False)
    with pytest.raises(ValueInvalid):
        r.approve_renewal(waiting, BODY, AT + YEAR * 2)


def test_undone_by_its_user_within_the_window() -> None:
    until = AT + timedelta(days=14)
    assert r.undo_until(active()) == until
    assert r.undo(active(), USER, until, has_acted=False).state is State.UNDONE
    with pytest.raises(UndoTooLate):
        r.undo(active(), USER, until + timedelta(seconds=1), has_acted=False)
    assert r.undo(active(), USER, until + timedelta(days=1), False, Settings(undo_days=15)).state is State.UNDONE
    with pytest.raises(ConditionMissing):
        r.undo(active(), USER, AT, has_acted=True)
    renewed = do(active(), Action.RENEW, USER)
    with pytest.raises(ConditionMissing):
        r.undo(renewed, USER, AT, has_acted=False)


def test_merged_by_the_operator() -> None:
    mine, wrong = active(), replace(applied(), user_id="u2", cards=(card("c2"),))
    gone, kept = r.merge(wrong, mine, OPERATOR, AT)
    assert (gone.state, gone.merged_into, gone.cards) == (State.MERGED, "u1", wrong.cards)
    assert ([c.certificate_sha256 for c in kept.cards], kept.state) == (["c2", "c1"], State.ACTIVE)
    assert kept.history[-1].reason == "merged u2"
    with pytest.raises(ValueInvalid, match="itself"):
        r.merge(mine, mine, OPERATOR, AT)
    with pytest.raises(NotAllowedNow):
        r.merge(wrong, applied(), OPERATOR, AT)
    with pytest.raises(ValueInvalid):
        r.merge(replace(wrong, cards=(card("c1"),)), mine, OPERATOR, AT)


class Life(RuleBasedStateMachine):
    """Anybody does anything to an account over the years."""

    def __init__(self) -> None:
        super().__init__()
        self.account, self.now, self.made = applied(), AT, 1

    @rule(days=st.integers(0, 200))
    def time_goes_by(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(
        action=st.sampled_from(Action), actor=st.sampled_from(list(ACTORS.values())), kind=st.sampled_from(RenewalKind)
    )
    def anybody_tries(self, action: Action, actor: Actor, kind: RenewalKind) -> None:
        before = self.account
        try:
            if action is Action.RENEW:
                new = Card(f"n{self.made}", self.now, self.now + YEAR, "山田 太郎")
                self.account = r.renew(before, Renewal(new, kind, self.now), actor, True)
            elif action is Action.APPROVE_RENEWAL:
                self.account = r.approve_renewal(before, actor, self.now)
            elif action is Action.UNDO:
                self.account = r.undo(before, actor, self.now, has_acted=False)
            else:
                self.account = r.act(before, action, actor, self.now, "理由")
        except EcontractError:
            return
        assert self.account.history[:-1] == before.history
        assert len(self.account.cards) in (len(before.cards), len(before.cards) + 1)
        self.made += 1

    @invariant()
    def the_current_card_only_opens_anything(self) -> None:
        opened = [
            c for c in self.account.cards if r.access(self.account, c.certificate_sha256, self.now) is not Access.NONE
        ]
        assert opened in ([], [self.account.card])
        assert all(c.retired_at is not None for c in self.account.cards[1:])
        assert self.account.card.retired_at is None

    @invariant()
    def full_access_only_within_validity(self) -> None:
        card_ = self.account.card
        if r.access(self.account, card_.certificate_sha256, self.now) is Access.FULL:
            assert card_.not_before <= self.now <= card_.not_after
            assert any(d.action is Action.APPROVE for d in self.account.history)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
