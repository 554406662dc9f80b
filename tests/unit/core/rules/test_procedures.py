"""What follows a conclusion, put together: what one procedure needs of the others is looked up, never said by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from econtract_core.rules import handover, inspection, invoice
from econtract_core.rules import procedures as rules
from econtract_core.rules.calendar import OfficeCalendar
from econtract_core.rules.case import Case, CaseKind
from econtract_core.rules.clocks import Fault, Terms, Why
from econtract_core.rules.contract import Contract, ContractKind, Side, State
from econtract_core.rules.errors import (
    AmountTooHigh,
    ConditionMissing,
    NotAllowedNow,
    NotFound,
    NotYourTurn,
    ValueInvalid,
    WrongSigner,
)
from econtract_core.rules.guarantee import Guarantee, GuaranteeForm, GuaranteeKind
from econtract_core.rules.inspection import Actor, Claim, Inspected, InspectionRequest, Kind, Paper, Result, Role
from econtract_core.rules.invoice import Invoice, InvoiceAction, InvoiceState
from econtract_core.rules.money import RateKind, RateTotal
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_core.rules.procedures import InvoiceDeed, KeptGuarantee, Procedures
from econtract_core.rules.qualified_invoice import QualifiedInvoice

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
AMOUNT = 110_000_000
CASE = Case("c1", "1", "t", CaseKind.WORKS, "p", "b1", ("o1", "o2"), AMOUNT, 10_000_000, None, date(2028, 3, 10))
CONTRACT = Contract(
    "c1-C0", "c1", ContractKind.ORIGINAL, 0, "b1", ("o1", "o2"), state=State.CONCLUDED, concluded_at=NOW
)
CONTRACTS = (CONTRACT,)
FIRM = Actor(Role.CONTRACTOR, "o1", "u1", "a" * 64)
OFFICER = Actor(Role.OFFICER, "b1", "u2", "b" * 64)
INSPECTOR = Actor(Role.INSPECTOR, "b1", "u3", "c" * 64)


class Site:
    """One case's procedures as they grow. Papers are numbered."""

    def __init__(self) -> None:
        self.all = Procedures()
        self.number = 0

    def paper(self, actor: Actor) -> Paper:
        self.number += 1
        return Paper("p", f"{self.number:064x}", actor.certificate_sha256, NOW)

    def request(self, kind: Kind, claim: Claim, name: str = "r1") -> None:
        fresh = InspectionRequest(name, "c1", kind, 0, "b1", ("o1", "o2"), claim)
        self.all = rules.begin_request(CASE, CONTRACTS, self.all, fresh, TODAY)
        self.sign(name, inspection.Action.SIGN, FIRM)
        self.act(name, inspection.Action.SUBMIT, FIRM)

    def sign(self, name: str, action: inspection.Action, actor: Actor, at: datetime = NOW) -> None:
        request = inspection.sign(self.all.request(name), action, actor, at, self.paper(actor))
        self.all = rules.with_request(self.all, request)

    def act(self, name: str, action: inspection.Action, actor: Actor, at: datetime = NOW) -> None:
        self.all = rules.with_request(self.all, inspection.act(self.all.request(name), action, actor, at, "x"))

    def inspect(self, name: str, found: Inspected, at: datetime = NOW) -> None:
        self.act(name, inspection.Action.RECEIVE, OFFICER)
        self.all = rules.with_request(self.all, inspection.inspect(self.all.request(name), INSPECTOR, at, found))
        self.sign(name, inspection.Action.ISSUE_RESULT, OFFICER, at)

    def passed(self, kind: Kind, claim: Claim, name: str = "r1", progress: int | None = None) -> None:
        self.request(kind, claim, name)
        self.inspect(name, Inspected(TODAY, Result.PASSED, "u3", progress))

    def hand_over(self, name: str, *, accept: bool = True) -> None:
        note = handover.begin(self.all.request(name), self.all.handovers)
        note = handover.act(note, handover.Action.SUBMIT, FIRM, NOW, paper=self.paper(FIRM))
        if accept:
            note = handover.accepted_on(handover.act(note, handover.Action.ACCEPT, OFFICER, NOW), TODAY)
        self.all = rules.with_handover(self.all, note)

    def guarantee(self, kind: GuaranteeKind, amount: int, name: str = "g1", *, confirm: bool = True) -> None:
        one = Guarantee(kind, GuaranteeForm.ELECTRONIC, amount, "保証会社", "12-345678", "ABCD1234", date(2028, 3, 31))
        self.all = rules.add_guarantee(CASE, CONTRACTS, self.all, KeptGuarantee(name, one, "u1"))
        if confirm:
            self.all = rules.confirm_guarantee(self.all, name, TODAY)

    def draft(self, kind: InvoiceKind, amount: int, name: str = "i1", subject: str = "") -> None:
        self.all = rules.draft_invoice(self.all, Invoice(name, kind, amount, subject), None)

    def do(
        self, name: str, action: InvoiceAction, side: Side = Side.CONTRACTOR, day: date = TODAY, **how: object
    ) -> None:
        organization = str(how.pop("organization", "o1" if side is Side.CONTRACTOR else "b1"))
        paper = self.paper(FIRM) if action is InvoiceAction.SIGN else None
        deed = InvoiceDeed(NOW, action, organization, "u1", str(how.get("reason", "")), how.pop("paper", paper))  # type: ignore[arg-type]
        facts = invoice.Deed(day, **how)  # type: ignore[arg-type]
        self.all = rules.act_on_invoice(CASE, CONTRACTS, self.all, deed, (name, side, facts))

    def pay(self, name: str) -> None:
        self.do(name, InvoiceAction.SIGN)
        self.do(name, InvoiceAction.SUBMIT)
        self.do(name, InvoiceAction.RECEIVE, Side.OFFICER)
        self.do(name, InvoiceAction.PAY, Side.OFFICER)


