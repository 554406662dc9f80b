"""Inspection requests 検査請求 (完成, 指定部分, 既済部分) and approval requests 認定請求 (中間前払金), and the handover 引渡.

`DRAFT → SIGNED → SUBMITTED → RECEIVED | RETURNED → INSPECTED → RESULT_ISSUED → RESULT_RECEIVED`; repairs asked for: the
contractor's `REPAIR_NOTICE` starts the clock again. What starts a clock is told as data (`clock_starts`); how long it runs is
`clocks`. Source: product.md "State machines"; facts.md 1.6, 2.2 rows 10–18, 3.2 ([D]: the real status names are not known);
支払遅延防止法5条1項, 2項.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from econtract_core.rules.contract import Contract
from econtract_core.rules.contract import State as ContractState
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import ConditionMissing, NotAllowedNow, NotYourTurn, ValueInvalid, WrongSigner
from econtract_core.rules.joint_venture import check_lead
from econtract_core.rules.machine import Machine, row
from econtract_core.rules.money import Yen


class Kind(StrEnum):
    COMPLETION = "completion"  # 完成
    DESIGNATED = "designated"  # 指定部分
    PARTIAL = "partial"  # 既済部分
    INTERIM = "interim"  # 中間前払金の認定


class State(StrEnum):
    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    SUBMITTED = "SUBMITTED"
    RECEIVED = "RECEIVED"
    RETURNED = "RETURNED"
    INSPECTED = "INSPECTED"
    RESULT_ISSUED = "RESULT_ISSUED"
    RESULT_RECEIVED = "RESULT_RECEIVED"
    REPAIR_NOTICE = "REPAIR_NOTICE"
    WITHDRAWN = "WITHDRAWN"


class Action(StrEnum):
    SIGN = "sign"  # 電子署名付与
    EDIT = "edit"  # 署名前に戻す
    SUBMIT = "submit"  # 提出する
    RECEIVE = "receive"  # 受領する
    RETURN = "return"  # 差し戻す
    REDRAFT = "redraft"  # 新しい版を作る
    INSPECT = "inspect"  # 検査する
    ISSUE_RESULT = "issue_result"  # 結果通知書を交付する
    RECEIVE_RESULT = "receive_result"  # 結果通知書を受領する
    NOTIFY_REPAIR = "notify_repair"  # 修補の完了を通知する
    WITHDRAW = "withdraw"  # 取り下げる


class Role(StrEnum):
    CONTRACTOR = "contractor"
    OFFICER = "officer"  # 契約担当者
    INSPECTOR = "inspector"  # 検査職員


class Result(StrEnum):
    PASSED = "passed"  # 合格 (認定)
    REPAIRS = "repairs"  # 修補要求
    REFUSED = "refused"  # 認定しない; of an approval only


MACHINE: Machine[State, Action, Role] = Machine(
    (
        row(Action.SIGN, (State.DRAFT,), State.SIGNED, Role.CONTRACTOR),
        row(Action.EDIT, (State.SIGNED,), State.DRAFT, Role.CONTRACTOR),
        row(Action.SUBMIT, (State.SIGNED,), State.SUBMITTED, Role.CONTRACTOR),
        row(Action.RECEIVE, (State.SUBMITTED,), State.RECEIVED, Role.OFFICER),
        row(Action.RETURN, (State.SUBMITTED,), State.RETURNED, Role.OFFICER, needs_reason=True),
        row(Action.REDRAFT, (State.RETURNED,), State.DRAFT, Role.CONTRACTOR),
        row(Action.INSPECT, (State.RECEIVED, State.REPAIR_NOTICE), State.INSPECTED, Role.INSPECTOR),
        row(Action.ISSUE_RESULT, (State.INSPECTED,), State.RESULT_ISSUED, Role.OFFICER),
        row(Action.RECEIVE_RESULT, (State.RESULT_ISSUED,), State.RESULT_RECEIVED, Role.CONTRACTOR),
        row(Action.NOTIFY_REPAIR, (State.RESULT_RECEIVED,), State.REPAIR_NOTICE, Role.CONTRACTOR),
        row(
            Action.WITHDRAW,
            (State.DRAFT, State.SIGNED, State.RETURNED),
            State.WITHDRAWN,
            Role.CONTRACTOR,
            needs_reason=True,
        ),
    )
)


@dataclass(frozen=True)
class Settings:
    """What a body sets; unverified unless said.

    `interim_progress`: 出来高 of half or more, and half of the term gone (facts.md 2.2 row 10 [B54]). `interim_after_partial`: facts.md
    3.3 [B54][B80] says no 中間前払 once a 部分払 was asked for. `partial_times`: how often 既済部分 may be asked for; None no limit.
    """

    interim_progress_permille: int = 500
    interim_term_permille: int = 500
    interim_after_partial: bool = False
    partial_times: int | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts, as the server knows it from the session's card."""

    role: Role
    organization_id: str
    user_id: str
    certificate_sha256: str


