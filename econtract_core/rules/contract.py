"""Contract 契約: the signing machine that the original, every change and every unit-price agreement run.

`DRAFTING → OFFERED → UNDER_REVIEW → SIGNING (every joint-venture member) → SUBMITTED → COUNTERSIGNED → CONCLUDED`;
given back with a reason from review (contractor) or from submission (officer) to DRAFTING as a new version, void signatures
kept; withdrawn by the officer before anyone has signed. Source: product.md "State machines"; facts.md 3.1; 会計法29条の8第2項
(a contract is fixed only when both have signed). What comes after conclusion, and what a case's contracts
are to each other, is in `contracts_of_case`; who of a joint venture has signed, in `joint_venture`.

Client and server run this same table: the client to show what can be done, the server to enforce it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from econtract_core.rules.errors import (
    AlreadySigned,
    ConditionMissing,
    DocumentsMissing,
    NotAllowedNow,
    NotYourTurn,
    RevisionConflict,
    TimestampPending,
    WrongSigner,
)
from econtract_core.rules.machine import Machine, Row, row
from econtract_core.rules.money import Yen


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
    TERMINATED = "TERMINATED"  # 解除
    CORRECTED_BY = "CORRECTED_BY"  # 訂正: another document stands in its place
    MOVED_TO_PAPER = "MOVED_TO_PAPER"  # 紙への切替
    COMPLETED = "COMPLETED"  # every payment is closed
    ARCHIVED = "ARCHIVED"


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
    TIMESTAMP = "timestamp"  # 待っていたタイムスタンプを付ける
    TERMINATE = "terminate"  # 解除する
    LAPSE = "lapse"  # 原契約の解除により終わる
    MOVE_TO_PAPER = "move_to_paper"  # 紙の手続に切り替える
    CORRECT = "correct"  # 訂正書の締結により置き換わる
    COMPLETE = "complete"  # 完了
    ARCHIVE = "archive"  # 保管


BEFORE_COUNTERSIGNING = (State.DRAFTING, State.OFFERED, State.UNDER_REVIEW, State.SIGNING, State.SUBMITTED)
OPEN = (*BEFORE_COUNTERSIGNING, State.COUNTERSIGNED)  # not concluded, and may yet be

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
        row(Action.TIMESTAMP, (State.SIGNING, State.COUNTERSIGNED), None, Side.CONTRACTOR, Side.OFFICER),
        # facts.md 1.5 K13 [D]: both sides have a right to terminate (標準約款, unverified); of a joint venture the lead.
        row(
            Action.TERMINATE,
            (State.CONCLUDED,),
            State.TERMINATED,
            Side.OFFICER,
            Side.CONTRACTOR,
            needs_reason=True,
        ),
        row(Action.LAPSE, BEFORE_COUNTERSIGNING, State.TERMINATED, Side.SYSTEM, needs_reason=True),
        row(
            Action.MOVE_TO_PAPER,
            (*BEFORE_COUNTERSIGNING, State.CONCLUDED),
            State.MOVED_TO_PAPER,
            Side.OFFICER,
            needs_reason=True,
        ),
        row(Action.CORRECT, (State.CONCLUDED,), State.CORRECTED_BY, Side.SYSTEM),
        row(Action.COMPLETE, (State.CONCLUDED,), State.COMPLETED, Side.SYSTEM),
        row(Action.ARCHIVE, (State.COMPLETED,), State.ARCHIVED, Side.SYSTEM),
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
    """One party's signatures over every document of one version. `files`: (document id, SHA-256 of the signed file).

    `timestamp_pending`: SIGNED, TIMESTAMP PENDING; the timestamp service was down. `delegation_id`: of an agent's signature.
    """

    side: Side
    organization_id: str
    user_id: str
    certificate_sha256: str
    signed_at: datetime
    files: tuple[tuple[str, str], ...]
    timestamp_pending: bool = False
    delegation_id: str | None = None


@dataclass(frozen=True)
class Change:
    """What a contract changes in the case's registered terms: increases (decreases below 0) in yen with tax, and a new last day.

    Source: facts.md 2.2 row 5 [G] (変更契約書: 増減額, 変更後工期); 建設業法19条2項 (changes in writing).
    """

    amount: Yen = 0
    tax: Yen = 0
    term_to: date | None = None


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
    change: Change = Change()
    corrects_id: str | None = None  # this contract is the correction 訂正 of that one
    corrected_by_id: str | None = None
    lead_signs_last: bool = False  # of a joint venture; facts.md 3.1 [D]: unverified, so a setting of the body

    @property
    def lead_id(self) -> str:
        return self.contractor_ids[0]

    @property
    def unsigned_contractors(self) -> tuple[str, ...]:
        """Members who have not signed this version, in the order of the joint venture."""
        done = {s.organization_id for s in self.signatures if s.side is Side.CONTRACTOR}
        return tuple(c for c in self.contractor_ids if c not in done)

    @property
    def waiting_for_timestamp(self) -> tuple[str, ...]:
        """Organisations whose signature has no timestamp yet. Nothing may follow such a signature but its timestamp or its end."""
        return tuple(s.organization_id for s in self.signatures if s.timestamp_pending)

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
        except (NotAllowedNow, NotYourTurn, AlreadySigned, DocumentsMissing, TimestampPending, ConditionMissing):
            continue
        found.append(action)
    return tuple(found)


def check(contract: Contract, action: Action, actor: Actor, reason: str = "") -> Row[State, Action, Side]:
    """The table's row, if this actor may make the step now. Raises NotAllowedNow, NotYourTurn, ReasonMissing, AlreadySigned,
    DocumentsMissing, TimestampPending, ConditionMissing."""
    ours = {Side.CONTRACTOR: contract.contractor_ids, Side.OFFICER: (contract.body_id,)}.get(actor.side)
    if actor.side in MACHINE.rows[action].sides and ours is not None and actor.organization_id not in ours:
        raise NotYourTurn(action=action.value, side=actor.side.value)
    step = MACHINE.check(contract.state, action, actor.side, reason)
    waiting = contract.waiting_for_timestamp
    if waiting and action in _NEEDS_TIMESTAMPS:
        raise TimestampPending(organizations=list(waiting))
    _GUARDS.get(action, _nothing_more)(contract, actor)
    return step


# A later signature covers the earlier one as it is: whoever signs before the timestamp is there would shut it out.
_NEEDS_TIMESTAMPS = frozenset({Action.SIGN, Action.SUBMIT, Action.COUNTERSIGN, Action.CONCLUDE})


def _nothing_more(contract: Contract, actor: Actor) -> None:
    """Most rows say all there is to say."""


def _may_sign(contract: Contract, actor: Actor) -> None:
    others = [c for c in contract.unsigned_contractors if c != actor.organization_id]
    if actor.organization_id not in contract.unsigned_contractors:
        raise AlreadySigned(organization=actor.organization_id)
    if contract.lead_signs_last and actor.organization_id == contract.lead_id and others:
        raise DocumentsMissing(missing=others)


def _may_submit(contract: Contract, actor: Actor) -> None:
    if actor.organization_id != contract.lead_id:
        raise NotYourTurn(action=Action.SUBMIT.value, side="lead")
    if contract.unsigned_contractors:
        raise DocumentsMissing(missing=list(contract.unsigned_contractors))


def _may_timestamp(contract: Contract, actor: Actor) -> None:
    if actor.organization_id not in contract.waiting_for_timestamp:
        raise NotAllowedNow(action=Action.TIMESTAMP.value, state=contract.state.value)


def _may_terminate(contract: Contract, actor: Actor) -> None:
    if contract.kind is not ContractKind.ORIGINAL:
        raise ConditionMissing(condition="original")
    if actor.side is Side.CONTRACTOR and actor.organization_id != contract.lead_id:
        raise NotYourTurn(action=Action.TERMINATE.value, side="lead")


_GUARDS = {
    Action.SIGN: _may_sign,
    Action.SUBMIT: _may_submit,
    Action.TIMESTAMP: _may_timestamp,
    Action.TERMINATE: _may_terminate,
}


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
    return moved(fresh, Action.OFFER, actor, at)


def act(contract: Contract, action: Action, actor: Actor, at: datetime, reason: str = "") -> Contract:
    """Every deed that carries no file and needs no look at other contracts: review, return, send back, withdraw, submit,
    conclude, move to paper, terminate. Those that need a look at the case's other contracts are in `contracts_of_case`."""
    if action not in _PLAIN:
        raise NotAllowedNow(action=action.value, state=contract.state.value)
    check(contract, action, actor, reason)
    if action is Action.CONCLUDE:
        contract = replace(contract, concluded_at=at)
    return moved(contract, action, actor, at, reason)


