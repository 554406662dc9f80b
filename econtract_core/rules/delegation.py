"""Delegation 委任: the representative lets an agent act, an agent a sub-agent, never further than their own reach.

`PROPOSED → ACTIVE → EXPIRED | REVOKED`; the end of one ends what hangs on it; valid is what is valid at the moment of signing, and a
signature made then stays valid. Source: product.md "Delegation"; facts.md 1.4 D1–D6, 3.5 ([D] where no manual was seen). A change
of a delegation is its end and a new one: what was signed under it must stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import DelegationTooWide, NotAllowedNow, NotDelegated, NotYourTurn, ValueInvalid
from econtract_core.rules.machine import Machine, row
from econtract_core.rules.money import Yen


class State(StrEnum):
    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class Action(StrEnum):
    ACCEPT = "accept"  # 承諾する
    DECLINE = "decline"  # 断る
    REVOKE = "revoke"  # 委任を解除する
    RESIGN = "resign"  # 辞任する
    EXPIRE = "expire"  # 期間満了
    LAPSE = "lapse"  # 上位の委任の終了により終わる


class Role(StrEnum):
    """Who someone is to a delegation."""

    GRANTOR = "grantor"  # who gives it, and the firm's representative whoever gave it
    AGENT = "agent"
    SYSTEM = "system"


class Work(StrEnum):
    """業務 that can be delegated. The real system's list is not known (facts.md 1.4 D1 [D])."""

    CONTRACT = "contract"  # 契約締結, 変更
    UNIT_PRICE = "unit_price"  # 総価契約単価合意
    INSPECTION = "inspection"  # 検査・認定請求, 引渡
    INVOICE = "invoice"  # 請求


class Dimension(StrEnum):
    """In what a sub-delegation can exceed its parent."""

    WORKS = "works"
    BODIES = "bodies"
    CASES = "cases"
    AMOUNT = "amount"
    PERIOD = "period"
    DEPTH = "depth"


class Problem(StrEnum):
    """Why a delegation does not cover an act."""

    NONE = "none"  # nothing was delegated to this person
    NOT_ACCEPTED = "not_accepted"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    PARENT = "parent"  # what it hangs on does not cover the act
    WORK = "work"
    BODY = "body"
    CASE = "case"
    AMOUNT = "amount"
    AGENTS_REFUSED = "agents_refused"  # this body deals with representatives only
    SUB_AGENTS_REFUSED = "sub_agents_refused"
    TOO_LONG = "too_long"  # longer than this body accepts


MACHINE: Machine[State, Action, Role] = Machine(
    (
        row(Action.ACCEPT, (State.PROPOSED,), State.ACTIVE, Role.GRANTOR, Role.AGENT),
        row(Action.DECLINE, (State.PROPOSED,), State.REVOKED, Role.GRANTOR, Role.AGENT, needs_reason=True),
        row(Action.REVOKE, (State.ACTIVE,), State.REVOKED, Role.GRANTOR, needs_reason=True),
        row(Action.RESIGN, (State.ACTIVE,), State.REVOKED, Role.AGENT, needs_reason=True),
        row(Action.EXPIRE, (State.PROPOSED, State.ACTIVE), State.EXPIRED, Role.SYSTEM),
        row(Action.LAPSE, (State.PROPOSED, State.ACTIVE), State.REVOKED, Role.SYSTEM),
    )
)


@dataclass(frozen=True)
class Reach:
    """What an agent may do. None: no limit in this dimension. Both days are within, by Japan's calendar; yen with tax."""

    works: tuple[Work, ...]
    first_day: date
    last_day: date
    body_ids: tuple[str, ...] | None = None
    case_ids: tuple[str, ...] | None = None
    most: Yen | None = None  # the contract amount up to which the agent acts
    sub_delegation: bool = False

    def __post_init__(self) -> None:
        if not self.works:
            raise ValueInvalid(field="works", problem="empty")
        if self.first_day > self.last_day:
            raise ValueInvalid(field="last_day", problem="before first_day")
        if self.body_ids == () or self.case_ids == ():
            raise ValueInvalid(field="bodies or cases", problem="empty")
        if self.most is not None and self.most <= 0:
            raise ValueInvalid(field="most", problem=str(self.most))


