"""What follows a contract's conclusion: inspections, handovers, guarantees, invoices, and the operations on them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from econtract_core.messages.base import Identifier, Line, Message, Moment, Sha256Hex, Text
from econtract_core.rules import handover, inspection
from econtract_core.rules.clocks import ClockKind, Fault, Why
from econtract_core.rules.guarantee import GuaranteeForm, GuaranteeKind
from econtract_core.rules.invoice import InvoiceAction, InvoiceState
from econtract_core.rules.money import RateKind
from econtract_core.rules.payment_limits import InvoiceKind

Yen = Annotated[int, Field(ge=0, le=10**15)]
_Key = Annotated[str, Field(max_length=100)]

# --- what is seen ----------------------------------------------------------------------------------------------------


class PaperData(Message):
    """A signed file."""

    document_id: Identifier
    sha256: Sha256Hex
    signer_certificate_sha256: Sha256Hex
    signed_at: Moment
    delegation_id: Identifier | None = None  # of an agent's signature: what allowed it


class ProcedureDeed(Message):
    """One line of a history. `action` is of the procedure's own machine."""

    at: Moment
    action: Line
    organization: Line
    user: Line
    reason: Text = ""
    paper: PaperData | None = None


class AdjustmentData(Message):
    """Why a clock is longer, shorter or was begun anew: `days` more (fewer below 0)."""

    why: Why
    days: int
    since: date
    until: date


class ClockData(Message):
    """A legal clock as it stands today, in Japan's days. `due` None: it stands still. `days_left` below 0: late. `earliest`: the day
    from which who counts strictly calls it due."""

    kind: ClockKind
    starts: date
    length: int
    due: date | None
    earliest: date | None
    ended: date | None
    days_left: int | None
    late: bool
    warns: bool
    adjustments: tuple[AdjustmentData, ...] = ()


class ClaimData(Message):
    """What a request says. `progress`: 出来高 in yen with tax; `part`: the designated part's name."""

    completed_on: date | None = None
    progress: Yen | None = None
    part: Annotated[str, Field(max_length=300)] = ""


class InspectedData(Message):
    on: date
    result: inspection.Result
    progress: Yen | None = None
    repairs: Text = ""


class HandoverData(Message):
    state: handover.State
    revision: int
    handed_over_on: date | None
    history: tuple[ProcedureDeed, ...]
    allowed: tuple[handover.Action, ...]


class InspectionData(Message):
    """`handover`: of a passed completion or designated part."""

    request_id: Identifier
    kind: inspection.Kind
    number: int
    claim: ClaimData
    state: inspection.State
    version: int
    revision: int
    paper: PaperData | None
    result: InspectedData | None
    history: tuple[ProcedureDeed, ...]
    allowed: tuple[inspection.Action, ...]
    clock: ClockData | None
    handover: HandoverData | None = None
    handover_allowed: bool = False


class GuaranteeData(Message):
    """The key 認証キー is shown to the parties, who need it to look the guarantee up."""

    guarantee_id: Identifier
    kind: GuaranteeKind
    form: GuaranteeForm
    amount: Yen
    guarantor: Annotated[str, Field(max_length=300)] = ""
    number: _Key = ""
    key: _Key = ""
    valid_to: date | None = None
    confirmed_on: date | None = None
    revision: int = 0


class RateData(Message):
    """Of one tax rate: what was delivered, and its tax; yen."""

    kind: RateKind
    percent: Annotated[int, Field(ge=0, le=100)]
    net: Yen
    tax: Yen


class QualifiedData(Message):
    """What a 適格請求書 says (消費税法57条の4第1項)."""

    issuer: Line
    number: Annotated[str, Field(max_length=20)] = ""
    recipient: Line
    delivered_on: date | None
    subject: Line
    totals: tuple[RateData, ...]
    exempt: bool = False


class InvoiceData(Message):
    """`limit`: the most that may be asked now; `missing`: what must come first."""

    invoice_id: Identifier
    kind: InvoiceKind
    amount: Yen
    subject: str
    state: InvoiceState
    revision: int
    received: date | None
    paid_on: date | None
    reasons: tuple[Text, ...]
    qualified: QualifiedData | None
    paper: PaperData | None
    history: tuple[ProcedureDeed, ...]
    allowed: tuple[InvoiceAction, ...]
    clock: ClockData | None
    limit: Yen
    missing: tuple[str, ...]


