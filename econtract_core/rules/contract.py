"""Contract 契約: the signing machine that the original, every change and every unit-price agreement run.

`DRAFTING → OFFERED → UNDER_REVIEW → SIGNING (every joint-venture member) → SUBMITTED → COUNTERSIGNED → CONCLUDED`;
given back with a reason from review (contractor) or from submission (officer) to DRAFTING as a new version, void signatures
kept; withdrawn by the officer before anyone has signed. Source: product.md "State machines"; facts.md 3.1; 会計法29条の8第2項
(a contract is fixed only when both have signed).

Client and server run this same table: the client to show what can be done, the server to enforce it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from econtract_core.rules.errors import (
    AlreadySigned,
    DocumentsMissing,
    NotAllowedNow,
    NotYourTurn,
    RevisionConflict,
    WrongSigner,
)
from econtract_core.rules.machine import Machine, Row, row


class Side(StrEnum):
    CONTRACTOR = "contractor"  # 受注者
    OFFICER = "officer"  # 契約担当者
    SYSTEM = "system"


class ContractKind(StrEnum):
    ORIGINAL = "original"
    CHANGE = "change"  # 変更契約 第n回
    UNIT_PRICE = "unit_price"  # 総価契約単価合意 第n回


class State(StrEnum):
    DRAFTING = "DRAFTING"
    OFFERED = "OFFERED"
    UNDER_REVIEW = "UNDER_REVIEW"
    SIGNING = "SIGNING"
    SUBMITTED = "SUBMITTED"
    COUNTERSIGNED = "COUNTERSIGNED"
    CONCLUDED = "CONCLUDED"
    WITHDRAWN = "WITHDRAWN"


class Action(StrEnum):
    OFFER = "offer"  # 契約図書を提示する
    WITHDRAW = "withdraw"  # 取り下げる
    REVIEW = "review"  # 内容を確認する
    RETURN = "return"  # 差し戻す (contractor, from review)
    SIGN = "sign"  # 署名する
    SUBMIT = "submit"  # 提出する
    SEND_BACK = "send_back"  # 差し戻す (officer, from submission)
    COUNTERSIGN = "countersign"  # 発注者が署名する
    CONCLUDE = "conclude"  # 契約締結


MACHINE: Machine[State, Action, Side] = Machine(
    (
        row(Action.OFFER, (State.DRAFTING,), State.OFFERED, Side.OFFICER),
        row(
            Action.WITHDRAW,
            (State.DRAFTING, State.OFFERED, State.UNDER_REVIEW),
            State.WITHDRAWN,
            Side.OFFICER,
            needs_reason=True,
        ),
        row(Action.REVIEW, (State.OFFERED,), State.UNDER_REVIEW, Side.CONTRACTOR),
        row(
            Action.RETURN,
            (State.UNDER_REVIEW, State.SIGNING),
            State.DRAFTING,
            Side.CONTRACTOR,
            needs_reason=True,
        ),
        row(Action.SIGN, (State.UNDER_REVIEW, State.SIGNING), State.SIGNING, Side.CONTRACTOR),
        row(Action.SUBMIT, (State.SIGNING,), State.SUBMITTED, Side.CONTRACTOR),
        row(Action.SEND_BACK, (State.SUBMITTED,), State.DRAFTING, Side.OFFICER, needs_reason=True),
        row(Action.COUNTERSIGN, (State.SUBMITTED,), State.COUNTERSIGNED, Side.OFFICER),
        row(Action.CONCLUDE, (State.COUNTERSIGNED,), State.CONCLUDED, Side.SYSTEM),
    )
)


@dataclass(frozen=True)
class ContractDocument:
    """契約図書: a file of the set, fixed by its SHA-256 (hex). `current_sha256` is the latest signed form of it."""

    document_id: str
    title: str
    media_type: str
    size: int
    sha256: str
    needs_signature: bool
    current_sha256: str
    current_size: int


@dataclass(frozen=True)
class Signature:
    """One party's signatures over every document of one version. `files`: (document id, SHA-256 of the signed file)."""

    side: Side
    organization_id: str
    user_id: str
    certificate_sha256: str
    signed_at: datetime
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Deed:
    """One line of the history 履歴."""

    at: datetime
    action: Action
    side: Side
    organization_id: str
    user_id: str
    version: int
    reason: str = ""


@dataclass(frozen=True)
class Actor:
    """Who acts, as the server knows it from the session's card."""

    side: Side
    organization_id: str
    user_id: str
    certificate_sha256: str


@dataclass(frozen=True)
class Contract:
    """One contract. `revision` grows by one with every deed; `version` with every new offer after a return (第n版)."""

    contract_id: str
    case_id: str
    kind: ContractKind
    number: int  # 0 the original, n the n-th change or agreement
    body_id: str
    contractor_ids: tuple[str, ...]  # the lead 代表事業者 first
    state: State = State.DRAFTING
    version: int = 0
    revision: int = 0
    documents: tuple[ContractDocument, ...] = ()
    signatures: tuple[Signature, ...] = ()
    void_signatures: tuple[tuple[int, Signature], ...] = ()  # (version, signature)
    history: tuple[Deed, ...] = ()
    concluded_at: datetime | None = None
    deadline: datetime | None = None  # 署名の期限, set by the officer with the offer

    @property
    def lead_id(self) -> str:
        return self.contractor_ids[0]

    @property
    def unsigned_contractors(self) -> tuple[str, ...]:
        """Members who have not signed this version, in the order of the joint venture."""
        done = {s.organization_id for s in self.signatures if s.side is Side.CONTRACTOR}
        return tuple(c for c in self.contractor_ids if c not in done)

    @property
    def last_return(self) -> Deed | None:
        """The deed that gave the version before back, while a new one is not yet concluded."""
        for deed in reversed(self.history):
            if deed.action in (Action.RETURN, Action.SEND_BACK):
                return deed
        return None


