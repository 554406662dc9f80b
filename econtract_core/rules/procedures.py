"""Everything that follows a case's conclusion, together: inspections, handovers, guarantees, invoices, and the clocks that run.

Each has its own rules (`inspection`, `handover`, `guarantee`, `invoice`, `clocks`); here they are one case's, so that what one of them
needs of the others (passed, handed over, guaranteed) is looked up and never said by hand. Source: product.md "State machines";
facts.md 1.6, 3.2, 3.3. Papers of an invoice and of its guarantee: facts.md 2.2 rows 9–19.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from econtract_core.rules import inspection, invoice
from econtract_core.rules.calendar import OfficeCalendar
from econtract_core.rules.case import Case
from econtract_core.rules.clocks import Clock, ClockKind, PaymentHistory, Terms, inspection_clock, payment_clock
from econtract_core.rules.contract import Contract, Side
from econtract_core.rules.contracts_of_case import current_terms, original_of
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import (
    ConditionMissing,
    NotAllowedNow,
    NotFound,
    NotYourTurn,
    ValueInvalid,
    WrongSigner,
)
from econtract_core.rules.findings import refusals
from econtract_core.rules.guarantee import Guarantee, GuaranteeKind, GuaranteeTerms, guarantee_findings
from econtract_core.rules.handover import HandoverNote
from econtract_core.rules.handover import State as HandoverState
from econtract_core.rules.inspection import InspectionRequest, Kind, Paper
from econtract_core.rules.invoice import Invoice, InvoiceAction, Ledger, Rules
from econtract_core.rules.joint_venture import check_lead
from econtract_core.rules.money import Yen
from econtract_core.rules.payment_limits import InvoiceKind, PassedPart, WorkState, usual_terms
from econtract_core.rules.qualified_invoice import QualifiedInvoice, qualified_findings

T = TypeVar("T")
_ADVANCES = {InvoiceKind.ADVANCE: ClockKind.ADVANCE, InvoiceKind.INTERIM: ClockKind.INTERIM}
_CLOCKS = _ADVANCES | {InvoiceKind.PARTIAL: ClockKind.PARTIAL}


@dataclass(frozen=True)
class InvoiceDeed:
    """One line of an invoice's history 履歴."""

    at: datetime
    action: InvoiceAction
    organization_id: str
    user_id: str
    reason: str = ""
    paper: Paper | None = None


@dataclass(frozen=True)
class InvoiceFile:
    """What belongs to an invoice besides its place in the ledger. `qualified`: what it says as a 適格請求書."""

    invoice_id: str
    qualified: QualifiedInvoice | None = None
    paper: Paper | None = None
    revision: int = 0
    history: tuple[InvoiceDeed, ...] = ()


@dataclass(frozen=True)
class KeptGuarantee:
    """`given_by`: the user who handed it in."""

    guarantee_id: str
    guarantee: Guarantee
    given_by: str
    revision: int = 0


