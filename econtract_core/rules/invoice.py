"""Invoice 請求書: five kinds, their machine, and how much of each may be asked.

`DRAFT → SIGNED → SUBMITTED → RECEIVED | REJECTED(reason, fault) → PAID` (product.md "State machines"; facts.md 3.3). A rejected or
signed one goes back to DRAFT to be corrected (its clock: `clocks.payment_clock`), or is discarded and frees its amount.

Guards (product.md; facts.md 3.3 [B54][B80]): an advance once, after conclusion and its guarantee; an interim advance after the advance,
its approval 認定 and its own guarantee, and never once a partial payment was asked for; a partial after a passed 既済部分; a designated
part after it passed; completion after it passed and was handed over; the sum of all never above the current contract amount.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from econtract_core.rules.clocks import Fault, Rejection
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import AmountTooHigh, ConditionMissing, NotAllowedNow, NotFound, ValueInvalid
from econtract_core.rules.machine import Machine, row
from econtract_core.rules.money import Yen
from econtract_core.rules.payment_limits import (
    InvoiceKind,
    Paid,
    PaymentTerms,
    WorkState,
    advance_limit,
    designated_limit,
    interim_limit,
    partial_limit,
)


class InvoiceState(StrEnum):
    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    SUBMITTED = "SUBMITTED"
    RECEIVED = "RECEIVED"
    REJECTED = "REJECTED"
    PAID = "PAID"
    DISCARDED = "DISCARDED"


class InvoiceAction(StrEnum):
    SIGN = "sign"  # 署名する
    SUBMIT = "submit"  # 提出する
    RECEIVE = "receive"  # 受領する
    REJECT = "reject"  # 拒否する (理由・過失の別)
    CORRECT = "correct"  # 直す
    DISCARD = "discard"  # 取りやめる
    PAY = "pay"  # 支払済とする


_S, _A = InvoiceState, InvoiceAction
INVOICE_MACHINE: Machine[InvoiceState, InvoiceAction, Side] = Machine(
    (
        row(_A.SIGN, (_S.DRAFT,), _S.SIGNED, Side.CONTRACTOR),
        row(_A.SUBMIT, (_S.SIGNED,), _S.SUBMITTED, Side.CONTRACTOR),
        row(_A.RECEIVE, (_S.SUBMITTED,), _S.RECEIVED, Side.OFFICER),
        row(_A.REJECT, (_S.SUBMITTED,), _S.REJECTED, Side.OFFICER, needs_reason=True),
        row(_A.CORRECT, (_S.SIGNED, _S.REJECTED), _S.DRAFT, Side.CONTRACTOR),
        row(_A.DISCARD, (_S.DRAFT, _S.SIGNED, _S.REJECTED), _S.DISCARDED, Side.CONTRACTOR),
        row(_A.PAY, (_S.RECEIVED,), _S.PAID, Side.OFFICER),
    )
)
_ASKED = (_S.SUBMITTED, _S.RECEIVED, _S.PAID)


@dataclass(frozen=True)
class Invoice:
    """One invoice. `subject`: the passed inspection request it is for (partial, designated part), "" for the others."""

    invoice_id: str
    kind: InvoiceKind
    amount: Yen
    subject: str = ""
    state: InvoiceState = InvoiceState.DRAFT
    received: date | None = None  # the first arrival: the day a clock starts from
    rejections: tuple[Rejection, ...] = ()
    reasons: tuple[str, ...] = ()
    paid_on: date | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueInvalid(field="amount", problem=str(self.amount))
        if bool(self.subject) != (self.kind in (InvoiceKind.PARTIAL, InvoiceKind.DESIGNATED)):
            raise ValueInvalid(field="subject", problem=self.subject)


@dataclass(frozen=True)
class Deed:
    """What the deed needs beside its action: the day (Japan's), and for a refusal its reason and fault."""

    on: date
    reason: str = ""
    fault: Fault = Fault.SLIGHT


@dataclass(frozen=True)
class Ledger:
    """All invoices of one contract, in the order they were made; the money asked and paid is computed from it alone."""

    invoices: tuple[Invoice, ...] = ()

    def get(self, invoice_id: str) -> Invoice:
        """Raises NotFound."""
        for invoice in self.invoices:
            if invoice.invoice_id == invoice_id:
                return invoice
        raise NotFound(wanted=invoice_id)

    def asked(self, *kinds: InvoiceKind, besides: str = "") -> Yen:
        """Yen submitted and not refused, paid or not; of these kinds, or all."""
        return sum(i.amount for i in self._of(_ASKED, kinds, besides))

    def paid(self, *kinds: InvoiceKind) -> Yen:
        """Yen paid; of these kinds, or all."""
        return sum(i.amount for i in self._of((_S.PAID,), kinds, ""))

    def has_asked(self, kind: InvoiceKind, besides: str = "", subject: str = "") -> bool:
        """Whether one of the kind (for this subject) stands submitted, received or paid."""
        return any(not subject or i.subject == subject for i in self._of(_ASKED, (kind,), besides))

    def ever_asked(self, kind: InvoiceKind) -> bool:
        """Whether one of the kind was ever submitted, even if it was refused since."""
        return any(i.kind is kind and i.received is not None for i in self.invoices)

    def _of(self, states: tuple[InvoiceState, ...], kinds: tuple[InvoiceKind, ...], besides: str) -> list[Invoice]:
        return [
            i for i in self.invoices if i.state in states and (not kinds or i.kind in kinds) and i.invoice_id != besides
        ]

    def with_(self, invoice: Invoice) -> Ledger:
        """The ledger with this invoice in the place of the one of its id, or at the end."""
        if all(i.invoice_id != invoice.invoice_id for i in self.invoices):
            return Ledger((*self.invoices, invoice))
        return Ledger(tuple(invoice if i.invoice_id == invoice.invoice_id else i for i in self.invoices))


def limit(invoice: Invoice, ledger: Ledger, work: WorkState, terms: PaymentTerms) -> Yen:
    """The most that this invoice may ask for now: its kind's formula, and never more than the rest of the contract amount.

    Raises ConditionMissing for a subject that has not passed.
    """
    me = invoice.invoice_id
    rest = max(0, work.amount - ledger.asked(besides=me))
    before = Paid(
        ledger.asked(InvoiceKind.ADVANCE, besides=me),
        ledger.asked(InvoiceKind.INTERIM, besides=me),
        tuple(i.subject for i in ledger.invoices if i.state in _ASKED and i.subject and i.invoice_id != me),
    )
    if invoice.kind is InvoiceKind.ADVANCE:
        return min(rest, advance_limit(work, terms))
    if invoice.kind is InvoiceKind.INTERIM:
        return min(rest, interim_limit(work, before, terms))
    if invoice.kind is InvoiceKind.PARTIAL:
        return min(rest, partial_limit(work, before, invoice.subject, terms))
    if invoice.kind is InvoiceKind.DESIGNATED:
        return min(rest, designated_limit(work, before, invoice.subject))
    return rest


def missing_conditions(invoice: Invoice, ledger: Ledger, work: WorkState) -> tuple[str, ...]:
    """The names of what must come first (or has shut it out) before this invoice may be submitted. Empty: it may."""
    me, kind = invoice.invoice_id, invoice.kind
    found = [] if work.concluded else ["concluded"]
    if ledger.has_asked(InvoiceKind.FINAL, besides=me):
        found.append("final_not_asked")
    if kind is InvoiceKind.ADVANCE:
        found += [] if work.advance_guaranteed else ["advance_guarantee"]
        found += ["advance_once"] if ledger.has_asked(kind, besides=me) else []
    elif kind is InvoiceKind.INTERIM:
        found += [] if ledger.paid(InvoiceKind.ADVANCE) else ["advance_paid"]
        found += [] if work.interim_approved else ["interim_approval"]
        found += [] if work.interim_guaranteed else ["interim_guarantee"]
        found += ["interim_once"] if ledger.has_asked(kind, besides=me) else []
        found += ["partial_not_asked"] if work.partial_requested or ledger.ever_asked(InvoiceKind.PARTIAL) else []
    elif kind is InvoiceKind.FINAL:
        found += [] if work.completion_passed else ["completion_passed"]
        found += [] if work.handed_over else ["handover"]
    else:
        passed = work.partials if kind is InvoiceKind.PARTIAL else work.designated
        found += [] if invoice.subject in {p.subject for p in passed} else ["part_passed"]
        found += ["part_once"] if ledger.has_asked(kind, besides=me, subject=invoice.subject) else []
    return tuple(found)


def draft(ledger: Ledger, invoice: Invoice) -> Ledger:
    """A new draft in the ledger; what it may ask is checked when it is signed and submitted. Raises ValueInvalid."""
    if (
        invoice.state is not InvoiceState.DRAFT
        or invoice.received
        or any(i.invoice_id == invoice.invoice_id for i in ledger.invoices)
    ):
        raise ValueInvalid(field="invoice", problem=invoice.invoice_id)
    return ledger.with_(invoice)


def amend(ledger: Ledger, invoice_id: str, amount: Yen) -> Ledger:
    """Another amount in a draft. Raises NotFound, NotAllowedNow, ValueInvalid."""
    invoice = ledger.get(invoice_id)
    if invoice.state is not InvoiceState.DRAFT:
        raise NotAllowedNow(action="amend", state=invoice.state.value)
    return ledger.with_(replace(invoice, amount=amount))


@dataclass(frozen=True)
class Rules:
    """What invoices are judged by: the work as it stands now, and the contract's terms of payment."""

    work: WorkState
    terms: PaymentTerms


def act(ledger: Ledger, invoice_id: str, action: InvoiceAction, side: Side, deed: Deed, rules: Rules) -> Ledger:
    """The ledger after the deed. Raises NotFound, NotYourTurn, NotAllowedNow, ReasonMissing, ConditionMissing, AmountTooHigh."""
    invoice = ledger.get(invoice_id)
    step = INVOICE_MACHINE.check(invoice.state, action, side, deed.reason)
    if action in (InvoiceAction.SIGN, InvoiceAction.SUBMIT):
        _check_asking(invoice, ledger, action, rules)
    if action is InvoiceAction.PAY:
        after = ledger.paid() + invoice.amount
        # The contract may have shrunk since it was asked for.
        if after > rules.work.amount:
            raise AmountTooHigh(asked=after, limit=rules.work.amount, rule="contract_amount")
    _check_day(invoice, action, deed.on)
    return ledger.with_(replace(_recorded(invoice, action, deed), state=step.after(invoice.state)))


def _check_asking(invoice: Invoice, ledger: Ledger, action: InvoiceAction, rules: Rules) -> None:
    missing = missing_conditions(invoice, ledger, rules.work)
    if missing:
        raise ConditionMissing(action=f"{action.value}.{invoice.kind.value}", condition=", ".join(missing))
    most = limit(invoice, ledger, rules.work, rules.terms)
    if invoice.amount > most:
        raise AmountTooHigh(asked=invoice.amount, limit=most, rule=invoice.kind.value)


def _check_day(invoice: Invoice, action: InvoiceAction, on: date) -> None:
    """Arrivals, refusals and payments come in the order of their days, or no clock could be counted."""
    dated = action in (InvoiceAction.SUBMIT, InvoiceAction.REJECT, InvoiceAction.PAY)
    last = invoice.received
    if invoice.rejections:
        last = invoice.rejections[-1].corrected or invoice.rejections[-1].on
    if dated and last is not None and on < last:
        raise ValueInvalid(field="on", problem=f"{on.isoformat()} < {last.isoformat()}")


def _recorded(invoice: Invoice, action: InvoiceAction, deed: Deed) -> Invoice:
    if action is InvoiceAction.SUBMIT:
        if invoice.received is None:
            return replace(invoice, received=deed.on)
        *before, last = invoice.rejections
        return replace(invoice, rejections=(*before, replace(last, corrected=deed.on)))
    if action is InvoiceAction.REJECT:
        rejection = Rejection(deed.on, deed.fault)
        reasons = (*invoice.reasons, deed.reason.strip())
        return replace(invoice, rejections=(*invoice.rejections, rejection), reasons=reasons)
    if action is InvoiceAction.PAY:
        return replace(invoice, paid_on=deed.on)
    return invoice


def allowed_actions(ledger: Ledger, invoice_id: str, side: Side, rules: Rules) -> tuple[InvoiceAction, ...]:
    """What this side may do now with the invoice; the window shows nothing else. Raises NotFound."""
    invoice = ledger.get(invoice_id)
    found = []
    for action in INVOICE_MACHINE.allowed(invoice.state, side):
        if action in (InvoiceAction.SIGN, InvoiceAction.SUBMIT) and (
            missing_conditions(invoice, ledger, rules.work)
            or invoice.amount > limit(invoice, ledger, rules.work, rules.terms)
        ):
            continue
        found.append(action)
    return tuple(found)
