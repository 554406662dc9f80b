"""What can be done after a contract's conclusion. The rules are `econtract_core.rules.procedures`; here they get the server's facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from econtract_core.messages import procedures as said
from econtract_core.messages.cases import Operation
from econtract_core.rules import handover, inspection, invoice
from econtract_core.rules import procedures as rules
from econtract_core.rules.case import Case
from econtract_core.rules.contract import Contract, Side
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import (
    BlobMissing,
    EcontractError,
    NotFound,
    NotYourTurn,
    RevisionConflict,
    ServerBusy,
    ValueInvalid,
)
from econtract_core.rules.guarantee import Guarantee
from econtract_core.rules.inspection import Claim, Inspected, InspectionRequest, Paper
from econtract_core.rules.invoice import Invoice, InvoiceAction
from econtract_core.rules.money import RateTotal
from econtract_core.rules.procedures import InvoiceDeed, KeptGuarantee, Procedures
from econtract_core.rules.qualified_invoice import QualifiedInvoice
from econtract_server.repository import blobs, cases, procedures
from econtract_server.repository.registry import Member
from econtract_server.services.deed import Deed, VerifiedFiles
from econtract_server.services.office import Office
from econtract_server.services.submitted_files import SubmittedFiles


@dataclass(frozen=True)
class _Scene:
    """One case as it is, and what is being done to it."""

    deed: Deed
    case: Case
    contracts: tuple[Contract, ...]
    now: Procedures
    sizes: dict[str, int]

    @property
    def day(self) -> date:
        """Japan's day of the arrival."""
        return in_japan(self.deed.at).date()

    @property
    def object_id(self) -> str:
        return self.deed.operation.object_id

    def check_revision(self, found: int) -> None:
        expected = self.deed.operation.base_revision
        if expected != found:
            raise RevisionConflict(expected=expected, found=found)

    def only(self, side: Side, action: str) -> None:
        if self.deed.member.side is not side:
            raise NotYourTurn(action=action, side=side.value)


