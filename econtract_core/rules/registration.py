"""Registration 利用者登録 and card renewal ICカード更新: one account a person, its cards one after another, history kept.

`APPLIED → ACTIVE | RETURNED`; `ACTIVE → CERTIFICATE_EXPIRED (read-only) → ACTIVE` by renewal; a registration made at the wrong door
is undone by its user within a window, merged by an operator later. Source: product.md "Registration", parts 1 and 2; facts.md 1.2,
1.3, 3.4, 4 rows 1, 8–12. Which door a card opens is `card_door`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from econtract_core.rules.errors import (
    ConditionMissing,
    NotAllowedNow,
    UndoTooLate,
    ValueInvalid,
)
from econtract_core.rules.machine import Machine, row


class State(StrEnum):
    APPLIED = "APPLIED"
    RETURNED = "RETURNED"
    ACTIVE = "ACTIVE"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    UNDONE = "UNDONE"
    MERGED = "MERGED"


class Action(StrEnum):
    APPROVE = "approve"  # 承認する
    RETURN = "return"  # 差し戻す
    APPLY_AGAIN = "apply_again"  # 直して申請する
    EXPIRE = "expire"  # 証明書の期限切れ
    RENEW = "renew"  # ICカードを更新する
    ASK_RENEWAL = "ask_renewal"  # 更新を申請する
    APPROVE_RENEWAL = "approve_renewal"
    RETURN_RENEWAL = "return_renewal"
    REPORT_LOST = "report_lost"  # カードの紛失を届ける
    UNDO = "undo"  # 登録を取り消す
    MERGE = "merge"  # 統合する


class Role(StrEnum):
    USER = "user"
    BODY = "body"  # 発注機関
    OPERATOR = "operator"
    SYSTEM = "system"


# When an account was applied for that an operator made: nobody undoes it.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_LIVING = (State.ACTIVE, State.CERTIFICATE_EXPIRED)
_ANY = (State.APPLIED, State.RETURNED, *_LIVING)

MACHINE: Machine[State, Action, Role] = Machine(
    (
        # Who approves a first registration is not known of the real system (facts.md 1.2 U5 [D], 3.4 "発/system").
        row(Action.APPROVE, (State.APPLIED,), State.ACTIVE, Role.BODY, Role.SYSTEM),
        row(Action.RETURN, (State.APPLIED,), State.RETURNED, Role.BODY, needs_reason=True),
        row(Action.APPLY_AGAIN, (State.RETURNED,), State.APPLIED, Role.USER),
        row(Action.EXPIRE, (State.ACTIVE,), State.CERTIFICATE_EXPIRED, Role.SYSTEM),
        row(Action.RENEW, _LIVING, State.ACTIVE, Role.USER),
        row(Action.ASK_RENEWAL, _LIVING, None, Role.USER),
        row(Action.APPROVE_RENEWAL, _LIVING, State.ACTIVE, Role.BODY),
        row(Action.RETURN_RENEWAL, _LIVING, None, Role.BODY, needs_reason=True),
        row(Action.REPORT_LOST, _ANY, None, Role.USER, Role.OPERATOR),
        row(Action.UNDO, _ANY, State.UNDONE, Role.USER),
        row(Action.MERGE, _ANY, State.MERGED, Role.OPERATOR),
    )
)


class RenewalKind(StrEnum):
    RENEWED = "renewed"  # the same person
    REPRESENTATIVE_CHANGED = "representative_changed"  # 代表者変更に伴う新規ICカード
    LOST = "lost"  # the old card cannot be shown


class Access(StrEnum):
    """What a card opens."""

    FULL = "full"
    READ_ONLY = "read_only"
    APPLICATION = "application"  # one's own application only
    NONE = "none"


@dataclass(frozen=True)
class Settings:
    """All unverified: no real figure was found (facts.md 1.1 P6 "一定期間", 1.3 C3–C5 [D]; product.md part 2 for the days of warning)."""

    undo_days: int = 14
    approve_expired: bool = True  # a renewal after expiry asks for approval (facts.md 4 row 10)
    approve_lost: bool = True
    warn_days: tuple[int, ...] = (90, 60, 30)


@dataclass(frozen=True)
class Card:
    """One certificate of an account. `retired_at`: another took its place; `lost_at`: it opens nothing any more."""

    certificate_sha256: str
    not_before: datetime
    not_after: datetime
    holder: str
    retired_at: datetime | None = None
    lost_at: datetime | None = None


@dataclass(frozen=True)
class Renewal:
    """A new card that waits for approval; the old one goes on working: nothing in flight is blocked (product.md part 2)."""

    card: Card
    kind: RenewalKind
    asked_at: datetime


@dataclass(frozen=True)
class Deed:
    at: datetime
    action: Action
    role: Role
    by_user_id: str
    reason: str = ""


@dataclass(frozen=True)
class Account:
    """One person of a firm. `cards`: the current one first, then those before it. `merged_into`: the account that goes on."""

    user_id: str
    organization_id: str
    cards: tuple[Card, ...]
    applied_at: datetime  # LONG_AGO: by the operator
    state: State = State.APPLIED
    renewal: Renewal | None = None
    merged_into: str | None = None
    revision: int = 0
    history: tuple[Deed, ...] = ()

    @property
    def card(self) -> Card:
        """The current one."""
        return self.cards[0]


@dataclass(frozen=True)
class Actor:
    """Who acts; `user_id` "" for the system."""

    role: Role
    user_id: str


def needs_approval(kind: RenewalKind, *, expired: bool, settings: Settings = Settings()) -> bool:
    """A change of representative always; a renewal after expiry or without the old card by setting. Source: facts.md 1.3 C3, C4."""
    if kind is RenewalKind.REPRESENTATIVE_CHANGED:
        return True
    return (kind is RenewalKind.LOST and settings.approve_lost) or (expired and settings.approve_expired)


def access(account: Account, certificate_sha256: str, at: datetime) -> Access:
    """What this card opens at this moment, whether or not the expiry was noted. Source: facts.md 3.4, 4 row 8."""
    card = account.card
    if card.certificate_sha256 != certificate_sha256 or card.lost_at is not None:
        return Access.NONE
    if account.state in (State.APPLIED, State.RETURNED):
        return Access.APPLICATION
    if account.state not in _LIVING:
        return Access.NONE
    valid = account.state is State.ACTIVE and card.not_before <= at <= card.not_after
    return Access.FULL if valid else Access.READ_ONLY


def warning(card: Card, at: datetime, settings: Settings = Settings()) -> int | None:
    """The smallest of the warning days that is reached (90, 60, 30), 0 after expiry, None before any. Source: product.md part 2."""
    if at > card.not_after:
        return 0
    return min((days for days in settings.warn_days if at >= card.not_after - timedelta(days=days)), default=None)


def act(account: Account, action: Action, actor: Actor, at: datetime, reason: str = "") -> Account:
    """Approve, return, apply again, expire, report lost, return a renewal. Raises NotYourTurn, NotAllowedNow, ReasonMissing,
    ConditionMissing. Source: facts.md 1.2 U5, 3.4."""
    if action in (Action.RENEW, Action.ASK_RENEWAL, Action.APPROVE_RENEWAL, Action.UNDO, Action.MERGE):
        raise NotAllowedNow(action=action.value, state=account.state.value)
    MACHINE.check(account.state, action, actor.role, reason)
    if action is Action.EXPIRE and at <= account.card.not_after:
        raise ConditionMissing(condition="certificate_expired")
    if action is Action.REPORT_LOST:
        lost = replace(account.card, lost_at=account.card.lost_at or at)
        account = replace(account, cards=(lost, *account.cards[1:]))
    if action is Action.RETURN_RENEWAL:
        _pending(account)
        account = replace(account, renewal=None)
    return _moved(account, action, actor, at, reason)


def renew(
    account: Account, renewal: Renewal, actor: Actor, old_card_proved: bool, settings: Settings = Settings()
) -> Account:
    """The new card takes the old one's place at once, or waits for the body's approval; cases, delegations and drafts belong to the
    account and stay. While the old card works it must be proved too, unless it is lost or its holder is gone.

    Raises NotYourTurn, NotAllowedNow, ConditionMissing, ValueInvalid. Source: product.md part 2; facts.md 1.3 C1–C4.
    """
    at, old = renewal.asked_at, account.card
    expired = at > old.not_after
    wait = needs_approval(renewal.kind, expired=expired, settings=settings)
    action = Action.ASK_RENEWAL if wait else Action.RENEW
    MACHINE.check(account.state, action, actor.role)
    _check_new(account, renewal.card, at)
    works = not expired and old.lost_at is None
    if renewal.kind is RenewalKind.RENEWED and works and not old_card_proved:
        raise ConditionMissing(condition="old_card_proved")
    if wait:
        return _moved(replace(account, renewal=renewal), action, actor, at)
    return _moved(_swapped(account, renewal.card, at), action, actor, at)


def approve_renewal(account: Account, actor: Actor, at: datetime) -> Account:
    """The body approves the card that waits. Raises NotYourTurn, NotAllowedNow, ConditionMissing, ValueInvalid (expired meanwhile)."""
    MACHINE.check(account.state, Action.APPROVE_RENEWAL, actor.role)
    pending = _pending(account)
    _check_new(account, pending.card, at)
    return _moved(_swapped(account, pending.card, at), Action.APPROVE_RENEWAL, actor, at)


def undo_until(account: Account, settings: Settings = Settings()) -> datetime:
    """The last moment at which its user can undo the registration."""
    return account.applied_at + timedelta(days=settings.undo_days)


def undo(account: Account, actor: Actor, at: datetime, has_acted: bool, settings: Settings = Settings()) -> Account:
    """The user takes back a registration made at the wrong door; its card is free for the renewal that was meant.

    Not once something was signed, submitted or renewed with it (`has_acted`): then the operator merges. Raises UndoTooLate,
    ConditionMissing. Source: facts.md 1.1 P6 [S], 3.4, 4 row 1.
    """
    MACHINE.check(account.state, Action.UNDO, actor.role)
    until = undo_until(account, settings)
    if at > until:
        raise UndoTooLate(until=until.isoformat())
    if has_acted or len(account.cards) > 1:
        raise ConditionMissing(condition="nothing_done_with_it")
    return _moved(account, Action.UNDO, actor, at)


def merge(duplicate: Account, into: Account, actor: Actor, at: datetime) -> tuple[Account, Account]:
    """(duplicate, account that goes on): the duplicate's card becomes the other's current one, as a renewal would have made it.

    Nothing of either history is lost. Raises NotYourTurn, NotAllowedNow, ValueInvalid (another firm's). Source: facts.md 1.1 P6, 3.4.
    """
    MACHINE.check(duplicate.state, Action.MERGE, actor.role)
    if into.state not in _LIVING:
        raise NotAllowedNow(action=Action.MERGE.value, state=into.state.value)
    if duplicate.user_id == into.user_id:
        raise ValueInvalid(field="into", problem="itself")
    _check_new(into, duplicate.card, at)
    gone = _moved(replace(duplicate, merged_into=into.user_id), Action.MERGE, actor, at)
    return gone, _moved(_swapped(into, duplicate.card, at), Action.RENEW, actor, at, f"merged {duplicate.user_id}")


def _check_new(account: Account, card: Card, at: datetime) -> None:
    if card.certificate_sha256 in {known.certificate_sha256 for known in account.cards}:
        raise ValueInvalid(field="card", problem="the account's own")
    if not card.not_before <= at <= card.not_after or card.lost_at is not None:
        raise ValueInvalid(field="card", problem="not valid now")


def _pending(account: Account) -> Renewal:
    if account.renewal is None:
        raise ConditionMissing(condition="renewal_asked")
    return account.renewal


def _swapped(account: Account, card: Card, at: datetime) -> Account:
    old = replace(account.card, retired_at=at)
    return replace(account, cards=(card, old, *account.cards[1:]), renewal=None)


def _moved(account: Account, action: Action, actor: Actor, at: datetime, reason: str = "") -> Account:
    return replace(
        account,
        state=MACHINE.rows[action].after(account.state),
        revision=account.revision + 1,
        history=(*account.history, Deed(at, action, actor.role, actor.user_id, reason.strip())),
    )