_PLAIN = frozenset(
    {
        Action.REVIEW,
        Action.RETURN,
        Action.SEND_BACK,
        Action.WITHDRAW,
        Action.SUBMIT,
        Action.CONCLUDE,
        Action.MOVE_TO_PAPER,
        Action.TERMINATE,
    }
)


def sign(
    contract: Contract,
    action: Action,
    actor: Actor,
    at: datetime,
    files: tuple[tuple[str, str, int], ...],
    signer_certificate_sha256: str,
    timestamp_pending: bool = False,
    delegation_id: str | None = None,
) -> Contract:
    """Record a party's signed files: (document id, SHA-256, size) for every document that needs a signature, no more, no less.

    The server calls this only after it has verified the files. The signer's certificate must be the actor's own. Whether an
    agent may sign is `delegation.may`, asked before. Source: 会計法29条の8第2項; facts.md 3.1 [D], 1.4 D5 [D].
    """
    if action not in (Action.SIGN, Action.COUNTERSIGN):
        raise NotAllowedNow(action=action.value, state=contract.state.value)
    check(contract, action, actor)
    if signer_certificate_sha256 != actor.certificate_sha256:
        raise WrongSigner(wanted=actor.certificate_sha256, seen=signer_certificate_sha256)
    signature = Signature(
        actor.side,
        actor.organization_id,
        actor.user_id,
        actor.certificate_sha256,
        at,
        tuple((document_id, sha256) for document_id, sha256, _ in files),
        timestamp_pending,
        delegation_id,
    )
    signed = replace(_with_files(contract, files), signatures=(*contract.signatures, signature))
    return moved(signed, action, actor, at)


