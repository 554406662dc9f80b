"""Cases, contracts and the operations on them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from econtract_core.messages.accounts import AccountData, ActOnRegistration
from econtract_core.messages.base import Identifier, Line, Message, Moment, Sha256Hex, Text
from econtract_core.messages.delegations import DelegationData, DelegationPayload
from econtract_core.messages.procedures import ProcedurePayload, ProceduresData
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Action, ContractKind, Side, State
from econtract_core.rules.joint_venture import Seat


class ContactData(Message):
    """`organization_id`: whose; what is sent is always one's own organisation's."""

    name: Line
    email: Line
    phone: str = ""
    organization_id: str = ""


class Party(Message):
    """An organisation with the person who acts for it in this case, as far as known."""

    organization_id: Identifier
    organization: Line
    person: str = ""
    corporate_number: str = ""  # 法人番号, which is public


class DocumentData(Message):
    """`sha256` the file as offered; `current_sha256` its latest signed form (the same before anyone has signed)."""

    document_id: Identifier
    title: Line
    media_type: Line
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256Hex
    needs_signature: bool
    current_sha256: Sha256Hex
    current_size: Annotated[int, Field(ge=0)]


class SignatureData(Message):
    side: Side
    organization_id: Identifier
    organization: Line
    user: Line
    certificate_sha256: Sha256Hex
    signed_at: Moment
    files: dict[Identifier, Sha256Hex]
    void_version: int | None = None  # the version it was made on, where that was given back
    delegation_id: Identifier | None = None  # of an agent's signature: what allowed it


class DeedData(Message):
    at: Moment
    action: Action
    side: Side
    organization: Line
    user: Line
    version: int
    reason: Text = ""


class ChangeData(Message):
    """What a contract changes in the case's terms: more (less below 0) in yen with tax, and a new last day."""

    amount: int = 0
    tax: int = 0
    term_to: date | None = None


class SeatData(Message):
    """One member of a joint venture on the board of who has signed; a single firm has one. Never a reason of somebody else's."""

    organization_id: Identifier
    organization: Line
    is_lead: bool
    seat: Seat
    signed_at: Moment | None = None


class TermsData(Message):
    """The contract amount and term now, with every concluded change. `on_paper`: contracts whose changes are not in here."""

    amount: int
    tax: int
    term_from: date | None
    term_to: date
    on_paper: tuple[Identifier, ...] = ()


class ContractData(Message):
    contract_id: Identifier
    case_id: Identifier
    kind: ContractKind
    number: int
    state: State
    version: int
    revision: int
    deadline: Moment | None
    concluded_at: Moment | None
    documents: tuple[DocumentData, ...]
    signatures: tuple[SignatureData, ...]
    unsigned_contractor_ids: tuple[Identifier, ...]
    history: tuple[DeedData, ...]
    allowed: tuple[Action, ...]  # what the asking person may do now
    turn: Side | None
    change: ChangeData = ChangeData()
    corrects_id: Identifier | None = None
    corrected_by_id: Identifier | None = None
    board: tuple[SeatData, ...] = ()


class CaseData(Message):
    case_id: Identifier
    number: Line
    title: Line
    kind: CaseKind
    place: Text
    body: Party
    contractors: tuple[Party, ...]
    amount: int
    tax: int
    term_from: date | None
    term_to: date
    contacts: tuple[ContactData, ...]
    revision: int
    contracts: tuple[ContractData, ...]
    terms: TermsData | None = None
    unit_price_due: date | None = None  # by which day a unit-price agreement is due; None: none is
    procedures: ProceduresData | None = None  # what follows the conclusion


class MailData(Message):
    """One e-mail of a case to one's own organisation. `state`: waiting, sending, sent, failed."""

    mail_id: Identifier
    created: Moment
    deed: Line
    recipient: Line
    subject: Line
    state: Line
    tries: int
    sent_at: Moment | None = None
    problem: str | None = None


class MailList(Message):
    mails: tuple[MailData, ...]


class CaseList(Message):
    cases: tuple[CaseData, ...]


# --- operations: the only way to change anything (outbox rows on the client, one transaction on the server) ----------


class RegisterCase(Message):
    kind: Literal["case.register"] = "case.register"
    number: Line
    title: Line
    case_kind: CaseKind
    place: Text
    contractor_ids: tuple[Identifier, ...]
    amount: int
    tax: int
    term_from: date | None
    term_to: date


class SetContacts(Message):
    kind: Literal["case.contacts"] = "case.contacts"
    contacts: tuple[ContactData, ...]


class BeginContract(Message):
    """A new draft beside the case's other contracts: change n, unit-price agreement n, or the original again after a withdrawal.
    The object is the new contract, its identifier made by the client."""

    kind: Literal["contract.begin"] = "contract.begin"
    case_id: Identifier
    contract_kind: ContractKind
    change: ChangeData = ChangeData()


class CorrectContract(Message):
    """訂正: a new draft that takes the place of a concluded contract once it is concluded itself. The object is the new one."""

    kind: Literal["contract.correct"] = "contract.correct"
    corrects_id: Identifier
    change: ChangeData | None = None  # None: as the wrong one's


class OfferedFile(Message):
    document_id: Identifier
    title: Line
    media_type: Line = "application/pdf"
    sha256: Sha256Hex
    needs_signature: bool = True


class OfferContract(Message):
    """Offers (again). The object is the contract; its files must have been uploaded."""

    kind: Literal["contract.offer"] = "contract.offer"
    files: tuple[OfferedFile, ...]
    deadline: Moment | None = None


class ActOnContract(Message):
    """review, return, send_back, withdraw, submit; terminate, move_to_paper"""

    kind: Literal["contract.act"] = "contract.act"
    action: Action
    reason: Text = ""


class SignContract(Message):
    """sign (contractor) or countersign (officer): the signed form of every document that needs a signature."""

    kind: Literal["contract.sign"] = "contract.sign"
    action: Literal[Action.SIGN, Action.COUNTERSIGN]
    files: dict[Identifier, Sha256Hex]


Payload = Annotated[
    RegisterCase
    | SetContacts
    | BeginContract
    | CorrectContract
    | OfferContract
    | ActOnContract
    | SignContract
    | ProcedurePayload
    | DelegationPayload
    | ActOnRegistration,
    Field(discriminator="kind"),
]


class Operation(Message):
    """One user action. `operation_id` is made by the client and makes sending twice harmless; `object_id` is the case's, the
    contract's or whatever the payload is about (of a new thing its id, made by the client); `base_revision` what the person had seen."""

    operation_id: Identifier
    object_id: Identifier
    base_revision: int
    payload: Payload


class OperationAnswer(Message):
    """The final outcome, the same every time the operation is sent. `arrived_at` is the legal time (到達), and `receipt` the server's
    sealed word on it. What changed is shown as it is now: one of its fields below is there, as the operation's kind has it."""

    operation_id: Identifier
    arrived_at: Moment
    case: CaseData | None = None
    delegation: DelegationData | None = None
    account: AccountData | None = None
    receipt: Annotated[str, Field(max_length=30_000)] | None = None  # `evidence.receipt`


class ErrorData(Message):
    """An error on the wire; `econtract_core.rules.errors.error_from_code` makes it one again."""

    code: str
    detail: str = ""
    facts: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)


class ErrorAnswer(Message):
    error: ErrorData
