"""What follows a contract's conclusion, as one person may see it. Drafts and what is signed but not sent are the contractor's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from econtract_core.messages import procedures as said
from econtract_core.rules import handover, inspection, invoice
from econtract_core.rules import procedures as rules
from econtract_core.rules.calendar import OfficeCalendar
from econtract_core.rules.case import Case
from econtract_core.rules.clocks import Clock, Terms
from econtract_core.rules.contract import Contract, Side
from econtract_core.rules.contracts_of_case import current_terms
from econtract_core.rules.delegation import Work
from econtract_core.rules.errors import ConditionMissing, NotYourTurn
from econtract_core.rules.handover import HandoverNote
from econtract_core.rules.inspection import InspectionRequest, Paper
from econtract_core.rules.invoice import Invoice
from econtract_core.rules.procedures import InvoiceFile, KeptGuarantee, Procedures
from econtract_server.repository.registry import Member
from econtract_server.services.procedure_deeds import actor_of

_OWN = (invoice.InvoiceState.DRAFT, invoice.InvoiceState.SIGNED, invoice.InvoiceState.DISCARDED)


@dataclass(frozen=True)
class Eyes:
    """Who looks, on which day (Japan's), and which work they may do for their firm in this case."""

    member: Member
    today: date
    works: frozenset[Work]


@dataclass(frozen=True)
class ProcedureViews:
    """Of one case, today. `names`: an organisation's name by identifier, and a user's as it was at a moment."""

    case: Case
    contracts: tuple[Contract, ...]
    all_: Procedures
    eyes: Eyes
    names: tuple[Callable[[str], str], Callable[[str, datetime], str]]

    @property
    def member(self) -> Member:
        return self.eyes.member

    def data(self) -> said.ProceduresData:
        ledger = self.all_.ledger
        invoices = [self._invoice(one) for one in ledger.invoices if self._is_seen(one)]
        return said.ProceduresData(
            inspections=tuple(self._inspection(r) for r in self.all_.requests if sees_request(self.member, r)),
            guarantees=tuple(self._guarantee(g) for g in self.all_.guarantees),
            invoices=tuple(invoices),
            payments=said.PaymentsData(
                asked=ledger.asked(),
                paid=ledger.paid(),
                rest=current_terms(self.case, self.contracts).amount - ledger.asked(),
                closed=rules.payments_closed(self.case, self.contracts, self.all_),
            ),
            revision=self.all_.revision,
        )

    def _is_seen(self, one: Invoice) -> bool:
        return self.member.side is Side.CONTRACTOR or one.received is not None or one.state not in _OWN

    # --- inspections -------------------------------------------------------------------------------------------------

    def _inspection(self, request: InspectionRequest) -> said.InspectionData:
        notes = [n for n in self.all_.handovers if n.request_id == request.request_id]
        found, claim = request.result, request.claim
        clock = rules.clock_of_request(self.case, request, Terms(), OfficeCalendar())
        return said.InspectionData(
            request_id=request.request_id,
            kind=request.kind,
            number=request.number,
            claim=said.ClaimData(completed_on=claim.completed_on, progress=claim.progress, part=claim.part),
            state=request.state,
            version=request.version,
            revision=request.revision,
            paper=_paper(request.paper),
            result=said.InspectedData(on=found.on, result=found.result, progress=found.progress, repairs=found.repairs)
            if found is not None
            else None,
            history=tuple(self._deed(d, d.organization_id) for d in request.history),
            allowed=inspection.allowed_actions(request, actor_of(self.member)) if self._may_inspect else (),
            clock=self._clock(clock),
            handover=self._handover(notes[0]) if notes else None,
            handover_allowed=self._may_hand_over(request, notes),
        )

    @property
    def _may_inspect(self) -> bool:
        return Work.INSPECTION in self.eyes.works

    def _may_hand_over(self, request: InspectionRequest, notes: list[HandoverNote]) -> bool:
        if self.member.organization_id != self.case.contractor_ids[0] or not self._may_inspect:
            return False
        if notes:
            return notes[0].state is handover.State.RETURNED
        try:
            handover.begin(request, self.all_.handovers)
        except ConditionMissing:
            return False
        return True

    def _handover(self, note: HandoverNote) -> said.HandoverData:
        actor = actor_of(self.member)
        ours = note.body_id if actor.role is not inspection.Role.CONTRACTOR else note.contractor_ids[0]
        allowed = (
            handover.MACHINE.allowed(note.state, actor.role)
            if actor.organization_id == ours and self._may_inspect
            else ()
        )
        firm = note.contractor_ids[0]
        history = (self._deed(d, note.body_id if d.action in _OFFICERS else firm) for d in note.history)
        return said.HandoverData(
            state=note.state,
            revision=note.revision,
            handed_over_on=note.handed_over_on,
            history=tuple(history),
            allowed=allowed,
        )

    # --- guarantees and invoices -------------------------------------------------------------------------------------

    def _guarantee(self, kept: KeptGuarantee) -> said.GuaranteeData:
        return said.GuaranteeData(guarantee_id=kept.guarantee_id, revision=kept.revision, **asdict(kept.guarantee))

    def _invoice(self, one: Invoice) -> said.InvoiceData:
        file, judged = self.all_.invoice(one.invoice_id), rules.rules_of(self.case, self.contracts, self.all_)
        clock = rules.clock_of_invoice(self.case, self.all_, one.invoice_id, Terms(), OfficeCalendar())
        try:
            most = invoice.limit(one, self.all_.ledger, judged.work, judged.terms)
        except ConditionMissing:
            most = 0
        return said.InvoiceData(
            invoice_id=one.invoice_id,
            kind=one.kind,
            amount=one.amount,
            subject=one.subject,
            state=one.state,
            revision=file.revision,
            received=one.received,
            paid_on=one.paid_on,
            reasons=one.reasons,
            qualified=_qualified(file),
            paper=_paper(file.paper),
            history=tuple(self._deed(d, d.organization_id) for d in file.history),
            allowed=self._invoice_allowed(one, judged),
            clock=self._clock(clock),
            limit=most,
            missing=invoice.missing_conditions(one, self.all_.ledger, judged.work),
        )

    def _invoice_allowed(self, one: Invoice, judged: invoice.Rules) -> tuple[invoice.InvoiceAction, ...]:
        member = self.member
        ours = self.case.contractor_ids[0] if member.side is Side.CONTRACTOR else self.case.body_id
        if member.organization_id != ours or member.is_inspector or Work.INVOICE not in self.eyes.works:
            return ()
        try:
            return invoice.allowed_actions(self.all_.ledger, one.invoice_id, member.side, judged)
        except (ConditionMissing, NotYourTurn):
            return ()

    # --- what they share ---------------------------------------------------------------------------------------------

    def _deed(
        self, deed: inspection.Deed | handover.Deed | rules.InvoiceDeed, organization_id: str
    ) -> said.ProcedureDeed:
        organization, user = self.names
        return said.ProcedureDeed(
            at=deed.at,
            action=deed.action.value,
            organization=organization(organization_id),
            user=user(deed.user_id, deed.at),
            reason=deed.reason,
            paper=_paper(deed.paper),
        )

    def _clock(self, clock: Clock | None) -> said.ClockData | None:
        if clock is None:
            return None
        return said.ClockData(
            kind=clock.kind,
            starts=clock.starts,
            length=clock.length,
            due=clock.due,
            earliest=clock.earliest,
            ended=clock.ended,
            days_left=clock.days_left(self.eyes.today),
            late=clock.is_late(self.eyes.today),
            warns=clock.warns(self.eyes.today),
            adjustments=tuple(said.AdjustmentData(**asdict(a)) for a in clock.adjustments),
        )


_OFFICERS = (handover.Action.ACCEPT, handover.Action.RETURN)


def sees_request(member: Member, request: InspectionRequest) -> bool:
    """The body sees a request from its first submission on."""
    sent = any(deed.action is inspection.Action.SUBMIT for deed in request.history)
    return member.side is Side.CONTRACTOR or sent


def seen_papers(member: Member, all_: Procedures) -> frozenset[str]:
    """SHA-256 of the papers this member may fetch."""
    found = {p.sha256 for r in all_.requests if sees_request(member, r) for p in r.papers}
    found |= {d.paper.sha256 for n in all_.handovers for d in n.history if d.paper is not None}
    for one in all_.ledger.invoices:
        if member.side is Side.CONTRACTOR or one.received is not None:
            history = all_.invoice(one.invoice_id).history
            found |= {d.paper.sha256 for d in history if d.paper is not None}
    return frozenset(found)


def _paper(paper: Paper | None) -> said.PaperData | None:
    if paper is None:
        return None
    return said.PaperData(
        document_id=paper.document_id,
        sha256=paper.sha256,
        signer_certificate_sha256=paper.signer_certificate_sha256,
        signed_at=paper.signed_at,
        delegation_id=paper.delegation_id,
    )


def _qualified(file: InvoiceFile) -> said.QualifiedData | None:
    one = file.qualified
    if one is None:
        return None
    totals = tuple(said.RateData(kind=t.kind, percent=t.percent, net=t.net, tax=t.tax) for t in one.totals)
    return said.QualifiedData(
        issuer=one.issuer,
        number=one.number,
        recipient=one.recipient,
        delivered_on=one.delivered_on,
        subject=one.subject,
        totals=totals,
        exempt=one.exempt,
    )