@dataclass(frozen=True)
class Paper:
    """A signed file of the procedure, fixed by its SHA-256: a request, a result notice, a repair notice, a handover note."""

    document_id: str
    sha256: str
    signer_certificate_sha256: str
    signed_at: datetime
    delegation_id: str | None = None


@dataclass(frozen=True)
class Inspected:
    """What the inspector found. `progress`: 出来高 in yen with tax, of 既済部分, 指定部分 and approvals; `repairs`: what to mend."""

    on: date
    result: Result
    inspector_id: str
    progress: Yen | None = None
    repairs: str = ""


@dataclass(frozen=True)
class Deed:
    """One line of the history 履歴. `paper`: what was signed with it."""

    at: datetime
    action: Action
    organization_id: str
    user_id: str
    version: int
    reason: str = ""
    paper: Paper | None = None
    inspected: Inspected | None = None


@dataclass(frozen=True)
class Claim:
    """What a request says. `progress`: 出来高 in yen with tax; `completed_on` 完成年月日; `part`: the designated part's name."""

    completed_on: date | None = None
    progress: Yen | None = None
    part: str = ""


@dataclass(frozen=True)
class InspectionRequest:
    """One request, with everything that was ever signed in it (`history`). `number`: the n-th of its kind, from 1."""

    request_id: str
    case_id: str
    kind: Kind
    number: int
    body_id: str
    contractor_ids: tuple[str, ...]  # the lead first: it acts for all
    claim: Claim = Claim()
    state: State = State.DRAFT
    version: int = 1
    revision: int = 0
    paper: Paper | None = None  # this version's request
    result: Inspected | None = None
    history: tuple[Deed, ...] = ()

    @property
    def papers(self) -> tuple[Paper, ...]:
        """Everything that was signed, void versions too, in order."""
        return tuple(deed.paper for deed in self.history if deed.paper is not None)

    @property
    def passed(self) -> bool:
        """合格 (認定), and the notice of it was given to the contractor."""
        issued = self.state in (State.RESULT_ISSUED, State.RESULT_RECEIVED)
        return issued and self.result is not None and self.result.result is Result.PASSED

    @property
    def is_open(self) -> bool:
        """Something is still to come; repairs that were asked for and not yet told done count."""
        refused = self.result is not None and self.result.result is not Result.REPAIRS
        return self.state is not State.WITHDRAWN and not (refused and self.state is State.RESULT_RECEIVED)


@dataclass(frozen=True)
class ClockStart:
    """A legal clock starts (again) on the server's receipt: 5条1項 at the notice of completion, 5条2項 at that of repairs."""

    at: datetime
    again: bool


def clock_starts(request: InspectionRequest) -> tuple[ClockStart, ...]:
    """Every start of the inspection clock; the last one counts. One that was given back never started it (a corrected version
    starts anew: facts.md 3.2 [D], unverified). Source: 支払遅延防止法5条1項, 2項 (facts.md 2.4 [B56b]); 11条の2 (receipt)."""
    found: list[ClockStart] = []
    for deed in request.history:
        if deed.action is Action.RETURN:
            found.clear()
        if deed.action in (Action.SUBMIT, Action.NOTIFY_REPAIR):
            found.append(ClockStart(deed.at, deed.action is Action.NOTIFY_REPAIR))
    return tuple(found)