@pytest.fixture
def site() -> Site:
    return Site()


DONE = Claim(completed_on=TODAY)


def test_what_is_not_there_is_not_found(site: Site) -> None:
    for find in (site.all.request, site.all.handover, site.all.guarantee, site.all.invoice):
        with pytest.raises(NotFound):
            find("nothing")


def test_requests_are_numbered_and_named_once(site: Site) -> None:
    site.request(Kind.PARTIAL, Claim(progress=1_000_000))
    assert site.all.request("r1").number == 1
    with pytest.raises(ValueInvalid):
        site.request(Kind.PARTIAL, Claim(progress=1_000_000))
    assert site.all.revision == 3


def test_a_claim_is_changed_in_a_draft_only(site: Site) -> None:
    fresh = InspectionRequest("r1", "c1", Kind.PARTIAL, 0, "b1", ("o1", "o2"), Claim(progress=1))
    site.all = rules.begin_request(CASE, CONTRACTS, site.all, fresh, TODAY)
    site.all = rules.amend_request(CASE, CONTRACTS, site.all, "r1", Claim(progress=2), TODAY)
    assert (site.all.request("r1").claim.progress, site.all.request("r1").revision) == (2, 1)
    with pytest.raises(ValueInvalid):
        rules.amend_request(CASE, CONTRACTS, site.all, "r1", Claim(progress=AMOUNT + 1), TODAY)
    site.sign("r1", inspection.Action.SIGN, FIRM)
    with pytest.raises(NotAllowedNow):
        rules.amend_request(CASE, CONTRACTS, site.all, "r1", Claim(progress=3), TODAY)


