"""The contracts of a case: numbers, terms, corrections, ends; whatever comes in whatever order, one change at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.rules import contract as c
from econtract_core.rules import contracts_of_case as case_rules
from econtract_core.rules.case import Case, CaseKind
from econtract_core.rules.contract import (
    MACHINE,
    OPEN,
    Action,
    Actor,
    Change,
    Contract,
    ContractDocument,
    ContractKind,
    Side,
    State,
)
from econtract_core.rules.contracts_of_case import CaseSettings
from econtract_core.rules.errors import (
    ConditionMissing,
    EcontractError,
    NotAllowedNow,
    NotYourTurn,
    OtherContractOpen,
    ReasonMissing,
    TimestampPending,
    ValueInvalid,
)
from econtract_core.rules.joint_venture import Seat, check_lead, order_board
from econtract_core.rules.machine import Step

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
OFFICER = Actor(Side.OFFICER, "body", "sato", "o")
LEAD = Actor(Side.CONTRACTOR, "lead", "yamada", "a")
SECOND = Actor(Side.CONTRACTOR, "second", "suzuki", "b")
SYSTEM = Actor(Side.SYSTEM, "", "", "")
PEOPLE = {Side.OFFICER: OFFICER, Side.CONTRACTOR: LEAD, Side.SYSTEM: SYSTEM}
CASE = Case(
    "case", "1", "工事", CaseKind.WORKS, "", "body", ("lead",), 1_100_000, 100_000, date(2026, 12, 1), date(2027, 3, 31)
)
JOINT = replace(CASE, contractor_ids=("lead", "second"))
DOCUMENT = ContractDocument("d1", "契約書", "application/pdf", 1, "0", True, "0", 1)
NOW = CaseSettings()
Contracts = tuple[Contract, ...]


def signed(contract: Contract, actor: Actor, *, pending: bool = False) -> Contract:
    action = Action.SIGN if actor.side is Side.CONTRACTOR else Action.COUNTERSIGN
    files = (("d1", f"{len(contract.signatures)}{actor.user_id}", 2),)
    return c.sign(contract, action, actor, AT, files, actor.certificate_sha256, pending)


def reviewed(contract: Contract) -> Contract:
    return c.act(c.offer(contract, (DOCUMENT,), OFFICER, AT), Action.REVIEW, LEAD, AT)


def countersigned(contract: Contract) -> Contract:
    contract = reviewed(contract)
    for organization_id in contract.contractor_ids:
        contract = signed(contract, {"lead": LEAD, "second": SECOND}[organization_id])
    return signed(c.act(contract, Action.SUBMIT, LEAD, AT), OFFICER)


def concluded(contracts: Contracts, fresh: Contract, at: datetime = AT) -> Contracts:
    return case_rules.conclude((*contracts, countersigned(fresh)), fresh.contract_id, at)


def began(contracts: Contracts, kind: ContractKind = ContractKind.CHANGE, change: Change | None = None) -> Contract:
    return case_rules.begin(CASE, contracts, kind, f"k{len(contracts)}", change or Change())


def original() -> Contracts:
    return concluded((), began((), ContractKind.ORIGINAL))


def in_state(state: State, kind: ContractKind = ContractKind.ORIGINAL) -> Contract:
    """As it stands in each state, one timestamp waiting where one can wait."""
    fresh = Contract("k0", "case", kind, 0, "body", ("lead",))
    submitted = c.act(signed(reviewed(fresh), LEAD), Action.SUBMIT, LEAD, AT)
    done = concluded((), fresh)[0]
    return {
        State.DRAFTING: fresh,
        State.OFFERED: c.offer(fresh, (DOCUMENT,), OFFICER, AT),
        State.UNDER_REVIEW: reviewed(fresh),
        State.SIGNING: signed(reviewed(fresh), LEAD),
        State.SUBMITTED: submitted,
        State.COUNTERSIGNED: signed(submitted, OFFICER),
        State.CONCLUDED: done,
        State.WITHDRAWN: c.act(fresh, Action.WITHDRAW, OFFICER, AT, "中止"),
        State.TERMINATED: c.act(done, Action.TERMINATE, OFFICER, AT, "解除"),
        State.CORRECTED_BY: c.moved(done, Action.CORRECT, SYSTEM, AT),
        State.MOVED_TO_PAPER: c.act(done, Action.MOVE_TO_PAPER, OFFICER, AT, "紙"),
        State.COMPLETED: c.moved(done, Action.COMPLETE, SYSTEM, AT),
        State.ARCHIVED: c.moved(c.moved(done, Action.COMPLETE, SYSTEM, AT), Action.ARCHIVE, SYSTEM, AT),
    }[state]


@pytest.mark.parametrize(
    "step", [s for s in MACHINE.steps(State, Side) if s.refusal], ids=lambda s: f"{s.state}-{s.action}-{s.side}"
)
def test_every_wrong_step_is_refused(step: Step[State, Action, Side]) -> None:
    assert step.refusal is not None
    with pytest.raises(step.refusal):
        c.check(in_state(step.state), step.action, PEOPLE[step.side], "理由")


def test_every_state_can_be_reached() -> None:
    assert MACHINE.reachable(State.DRAFTING) == set(State)


def test_terms_are_the_registered_ones_and_every_concluded_change() -> None:
    contracts = original()
    first = began(contracts, change=Change(220_000, 20_000, date(2027, 5, 31)))
    assert case_rules.current_terms(CASE, (*contracts, first)).amount == 1_100_000
    contracts = concluded(contracts, first)
    contracts = concluded(contracts, began(contracts, change=Change(-110_000, -10_000)))
    assert [k.number for k in contracts] == [0, 1, 2]
    terms = case_rules.current_terms(CASE, contracts)
    assert (terms.amount, terms.tax, terms.term_to) == (1_210_000, 110_000, date(2027, 5, 31))
    assert terms.on_paper == ()


@pytest.mark.parametrize(
    "change",
    [
        Change(-1_100_000, 0),
        Change(0, -100_001),
        Change(0, 1_000_000),
        Change(0, 0, date(2026, 11, 30)),
    ],
)
def test_a_change_leaves_a_contract_that_may_be(change: Change) -> None:
    with pytest.raises(ValueInvalid):
        began(original(), change=change)
    assert case_rules.check_change(replace(CASE, term_from=None), original(), Change(0, 0, date(2026, 1, 1))).amount


def test_the_next_change_waits_for_the_one_before() -> None:
    contracts = original()
    first = began(contracts)
    with pytest.raises(OtherContractOpen):
        began((*contracts, first))
    withdrawn = c.act(first, Action.WITHDRAW, OFFICER, AT, "不要")
    assert began((*contracts, withdrawn)).number == 2
    assert began((*contracts, first), ContractKind.UNIT_PRICE).number == 1  # of another kind


def test_nothing_follows_an_original_that_is_not_concluded() -> None:
    for state in State:
        alone = (in_state(state),)
        if state is State.CONCLUDED:
            assert began(alone).number == 1
        else:
            with pytest.raises(ConditionMissing):
                began(alone)
    with pytest.raises(OtherContractOpen):
        began(original(), ContractKind.ORIGINAL)
    with pytest.raises(OtherContractOpen):
        began((began((), ContractKind.ORIGINAL),), ContractKind.ORIGINAL)
    assert began((in_state(State.WITHDRAWN),), ContractKind.ORIGINAL).number == 0
    with pytest.raises(ValueInvalid):
        case_rules.begin(CASE, original(), ContractKind.CHANGE, "k0")
    with pytest.raises(ValueInvalid):
        began(original(), ContractKind.UNIT_PRICE, Change(1, 0))


def test_unit_prices_are_agreed_again_after_each_change() -> None:
    contracts = original()
    assert case_rules.unit_price_due((), NOW) is None
    assert case_rules.unit_price_due(contracts, NOW) == date(2026, 12, 8)
    later = AT + timedelta(days=1)
    contracts = concluded(contracts, began(contracts, ContractKind.UNIT_PRICE), later)
    assert case_rules.unit_price_due(contracts, NOW) is None
    contracts = concluded(contracts, began(contracts), later + timedelta(days=1))
    assert case_rules.unit_price_due(contracts, NOW) == date(2026, 12, 10)
    strict = CaseSettings(change_needs_agreement=True)
    with pytest.raises(ConditionMissing):
        case_rules.begin(CASE, contracts, ContractKind.CHANGE, "k9", settings=strict)
    contracts = concluded(contracts, began(contracts, ContractKind.UNIT_PRICE), later + timedelta(days=2))
    assert case_rules.begin(CASE, contracts, ContractKind.CHANGE, "k9", settings=strict).number == 2


def test_a_correction_takes_the_place_of_the_wrong_one() -> None:
    contracts = original()
    contracts = concluded(contracts, began(contracts, change=Change(110_000, 10_000)))
    contracts = concluded(contracts, began(contracts, ContractKind.UNIT_PRICE), AT + timedelta(days=1))
    wrong = contracts[1]
    with pytest.raises(ValueInvalid):
        case_rules.begin_correction(CASE, contracts, wrong, "k0")
    fresh = case_rules.begin_correction(CASE, contracts, wrong, "fix")
    assert (fresh.kind, fresh.number, fresh.change, fresh.corrects_id) == (wrong.kind, 1, wrong.change, "k1")
    with pytest.raises(OtherContractOpen):
        case_rules.begin_correction(CASE, (*contracts, fresh), wrong, "fix2")
    with pytest.raises(OtherContractOpen):
        case_rules.move_to_paper((*contracts, fresh), "k1", OFFICER, AT, "紙")
    same = concluded(contracts, fresh, AT + timedelta(days=2))
    assert case_rules.unit_price_due(same, NOW) is None
    other = concluded(contracts, replace(fresh, change=Change(220_000, 20_000)), AT + timedelta(days=2))
    assert case_rules.unit_price_due(other, NOW) == date(2026, 12, 10)
    assert (other[1].state, other[1].corrected_by_id) == (State.CORRECTED_BY, "fix")
    assert case_rules.current_terms(CASE, other).amount == 1_320_000
    with pytest.raises(NotAllowedNow):
        case_rules.begin_correction(CASE, other, other[1], "fix2")
    with pytest.raises(ValueInvalid):
        case_rules.conclude((countersigned(replace(fresh, corrects_id="gone")),), "fix", AT)
    with pytest.raises(ValueInvalid):
        case_rules.conclude(contracts, "gone", AT)


def test_termination_ends_what_is_open_and_keeps_the_void_signatures() -> None:
    contracts = original()
    change = signed(reviewed(began(contracts)), LEAD)
    for actor, reason, refusal in (
        (SECOND, "解除", NotYourTurn),
        (OFFICER, " ", ReasonMissing),
        (SYSTEM, "解除", NotYourTurn),
    ):
        with pytest.raises(refusal):
            case_rules.terminate((*contracts, change), actor, AT, reason)
    ended = case_rules.terminate((*contracts, change), LEAD, AT, "解除")
    assert [k.state for k in ended] == [State.TERMINATED, State.TERMINATED]
    assert (len(ended[0].signatures), ended[1].signatures, len(ended[1].void_signatures)) == (2, (), 1)
    assert case_rules.current_terms(CASE, ended).amount == 1_100_000
    with pytest.raises(ConditionMissing):
        case_rules.terminate((), OFFICER, AT, "解除")
    with pytest.raises(OtherContractOpen):
        case_rules.terminate((*contracts, countersigned(began(contracts))), OFFICER, AT, "解除")
    with pytest.raises(ConditionMissing):
        c.check(replace(contracts[0], kind=ContractKind.CHANGE), Action.TERMINATE, OFFICER, "解除")


def test_only_the_lead_of_a_joint_venture_terminates() -> None:
    contract = replace(original()[0], contractor_ids=("lead", "second"))
    with pytest.raises(NotYourTurn):
        c.check(contract, Action.TERMINATE, SECOND, "解除")
    assert c.check(contract, Action.TERMINATE, LEAD, "解除")


def test_on_paper_before_and_after_conclusion() -> None:
    contracts = original()
    change = signed(reviewed(began(contracts, change=Change(110_000, 10_000))), LEAD)
    paper = case_rules.move_to_paper((*contracts, change), "k1", OFFICER, AT, "カード故障")
    assert (paper[1].state, paper[1].signatures, len(paper[1].void_signatures)) == (State.MOVED_TO_PAPER, (), 1)
    assert case_rules.current_terms(CASE, paper).on_paper == ("k1",)
    assert case_rules.current_terms(CASE, paper).amount == 1_100_000
    assert began(paper).number == 2
    whole = case_rules.move_to_paper(contracts, "k0", OFFICER, AT, "カード故障")
    assert (len(whole[0].signatures), whole[0].void_signatures) == (2, ())
    assert case_rules.current_terms(CASE, whole).on_paper == ()


def test_completed_when_all_is_paid_then_archived() -> None:
    contracts = original()
    with pytest.raises(ConditionMissing, match="payments"):
        case_rules.complete(contracts, False, AT)
    with pytest.raises(OtherContractOpen):
        case_rules.complete((*contracts, began(contracts)), True, AT)
    assert case_rules.may_complete(contracts, True)
    assert not case_rules.may_complete(contracts, False)
    assert not case_rules.may_complete((*contracts, began(contracts)), True)
    assert not case_rules.may_complete((), True)
    assert not case_rules.may_complete(case_rules.complete(contracts, True, AT), True)
    with pytest.raises(ConditionMissing):
        case_rules.archive(contracts, AT)
    contracts = concluded(contracts, began(contracts))
    done = case_rules.complete(contracts, True, AT)
    assert {k.state for k in done} == {State.COMPLETED}
    kept = case_rules.archive((*done, replace(in_state(State.WITHDRAWN), contract_id="w")), AT)
    assert [k.state for k in kept] == [State.ARCHIVED, State.ARCHIVED, State.WITHDRAWN]
    assert all(len(k.signatures) == 2 for k in kept[:2])


def test_a_pending_timestamp_holds_everybody_up_and_nobody_signs_again() -> None:
    contract = signed(reviewed(began_joint()), LEAD, pending=True)
    assert contract.waiting_for_timestamp == ("lead",)
    with pytest.raises(TimestampPending):
        signed(contract, SECOND)
    assert c.allowed_actions(contract, SECOND) == (Action.RETURN,)
    with pytest.raises(NotAllowedNow):
        c.timestamp(contract, SECOND, AT, (("d1", "x", 3),))
    with pytest.raises(c.DocumentsMissing):
        c.timestamp(contract, LEAD, AT, (("d2", "x", 3),))
    stamped = c.timestamp(contract, LEAD, AT, (("d1", "x", 3),))
    assert (stamped.state, stamped.waiting_for_timestamp) == (State.SIGNING, ())
    assert (stamped.signatures[0].files, stamped.documents[0].current_sha256) == ((("d1", "x"),), "x")
    both = signed(stamped, SECOND, pending=True)
    both = c.timestamp(both, SECOND, AT, (("d1", "y", 4),))
    assert both.signatures[0].files == (("d1", "x"),)
    last = signed(c.act(both, Action.SUBMIT, LEAD, AT), OFFICER, pending=True)
    with pytest.raises(TimestampPending):
        case_rules.conclude((last,), last.contract_id, AT)
    last = c.timestamp(last, OFFICER, AT, (("d1", "z", 5),))
    assert case_rules.conclude((last,), last.contract_id, AT)[0].state is State.CONCLUDED


def began_joint(*, lead_last: bool = False) -> Contract:
    return replace(case_rules.begin(JOINT, (), ContractKind.ORIGINAL, "k0"), lead_signs_last=lead_last)


def test_the_order_board_tells_who_has_signed() -> None:
    contract = began_joint()
    assert [line.seat for line in order_board(contract)] == [Seat.WAITING, Seat.WAITING]
    contract = reviewed(contract)
    assert [(x.organization_id, x.is_lead, x.seat) for x in order_board(contract)] == [
        ("lead", True, Seat.NEXT),
        ("second", False, Seat.NEXT),
    ]
    pending = order_board(signed(contract, LEAD, pending=True))
    assert [line.seat for line in pending] == [Seat.TIMESTAMP_PENDING, Seat.WAITING]
    contract = signed(contract, LEAD)
    lead, second = order_board(contract)
    assert (lead.seat, lead.user_id, lead.signed_at, second.seat) == (Seat.SIGNED, "yamada", AT, Seat.NEXT)
    back = c.act(contract, Action.RETURN, SECOND, AT, "出資比率")
    lead, second = order_board(back)
    assert (lead.seat, lead.void_versions) == (Seat.WAITING, (1,))
    assert (second.seat, second.reason, second.user_id) == (Seat.RETURNED, "出資比率", "suzuki")
    assert [line.seat for line in order_board(reviewed(back))] == [Seat.NEXT, Seat.NEXT]
    submitted = c.act(signed(contract, SECOND), Action.SUBMIT, LEAD, AT)
    assert [line.seat for line in order_board(signed(submitted, OFFICER))] == [Seat.SIGNED, Seat.SIGNED]


def test_the_lead_signs_last_where_the_body_wants_it() -> None:
    contract = reviewed(began_joint(lead_last=True))
    with pytest.raises(c.DocumentsMissing):
        signed(contract, LEAD)
    assert [line.seat for line in order_board(contract)] == [Seat.WAITING, Seat.NEXT]
    assert signed(signed(contract, SECOND), LEAD).unsigned_contractors == ()


def test_afterwards_the_lead_acts_for_all() -> None:
    check_lead(("lead", "second"), "lead", "submit")
    for members in (("lead", "second"), ()):
        with pytest.raises(NotYourTurn):
            check_lead(members, "second", "submit")


class WholeCase(RuleBasedStateMachine):
    """Everybody tries everything on every contract of a joint venture's case."""

    def __init__(self) -> None:
        super().__init__()
        self.contracts: Contracts = (began_joint(),)
        self.signatures = 0
        self.names = 0

    @rule(
        kind=st.sampled_from([ContractKind.CHANGE, ContractKind.CHANGE, ContractKind.UNIT_PRICE]),
        amount=st.integers(-10, 10),
    )
    def somebody_begins(self, kind: ContractKind, amount: int) -> None:
        self.names += 1
        change = Change(amount) if kind is ContractKind.CHANGE else Change()
        try:
            fresh = case_rules.begin(JOINT, self.contracts, kind, f"n{self.names}", change)
        except EcontractError:
            return
        self.contracts += (fresh,)

    @rule(data=st.data())
    def somebody_corrects(self, data: st.DataObject) -> None:
        self.names += 1
        wrong = data.draw(st.sampled_from(self.contracts))
        try:
            self.contracts += (case_rules.begin_correction(JOINT, self.contracts, wrong, f"n{self.names}"),)
        except EcontractError:
            return

    @rule(data=st.data(), steps=st.integers(1, 8))
    def a_course_goes_on(self, data: st.DataObject, steps: int) -> None:
        """The straight way, as far as it gets: so that the deep states are reached often."""
        chosen = data.draw(st.sampled_from(self.contracts))
        for action in _STRAIGHT[:steps]:
            for actor in (OFFICER, LEAD, SECOND, SYSTEM):
                self._try(chosen.contract_id, actor, action, "理由")

    @rule(
        data=st.data(),
        action=st.sampled_from(Action),
        actor=st.sampled_from([OFFICER, LEAD, SECOND, SYSTEM]),
        reason=st.sampled_from(["", "理由"]),
    )
    def anybody_tries(self, data: st.DataObject, action: Action, actor: Actor, reason: str) -> None:
        self._try(data.draw(st.sampled_from(self.contracts)).contract_id, actor, action, reason)

    def _try(self, contract_id: str, actor: Actor, action: Action, reason: str) -> None:
        before = self.contracts
        one = next(k for k in before if k.contract_id == contract_id)
        try:
            after = self._done(one, actor, action, reason)
        except EcontractError:
            return
        self.contracts = after
        for old, new in zip(before, after, strict=True):
            assert new.history[: len(old.history)] == old.history
            assert set(old.void_signatures) <= set(new.void_signatures)
            assert not old.documents or new.documents

    def _done(self, one: Contract, actor: Actor, action: Action, reason: str) -> Contracts:
        if action in (Action.CONCLUDE, Action.CORRECT):
            return case_rules.conclude(self.contracts, one.contract_id, AT)
        if action in (Action.TERMINATE, Action.LAPSE):
            return case_rules.terminate(self.contracts, actor, AT, reason)
        if action is Action.MOVE_TO_PAPER:
            return case_rules.move_to_paper(self.contracts, one.contract_id, actor, AT, reason)
        if action is Action.COMPLETE:
            return case_rules.complete(self.contracts, bool(reason), AT)
        if action is Action.ARCHIVE:
            return case_rules.archive(self.contracts, AT)
        if action is Action.OFFER:
            new = c.offer(one, (DOCUMENT,), actor, AT)
        elif action is Action.TIMESTAMP:
            new = c.timestamp(one, actor, AT, (("d1", f"t{len(one.history)}", 9),))
        elif action in (Action.SIGN, Action.COUNTERSIGN):
            files = (("d1", f"{len(one.history)}", 2),)
            new = c.sign(one, action, actor, AT, files, actor.certificate_sha256, not reason)
            self.signatures += 1
        else:
            new = c.act(one, action, actor, AT, reason)
        return tuple(new if k is one else k for k in self.contracts)

    @invariant()
    def nothing_is_concluded_without_every_signature(self) -> None:
        for contract in self.contracts:
            if contract.concluded_at is not None:
                assert {s.organization_id for s in contract.signatures} == {"lead", "second", "body"}
                assert not contract.waiting_for_timestamp

    @invariant()
    def no_signature_is_lost(self) -> None:
        assert sum(len(k.signatures) + len(k.void_signatures) for k in self.contracts) == self.signatures

    @invariant()
    def one_change_and_one_agreement_at_a_time(self) -> None:
        for kind in ContractKind:
            assert sum(k.kind is kind and k.state in OPEN for k in self.contracts) <= 1
            standing = [k.number for k in self.contracts if k.kind is kind and case_rules.is_standing(k)]
            assert len(standing) == len(set(standing))

    @invariant()
    def nothing_lives_on_after_the_original(self) -> None:
        first = self.contracts[0]
        if first.state in (State.COMPLETED, State.ARCHIVED, State.TERMINATED):
            assert not any(k.state in OPEN for k in self.contracts)

    @invariant()
    def the_terms_are_the_sum(self) -> None:
        terms = case_rules.current_terms(JOINT, self.contracts)
        counted = [k.change.amount for k in self.contracts if case_rules.is_standing(k)]
        assert terms.amount == JOINT.amount + sum(counted)


_STRAIGHT = (
    Action.OFFER,
    Action.REVIEW,
    Action.SIGN,
    Action.TIMESTAMP,
    Action.SUBMIT,
    Action.COUNTERSIGN,
    Action.TIMESTAMP,
    Action.CONCLUDE,
)
TestWholeCase = WholeCase.TestCase
TestWholeCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