@dataclass(frozen=True)
class Ended:
    """The end of a delegation. `by_user_id` "" where it ended by itself."""

    at: datetime
    action: Action
    by_user_id: str
    reason: str


@dataclass(frozen=True)
class Delegation:
    """One 委任; with `parent_id` a 復委任. `proposed_by` is the grantor (who offers it) or the agent (who asks for it)."""

    delegation_id: str
    organization_id: str
    grantor_id: str
    agent_id: str
    reach: Reach
    proposed_by: str
    parent_id: str | None = None
    state: State = State.PROPOSED
    active_since: datetime | None = None
    ended: Ended | None = None
    revision: int = 0


@dataclass(frozen=True)
class BodyRules:
    """What a body accepts. Each default is the widest; unverified, set per body (facts.md 1.4 D6, 4 row 14 [B35])."""

    accepts_agents: bool = True
    accepts_sub_agents: bool = True  # some bodies refuse 復代理
    longest_days: int | None = None  # 年間委任状: 366


@dataclass(frozen=True)
class Settings:
    """`deepest`: 1 agents only, 2 agents and sub-agents (the manual's glossary knows no more, facts.md 0 [B4])."""

    deepest: int = 2


@dataclass(frozen=True)
class Person:
    """Who acts; `represents`: the representative 代表者 of the firm."""

    user_id: str
    organization_id: str
    represents: bool


@dataclass(frozen=True)
class Act:
    """What is to be done. `amount`: the current contract amount; None where it is not known."""

    work: Work
    body_id: str
    case_id: str
    amount: Yen | None


@dataclass(frozen=True)
class Answer:
    """`delegation_id` goes into the evidence (facts.md 1.4 D5); None where the representative acts, or nobody may."""

    allowed: bool
    delegation_id: str | None = None
    problems: tuple[Problem, ...] = ()


Delegations = tuple[Delegation, ...]


def exceeds(child: Reach, parent: Reach) -> tuple[Dimension, ...]:
    """In which dimensions `child` reaches further than `parent`. Source: facts.md 3.5 (復委任 ⊆ parent)."""
    found = {
        Dimension.WORKS: not set(child.works) <= set(parent.works),
        Dimension.BODIES: not _within(child.body_ids, parent.body_ids),
        Dimension.CASES: not _within(child.case_ids, parent.case_ids),
        Dimension.AMOUNT: parent.most is not None and (child.most is None or child.most > parent.most),
        Dimension.PERIOD: child.first_day < parent.first_day or child.last_day > parent.last_day,
        Dimension.DEPTH: not parent.sub_delegation,
    }
    return tuple(dimension for dimension, wider in found.items() if wider)


def _within(child: tuple[str, ...] | None, parent: tuple[str, ...] | None) -> bool:
    return parent is None or (child is not None and set(child) <= set(parent))


def propose(
    existing: Delegations, fresh: Delegation, representative_id: str, settings: Settings = Settings()
) -> Delegations:
    """A new delegation, offered by its grantor or asked for by its agent. Raises ValueInvalid, NotYourTurn, DelegationTooWide.

    Only the representative grants without a parent; a sub-delegation hangs on its grantor's own, of the same firm, and never
    exceeds it in any dimension. Source: facts.md 1.4 D1, D2, D4, 3.5.
    """
    if fresh.delegation_id in {d.delegation_id for d in existing}:
        raise ValueInvalid(field="delegation_id", problem="taken")
    if fresh.agent_id in (fresh.grantor_id, representative_id):
        raise ValueInvalid(field="agent_id", problem="may act without it")
    if fresh.proposed_by not in (fresh.grantor_id, fresh.agent_id):
        raise NotYourTurn(action="propose", side=Role.GRANTOR.value)
    dimensions: tuple[Dimension, ...] = ()
    above = 0
    if fresh.parent_id is None:
        if fresh.grantor_id != representative_id:
            raise NotYourTurn(action="propose", side="representative")
    else:
        parent = find(existing, fresh.parent_id)
        ours = (parent.organization_id, parent.agent_id) == (fresh.organization_id, fresh.grantor_id)
        if not ours:
            raise NotYourTurn(action="propose", side=Role.AGENT.value)
        if parent.state is not State.ACTIVE:
            raise NotAllowedNow(action="propose", state=parent.state.value)
        dimensions = exceeds(fresh.reach, parent.reach)
        above = len(_chain(existing, parent))
    if above + 1 + fresh.reach.sub_delegation > settings.deepest and Dimension.DEPTH not in dimensions:
        dimensions = (*dimensions, Dimension.DEPTH)
    if dimensions:
        raise DelegationTooWide(dimensions=[d.value for d in dimensions])
    return (*existing, replace(fresh, state=State.PROPOSED, active_since=None, ended=None, revision=1))


