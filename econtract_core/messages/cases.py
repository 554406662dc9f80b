"""Cases, contracts and the operations on them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from econtract_core.messages.base import Identifier, Line, Message, Moment, Sha256Hex, Text
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Action, ContractKind, Side, State


class ContactData(Message):
    name: Line
    email: Line
    phone: str = ""


class Party(Message):
    """An organisation with the person who acts for it in this case, as far as known."""

    organization_id: Identifier
    organization: Line
    person: str = ""


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


class DeedData(Message):
    at: Moment
    action: Action
    side: Side
    organization: Line
    user: Line
    version: int
    reason: Text = ""


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
    """review, return, send_back, withdraw, submit"""

    kind: Literal["contract.act"] = "contract.act"
    action: Action
    reason: Text = ""


class SignContract(Message):
    """sign (contractor) or countersign (officer): the signed form of every document that needs a signature."""

    kind: Literal["contract.sign"] = "contract.sign"
    action: Literal[Action.SIGN, Action.COUNTERSIGN]
    files: dict[Identifier, Sha256Hex]


Payload = Annotated[
    RegisterCase | SetContacts | OfferContract | ActOnContract | SignContract, Field(discriminator="kind")
]


class Operation(Message):
    """One user action. `operation_id` is made by the client and makes sending twice harmless; `object_id` is the case's or
    contract's (for `case.register` the new case's id, made by the client); `base_revision` what the person had seen."""

    operation_id: Identifier
    object_id: Identifier
    base_revision: int
    payload: Payload


class OperationAnswer(Message):
    """The final outcome, the same every time the operation is sent. `arrived_at` is the legal time (到達), and `receipt` the server's
    sealed word on it."""

    operation_id: Identifier
    case: CaseData
    arrived_at: Moment
    receipt: Annotated[str, Field(max_length=30_000)] | None = None  # `evidence.receipt`


class ErrorData(Message):
    """An error on the wire; `econtract_core.rules.errors.error_from_code` makes it one again."""

    code: str
    detail: str = ""
    facts: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)


class ErrorAnswer(Message):
    error: ErrorData