def clock_stops(request: InspectionRequest) -> datetime | None:
    """When the inspection that the last clock waits for was made; None while it runs or none was started."""
    for deed in reversed(request.history):
        if deed.action in (Action.SUBMIT, Action.NOTIFY_REPAIR, Action.RETURN):
            return None
        if deed.action is Action.INSPECT:
            return deed.at
    return None


def check_begin(
    kind: Kind,
    claim: Claim,
    original: Contract | None,
    earlier: tuple[InspectionRequest, ...],
    settings: Settings = Settings(),
) -> int:
    """The number that a new request of this kind gets. Raises ConditionMissing (condition: a word of this function).

    Source: product.md "Guards"; facts.md 2.2 rows 10–15, 3.3 [B54][B80] (中間前払 or 部分払).
    """
    if original is None or original.state is not ContractState.CONCLUDED:
        raise ConditionMissing(condition="contract_concluded")
    same = [r for r in earlier if r.kind is kind]
    if any(r.is_open and (kind is not Kind.DESIGNATED or r.claim.part == claim.part) for r in same):
        raise ConditionMissing(condition="earlier_request_closed")
    passed = [r for r in earlier if r.passed]
    if any(r.kind is Kind.COMPLETION for r in passed):
        raise ConditionMissing(condition="not_completed")
    if kind is Kind.DESIGNATED and any(r.kind is kind and r.claim.part == claim.part for r in passed):
        raise ConditionMissing(condition="part_not_passed")
    if kind is Kind.INTERIM:
        _check_interim(same, earlier, settings)
    sent = [r for r in same if r.state is not State.WITHDRAWN]
    if kind is Kind.PARTIAL and settings.partial_times is not None and len(sent) >= settings.partial_times:
        raise ConditionMissing(condition="partial_times")
    return max((r.number for r in same), default=0) + 1


def _check_interim(same: list[InspectionRequest], earlier: tuple[InspectionRequest, ...], settings: Settings) -> None:
    if any(r.passed for r in same):
        raise ConditionMissing(condition="interim_once")
    asked = any(r.kind is Kind.PARTIAL and r.state is not State.WITHDRAWN for r in earlier)
    if asked and not settings.interim_after_partial:
        raise ConditionMissing(condition="no_partial_payment")


def check_claim(kind: Kind, claim: Claim, amount: Yen, today: date) -> None:
    """A request's own fields against the current contract amount. Raises ValueInvalid. Source: facts.md 2.2 rows 10, 13–15."""
    if kind is Kind.COMPLETION and (claim.completed_on is None or claim.completed_on > today):
        raise ValueInvalid(field="completed_on", problem=str(claim.completed_on))
    if kind is Kind.DESIGNATED and not claim.part.strip():
        raise ValueInvalid(field="part", problem="empty")
    if kind is not Kind.COMPLETION and (claim.progress is None or not 0 < claim.progress <= amount):
        raise ValueInvalid(field="progress", problem=str(claim.progress))


def interim_findings(
    claim: Claim, amount: Yen, term: tuple[date, date], today: date, settings: Settings = Settings()
) -> tuple[str, ...]:
    """What of the conditions of 中間前払金 is not met: "term_half", "progress_half". For the contractor before asking, and for the
    officer's approval; not a refusal of ours. Source: facts.md 2.2 row 10 [B54]."""
    first, last = term
    gone, whole = (today - first).days, (last - first).days + 1
    found = {
        "term_half": gone * 1000 < whole * settings.interim_term_permille,
        "progress_half": (claim.progress or 0) * 1000 < amount * settings.interim_progress_permille,
    }
    return tuple(name for name, missing in found.items() if missing)


def check(request: InspectionRequest, action: Action, actor: Actor, reason: str = "") -> None:
    """Raises NotYourTurn, NotAllowedNow, ReasonMissing. Of a joint venture the lead acts (facts.md 1.5 K7 [B36])."""
    MACHINE.check(request.state, action, actor.role, reason)
    if actor.role is Role.CONTRACTOR:
        check_lead(request.contractor_ids, actor.organization_id, action.value)
    elif actor.organization_id != request.body_id:
        raise NotYourTurn(action=action.value, side=actor.role.value)
    asked_for = request.result is not None and request.result.result is Result.REPAIRS
    if action is Action.NOTIFY_REPAIR and not asked_for:
        raise NotAllowedNow(action=action.value, state=request.state.value)