def role_of(delegation: Delegation, person: Person) -> Role | None:
    """Who this person is to it; None for a stranger. The firm's representative stands beside every grantor: after a change of
    representative the new one can end what the old one gave."""
    if person.organization_id != delegation.organization_id:
        return None
    if person.user_id == delegation.agent_id:
        return Role.AGENT
    return Role.GRANTOR if person.represents or person.user_id == delegation.grantor_id else None


def check(delegation: Delegation, action: Action, person: Person, reason: str = "") -> None:
    """Raises NotYourTurn, NotAllowedNow, ReasonMissing. Who proposed does not accept; who did not, cannot withdraw for the other."""
    role = role_of(delegation, person)
    if role is None:
        raise NotYourTurn(action=action.value, side=Role.GRANTOR.value)
    MACHINE.check(delegation.state, action, role, reason)
    own = (role is Role.AGENT) == (delegation.proposed_by == delegation.agent_id)
    if action is Action.ACCEPT and own:
        raise NotYourTurn(action=action.value, side="other")


def allowed_actions(delegation: Delegation, person: Person) -> tuple[Action, ...]:
    """What this person may do with it now."""
    found = []
    for action in Action:
        try:
            check(delegation, action, person, "-")
        except (NotYourTurn, NotAllowedNow):
            continue
        found.append(action)
    return tuple(found)


def act(
    existing: Delegations, delegation_id: str, action: Action, person: Person, at: datetime, reason: str = ""
) -> Delegations:
    """Accept, decline, revoke or resign. An end ends everything below it, at once. Raises as `check`; NotAllowedNow where its
    last day has passed. Source: facts.md 1.4 D3, 3.5 (parent end ⇒ children end)."""
    delegation = find(existing, delegation_id)
    check(delegation, action, person, reason)
    if action is not Action.ACCEPT:
        return _ended(existing, delegation, Ended(at, action, person.user_id, reason.strip()))
    if in_japan(at).date() > delegation.reach.last_day:
        raise NotAllowedNow(action=action.value, state=State.EXPIRED.value)
    active = replace(delegation, state=State.ACTIVE, active_since=at, revision=delegation.revision + 1)
    return tuple(active if d is delegation else d for d in existing)


def expire(existing: Delegations, at: datetime) -> Delegations:
    """期間満了: what is past its last day ends. Nothing depends on when this runs: `may` looks at the days itself."""
    today = in_japan(at).date()
    for delegation in sorted(existing, key=lambda d: -len(_chain(existing, d))):  # each by its own days first
        if delegation.state in (State.PROPOSED, State.ACTIVE) and delegation.reach.last_day < today:
            existing = _ended(existing, find(existing, delegation.delegation_id), Ended(at, Action.EXPIRE, "", ""))
    return existing


def may(person: Person, what: Act, at: datetime, delegations: Delegations, body: BodyRules = BodyRules()) -> Answer:
    """May this person do that at this moment (past or present)? With the delegation that covers it, or why none does.

    The representative may always. An agent needs a delegation that is valid at the moment of signing, and so does everybody it
    hangs on. Source: facts.md 1.4 D5 [D], D6 [B35], 3.5 (signatures made while ACTIVE stay valid).
    """
    if person.represents:
        return Answer(True)
    best: Answer | None = None
    for delegation in _of(person, delegations):
        problems = _problems(delegation, what, at, delegations, body)
        if not problems:
            return Answer(True, delegation.delegation_id)
        if best is None or len(problems) < len(best.problems):
            best = Answer(False, None, problems)
    return best or Answer(False, None, (Problem.NONE,))


def check_may(
    person: Person, what: Act, at: datetime, delegations: Delegations, body: BodyRules = BodyRules()
) -> str | None:
    """The delegation's id for the evidence (None: the representative). Raises NotDelegated with the first reason."""
    answer = may(person, what, at, delegations, body)
    if not answer.allowed:
        raise NotDelegated(action=what.work.value, problem=", ".join(p.value for p in answer.problems))
    return answer.delegation_id