def timestamp(contract: Contract, actor: Actor, at: datetime, files: tuple[tuple[str, str, int], ...]) -> Contract:
    """The timestamp that this party's signature waited for has been added: the same files, verified, in their new form.

    No signature is made again. Source: product.md "SIGNED, TIMESTAMP PENDING"; facts.md 1.7 and 4 row 4.
    """
    check(contract, Action.TIMESTAMP, actor)
    new = tuple((document_id, sha256) for document_id, sha256, _ in files)
    signatures = tuple(
        replace(s, files=new, timestamp_pending=False) if s.organization_id == actor.organization_id else s
        for s in contract.signatures
    )
    return moved(replace(_with_files(contract, files), signatures=signatures), Action.TIMESTAMP, actor, at)


def _with_files(contract: Contract, files: tuple[tuple[str, str, int], ...]) -> Contract:
    wanted = {d.document_id for d in contract.documents if d.needs_signature}
    latest = {document_id: (sha256, size) for document_id, sha256, size in files}
    if wanted != set(latest) or len(files) != len(latest):
        raise DocumentsMissing(missing=sorted(wanted ^ set(latest)))
    documents = tuple(
        replace(d, current_sha256=latest[d.document_id][0], current_size=latest[d.document_id][1])
        if d.document_id in latest
        else d
        for d in contract.documents
    )
    return replace(contract, documents=documents)


def moved(contract: Contract, action: Action, actor: Actor, at: datetime, reason: str = "") -> Contract:
    """The contract after a step that was checked: its new state, one revision on, told in the history. Signatures of a course
    that ends without conclusion are void and stay on record."""
    row_ = MACHINE.rows[action]
    if action in _VOIDS and contract.concluded_at is None:
        void = contract.void_signatures + tuple((contract.version, s) for s in contract.signatures)
        contract = replace(contract, signatures=(), void_signatures=void)
    deed = Deed(at, action, actor.side, actor.organization_id, actor.user_id, contract.version, reason.strip())
    return replace(
        contract,
        state=row_.after(contract.state),
        revision=contract.revision + 1,
        history=(*contract.history, deed),
    )


_VOIDS = frozenset({Action.RETURN, Action.SEND_BACK, Action.MOVE_TO_PAPER, Action.LAPSE})