def allowed_actions(request: InspectionRequest, actor: Actor) -> tuple[Action, ...]:
    """What this actor may do now, in the order of the course."""
    found = []
    for action in Action:
        try:
            check(request, action, actor, "-")
        except (NotYourTurn, NotAllowedNow):
            continue
        found.append(action)
    return tuple(found)


def act(request: InspectionRequest, action: Action, actor: Actor, at: datetime, reason: str = "") -> InspectionRequest:
    """Every deed without a file: edit, submit, receive, return, redraft, receive the result, withdraw.

    What was signed stays in the history when a version is given back. `at` of a submission is the legal time (facts.md 2.4).
    """
    if action in _WITH_PAPER or action is Action.INSPECT:
        raise NotAllowedNow(action=action.value, state=request.state.value)
    check(request, action, actor, reason)
    if action is Action.REDRAFT:
        request = replace(request, version=request.version + 1)
    if action in (Action.EDIT, Action.REDRAFT):
        request = replace(request, paper=None)
    return _moved(request, Deed(at, action, actor.organization_id, actor.user_id, request.version, reason.strip()))


def sign(request: InspectionRequest, action: Action, actor: Actor, at: datetime, paper: Paper) -> InspectionRequest:
    """A deed that brings a signed file, verified before: the request, the result notice, the repair notice.

    The signature must be the actor's own. No timestamp is asked for (facts.md 0: timestamps are for 契約締結 and 単価合意 [D]).
    Raises WrongSigner, ValueInvalid, and as `check`.
    """
    if action not in _WITH_PAPER:
        raise NotAllowedNow(action=action.value, state=request.state.value)
    check(request, action, actor)
    if paper.signer_certificate_sha256 != actor.certificate_sha256:
        raise WrongSigner(wanted=actor.certificate_sha256, seen=paper.signer_certificate_sha256)
    if paper.sha256 in {old.sha256 for old in request.papers}:
        raise ValueInvalid(field="sha256", problem="a file of an earlier deed")
    if action is Action.SIGN:
        request = replace(request, paper=paper)
    return _moved(request, Deed(at, action, actor.organization_id, actor.user_id, request.version, paper=paper))


_WITH_PAPER = frozenset({Action.SIGN, Action.ISSUE_RESULT, Action.NOTIFY_REPAIR})


def inspect(request: InspectionRequest, actor: Actor, at: datetime, inspected: Inspected) -> InspectionRequest:
    """検査 (or 認定の調査): the inspector's result. Repairs say what; 既済部分 and 指定部分 say the progress found; only an
    approval can be refused. Raises ValueInvalid and as `check`. Source: facts.md 1.6 I3, 2.2 rows 11, 16 [B54][B59]."""
    check(request, Action.INSPECT, actor)
    if inspected.inspector_id != actor.user_id:
        raise ValueInvalid(field="inspector_id", problem=inspected.inspector_id)
    if inspected.on > in_japan(at).date():
        raise ValueInvalid(field="on", problem="in the future")
    interim = request.kind is Kind.INTERIM
    if inspected.result is (Result.REPAIRS if interim else Result.REFUSED):
        raise ValueInvalid(field="result", problem=inspected.result.value)
    if inspected.result is Result.REPAIRS and not inspected.repairs.strip():
        raise ValueInvalid(field="repairs", problem="empty")
    counted = request.kind is not Kind.COMPLETION and inspected.result is Result.PASSED
    if counted and (inspected.progress is None or inspected.progress <= 0):
        raise ValueInvalid(field="progress", problem=str(inspected.progress))
    deed = Deed(at, Action.INSPECT, actor.organization_id, actor.user_id, request.version, inspected=inspected)
    return _moved(replace(request, result=inspected), deed)


def _moved(request: InspectionRequest, deed: Deed) -> InspectionRequest:
    return replace(
        request,
        state=MACHINE.rows[deed.action].after(request.state),
        revision=request.revision + 1,
        history=(*request.history, deed),
    )