@dataclass(frozen=True)
class Procedures:
    """One case's. `revision` grows by one with every deed in any of them."""

    requests: tuple[InspectionRequest, ...] = ()
    handovers: tuple[HandoverNote, ...] = ()
    guarantees: tuple[KeptGuarantee, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    invoices: tuple[InvoiceFile, ...] = ()
    revision: int = 0

    def request(self, request_id: str) -> InspectionRequest:
        """Raises NotFound."""
        return _one(self.requests, "request_id", request_id)

    def handover(self, request_id: str) -> HandoverNote:
        """Of a passed request. Raises NotFound."""
        return _one(self.handovers, "request_id", request_id)

    def guarantee(self, guarantee_id: str) -> KeptGuarantee:
        """Raises NotFound."""
        return _one(self.guarantees, "guarantee_id", guarantee_id)

    def invoice(self, invoice_id: str) -> InvoiceFile:
        """Raises NotFound."""
        return _one(self.invoices, "invoice_id", invoice_id)

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Everything that was ever signed in them."""
        found = [p for r in self.requests for p in r.papers]
        found += [d.paper for note in self.handovers for d in note.history if d.paper is not None]
        found += [d.paper for file in self.invoices for d in file.history if d.paper is not None]
        return tuple(found)


def with_request(all_: Procedures, request: InspectionRequest) -> Procedures:
    return replace(all_, requests=_put(all_.requests, "request_id", request), revision=all_.revision + 1)


def with_handover(all_: Procedures, note: HandoverNote) -> Procedures:
    return replace(all_, handovers=_put(all_.handovers, "request_id", note), revision=all_.revision + 1)


def with_guarantee(all_: Procedures, kept: KeptGuarantee) -> Procedures:
    return replace(all_, guarantees=_put(all_.guarantees, "guarantee_id", kept), revision=all_.revision + 1)


# --- inspections -----------------------------------------------------------------------------------------------------


def begin_request(
    case: Case, contracts: tuple[Contract, ...], all_: Procedures, new: InspectionRequest, today: date
) -> Procedures:
    """A new draft of a request (its number is given here). Raises ConditionMissing, ValueInvalid."""
    if any(r.request_id == new.request_id for r in all_.requests):
        raise ValueInvalid(field="object_id", problem=f"{new.request_id}: taken")
    number = inspection.check_begin(new.kind, new.claim, original_of(contracts), all_.requests)
    inspection.check_claim(new.kind, new.claim, current_terms(case, contracts).amount, today)
    return with_request(all_, replace(new, number=number))


def amend_request(
    case: Case, contracts: tuple[Contract, ...], all_: Procedures, request_id: str, claim: inspection.Claim, today: date
) -> Procedures:
    """Another claim in a draft. Raises NotFound, NotAllowedNow, ValueInvalid."""
    request = all_.request(request_id)
    if request.state is not inspection.State.DRAFT:
        raise NotAllowedNow(action="amend", state=request.state.value)
    inspection.check_claim(request.kind, claim, current_terms(case, contracts).amount, today)
    return with_request(all_, replace(request, claim=claim, revision=request.revision + 1))


# --- guarantees ------------------------------------------------------------------------------------------------------


def add_guarantee(case: Case, contracts: tuple[Contract, ...], all_: Procedures, kept: KeptGuarantee) -> Procedures:
    """保証を届け出る. Raises ValueInvalid naming what is wrong with it."""
    if any(g.guarantee_id == kept.guarantee_id for g in all_.guarantees):
        raise ValueInvalid(field="object_id", problem=f"{kept.guarantee_id}: taken")
    terms = current_terms(case, contracts)
    covered = terms.amount if kept.guarantee.kind is GuaranteeKind.CONTRACT else 0
    wrong = refusals(guarantee_findings(kept.guarantee, covered, GuaranteeTerms(until=terms.term_to)))
    if wrong:
        raise ValueInvalid(field=wrong[0].name, problem=wrong[0].value)
    return with_guarantee(all_, replace(kept, guarantee=replace(kept.guarantee, confirmed_on=None)))


def confirm_guarantee(all_: Procedures, guarantee_id: str, on: date) -> Procedures:
    """The officer has looked it up at the guarantor's. Raises NotFound, NotAllowedNow where it was confirmed before."""
    kept = all_.guarantee(guarantee_id)
    if kept.guarantee.confirmed_on is not None:
        raise NotAllowedNow(action="confirm", state="confirmed")
    confirmed = replace(kept.guarantee, confirmed_on=on)
    return with_guarantee(all_, replace(kept, guarantee=confirmed, revision=kept.revision + 1))


def _guaranteed(all_: Procedures, kind: GuaranteeKind) -> Yen:
    """Confirmed yen of a kind."""
    found = (g.guarantee for g in all_.guarantees)
    return sum(g.amount for g in found if g.kind is kind and g.confirmed_on is not None)


# --- invoices --------------------------------------------------------------------------------------------------------


def work_state(case: Case, contracts: tuple[Contract, ...], all_: Procedures) -> WorkState:
    """What invoices are judged by, from everything else that is on record."""
    passed = [r for r in all_.requests if r.passed and r.result is not None]
    accepted = {n.request_id for n in all_.handovers if n.state is HandoverState.ACCEPTED}
    completed = [r.request_id for r in passed if r.kind is Kind.COMPLETION]
    return WorkState(
        amount=current_terms(case, contracts).amount,
        concluded=original_of(contracts) is not None,
        advance_guaranteed=_guaranteed(all_, GuaranteeKind.ADVANCE) > 0,
        interim_guaranteed=_guaranteed(all_, GuaranteeKind.INTERIM) > 0,
        interim_approved=any(r.kind is Kind.INTERIM for r in passed),
        partial_requested=any(_was_asked(r) for r in all_.requests if r.kind is Kind.PARTIAL),
        completion_passed=bool(completed),
        handed_over=any(request_id in accepted for request_id in completed),
        partials=_parts(passed, Kind.PARTIAL),
        designated=_parts([r for r in passed if r.request_id in accepted], Kind.DESIGNATED),
    )


def _was_asked(request: InspectionRequest) -> bool:
    return any(deed.action is inspection.Action.SUBMIT for deed in request.history)


def _parts(passed: list[InspectionRequest], kind: Kind) -> tuple[PassedPart, ...]:
    return tuple(
        PassedPart(r.request_id, r.result.progress or 0) for r in passed if r.kind is kind and r.result is not None
    )


def rules_of(case: Case, contracts: tuple[Contract, ...], all_: Procedures) -> Rules:
    """What `invoice.act` judges by."""
    return Rules(work_state(case, contracts, all_), usual_terms(case.kind))


def draft_invoice(all_: Procedures, new: Invoice, qualified: QualifiedInvoice | None) -> Procedures:
    """請求書を作り始める. Raises ValueInvalid."""
    _check_qualified(new, qualified)
    return replace(
        all_,
        ledger=invoice.draft(all_.ledger, new),
        invoices=(*all_.invoices, InvoiceFile(new.invoice_id, qualified)),
        revision=all_.revision + 1,
    )


def amend_invoice(all_: Procedures, invoice_id: str, amount: Yen, qualified: QualifiedInvoice | None) -> Procedures:
    """Another amount, other words, in a draft. Raises NotFound, NotAllowedNow, ValueInvalid."""
    ledger = invoice.amend(all_.ledger, invoice_id, amount)
    _check_qualified(ledger.get(invoice_id), qualified)
    file = all_.invoice(invoice_id)
    after = replace(file, qualified=qualified, paper=None, revision=file.revision + 1)
    return replace(all_, ledger=ledger, invoices=_put(all_.invoices, "invoice_id", after), revision=all_.revision + 1)


def _check_qualified(one: Invoice, qualified: QualifiedInvoice | None) -> None:
    if qualified is None:
        return
    if qualified.amount != one.amount:
        raise ValueInvalid(field="amount", problem=f"{qualified.amount} / {one.amount}")
    wrong = refusals(qualified_findings(qualified))
    if wrong:
        raise ValueInvalid(field=wrong[0].name, problem=wrong[0].value)


def check_party(case: Case, organization_id: str, action: InvoiceAction, side: Side) -> None:
    """The table's side of this case; of a joint venture the lead. Raises NotYourTurn."""
    invoice.INVOICE_MACHINE.check_side(action, side)
    if side is Side.CONTRACTOR:
        check_lead(case.contractor_ids, organization_id, action.value)
    elif organization_id != case.body_id:
        raise NotYourTurn(action=action.value, side=side.value)


def act_on_invoice(
    case: Case,
    contracts: tuple[Contract, ...],
    all_: Procedures,
    deed: InvoiceDeed,
    what: tuple[str, Side, invoice.Deed],
) -> Procedures:
    """One deed on an invoice; `what`: its id, the side, and what the rule needs. A signature brings `deed.paper`, nothing else does.
    Raises NotFound, NotYourTurn, WrongSigner is the caller's, and what `invoice.act` raises."""
    invoice_id, side, facts = what
    check_party(case, deed.organization_id, deed.action, side)
    if (deed.action is InvoiceAction.SIGN) != (deed.paper is not None):
        raise ValueInvalid(field="paper", problem="a signature brings one, nothing else does")
    ledger = invoice.act(all_.ledger, invoice_id, deed.action, side, facts, rules_of(case, contracts, all_))
    _check_guaranteed(ledger.get(invoice_id), deed.action, all_)
    file = all_.invoice(invoice_id)
    paper = deed.paper or (None if deed.action is InvoiceAction.CORRECT else file.paper)
    after = replace(file, paper=paper, revision=file.revision + 1, history=(*file.history, deed))
    return replace(all_, ledger=ledger, invoices=_put(all_.invoices, "invoice_id", after), revision=all_.revision + 1)


def _check_guaranteed(one: Invoice, action: InvoiceAction, all_: Procedures) -> None:
    """An advance is asked for up to what is guaranteed (facts.md 2.2 rows 9, 12 [B50])."""
    kind = {InvoiceKind.ADVANCE: GuaranteeKind.ADVANCE, InvoiceKind.INTERIM: GuaranteeKind.INTERIM}.get(one.kind)
    asking = action in (InvoiceAction.SIGN, InvoiceAction.SUBMIT)
    if kind is not None and asking and one.amount > _guaranteed(all_, kind):
        raise ConditionMissing(condition=f"{kind.value}_guarantee_amount")


def check_own(paper: Paper, certificate_sha256: str) -> None:
    """Raises WrongSigner where the paper was signed by another card than the one that hands it in."""
    if paper.signer_certificate_sha256 != certificate_sha256:
        raise WrongSigner(wanted=certificate_sha256, seen=paper.signer_certificate_sha256)


def payments_closed(case: Case, contracts: tuple[Contract, ...], all_: Procedures) -> bool:
    """The whole contract amount is paid, and nothing more is asked for (facts.md 3.1: COMPLETED)."""
    return all_.ledger.paid() == all_.ledger.asked() == current_terms(case, contracts).amount


# --- clocks ----------------------------------------------------------------------------------------------------------


def clock_of_request(case: Case, request: InspectionRequest, terms: Terms, calendar: OfficeCalendar) -> Clock | None:
    """The inspection clock; None before the request was received by the server, and for an approval, which has none by law."""
    starts = inspection.clock_starts(request)
    if not starts or request.kind is Kind.INTERIM:
        return None
    stopped = inspection.clock_stops(request)
    notices = tuple(in_japan(start.at).date() for start in starts)
    done = in_japan(stopped).date() if stopped is not None else None
    return inspection_clock(case.kind, notices, terms, calendar, done)


def clock_of_invoice(
    case: Case, all_: Procedures, invoice_id: str, terms: Terms, calendar: OfficeCalendar
) -> Clock | None:
    """The payment clock; None before the invoice was received by the server."""
    one = all_.ledger.get(invoice_id)
    if one.received is None:
        return None
    history = PaymentHistory(one.rejections, _late_inspection(case, all_, one, terms, calendar), one.paid_on)
    kind = _CLOCKS.get(one.kind, ClockKind.PAYMENT)
    return payment_clock(kind, case.kind, one.received, history, terms, calendar)


def _late_inspection(case: Case, all_: Procedures, one: Invoice, terms: Terms, calendar: OfficeCalendar) -> int:
    """Days by which the inspection that the invoice follows was late: they come off its payment clock (支払遅延防止法9条)."""
    if one.kind is InvoiceKind.FINAL:
        followed = [r for r in all_.requests if r.kind is Kind.COMPLETION and r.passed]
    else:
        followed = [r for r in all_.requests if r.request_id == one.subject]
    clocks = [clock_of_request(case, r, terms, calendar) for r in followed]
    return max((clock.days_late(clock.ended) for clock in clocks if clock is not None and clock.ended), default=0)


# --- lists -----------------------------------------------------------------------------------------------------------


def _one(items: tuple[T, ...], key: str, wanted: str) -> T:
    for item in items:
        if getattr(item, key) == wanted:
            return item
    raise NotFound(wanted=wanted)


def _put(items: tuple[T, ...], key: str, new: T) -> tuple[T, ...]:
    """With `new` in the place of the one of its key, or at the end."""
    known = getattr(new, key)
    if all(getattr(item, key) != known for item in items):
        return (*items, new)
    return tuple(new if getattr(item, key) == known else item for item in items)