def test_guarantees_are_confirmed_once_and_have_to_be_good(site: Site) -> None:
    site.guarantee(GuaranteeKind.ADVANCE, 1_000_000)
    with pytest.raises(NotAllowedNow):
        rules.confirm_guarantee(site.all, "g1", TODAY)
    with pytest.raises(ValueInvalid):
        site.guarantee(GuaranteeKind.ADVANCE, 1_000_000)  # the id is taken
    with pytest.raises(ValueInvalid):
        site.guarantee(GuaranteeKind.CONTRACT, AMOUNT // 10 - 1, "g2")
    site.guarantee(GuaranteeKind.CONTRACT, AMOUNT // 10, "g2", confirm=False)
    assert site.all.guarantee("g2").guarantee.confirmed_on is None


def test_an_advance_is_asked_for_up_to_what_is_guaranteed(site: Site) -> None:
    site.draft(InvoiceKind.ADVANCE, 20_000_000)
    with pytest.raises(ConditionMissing):
        site.do("i1", InvoiceAction.SIGN)
    site.guarantee(GuaranteeKind.ADVANCE, 19_999_999)
    with pytest.raises(ConditionMissing) as caught:
        site.do("i1", InvoiceAction.SIGN)
    assert caught.value.facts["condition"] == "advance_guarantee_amount"
    site.guarantee(GuaranteeKind.ADVANCE, 1, "g2")
    site.do("i1", InvoiceAction.SIGN)
    assert site.all.invoice("i1").paper is not None


def test_who_acts_on_an_invoice(site: Site) -> None:
    site.guarantee(GuaranteeKind.ADVANCE, 20_000_000)
    site.draft(InvoiceKind.ADVANCE, 20_000_000)
    with pytest.raises(NotYourTurn):
        site.do("i1", InvoiceAction.SIGN, organization="o2")  # a member that does not lead
    site.do("i1", InvoiceAction.SIGN)
    with pytest.raises(ValueInvalid):
        site.do("i1", InvoiceAction.SUBMIT, paper=site.paper(FIRM))
    site.do("i1", InvoiceAction.SUBMIT)
    with pytest.raises(NotYourTurn):
        site.do("i1", InvoiceAction.RECEIVE, Side.OFFICER, organization="b2")
    with pytest.raises(WrongSigner):
        rules.check_own(site.paper(OFFICER), FIRM.certificate_sha256)
    rules.check_own(site.paper(FIRM), FIRM.certificate_sha256)


def test_a_corrected_invoice_has_no_paper_until_it_is_signed_again(site: Site) -> None:
    site.guarantee(GuaranteeKind.ADVANCE, 20_000_000)
    site.draft(InvoiceKind.ADVANCE, 20_000_000)
    site.do("i1", InvoiceAction.SIGN)
    site.do("i1", InvoiceAction.SUBMIT)
    assert site.all.invoice("i1").paper is not None
    site.do("i1", InvoiceAction.REJECT, Side.OFFICER, reason="x", fault=Fault.GROSS)
    site.do("i1", InvoiceAction.CORRECT)
    assert site.all.invoice("i1").paper is None
    site.all = rules.amend_invoice(site.all, "i1", 10_000_000, None)
    assert [d.paper is not None for d in site.all.invoice("i1").history] == [True, False, False, False]
    assert len(site.all.papers) == 1  # what was signed stays


def test_the_words_must_fit_the_amount(site: Site) -> None:
    total = RateTotal(RateKind.STANDARD, 10, 9_090_909, 909_091)
    words = QualifiedInvoice("甲", "T8700110005901", "乙", TODAY, "前払金", (total,), 10_000_000)
    site.all = rules.draft_invoice(site.all, Invoice("i1", InvoiceKind.ADVANCE, 10_000_000), words)
    assert site.all.invoice("i1").qualified == words
    for wrong in (replace(words, amount=9_999_999), replace(words, issuer=" ")):
        with pytest.raises(ValueInvalid):
            rules.draft_invoice(site.all, Invoice("i2", InvoiceKind.ADVANCE, 10_000_000), wrong)


def test_what_invoices_are_judged_by(site: Site) -> None:
    site.passed(Kind.PARTIAL, Claim(progress=30_000_000), "r1", 30_000_000)
    site.passed(Kind.DESIGNATED, Claim(progress=20_000_000, part="A"), "r2", 20_000_000)
    state = rules.work_state(CASE, CONTRACTS, site.all)
    assert (state.amount, state.concluded, state.partial_requested) == (AMOUNT, True, True)
    assert [(p.subject, p.value) for p in state.partials] == [("r1", 30_000_000)]
    assert state.designated == ()  # not handed over
    site.hand_over("r2")
    site.passed(Kind.COMPLETION, DONE, "r3")
    state = rules.work_state(CASE, CONTRACTS, site.all)
    assert [p.subject for p in state.designated] == ["r2"]
    assert (state.completion_passed, state.handed_over) == (True, False)
    site.hand_over("r3", accept=False)
    assert not rules.work_state(CASE, CONTRACTS, site.all).handed_over
    assert not rules.work_state(CASE, (), Procedures()).concluded


def test_the_last_payment_closes_the_case(site: Site) -> None:
    site.passed(Kind.COMPLETION, DONE)
    site.draft(InvoiceKind.FINAL, AMOUNT)
    with pytest.raises(ConditionMissing):
        site.do("i1", InvoiceAction.SIGN)
    site.hand_over("r1")
    assert not rules.payments_closed(CASE, CONTRACTS, site.all)
    site.pay("i1")
    assert rules.payments_closed(CASE, CONTRACTS, site.all)
    site.draft(InvoiceKind.FINAL, 1, "i2")
    with pytest.raises((ConditionMissing, AmountTooHigh)):
        site.do("i2", InvoiceAction.SIGN)


def test_the_clock_of_a_request(site: Site) -> None:
    terms, days = Terms(), OfficeCalendar()
    fresh = InspectionRequest("r1", "c1", Kind.COMPLETION, 0, "b1", ("o1", "o2"), DONE)
    assert rules.clock_of_request(CASE, fresh, terms, days) is None
    site.request(Kind.COMPLETION, DONE)
    clock = rules.clock_of_request(CASE, site.all.request("r1"), terms, days)
    assert clock is not None
    assert (clock.starts, clock.length, clock.ended) == (TODAY, 14, None)
    later = NOW + timedelta(days=20)
    site.inspect("r1", Inspected(TODAY, Result.REPAIRS, "u3", None, "舗装"), later)
    clock = rules.clock_of_request(CASE, site.all.request("r1"), terms, days)
    assert clock is not None
    assert (clock.ended, clock.days_late(TODAY)) == (TODAY + timedelta(days=20), 6)
    site.act("r1", inspection.Action.RECEIVE_RESULT, FIRM, later)
    site.sign("r1", inspection.Action.NOTIFY_REPAIR, FIRM, later)
    clock = rules.clock_of_request(CASE, site.all.request("r1"), terms, days)
    assert clock is not None
    assert next(a.why for a in clock.adjustments) is Why.REPAIRS
    assert clock.ended is None


def test_an_approval_has_no_clock_by_law(site: Site) -> None:
    site.request(Kind.INTERIM, Claim(progress=60_000_000))
    assert rules.clock_of_request(CASE, site.all.request("r1"), Terms(), OfficeCalendar()) is None


@pytest.mark.parametrize(("days", "length"), [(14, 40), (20, 34)])
def test_a_late_inspection_comes_off_the_payment_s_days(site: Site, days: int, length: int) -> None:
    """支払遅延防止法9条."""
    site.request(Kind.COMPLETION, DONE)
    site.inspect("r1", Inspected(TODAY, Result.PASSED, "u3"), NOW + timedelta(days=days))
    site.hand_over("r1")
    site.draft(InvoiceKind.FINAL, AMOUNT)
    assert rules.clock_of_invoice(CASE, site.all, "i1", Terms(), OfficeCalendar()) is None
    site.do("i1", InvoiceAction.SIGN)
    site.do("i1", InvoiceAction.SUBMIT)
    clock = rules.clock_of_invoice(CASE, site.all, "i1", Terms(), OfficeCalendar())
    assert clock is not None
    assert clock.length == length


def test_the_clock_of_a_part(site: Site) -> None:
    site.passed(Kind.PARTIAL, Claim(progress=30_000_000), "r1", 30_000_000)
    site.draft(InvoiceKind.PARTIAL, 1_000_000, subject="r1")
    site.pay("i1")
    clock = rules.clock_of_invoice(CASE, site.all, "i1", Terms(), OfficeCalendar())
    assert clock is not None
    assert (clock.length, clock.ended, site.all.ledger.get("i1").state) == (14, TODAY, InvoiceState.PAID)