def reaches(person: Person, what: Act, delegations: Delegations) -> bool:
    """Whether that could ever be theirs: the representative's, or within what was delegated to them at some time. `may` says when."""
    if person.represents:
        return True
    chains = (_chain(delegations, d) for d in _of(person, delegations) if d.active_since is not None)
    return any(not any(_in_reach(above.reach, what) for above in chain) for chain in chains)


def lapsing(delegations: Delegations, until: date) -> Delegations:
    """Those that are active and end by that day: who should be warned (facts.md 4 row 14)."""
    return tuple(d for d in delegations if d.state is State.ACTIVE and d.reach.last_day <= until)


def find(existing: Delegations, delegation_id: str) -> Delegation:
    """Raises ValueInvalid."""
    for delegation in existing:
        if delegation.delegation_id == delegation_id:
            return delegation
    raise ValueInvalid(field="delegation_id", problem=delegation_id)


def _of(person: Person, delegations: Delegations) -> Delegations:
    return tuple(d for d in delegations if (d.agent_id, d.organization_id) == (person.user_id, person.organization_id))


def _problems(
    delegation: Delegation, what: Act, at: datetime, delegations: Delegations, body: BodyRules
) -> tuple[Problem, ...]:
    chain = _chain(delegations, delegation)
    own = [*_in_time(delegation, at), *_in_reach(delegation.reach, what)]
    if any(_in_time(above, at) or _in_reach(above.reach, what) for above in chain[1:]):
        own.append(Problem.PARENT)
    if not body.accepts_agents:
        own.append(Problem.AGENTS_REFUSED)
    elif not body.accepts_sub_agents and len(chain) > 1:
        own.append(Problem.SUB_AGENTS_REFUSED)
    days = (delegation.reach.last_day - delegation.reach.first_day).days + 1
    if body.longest_days is not None and days > body.longest_days:
        own.append(Problem.TOO_LONG)
    return tuple(own)


def _in_time(delegation: Delegation, at: datetime) -> list[Problem]:
    today = in_japan(at).date()
    if delegation.ended is not None and delegation.ended.at <= at and delegation.ended.action is not Action.EXPIRE:
        return [Problem.REVOKED]
    if today > delegation.reach.last_day:
        return [Problem.EXPIRED]
    if delegation.active_since is None or at < delegation.active_since:
        return [Problem.NOT_ACCEPTED]
    return [Problem.NOT_YET] if today < delegation.reach.first_day else []


def _in_reach(reach: Reach, what: Act) -> list[Problem]:
    found = {
        Problem.WORK: what.work not in reach.works,
        Problem.BODY: reach.body_ids is not None and what.body_id not in reach.body_ids,
        Problem.CASE: reach.case_ids is not None and what.case_id not in reach.case_ids,
        # An amount nobody knows is not within a limit.
        Problem.AMOUNT: reach.most is not None and (what.amount is None or what.amount > reach.most),
    }
    return [problem for problem, outside in found.items() if outside]


def _chain(existing: Delegations, delegation: Delegation) -> Delegations:
    """It and everything it hangs on, up to the representative's. Ends whatever stands in the data."""
    chain = [delegation]
    while chain[-1].parent_id is not None:
        above = find(existing, chain[-1].parent_id)
        if above in chain:
            raise ValueInvalid(field="parent_id", problem="circle")
        chain.append(above)
    return tuple(chain)


def _ended(existing: Delegations, delegation: Delegation, end: Ended) -> Delegations:
    """With everything below it. A child's own end, where it came first, stays as it was."""
    gone = {delegation.delegation_id: end}
    waiting = [delegation.delegation_id]
    while waiting:
        parent_id = waiting.pop()
        for child in existing:
            if child.parent_id == parent_id and child.ended is None and child.delegation_id not in gone:
                gone[child.delegation_id] = Ended(end.at, Action.LAPSE, "", end.reason)
                waiting.append(child.delegation_id)
    return tuple(
        replace(
            d,
            state=MACHINE.rows[gone[d.delegation_id].action].after(d.state),
            ended=gone[d.delegation_id],
            revision=d.revision + 1,
        )
        if d.delegation_id in gone
        else d
        for d in existing
    )