class PaymentsData(Message):
    """Yen with tax: asked for (and not refused), paid, and what is left of the contract amount."""

    asked: Yen
    paid: Yen
    rest: int
    closed: bool


class ProceduresData(Message):
    inspections: tuple[InspectionData, ...] = ()
    guarantees: tuple[GuaranteeData, ...] = ()
    invoices: tuple[InvoiceData, ...] = ()
    payments: PaymentsData
    revision: int = 0


# --- what is done: each names its case; the object is the request, guarantee or invoice ------------------------------


class PaperFile(Message):
    """A signed PDF that was uploaded."""

    document_id: Identifier
    title: Line
    sha256: Sha256Hex


class BeginInspection(Message):
    kind: Literal["inspection.begin"] = "inspection.begin"
    case_id: Identifier
    inspection_kind: inspection.Kind
    claim: ClaimData


class AmendInspection(Message):
    kind: Literal["inspection.amend"] = "inspection.amend"
    case_id: Identifier
    claim: ClaimData


class ActOnInspection(Message):
    """edit, submit, receive, return, redraft, receive_result, withdraw"""

    kind: Literal["inspection.act"] = "inspection.act"
    case_id: Identifier
    action: inspection.Action
    reason: Text = ""


class SignInspection(Message):
    """sign (the request), issue_result (the result notice), notify_repair (the repair notice)"""

    kind: Literal["inspection.sign"] = "inspection.sign"
    case_id: Identifier
    action: Literal[inspection.Action.SIGN, inspection.Action.ISSUE_RESULT, inspection.Action.NOTIFY_REPAIR]
    file: PaperFile


class RecordInspection(Message):
    """検査: by the inspector."""

    kind: Literal["inspection.record"] = "inspection.record"
    case_id: Identifier
    inspected: InspectedData


class SubmitHandover(Message):
    """引渡書, signed. The object is the passed request."""

    kind: Literal["handover.submit"] = "handover.submit"
    case_id: Identifier
    file: PaperFile


class AnswerHandover(Message):
    """accept (with the day), return (with a reason)"""

    kind: Literal["handover.answer"] = "handover.answer"
    case_id: Identifier
    action: Literal[handover.Action.ACCEPT, handover.Action.RETURN]
    on: date | None = None
    reason: Text = ""


class AddGuarantee(Message):
    kind: Literal["guarantee.add"] = "guarantee.add"
    case_id: Identifier
    guarantee_kind: GuaranteeKind
    form: GuaranteeForm = GuaranteeForm.ELECTRONIC
    amount: Yen
    guarantor: Annotated[str, Field(max_length=300)] = ""
    number: _Key = ""
    key: _Key = ""
    valid_to: date | None = None


class ConfirmGuarantee(Message):
    kind: Literal["guarantee.confirm"] = "guarantee.confirm"
    case_id: Identifier


class DraftInvoice(Message):
    kind: Literal["invoice.draft"] = "invoice.draft"
    case_id: Identifier
    invoice_kind: InvoiceKind
    amount: Yen
    subject: Annotated[str, Field(max_length=64)] = ""
    qualified: QualifiedData | None = None


class AmendInvoice(Message):
    kind: Literal["invoice.amend"] = "invoice.amend"
    case_id: Identifier
    amount: Yen
    qualified: QualifiedData | None = None


class SignInvoice(Message):
    kind: Literal["invoice.sign"] = "invoice.sign"
    case_id: Identifier
    file: PaperFile


class ActOnInvoice(Message):
    """submit, receive, reject (reason and whose fault), correct, discard, pay (with the day)"""

    kind: Literal["invoice.act"] = "invoice.act"
    case_id: Identifier
    action: InvoiceAction
    reason: Text = ""
    fault: Fault = Fault.SLIGHT
    on: date | None = None


ProcedurePayload = (
    BeginInspection
    | AmendInspection
    | ActOnInspection
    | SignInspection
    | RecordInspection
    | SubmitHandover
    | AnswerHandover
    | AddGuarantee
    | ConfirmGuarantee
    | DraftInvoice
    | AmendInvoice
    | SignInvoice
    | ActOnInvoice
)
