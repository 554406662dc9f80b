"""The one door for changes: an operation is done once, whatever the network does to it.

Everything an operation does, its final answer and its line in the audit log are one transaction. Passing troubles (a missing
file, a busy database) are never stored, so that the same operation can come again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from econtract_core.messages.cases import (
    ActOnContract,
    ErrorAnswer,
    ErrorData,
    OfferContract,
    Operation,
    OperationAnswer,
    RegisterCase,
    SetContacts,
    SignContract,
)
from econtract_core.rules import contract as rules
from econtract_core.rules.case import Case, Contact
from econtract_core.rules.contract import Action, Actor, Contract, ContractDocument, ContractKind, Side
from econtract_core.rules.errors import (
    BlobMissing,
    EcontractError,
    NotYourTurn,
    RevisionConflict,
    ValueInvalid,
)
from econtract_server.repository import cases, log, registry
from econtract_server.repository.log import Final
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.services.office import Office
from econtract_server.services.statuses import status_of
from econtract_server.services.submitted_files import SubmittedFiles
from econtract_server.services.views import case_data

_SYSTEM = Actor(Side.SYSTEM, "", "", "")


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


@dataclass(frozen=True)
class _Deed:
    """One operation being done."""

    session: Session
    member: Member
    operation: Operation
    at: datetime


class Operations:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._files = SubmittedFiles(office)

    def perform(self, member: Member, operation: Operation) -> Answer:
        """The final answer, the first time and every time. Raises only what is not final (BlobMissing, ServerBusy)."""
        body = sha256(operation.model_dump_json().encode()).hexdigest()
        known = self._known(member, operation, body)
        if known is not None:
            return known
        # Files are verified before the transaction: that takes time, and may go out for revocation lists.
        problem = self._problem_with_files(member, operation)
        now = self._office.now()
        with self._office.database.writing() as session:
            known = _known(session, member, operation, body)
            if known is not None:
                return known
            answer = self._do(_Deed(session, member, operation, now), problem)
            final = Final(member.user_id, body, answer.status, answer.body)
            log.add_operation(session, operation.operation_id, final)
            kind = operation.payload.kind
            log.add_audit(session, now, member.user_id, kind, operation.object_id, body, answer.status)
        return answer

    def _known(self, member: Member, operation: Operation, body: str) -> Answer | None:
        with self._office.database.reading() as session:
            return _known(session, member, operation, body)

    def _do(self, deed: _Deed, problem: EcontractError | None) -> Answer:
        try:
            case_id = self._apply(deed, problem)
        except EcontractError as error:
            if isinstance(error, BlobMissing):
                raise
            return Answer(status_of(error), error_body(error))
        case = case_data(deed.session, deed.member, case_id)
        done = OperationAnswer(operation_id=deed.operation.operation_id, case=case, arrived_at=deed.at)
        return Answer(200, done.model_dump_json())

    def _apply(self, deed: _Deed, problem: EcontractError | None) -> str:
        """Every check first, then the writing. The id of the case that changed."""
        payload = deed.operation.payload
        if isinstance(payload, RegisterCase):
            return _register(deed, payload)
        if isinstance(payload, SetContacts):
            return _set_contacts(deed, payload)
        before = cases.find_contract(deed.session, deed.operation.object_id, deed.member.organization_id)
        rules.check_revision(before, deed.operation.base_revision)
        if isinstance(payload, OfferContract):
            rules.check(before, Action.OFFER, deed.member.actor)
            after = rules.offer(before, self._offered(payload, problem), deed.member.actor, deed.at, payload.deadline)
        elif isinstance(payload, ActOnContract):
            after = rules.act(before, payload.action, deed.member.actor, deed.at, payload.reason)
        else:
            after = self._sign(deed, payload, before, problem)
        cases.save_contract(deed.session, after)
        return after.case_id

    def _offered(self, payload: OfferContract, problem: EcontractError | None) -> tuple[ContractDocument, ...]:
        if problem is not None:
            raise problem
        if len({file.document_id for file in payload.files}) != len(payload.files):
            raise ValueInvalid(field="files", problem="twice the same")
        documents = []
        for file in payload.files:
            size = self._office.objects.find(file.sha256).stat().st_size
            documents.append(
                ContractDocument(
                    document_id=file.document_id,
                    title=file.title,
                    media_type=file.media_type,
                    size=size,
                    sha256=file.sha256,
                    needs_signature=file.needs_signature,
                    current_sha256=file.sha256,
                    current_size=size,
                )
            )
        return tuple(documents)

    def _sign(self, deed: _Deed, payload: SignContract, before: Contract, problem: EcontractError | None) -> Contract:
        rules.check(before, payload.action, deed.member.actor)
        if problem is not None:
            raise problem
        files = tuple(
            (document_id, digest, self._office.objects.find(digest).stat().st_size)
            for document_id, digest in payload.files.items()
        )
        actor = deed.member.actor
        after = rules.sign(before, payload.action, actor, deed.at, files, actor.certificate_sha256)
        if payload.action is Action.COUNTERSIGN:
            return rules.act(after, Action.CONCLUDE, _SYSTEM, deed.at)
        return after

    def _problem_with_files(self, member: Member, operation: Operation) -> EcontractError | None:
        """What is wrong with the files, to be told once the rules have had their say. Raises BlobMissing."""
        payload = operation.payload
        if not isinstance(payload, OfferContract | SignContract):
            return None
        try:
            if isinstance(payload, OfferContract):
                for file in payload.files:
                    self._files.check_offered(file.sha256, file.title)
                return None
            with self._office.database.reading() as session:
                before = cases.find_contract(session, operation.object_id, member.organization_id)
            rules.check_revision(before, operation.base_revision)
            rules.check(before, payload.action, member.actor)
            for document in before.documents:
                if document.document_id in payload.files:
                    digest = payload.files[document.document_id]
                    self._files.check_signed(document, digest, member.certificate_sha256)
        except BlobMissing:
            raise
        except EcontractError as error:
            return error
        return None


def error_body(error: EcontractError) -> str:
    """An error as it goes over the wire."""
    data = ErrorData(code=error.code, detail=error.detail, facts=dict(error.facts))
    return ErrorAnswer(error=data).model_dump_json()


def _known(session: Session, member: Member, operation: Operation, body: str) -> Answer | None:
    known = log.find_operation(session, operation.operation_id)
    if known is None:
        return None
    if known.body_sha256 != body or known.user_id != member.user_id:
        error = ValueInvalid(field="operation_id", problem="used for something else")
        return Answer(status_of(error), error_body(error))
    return Answer(known.status, known.answer)


def _register(deed: _Deed, payload: RegisterCase) -> str:
    if deed.member.side is not Side.OFFICER:
        raise NotYourTurn(action="register", side=Side.OFFICER.value)
    for organization_id in payload.contractor_ids:
        if registry.organization_side(deed.session, organization_id) is not Side.CONTRACTOR:
            raise ValueInvalid(field="contractor_ids", problem=organization_id)
    case = Case(
        case_id=deed.operation.object_id,
        number=payload.number,
        title=payload.title,
        kind=payload.case_kind,
        place=payload.place,
        body_id=deed.member.organization_id,
        contractor_ids=payload.contractor_ids,
        amount=payload.amount,
        tax=payload.tax,
        term_from=payload.term_from,
        term_to=payload.term_to,
    )
    first = Contract(
        contract_id=f"{case.case_id}-C0",
        case_id=case.case_id,
        kind=ContractKind.ORIGINAL,
        number=0,
        body_id=case.body_id,
        contractor_ids=case.contractor_ids,
    )
    cases.add_case(deed.session, case, first)
    return case.case_id


def _set_contacts(deed: _Deed, payload: SetContacts) -> str:
    case, revision = cases.find_case(deed.session, deed.operation.object_id, deed.member.organization_id)
    if deed.operation.base_revision != revision:
        raise RevisionConflict(expected=deed.operation.base_revision, found=revision)
    contacts = tuple(Contact(c.name, c.email, c.phone) for c in payload.contacts)
    cases.save_case(deed.session, replace(case, contacts=contacts), revision + 1)
    return case.case_id
