"""A body's answers to registrations and renewals. The rules are `econtract_core.rules.registration`."""

from __future__ import annotations

from econtract_core.messages.accounts import ActOnRegistration
from econtract_core.rules import registration as rules
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import NotFound, NotYourTurn, RevisionConflict
from econtract_core.rules.registration import Account, Action, Actor, RenewalKind, Role
from econtract_server.repository import accounts
from econtract_server.services.account_views import may_answer
from econtract_server.services.deed import Deed
from econtract_server.services.registrations import approved, renewed


def act(deed: Deed, payload: ActOnRegistration) -> Account:
    """The account as it is afterwards. Raises NotYourTurn, NotFound (also where another body answers), RevisionConflict and what the rules raise."""
    if deed.member.side is not Side.OFFICER:
        raise NotYourTurn(action=payload.action.value, side=Side.OFFICER.value)
    account = accounts.find(deed.session, deed.operation.object_id)
    if account is None or not may_answer(deed.session, deed.member, account):
        raise NotFound(wanted=deed.operation.object_id)
    if account.revision != deed.operation.base_revision:
        raise RevisionConflict(expected=deed.operation.base_revision, found=account.revision)
    body = Actor(Role.BODY, deed.member.user_id)
    if payload.action is Action.APPROVE:
        return approved(deed.session, account, body, deed.at)
    if payload.action is Action.APPROVE_RENEWAL:
        return _approve_renewal(deed, account, body)
    after = rules.act(account, payload.action, body, deed.at, payload.reason)
    accounts.save(deed.session, after, account.revision)
    return after


def _approve_renewal(deed: Deed, account: Account, body: Actor) -> Account:
    after = rules.approve_renewal(account, body, deed.at)
    accounts.save(deed.session, after, account.revision)
    renewed(deed.session, after, deed.at)
    if account.renewal is not None and account.renewal.kind is RenewalKind.REPRESENTATIVE_CHANGED:
        # 代表者変更: what was done before keeps the name it was done under.
        accounts.rename(deed.session, account.user_id, after.card.holder, "", deed.at)
    return after
