"""Accounts as somebody may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from econtract_core.messages import accounts as said
from econtract_core.rules import registration as rules
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import NotFound
from econtract_core.rules.registration import Account, Action, State
from econtract_server.repository import accounts, registry
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session

_OF_BODY: dict[Action, Callable[[Account], bool]] = {
    Action.APPROVE: lambda a: a.state is State.APPLIED,
    Action.RETURN: lambda a: a.state is State.APPLIED,
    Action.APPROVE_RENEWAL: lambda a: a.renewal is not None,
    Action.RETURN_RENEWAL: lambda a: a.renewal is not None,
}


class AccountViews:
    """Within one transaction."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def waiting(self, member: Member) -> said.AccountList:
        """What this body may answer: registrations and renewals that wait. Nothing for firms."""
        if member.side is not Side.OFFICER or member.is_inspector:
            return said.AccountList(accounts=())
        states = (State.APPLIED.value, State.ACTIVE.value, State.CERTIFICATE_EXPIRED.value)
        found = [a for a, _ in accounts.in_states(self._session, states) if of_body(a)]
        mine = [a for a in found if may_answer(self._session, member, a)]
        return said.AccountList(accounts=tuple(self.one(a, of_body(a)) for a in mine))

    def one(self, account: Account, allowed: tuple[Action, ...] = ()) -> said.AccountData:
        """Raises NotFound."""
        row = accounts.user_row(self._session, account.user_id)
        if row is None:
            raise NotFound(wanted=account.user_id)
        undoable = _registered(account) and account.state in _UNDOABLE
        renewal = account.renewal
        return said.AccountData(
            user_id=account.user_id,
            user=row.name,
            role=row.role,
            organization_id=row.organization_id,
            organization=row.organization,
            corporate_number=row.corporate_number,
            contractor_number=row.contractor_number,
            state=account.state,
            revision=account.revision,
            cards=tuple(card_facts(card) for card in account.cards),
            renewal=(
                said.RenewalData(card=card_facts(renewal.card), kind=renewal.kind, asked_at=renewal.asked_at)
                if renewal is not None
                else None
            ),
            undo_until=rules.undo_until(account) if undoable else None,
            merged_into=account.merged_into,
            warns=rules.warning(account.card, self._now) if account.state is State.ACTIVE else None,
            history=tuple(self._deed(deed) for deed in account.history),
            allowed=allowed,
        )

    def _deed(self, deed: rules.Deed) -> said.AccountDeed:
        name = registry.names_of(self._session, deed.by_user_id).at(deed.at) if deed.by_user_id else "-"
        return said.AccountDeed(at=deed.at, action=deed.action, role=deed.role, user=name, reason=deed.reason)


_UNDOABLE = (State.APPLIED, State.RETURNED, State.ACTIVE)


def _registered(account: Account) -> bool:
    """By its user, rather than by the operator."""
    return account.applied_at > rules.LONG_AGO


def of_body(account: Account) -> tuple[Action, ...]:
    """What a body may do with it as it is."""
    return tuple(action for action, holds in _OF_BODY.items() if holds(account))


def may_answer(session: Session, member: Member, account: Account) -> bool:
    """The body that was named; else each the firm has a case with; any, where it has none."""
    if member.side is not Side.OFFICER or member.is_inspector:
        return False
    named = accounts.body_of(session, account.user_id)
    if named is not None:
        return named == member.organization_id
    bodies = accounts.bodies_of(session, account.organization_id)
    return not bodies or member.organization_id in bodies


def card_facts(card: rules.Card) -> said.CardFacts:
    return said.CardFacts(**asdict(card))
