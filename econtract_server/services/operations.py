"""The one door for changes: an operation is done once, whatever the network does to it.

Everything an operation does, its final answer and its line in the audit log are one transaction. Passing troubles (a missing
file, a busy database) are never stored, so that the same operation can come again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from econtract_core.evidence.receipt import Receipt
from econtract_core.messages.accounts import AccountData, ActOnRegistration
from econtract_core.messages.cases import (
    ActOnContract,
    BeginContract,
    CorrectContract,
    OfferContract,
    Operation,
    OperationAnswer,
    RegisterCase,
    SetContacts,
    SignContract,
)
from econtract_core.messages.delegations import ActOnDelegation, DelegationData, ProposeDelegation
from econtract_core.messages.procedures import RecordInspection
from econtract_core.rules.contract import State
from econtract_core.rules.errors import (
    BlobMissing,
    EcontractError,
    EnvironmentProblem,
    Forbidden,
    InternalError,
    NetworkError,
    ValueInvalid,
)
from econtract_core.rules.registration import Account
from econtract_server.repository import cases, log
from econtract_server.repository.log import Entry
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session
from econtract_server.services import (
    account_deeds,
    bulletins,
    case_deeds,
    contracts_of_case,
    delegation_deeds,
    mailing,
    procedure_deeds,
)
from econtract_server.services.account_views import AccountViews, of_body
from econtract_server.services.answers import Answer, error_body
from econtract_server.services.authority import Authority
from econtract_server.services.contract_deeds import ContractDeeds
from econtract_server.services.deed import Deed, VerifiedFiles
from econtract_server.services.delegation_views import DelegationViews
from econtract_server.services.office import Office
from econtract_server.services.procedure_deeds import ProcedureDeeds
from econtract_server.services.statuses import status_of
from econtract_server.services.views import Views

_NOT_FINAL = (BlobMissing, NetworkError, EnvironmentProblem, InternalError)


@dataclass(frozen=True)
class Changed:
    """What an operation changed: its answer shows it."""

    case_id: str | None = None
    delegation_id: str | None = None
    account: Account | None = None


class Operations:
    """Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._contracts = ContractDeeds(office)
        self._procedures = ProcedureDeeds(office)

    def perform(self, member: Member, operation: Operation) -> Answer:
        """The final answer, the first time and every time. Raises only what is not final: BlobMissing,
        ServerBusy, RevocationUnavailable."""
        body = sha256(operation.model_dump_json().encode()).hexdigest()
        with self._office.database.reading() as session:
            known = _known(session, member, operation, body)
            if known is not None:
                return known
            bulletins.refuse_changes(session, self._office.now())
        # Files are verified before the transaction: that takes time, and may go out for revocation data.
        procedure = type(operation.payload) in procedure_deeds.KINDS
        deeds = self._procedures if procedure else self._contracts
        verified = deeds.verify_files(member, operation) if self._may_ever(member, operation) else None
        now = self._office.now()
        with self._office.database.writing() as session:
            log.begin(session)
            known = _known(session, member, operation, body)
            if known is not None:
                return known
            bulletins.refuse_changes(session, now)
            answer = self._do(Deed(session, member, operation, now), verified, body)
            log.add(session, _entry(member, operation, body, now, answer), answer.body)
        return answer

    def _may_ever(self, member: Member, operation: Operation) -> bool:
        """Nobody's files are looked at for somebody who never could have signed them. Whether they may is asked later, at the
        moment their timestamp proves."""
        with self._office.database.reading() as session:
            return _may_act(member, operation) and Authority(session, member).reaches(operation)

    def _do(self, deed: Deed, verified: VerifiedFiles | None, body: str) -> Answer:
        try:
            with deed.session.begin_nested():  # a rule broken halfway undoes the half that was done
                changed = self._apply(deed, verified)
                if changed.case_id is not None:
                    contracts_of_case.complete_if_closed(deed, changed.case_id)
                    if self._office.config.smtp_host:
                        mailing.announce(deed, changed.case_id)
        except _NOT_FINAL:
            raise
        except EcontractError as error:
            return Answer(status_of(error), error_body(error))
        done = OperationAnswer(
            operation_id=deed.operation.operation_id,
            arrived_at=deed.at,
            case=Views(deed.session, deed.member, deed.at).case(changed.case_id) if changed.case_id else None,
            delegation=_delegation(deed, changed.delegation_id),
            account=_account(deed, changed.account),
            receipt=self._receipt(deed, body),
        )
        return Answer(200, done.model_dump_json())

    def _receipt(self, deed: Deed, body: str) -> str | None:
        seal, operation, member = self._office.seal, deed.operation, deed.member
        if seal is None:
            return None
        return seal.receipt(
            Receipt(
                server_id=self._office.server_id,
                epoch=self._office.epoch,
                operation_id=operation.operation_id,
                kind=operation.payload.kind,
                object_id=operation.object_id,
                operation_sha256=body,
                organization_id=member.organization_id,
                user_id=member.user_id,
                certificate_sha256=member.certificate_sha256,
                arrived_at=deed.at,
            )
        )

    def _apply(self, deed: Deed, verified: VerifiedFiles | None) -> Changed:
        payload = deed.operation.payload
        if not _may_act(deed.member, deed.operation):
            raise Forbidden(action=payload.kind)
        if isinstance(payload, ProposeDelegation):
            return Changed(delegation_id=delegation_deeds.propose(deed, payload))
        if isinstance(payload, ActOnDelegation):
            return Changed(delegation_id=delegation_deeds.act(deed, payload))
        if isinstance(payload, ActOnRegistration):
            return Changed(account=account_deeds.act(deed, payload))
        deed = replace(deed, delegation_id=Authority(deed.session, deed.member).covering(deed, verified))
        if isinstance(payload, RegisterCase):
            return Changed(case_id=case_deeds.register(deed, payload))
        if isinstance(payload, SetContacts):
            return Changed(case_id=case_deeds.set_contacts(deed, payload))
        if type(payload) in procedure_deeds.KINDS:
            return Changed(case_id=self._procedures.perform(deed, verified))
        if isinstance(payload, BeginContract | CorrectContract):
            return Changed(case_id=contracts_of_case.begin(deed, payload))
        assert isinstance(payload, OfferContract | ActOnContract | SignContract)
        return Changed(case_id=self._on_contract(deed, payload, verified))

    def _on_contract(
        self, deed: Deed, payload: OfferContract | ActOnContract | SignContract, verified: VerifiedFiles | None
    ) -> str:
        """The case it belongs to."""
        before = cases.find_contract(deed.session, deed.operation.object_id, deed.member.organization_id)
        if isinstance(payload, ActOnContract):
            if payload.action in contracts_of_case.TOGETHER:
                return contracts_of_case.act(deed, before, payload)
            after = self._contracts.act(deed, before, payload)
        elif isinstance(payload, OfferContract):
            after = self._contracts.offer(deed, before, payload, verified)
        else:
            after = self._contracts.sign(deed, before, payload, verified)
        cases.save_contract(deed.session, after, before.revision)
        if after.state is State.COUNTERSIGNED:
            contracts_of_case.conclude(deed, after)
        return after.case_id