class ProcedureDeeds:
    """Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._files = SubmittedFiles(office)

    def verify_files(self, member: Member, operation: Operation) -> VerifiedFiles | None:
        """Look at the paper an operation brings, before its transaction. None where it brings none. Raises BlobMissing."""
        file: said.PaperFile | None = getattr(operation.payload, "file", None)
        if file is None:
            return None
        with self._office.database.reading() as session:
            try:
                cases.find_case(session, operation.payload.case_id, member.organization_id)  # type: ignore[union-attr]
            except NotFound:
                return None  # nobody's files are looked at for somebody else's case
            size = blobs.size_of(session, file.sha256, member.organization_id)
        if size is None:
            raise BlobMissing(sha256=file.sha256)
        problem: EcontractError | None = None
        signed_at: datetime | None = None
        try:
            signed_at = self._files.check_paper(file.sha256, file.title, member.certificate_sha256)
        except BlobMissing:
            raise
        except EcontractError as found:
            problem = found
        return VerifiedFiles(0, problem, {file.sha256: size}, (signed_at,) if signed_at is not None else ())

    def perform(self, deed: Deed, verified: VerifiedFiles | None) -> str:
        """The case that changed. Raises NotFound, RevisionConflict and what the rules raise."""
        payload: Any = deed.operation.payload
        case, _ = cases.find_case(deed.session, payload.case_id, deed.member.organization_id)
        now = procedures.find(deed.session, case.case_id)
        contracts = tuple(cases.contracts_of(deed.session, case.case_id))
        scene = _Scene(deed, case, contracts, now, verified.sizes if verified is not None else {})
        after = _DEEDS[type(payload)](scene, payload, verified)
        procedures.save(deed.session, case.case_id, after, now.revision)
        return case.case_id


# --- inspections -----------------------------------------------------------------------------------------------------


def _begin_inspection(scene: _Scene, payload: said.BeginInspection, _: object) -> Procedures:
    scene.only(Side.CONTRACTOR, "begin")
    scene.check_revision(0)
    new = InspectionRequest(
        request_id=scene.object_id,
        case_id=scene.case.case_id,
        kind=payload.inspection_kind,
        number=0,
        body_id=scene.case.body_id,
        contractor_ids=scene.case.contractor_ids,
        claim=_claim(payload.claim),
    )
    _lead(scene, "begin")
    return rules.begin_request(scene.case, scene.contracts, scene.now, new, scene.day)


def _amend_inspection(scene: _Scene, payload: said.AmendInspection, _: object) -> Procedures:
    scene.only(Side.CONTRACTOR, "amend")
    _lead(scene, "amend")
    scene.check_revision(scene.now.request(scene.object_id).revision)
    claim = _claim(payload.claim)
    return rules.amend_request(scene.case, scene.contracts, scene.now, scene.object_id, claim, scene.day)


def _act_on_inspection(scene: _Scene, payload: said.ActOnInspection, _: object) -> Procedures:
    request = scene.now.request(scene.object_id)
    scene.check_revision(request.revision)
    after = inspection.act(request, payload.action, actor_of(scene.deed.member), scene.deed.at, payload.reason)
    return rules.with_request(scene.now, after)


def _sign_inspection(scene: _Scene, payload: said.SignInspection, verified: VerifiedFiles | None) -> Procedures:
    request = scene.now.request(scene.object_id)
    scene.check_revision(request.revision)
    actor = actor_of(scene.deed.member)
    inspection.check(request, payload.action, actor)
    paper = _paper(scene, payload.file, verified)
    return rules.with_request(scene.now, inspection.sign(request, payload.action, actor, scene.deed.at, paper))


def _record_inspection(scene: _Scene, payload: said.RecordInspection, _: object) -> Procedures:
    request = scene.now.request(scene.object_id)
    scene.check_revision(request.revision)
    found, member = payload.inspected, scene.deed.member
    inspected = Inspected(found.on, found.result, member.user_id, found.progress, found.repairs)
    return rules.with_request(scene.now, inspection.inspect(request, actor_of(member), scene.deed.at, inspected))


# --- handover --------------------------------------------------------------------------------------------------------


def _submit_handover(scene: _Scene, payload: said.SubmitHandover, verified: VerifiedFiles | None) -> Procedures:
    """The note begins with its first submission."""
    request = scene.now.request(scene.object_id)
    known = [n for n in scene.now.handovers if n.request_id == request.request_id]
    note = known[0] if known else handover.begin(request, scene.now.handovers)
    scene.check_revision(note.revision)
    actor = actor_of(scene.deed.member)
    handover.check(note, handover.Action.SUBMIT, actor)
    paper = _paper(scene, payload.file, verified)
    after = handover.act(note, handover.Action.SUBMIT, actor, scene.deed.at, paper=paper)
    return rules.with_handover(scene.now, after)


def _answer_handover(scene: _Scene, payload: said.AnswerHandover, _: object) -> Procedures:
    note = scene.now.handover(scene.object_id)
    scene.check_revision(note.revision)
    after = handover.act(note, payload.action, actor_of(scene.deed.member), scene.deed.at, payload.reason)
    if payload.action is handover.Action.ACCEPT:
        after = handover.accepted_on(after, payload.on or scene.day)
    return rules.with_handover(scene.now, after)


# --- guarantees ------------------------------------------------------------------------------------------------------


def _add_guarantee(scene: _Scene, payload: said.AddGuarantee, _: object) -> Procedures:
    scene.only(Side.CONTRACTOR, "guarantee")
    _lead(scene, "guarantee")
    scene.check_revision(0)
    guarantee = Guarantee(
        kind=payload.guarantee_kind,
        form=payload.form,
        amount=payload.amount,
        guarantor=payload.guarantor,
        number=payload.number,
        key=payload.key,
        valid_to=payload.valid_to,
    )
    kept = KeptGuarantee(scene.object_id, guarantee, scene.deed.member.user_id)
    return rules.add_guarantee(scene.case, scene.contracts, scene.now, kept)


def _confirm_guarantee(scene: _Scene, _: said.ConfirmGuarantee, __: object) -> Procedures:
    scene.only(Side.OFFICER, "confirm")
    scene.check_revision(scene.now.guarantee(scene.object_id).revision)
    return rules.confirm_guarantee(scene.now, scene.object_id, scene.day)


# --- invoices --------------------------------------------------------------------------------------------------------


def _draft_invoice(scene: _Scene, payload: said.DraftInvoice, _: object) -> Procedures:
    scene.only(Side.CONTRACTOR, "draft")
    _lead(scene, "draft")
    scene.check_revision(0)
    new = Invoice(scene.object_id, payload.invoice_kind, payload.amount, payload.subject)
    return rules.draft_invoice(scene.now, new, _qualified(payload.qualified, payload.amount))


def _amend_invoice(scene: _Scene, payload: said.AmendInvoice, _: object) -> Procedures:
    scene.only(Side.CONTRACTOR, "amend")
    _lead(scene, "amend")
    scene.check_revision(scene.now.invoice(scene.object_id).revision)
    qualified = _qualified(payload.qualified, payload.amount)
    return rules.amend_invoice(scene.now, scene.object_id, payload.amount, qualified)


def _sign_invoice(scene: _Scene, payload: said.SignInvoice, verified: VerifiedFiles | None) -> Procedures:
    scene.check_revision(scene.now.invoice(scene.object_id).revision)
    member = scene.deed.member
    rules.check_party(scene.case, member.organization_id, InvoiceAction.SIGN, member.side)
    paper = _paper(scene, payload.file, verified)
    rules.check_own(paper, member.certificate_sha256)
    return _invoice_deed(scene, InvoiceAction.SIGN, invoice.Deed(scene.day), paper)


def _act_on_invoice(scene: _Scene, payload: said.ActOnInvoice, _: object) -> Procedures:
    scene.check_revision(scene.now.invoice(scene.object_id).revision)
    if payload.action is InvoiceAction.SIGN:
        raise ValueInvalid(field="action", problem="a signature brings a file")
    on = payload.on if payload.action is InvoiceAction.PAY and payload.on is not None else scene.day
    if on > scene.day:
        raise ValueInvalid(field="on", problem="in the future")
    return _invoice_deed(scene, payload.action, invoice.Deed(on, payload.reason, payload.fault))


def _invoice_deed(scene: _Scene, action: InvoiceAction, facts: invoice.Deed, paper: Paper | None = None) -> Procedures:
    member = scene.deed.member
    deed = InvoiceDeed(scene.deed.at, action, member.organization_id, member.user_id, facts.reason.strip(), paper)
    what = (scene.object_id, member.side, facts)
    return rules.act_on_invoice(scene.case, scene.contracts, scene.now, deed, what)


# --- what they share -------------------------------------------------------------------------------------------------


def actor_of(member: Member) -> inspection.Actor:
    """Who acts in an inspection: an inspector 検査職員 is told from the officer by the role on record."""
    role = inspection.Role.CONTRACTOR
    if member.side is Side.OFFICER:
        role = inspection.Role.INSPECTOR if member.is_inspector else inspection.Role.OFFICER
    return inspection.Actor(role, member.organization_id, member.user_id, member.certificate_sha256)


def _lead(scene: _Scene, action: str) -> None:
    if scene.deed.member.organization_id != scene.case.contractor_ids[0]:
        raise NotYourTurn(action=action, side="lead")


def _paper(scene: _Scene, file: said.PaperFile, verified: VerifiedFiles | None) -> Paper:
    """Raises what is wrong with the file."""
    if verified is None:
        raise ServerBusy("the file was not looked at", retry_after=1)
    if verified.problem is not None:
        raise verified.problem
    deed = scene.deed
    return Paper(file.document_id, file.sha256, deed.member.certificate_sha256, deed.at, deed.delegation_id)


def _claim(data: said.ClaimData) -> Claim:
    return Claim(data.completed_on, data.progress, data.part)


def _qualified(data: said.QualifiedData | None, amount: int) -> QualifiedInvoice | None:
    if data is None:
        return None
    totals = tuple(RateTotal(t.kind, t.percent, t.net, t.tax) for t in data.totals)
    return QualifiedInvoice(
        data.issuer, data.number, data.recipient, data.delivered_on, data.subject, totals, amount, data.exempt
    )


_DEEDS: dict[type, Callable[[_Scene, Any, VerifiedFiles | None], Procedures]] = {
    said.BeginInspection: _begin_inspection,
    said.AmendInspection: _amend_inspection,
    said.ActOnInspection: _act_on_inspection,
    said.SignInspection: _sign_inspection,
    said.RecordInspection: _record_inspection,
    said.SubmitHandover: _submit_handover,
    said.AnswerHandover: _answer_handover,
    said.AddGuarantee: _add_guarantee,
    said.ConfirmGuarantee: _confirm_guarantee,
    said.DraftInvoice: _draft_invoice,
    said.AmendInvoice: _amend_invoice,
    said.SignInvoice: _sign_invoice,
    said.ActOnInvoice: _act_on_invoice,
}
KINDS = frozenset(_DEEDS)