def whose_turn(contract: Contract) -> Side | None:
    """The side that must act next; None at an end."""
    return {
        State.DRAFTING: Side.OFFICER,
        State.OFFERED: Side.CONTRACTOR,
        State.UNDER_REVIEW: Side.CONTRACTOR,
        State.SIGNING: Side.CONTRACTOR,
        State.SUBMITTED: Side.OFFICER,
        State.COUNTERSIGNED: Side.SYSTEM,
    }.get(contract.state)


def allowed_actions(contract: Contract, actor: Actor) -> tuple[Action, ...]:
    """What this actor may do now, in the order of the course; the window shows nothing else."""
    found = []
    for action in Action:
        try:
            check(contract, action, actor, reason="-")
        except (NotAllowedNow, NotYourTurn, AlreadySigned, DocumentsMissing):
            continue
        found.append(action)
    return tuple(found)


def check(contract: Contract, action: Action, actor: Actor, reason: str = "") -> Row[State, Action, Side]:
    """The transition, if this actor may make it now. Raises NotAllowedNow, NotYourTurn, ReasonMissing, AlreadySigned,
    DocumentsMissing."""
    ours = {Side.CONTRACTOR: contract.contractor_ids, Side.OFFICER: (contract.body_id,)}.get(actor.side)
    if actor.side in MACHINE.rows[action].sides and ours is not None and actor.organization_id not in ours:
        raise NotYourTurn(action=action.value, side=actor.side.value)
    step = MACHINE.check(contract.state, action, actor.side, reason)
    if action is Action.SIGN and actor.organization_id not in contract.unsigned_contractors:
        raise AlreadySigned(organization=actor.organization_id)
    if action is Action.SUBMIT:
        if contract.unsigned_contractors:
            raise DocumentsMissing(missing=list(contract.unsigned_contractors))
        if actor.organization_id != contract.lead_id:
            raise NotYourTurn(action=action.value, side="lead")
    return step


def check_revision(contract: Contract, expected: int) -> None:
    """Raises RevisionConflict where somebody changed the contract since the actor looked (compare revisions, never clocks)."""
    if contract.revision != expected:
        raise RevisionConflict(expected=expected, found=contract.revision)


def offer(
    contract: Contract,
    documents: tuple[ContractDocument, ...],
    actor: Actor,
    at: datetime,
    deadline: datetime | None = None,
) -> Contract:
    """契約図書を提示する: a new version with these files. At least one of them must be for signing."""
    check(contract, Action.OFFER, actor)
    if not any(d.needs_signature for d in documents):
        raise DocumentsMissing(missing=["document"])
    fresh = replace(contract, documents=documents, version=contract.version + 1, deadline=deadline)
    return _moved(fresh, Action.OFFER, actor, at)


def act(contract: Contract, action: Action, actor: Actor, at: datetime, reason: str = "") -> Contract:
    """Every deed that carries no file: review, return, send back, withdraw, submit, conclude."""
    if action in (Action.OFFER, Action.SIGN, Action.COUNTERSIGN):
        raise NotAllowedNow(action=action.value, state=contract.state.value)
    check(contract, action, actor, reason)
    if action in (Action.RETURN, Action.SEND_BACK):
        # The signatures of the version given back stay on record, void.
        void = contract.void_signatures + tuple((contract.version, s) for s in contract.signatures)
        contract = replace(contract, signatures=(), void_signatures=void)
    if action is Action.CONCLUDE:
        contract = replace(contract, concluded_at=at)
    return _moved(contract, action, actor, at, reason)


def sign(
    contract: Contract,
    action: Action,
    actor: Actor,
    at: datetime,
    files: tuple[tuple[str, str, int], ...],
    signer_certificate_sha256: str,
) -> Contract:
    """Record a party's signed files: (document id, SHA-256, size) for every document that needs a signature, no more, no less.

    The server calls this only after it has verified the files. The signer's certificate must be the actor's own.
    """
    if action not in (Action.SIGN, Action.COUNTERSIGN):
        raise NotAllowedNow(action=action.value, state=contract.state.value)
    check(contract, action, actor)
    if signer_certificate_sha256 != actor.certificate_sha256:
        raise WrongSigner(wanted=actor.certificate_sha256, seen=signer_certificate_sha256)
    wanted = {d.document_id for d in contract.documents if d.needs_signature}
    given = {document_id for document_id, _, _ in files}
    if wanted != given or len(files) != len(given):
        raise DocumentsMissing(missing=sorted(wanted ^ given))
    latest = {document_id: (sha256, size) for document_id, sha256, size in files}
    documents = tuple(
        replace(d, current_sha256=latest[d.document_id][0], current_size=latest[d.document_id][1])
        if d.document_id in latest
        else d
        for d in contract.documents
    )
    signature = Signature(
        actor.side,
        actor.organization_id,
        actor.user_id,
        actor.certificate_sha256,
        at,
        tuple((document_id, sha256) for document_id, sha256, _ in files),
    )
    contract = replace(contract, documents=documents, signatures=(*contract.signatures, signature))
    return _moved(contract, action, actor, at)


def _moved(contract: Contract, action: Action, actor: Actor, at: datetime, reason: str = "") -> Contract:
    deed = Deed(at, action, actor.side, actor.organization_id, actor.user_id, contract.version, reason.strip())
    return replace(
        contract,
        state=MACHINE.rows[action].after(contract.state),
        revision=contract.revision + 1,
        history=(*contract.history, deed),
    )