def _may_act(member: Member, operation: Operation) -> bool:
    """An inspector 検査職員 records inspections and does nothing else."""
    return not member.is_inspector or isinstance(operation.payload, RecordInspection)


def _delegation(deed: Deed, delegation_id: str | None) -> DelegationData | None:
    return DelegationViews(deed.session, deed.member, deed.at).one(delegation_id) if delegation_id else None


def _account(deed: Deed, account: Account | None) -> AccountData | None:
    return AccountViews(deed.session, deed.at).one(account, of_body(account)) if account is not None else None


def _entry(member: Member, operation: Operation, body: str, now: datetime, answer: Answer) -> Entry:
    return Entry(
        at=now,
        user_id=member.user_id,
        deed=operation.payload.kind,
        object_id=operation.object_id,
        operation_id=operation.operation_id,
        body_sha256=body,
        status=answer.status,
        answer_sha256=sha256(answer.body.encode()).hexdigest(),
    )


def _known(session: Session, member: Member, operation: Operation, body: str) -> Answer | None:
    """The answer this operation got before. A stranger's identifier is as good as a used one."""
    known = log.find_operation(session, operation.operation_id)
    if known is None:
        return None
    if known.body_sha256 != body or known.user_id != member.user_id:
        error = ValueInvalid(field="operation_id", problem="used for something else")
        return Answer(status_of(error), error_body(error))
    return Answer(known.status, known.answer)
