"""Invoices: the machine, its guards, and that no course of allowed deeds pays more than the contract."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.rules.clocks import Fault, Rejection
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import (
    AmountTooHigh,
    ConditionMissing,
    NotAllowedNow,
    NotFound,
    ReasonMissing,
    RuleError,
    ValueInvalid,
)
from econtract_core.rules.invoice import (
    INVOICE_MACHINE,
    Deed,
    Invoice,
    InvoiceAction,
    InvoiceState,
    Ledger,
    Rules,
    act,
    allowed_actions,
    amend,
    draft,
    limit,
    missing_conditions,
)
from econtract_core.rules.payment_limits import InvoiceKind, PassedPart, PaymentTerms, WorkState

K, A, S = InvoiceKind, InvoiceAction, InvoiceState
DAY = date(2026, 11, 24)
FULL = WorkState(
    1000,
    advance_guaranteed=True,
    interim_guaranteed=True,
    interim_approved=True,
    completion_passed=True,
    handed_over=True,
    partials=(PassedPart("p1", 300), PassedPart("p2", 600)),
    designated=(PassedPart("d1", 200),),
)
RULES = Rules(FULL, PaymentTerms())
CONTRACTOR = (A.SIGN, A.SUBMIT, A.CORRECT, A.DISCARD)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


def made(kind, amount=100, subject="", name="i"):
    return Invoice(name, kind, amount, subject)


def do(ledger, *actions, name="i", rules=RULES, on=DAY, reason="誤り", fault=Fault.SLIGHT):
    for action in actions:
        side = Side.CONTRACTOR if action in CONTRACTOR else Side.OFFICER
        ledger = act(ledger, name, action, side, Deed(on, reason, fault), rules)
    return ledger


def holding(kind, state=S.PAID, amount=100, subject="", name="old"):
    return Invoice(name, kind, amount, subject, state, DAY)


ADVANCED = Ledger((holding(K.ADVANCE, amount=400),))


def test_the_course_of_an_invoice():
    ledger = draft(Ledger(), made(K.ADVANCE, 400))
    ledger = do(ledger, A.SIGN, A.SUBMIT, A.RECEIVE)
    assert (ledger.asked(), ledger.paid()) == (400, 0)
    ledger = do(ledger, A.PAY, on=day(3))
    found = ledger.get("i")
    assert (found.state, found.received, found.paid_on, ledger.paid()) == (S.PAID, DAY, day(3), 400)


def test_a_refusal_and_its_correction_are_kept_for_the_clock():
    ledger = do(draft(Ledger(), made(K.ADVANCE, 400)), A.SIGN, A.SUBMIT)
    ledger = do(ledger, A.REJECT, on=day(5), reason=" 口座が違う ", fault=Fault.GROSS)
    assert (ledger.asked(), ledger.ever_asked(K.ADVANCE)) == (0, True)
    assert ledger.get("i").rejections == (Rejection(day(5), Fault.GROSS),)
    ledger = do(amend(do(ledger, A.CORRECT), "i", 300), A.SIGN, A.SUBMIT, on=day(9))
    found = ledger.get("i")
    assert found.rejections == (Rejection(day(5), Fault.GROSS, day(9)),)
    assert (found.received, found.reasons, found.amount) == (DAY, ("口座が違う",), 300)


@pytest.mark.parametrize(
    "step", list(INVOICE_MACHINE.steps(InvoiceState, Side)), ids=lambda s: f"{s.state}-{s.action}-{s.side}"
)
def test_every_step_of_the_table(step):
    ledger = Ledger((Invoice("i", K.ADVANCE, 100, "", step.state, DAY, (Rejection(DAY, Fault.SLIGHT),)),))
    if step.refusal is None:
        after = act(ledger, "i", step.action, step.side, Deed(DAY, "r"), RULES).get("i")
        assert after.state is INVOICE_MACHINE.rows[step.action].after(step.state)
    else:
        with pytest.raises(step.refusal):
            act(ledger, "i", step.action, step.side, Deed(DAY, "r"), RULES)


def test_every_state_can_be_reached():
    assert INVOICE_MACHINE.reachable(S.DRAFT) == frozenset(S)


@pytest.mark.parametrize(
    ("kind", "subject", "ledger", "change", "missing"),
    [
        (K.ADVANCE, "", Ledger(), {}, ()),
        (K.ADVANCE, "", Ledger(), {"concluded": False}, ("concluded",)),
        (K.ADVANCE, "", Ledger(), {"advance_guaranteed": False}, ("advance_guarantee",)),
        (K.ADVANCE, "", ADVANCED, {}, ("advance_once",)),
        (K.ADVANCE, "", Ledger((holding(K.ADVANCE, S.DISCARDED),)), {}, ()),
        (K.ADVANCE, "", Ledger((holding(K.FINAL, S.SUBMITTED),)), {}, ("final_not_asked",)),
        (K.INTERIM, "", ADVANCED, {}, ()),
        (K.INTERIM, "", Ledger((holding(K.ADVANCE, S.RECEIVED),)), {}, ("advance_paid",)),
        (K.INTERIM, "", ADVANCED, {"interim_approved": False}, ("interim_approval",)),
        (K.INTERIM, "", ADVANCED, {"interim_guaranteed": False}, ("interim_guarantee",)),
        (K.INTERIM, "", ADVANCED, {"partial_requested": True}, ("partial_not_asked",)),
        (K.INTERIM, "", ADVANCED.with_(holding(K.INTERIM, name="n")), {}, ("interim_once",)),
        (K.INTERIM, "", ADVANCED.with_(holding(K.PARTIAL, S.REJECTED, 1, "p1", "n")), {}, ("partial_not_asked",)),
        (K.PARTIAL, "p1", Ledger(), {}, ()),
        (K.PARTIAL, "x", Ledger(), {}, ("part_passed",)),
        (K.PARTIAL, "d1", Ledger(), {}, ("part_passed",)),
        (K.PARTIAL, "p1", Ledger((holding(K.PARTIAL, subject="p1"),)), {}, ("part_once",)),
        (K.PARTIAL, "p2", Ledger((holding(K.PARTIAL, subject="p1"),)), {}, ()),
        (K.DESIGNATED, "d1", Ledger(), {}, ()),
        (K.DESIGNATED, "p1", Ledger(), {}, ("part_passed",)),
        (K.FINAL, "", Ledger(), {}, ()),
        (K.FINAL, "", Ledger(), {"completion_passed": False}, ("completion_passed",)),
        (K.FINAL, "", Ledger(), {"handed_over": False}, ("handover",)),
        (K.FINAL, "", Ledger((holding(K.FINAL, S.RECEIVED),)), {}, ("final_not_asked",)),
    ],
)
def test_what_must_come_first(kind, subject, ledger, change, missing):
    work = replace(FULL, **change)
    invoice = made(kind, 1, subject)
    assert missing_conditions(invoice, ledger, work) == missing
    rules = Rules(work, PaymentTerms())
    ledger = draft(ledger, invoice)
    if missing:
        with pytest.raises(ConditionMissing) as caught:
            do(ledger, A.SIGN, rules=rules)
        assert caught.value.facts == {"action": f"sign.{kind.value}", "condition": ", ".join(missing)}
        assert A.SIGN not in allowed_actions(ledger, "i", Side.CONTRACTOR, rules)
    else:
        assert do(ledger, A.SIGN, A.SUBMIT, rules=rules).get("i").state is S.SUBMITTED


@pytest.mark.parametrize(
    ("kind", "subject", "ledger", "most"),
    [
        (K.ADVANCE, "", Ledger(), 400),
        (K.ADVANCE, "", Ledger((holding(K.PARTIAL, amount=700, subject="p2"),)), 300),
        (K.INTERIM, "", ADVANCED, 200),
        (K.PARTIAL, "p1", ADVANCED, 150),
        (K.PARTIAL, "p2", ADVANCED, 300),
        (K.PARTIAL, "p2", ADVANCED.with_(holding(K.PARTIAL, S.SUBMITTED, 150, "p1", "n")), 150),
        (K.PARTIAL, "p2", ADVANCED.with_(holding(K.PARTIAL, S.REJECTED, 150, "p1", "n")), 300),
        (K.DESIGNATED, "d1", ADVANCED, 120),
        (K.DESIGNATED, "d1", ADVANCED.with_(holding(K.INTERIM, name="n", amount=200)), 80),
        (K.FINAL, "", ADVANCED, 600),
        (K.FINAL, "", Ledger((holding(K.ADVANCE, amount=1400),)), 0),
    ],
)
def test_the_most_that_may_be_asked(kind, subject, ledger, most):
    assert limit(made(kind, 1, subject), ledger, FULL, RULES.terms) == most
    if most:
        assert do(draft(ledger, made(kind, most, subject)), A.SIGN).get("i").amount == most
    over = draft(ledger, made(kind, most + 1, subject))
    with pytest.raises(AmountTooHigh) as caught:
        do(over, A.SIGN)
    assert caught.value.facts == {"asked": most + 1, "limit": most, "rule": kind.value}
    assert allowed_actions(over, "i", Side.CONTRACTOR, RULES) == (A.DISCARD,)


def test_an_invoice_is_not_counted_against_itself():
    ledger = do(draft(ADVANCED, made(K.FINAL, 600)), A.SIGN, A.SUBMIT)
    for kind, subject in ((K.ADVANCE, ""), (K.PARTIAL, "p1")):
        mine = Invoice("i", kind, 1, subject, S.SUBMITTED, DAY)
        assert limit(mine, Ledger((mine,)), FULL, RULES.terms) == limit(mine, Ledger(), FULL, RULES.terms)
        assert missing_conditions(mine, Ledger((mine,)), FULL) == ()
    assert limit(ledger.get("i"), ledger, FULL, RULES.terms) == 600


def test_a_contract_that_shrank_pays_no_more_than_it_is_now():
    ledger = do(draft(ADVANCED, made(K.FINAL, 600)), A.SIGN, A.SUBMIT, A.RECEIVE)
    with pytest.raises(AmountTooHigh) as caught:
        do(ledger, A.PAY, rules=Rules(replace(FULL, amount=999), RULES.terms))
    assert caught.value.facts == {"asked": 1000, "limit": 999, "rule": "contract_amount"}
    assert do(ledger, A.PAY).paid() == 1000
    assert do(ledger, A.PAY).paid(K.FINAL, K.INTERIM) == 600


def test_what_is_not_refused_here():
    with pytest.raises(ReasonMissing):
        do(do(draft(Ledger(), made(K.ADVANCE)), A.SIGN, A.SUBMIT), A.REJECT, reason=" ")
    with pytest.raises(NotFound):
        Ledger().get("i")
    with pytest.raises(NotAllowedNow) as caught:
        amend(ADVANCED, "old", 1)
    assert caught.value.facts == {"action": "amend", "state": "PAID"}


@pytest.mark.parametrize(
    "invoice",
    [made(K.ADVANCE, name="old"), holding(K.ADVANCE, S.SIGNED, name="n"), Invoice("n", K.ADVANCE, 1, received=DAY)],
)
def test_no_draft(invoice):
    with pytest.raises(ValueInvalid):
        draft(ADVANCED, invoice)


@pytest.mark.parametrize(
    ("kind", "amount", "subject", "field"),
    [
        (K.ADVANCE, 0, "", "amount"),
        (K.ADVANCE, 1, "p", "subject"),
        (K.PARTIAL, 1, "", "subject"),
        (K.DESIGNATED, 1, "", "subject"),
    ],
)
def test_no_invoice(kind, amount, subject, field):
    with pytest.raises(ValueInvalid) as caught:
        Invoice("i", kind, amount, subject)
    assert caught.value.facts["field"] == field


def test_days_in_order():
    ledger = do(draft(Ledger(), made(K.ADVANCE)), A.SIGN, A.SUBMIT)
    with pytest.raises(ValueInvalid):
        do(ledger, A.REJECT, on=day(-1))
    refused = do(ledger, A.REJECT, on=day(2))
    signed = do(refused, A.CORRECT, A.SIGN, on=day(-9))  # only what a clock counts is dated
    with pytest.raises(ValueInvalid) as caught:
        do(signed, A.SUBMIT, on=day(1))
    assert caught.value.facts == {"field": "on", "problem": f"{day(1)} < {day(2)}"}
    again = do(signed, A.SUBMIT, A.RECEIVE, on=day(4))
    with pytest.raises(ValueInvalid):
        do(again, A.PAY, on=day(3))
    assert do(again, A.PAY, on=day(4)).paid() == 100


def test_what_the_window_offers():
    ledger = do(draft(Ledger(), made(K.ADVANCE)), A.SIGN)
    assert allowed_actions(ledger, "i", Side.CONTRACTOR, RULES) == (A.SUBMIT, A.CORRECT, A.DISCARD)
    assert allowed_actions(ledger, "i", Side.OFFICER, RULES) == ()
    assert allowed_actions(do(ledger, A.SUBMIT), "i", Side.OFFICER, RULES) == (A.RECEIVE, A.REJECT)
    assert do(ledger, A.DISCARD).asked() == 0


class Payments(RuleBasedStateMachine):
    """Both sides try anything in any order, while the contract's amount is changed under them."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.work = FULL
        self.order: list[tuple[InvoiceKind, str]] = []  # as first submitted

    @rule(kind=st.sampled_from(list(K)), amount=st.integers(1, 1200), subject=st.sampled_from(["p1", "p2", "d1"]))
    def drafted(self, kind: InvoiceKind, amount: int, subject: str) -> None:
        name = f"i{len(self.ledger.invoices)}"
        subject = subject if kind in (K.PARTIAL, K.DESIGNATED) else ""
        self.ledger = draft(self.ledger, Invoice(name, kind, amount, subject))

    @rule(kind=st.sampled_from(list(K)), subject=st.sampled_from(["p1", "p2", "d1"]), wish=st.integers(1, 1200))
    def asked_as_high_as_may_be(self, kind: InvoiceKind, subject: str, wish: int) -> None:
        name = f"i{len(self.ledger.invoices)}"
        probe = Invoice(name, kind, 1, subject if kind in (K.PARTIAL, K.DESIGNATED) else "")
        try:
            amount = max(1, min(wish, limit(probe, self.ledger, self.work, RULES.terms)))
        except ConditionMissing:
            return
        self.ledger = draft(self.ledger, replace(probe, amount=amount))
        for action in (A.SIGN, A.SUBMIT):
            self.tried(len(self.ledger.invoices) - 1, action)

    @rule(at=st.integers(0, 30), action=st.sampled_from(list(A)))
    def tried(self, at: int, action: InvoiceAction) -> None:
        if not self.ledger.invoices:
            return
        invoice = self.ledger.invoices[at % len(self.ledger.invoices)]
        try:
            self.ledger = do(self.ledger, action, name=invoice.invoice_id, rules=Rules(self.work, RULES.terms))
        except RuleError:
            return
        if action is A.SUBMIT:
            self.order.append((invoice.kind, invoice.invoice_id))
        if action is A.PAY:
            assert self.ledger.paid() <= self.work.amount
        if action is A.SUBMIT:
            assert self.ledger.asked() <= self.work.amount

    @rule(amount=st.integers(500, 1500))
    def contract_changed(self, amount: int) -> None:
        self.work = replace(self.work, amount=amount)

    @rule(
        name=st.sampled_from(
            ["concluded", "advance_guaranteed", "interim_approved", "partial_requested", "handed_over"]
        ),
        on=st.booleans(),
    )
    def work_went_on(self, name: str, on: bool) -> None:
        self.work = replace(self.work, **{name: on})

    @invariant()
    def one_advance_one_interim_one_for_each_part(self) -> None:
        live = [(i.kind, i.subject) for i in self.ledger.invoices if i.state in (S.SUBMITTED, S.RECEIVED, S.PAID)]
        assert len(live) == len(set(live))

    @invariant()
    def no_interim_after_a_partial(self) -> None:
        partial_seen = False
        for kind, _ in self.order:
            partial_seen = partial_seen or kind is K.PARTIAL
            assert not (partial_seen and kind is K.INTERIM)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert [i.invoice_id for i in self.ledger.invoices] == [f"i{n}" for n in range(len(self.ledger.invoices))]


TestPayments = Payments.TestCase
TestPayments.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
