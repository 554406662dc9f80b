"""The one card door: what a card opens, and what a card without a session may do: register, renew, take a registration back.

The rules are `econtract_core.rules.registration` and `card_door`; here they get the server's facts. Each change is done once and is
a line of the log, as in `operations`. Source: product.md parts 1 and 2; facts.md 1.2, 1.3, 3.4.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from econtract_core.evidence.receipt import Receipt
from econtract_core.identity import Holder, HolderRole, read_holder
from econtract_core.identity.device import Proof
from econtract_core.messages import accounts as said
from econtract_core.rules import card_door
from econtract_core.rules import registration as rules
from econtract_core.rules.card_door import Door, Finding, Named, Sureness
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import (
    EcontractError,
    EnvironmentProblem,
    InternalError,
    NetworkError,
    NotFound,
    TicketInvalid,
    ValueInvalid,
)
from econtract_core.rules.numbers import corporate_number_is_valid
from econtract_core.rules.registration import Access, Account, Action, Actor, Card, RenewalKind, Role, State
from econtract_server.repository import accounts, log, registry, sessions
from econtract_server.repository.accounts import NewUser
from econtract_server.repository.log import Entry
from econtract_server.repository.registry import Member, Organization
from econtract_server.repository.session import Session
from econtract_server.repository.sessions import TicketRow
from econtract_server.services import bulletins
from econtract_server.services.account_views import AccountViews, card_facts
from econtract_server.services.accounts import Accounts
from econtract_server.services.answers import Answer, error_body
from econtract_server.services.office import Office
from econtract_server.services.statuses import status_of

_TICKET = timedelta(minutes=30)
_NOT_FINAL = (NetworkError, EnvironmentProblem, InternalError)
_REPRESENTATIVE = "代表者"
Request = said.Register | said.Renew | said.UndoRegistration


@dataclass(frozen=True)
class _Visit:
    """One change, inside its transaction. `holder`: of the card whose ticket was shown."""

    session: Session
    at: datetime
    holder: Holder
    device: Proof


class Registrations:
    """Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def knock(self, request: said.Knock, device: Proof) -> said.DoorAnswer:
        """Whose card this is, and which door it opens. Raises LoginRefused, CertificateRevoked, RevocationUnavailable."""
        der = Accounts(self._office).prove(request, device)
        holder, now = read_holder(der), self._office.now()
        ticket = secrets.token_urlsafe(32)
        with self._office.database.writing() as session:
            row = TicketRow(_hash(ticket), der, device.thumbprint, now + _TICKET)
            sessions.add_ticket(session, row, now)
            found = _findings(session, named(holder, request.contractor_number))
            account = accounts.with_card(session, holder.sha256)
            return said.DoorAnswer(
                ticket=ticket,
                expires=now + _TICKET,
                card=card_facts(_card(holder)),
                organization=holder.organization,
                corporate_number=holder.corporate_number,
                represents=holder.role is HolderRole.REPRESENTATIVE,
                door=found[0].door if found else Door.REGISTER,
                ways=tuple(_way(session, finding) for finding in found),
                account=AccountViews(session, now).one(account) if account is not None else None,
                access=_access(session, account, holder, now),
            )

    def register(self, request: said.Register, device: Proof) -> Answer:
        """利用者登録申請. Raises TicketInvalid; the rest is in the answer."""
        return self._once(request, "registration.apply", device, request.ticket, lambda v: self._register(v, request))

    def renew(self, request: said.Renew, device: Proof) -> Answer:
        """ICカード更新."""
        return self._once(request, "registration.renew", device, request.new_ticket, lambda v: self._renew(v, request))

    def undo(self, request: said.UndoRegistration, device: Proof) -> Answer:
        """登録の取消し."""
        return self._once(request, "registration.undo", device, request.ticket, self._undo)

    # --- what is done ------------------------------------------------------------------------------------------------

    def _register(self, visit: _Visit, request: said.Register) -> Account:
        known = accounts.with_card(visit.session, visit.holder.sha256)
        if known is not None and known.state is State.RETURNED:
            return self._again(visit, request, known)
        new = named(visit.holder, request.contractor_number)
        new = replace(
            new, firm=new.firm or request.firm, corporate_number=new.corporate_number or request.corporate_number
        )
        if new.corporate_number and not corporate_number_is_valid(new.corporate_number):
            raise ValueInvalid(field="corporate_number", problem=new.corporate_number)
        card_door.check_register(new, accounts.known_people(visit.session), request.insists)
        if (
            request.body_id is not None
            and registry.organization_side(visit.session, request.body_id) is not Side.OFFICER
        ):
            raise NotFound(wanted=request.body_id)
        firm = self._firm(visit, new)
        user = NewUser(f"u-{uuid4().hex[:24]}", firm, request.name, _role(visit.holder, request))
        accounts.add_user(visit.session, user)
        account = Account(user.user_id, firm, (_card(visit.holder),), visit.at)
        accounts.save(visit.session, account, None, request.body_id)
        if self._office.config.approve_registrations:
            return account
        return approved(visit.session, account, Actor(Role.SYSTEM, ""), visit.at)

    def _again(self, visit: _Visit, request: said.Register, known: Account) -> Account:
        """直して申請する: what was given back, with new words."""
        after = rules.act(known, Action.APPLY_AGAIN, Actor(Role.USER, known.user_id), visit.at)
        accounts.rename(visit.session, known.user_id, request.name, _role(visit.holder, request), visit.at)
        accounts.save(visit.session, after, known.revision)
        return after

    def _firm(self, visit: _Visit, new: Named) -> str:
        """The firm's identifier: a registered one that is certainly this one, or a new one."""
        for finding in _findings(visit.session, new):
            if finding.sureness is Sureness.CERTAIN:
                return finding.known.organization_id
        if not new.firm.strip():
            raise ValueInvalid(field="firm", problem="empty")
        firm = Organization(f"o-{uuid4().hex[:24]}", new.firm, Side.CONTRACTOR, new.corporate_number)
        registry.seed(visit.session, [firm], [])
        return firm.organization_id

    def _renew(self, visit: _Visit, request: said.Renew) -> Account:
        old = self._shown(visit, request.old_ticket) if request.old_ticket is not None else None
        row = accounts.user_row(visit.session, request.user_id)
        way = _meant(visit, request)
        if row is None or way is None:
            raise NotFound(wanted=request.user_id)
        if old is not None and old.sha256 not in accounts.current_cards(visit.session, request.user_id):
            raise ValueInvalid(field="old_ticket", problem="another's card")
        account, seen = self._account(visit.session, request.user_id, old)
        if request.renewal is RenewalKind.RENEWED and old is None and way.sureness is not Sureness.CERTAIN:
            raise ValueInvalid(field="renewal", problem="the likeness is not certain without the old card")
        renewal = rules.Renewal(_card(visit.holder), request.renewal, visit.at)
        after = rules.renew(account, renewal, Actor(Role.USER, account.user_id), old is not None)
        accounts.save(visit.session, after, seen)
        if after.renewal is None:
            renewed(visit.session, after, visit.at)
            accounts.rename(visit.session, account.user_id, request.name, request.role, visit.at)
        return after

    def _undo(self, visit: _Visit) -> Account:
        account = accounts.with_card(visit.session, visit.holder.sha256)
        if account is None or account.card.certificate_sha256 != visit.holder.sha256:
            raise NotFound(wanted=visit.holder.name)
        acted = accounts.has_acted(visit.session, account.user_id) or account.applied_at == rules.LONG_AGO
        after = rules.undo(account, Actor(Role.USER, account.user_id), visit.at, acted)
        accounts.save(visit.session, after, account.revision)
        accounts.retire_cards(visit.session, account.user_id, visit.at)
        return after

    def _account(self, session: Session, user_id: str, old: Holder | None) -> tuple[Account, int | None]:
        """(account, its revision on record); one that the operator made gets one now."""
        found = accounts.find(session, user_id)
        if found is not None:
            return found, found.revision
        return first_account(session, user_id, old), None

    # --- once, and in the log ----------------------------------------------------------------------------------------

    def _once(self, request: Request, deed: str, device: Proof, ticket: str, do: Callable[[_Visit], Account]) -> Answer:
        body = sha256(request.model_dump_json().encode()).hexdigest()
        now = self._office.now()
        with self._office.database.writing() as session:
            log.begin(session)
            known = log.find_operation(session, request.operation_id)
            if known is not None and known.body_sha256 == body:
                return Answer(known.status, known.answer)
            if known is not None:
                raise ValueInvalid(field="operation_id", problem="used for something else")
            bulletins.refuse_changes(session, now)
            holder = self._holder(session, ticket, device, now)
            user_id, answer = self._answered(_Visit(session, now, holder, device), request, (deed, body), do)
            digest = sha256(answer.body.encode()).hexdigest()
            named_ = user_id or holder.sha256
            entry = Entry(now, named_, deed, named_, request.operation_id, body, answer.status, digest)
            log.add(session, entry, answer.body)
        return answer

    def _answered(
        self, visit: _Visit, request: Request, what: tuple[str, str], do: Callable[[_Visit], Account]
    ) -> tuple[str, Answer]:
        """(whose account, the final answer)."""
        try:
            with visit.session.begin_nested():
                account = do(visit)
        except _NOT_FINAL:
            raise
        except EcontractError as error:
            return "", Answer(status_of(error), error_body(error))
        seen = AccountViews(visit.session, visit.at).one(account)
        done = said.AccountAnswer(
            operation_id=request.operation_id,
            arrived_at=visit.at,
            account=seen,
            receipt=self._receipt(visit, request, what, account),
        )
        return account.user_id, Answer(200, done.model_dump_json())

    def _receipt(self, visit: _Visit, request: Request, what: tuple[str, str], account: Account) -> str | None:
        if self._office.seal is None:
            return None
        return self._office.seal.receipt(
            Receipt(
                server_id=self._office.server_id,
                epoch=self._office.epoch,
                operation_id=request.operation_id,
                kind=what[0],
                object_id=account.user_id,
                operation_sha256=what[1],
                organization_id=account.organization_id,
                user_id=account.user_id,
                certificate_sha256=visit.holder.sha256,
                arrived_at=visit.at,
            )
        )

    def _holder(self, session: Session, ticket: str, device: Proof, now: datetime) -> Holder:
        der = sessions.find_ticket(session, _hash(ticket), device.thumbprint, now)
        if der is None:
            raise TicketInvalid()
        return read_holder(der)

    def _shown(self, visit: _Visit, ticket: str) -> Holder:
        return self._holder(visit.session, ticket, visit.device, visit.at)


def first_account(session: Session, user_id: str, card: Holder | None = None) -> Account:
    """Of a person that the operator registered: their card as it was shown, or all that is known of it. Raises NotFound."""
    row, known = accounts.user_row(session, user_id), accounts.current_cards(session, user_id)
    if row is None or not known:
        raise NotFound(wanted=user_id)
    far = datetime(9999, 12, 31, tzinfo=rules.LONG_AGO.tzinfo)
    first = _card(card) if card is not None else Card(known[0], rules.LONG_AGO, far, row.name)
    return Account(user_id, row.organization_id, (first,), rules.LONG_AGO, State.ACTIVE)


def account_of(session: Session, member: Member) -> Account:
    """A person's own. Raises NotFound."""
    found = accounts.find(session, member.user_id)
    if found is not None:
        return found
    first = first_account(session, member.user_id)
    card = replace(first.card, certificate_sha256=member.certificate_sha256)
    return replace(first, cards=(replace(card, not_after=member.card_ends or card.not_after),))


def approved(session: Session, account: Account, actor: Actor, at: datetime) -> Account:
    """承認: from now on the card opens the account, and the firm has its number."""
    after = rules.act(account, Action.APPROVE, actor, at)
    accounts.save(session, after, account.revision)
    accounts.admit(session, account.card.certificate_sha256, account.user_id)
    accounts.give_number(session, account.organization_id)
    return after


def renewed(session: Session, account: Account, at: datetime) -> None:
    """The new card opens the account, and nothing else does."""
    accounts.admit(session, account.card.certificate_sha256, account.user_id)
    accounts.retire_cards(session, account.user_id, at, keep=account.card.certificate_sha256)


def named(holder: Holder, contractor_number: str = "") -> Named:
    """A certificate as the card door compares it."""
    represents = holder.role is HolderRole.REPRESENTATIVE
    return Named(
        holder.sha256, holder.corporate_number, holder.organization, holder.name, represents, contractor_number.strip()
    )


def _findings(session: Session, new: Named) -> tuple[Finding, ...]:
    return card_door.findings(new, accounts.known_people(session))


def _meant(visit: _Visit, request: said.Renew) -> Finding | None:
    """The way of this card towards that person, if it is of the kind asked for; None where there is none."""
    wanted = (Door.RENEW,)
    if request.renewal is RenewalKind.REPRESENTATIVE_CHANGED:
        wanted = (Door.CHANGE_REPRESENTATIVE,)
    found = _findings(visit.session, named(visit.holder))
    return next((f for f in found if f.known.user_id == request.user_id and f.door in wanted), None)


def _access(session: Session, account: Account | None, holder: Holder, now: datetime) -> Access:
    member = registry.member(session, holder.sha256)
    if account is not None:
        return rules.access(account, holder.sha256, now)
    if member is None:
        return Access.NONE
    return Access.FULL if holder.valid_at(now) else Access.READ_ONLY


def _way(session: Session, finding: Finding) -> said.Way:
    known = finding.known
    certain = finding.sureness is Sureness.CERTAIN
    return said.Way(
        door=finding.door,
        sureness=finding.sureness,
        evidence=finding.evidence,
        user_id=known.user_id,
        user=known.person if certain else "",
        organization_id=known.organization_id,
        organization=registry.organization_name(session, known.organization_id),
    )


def _card(holder: Holder) -> Card:
    return Card(holder.sha256, holder.not_before, holder.not_after, holder.name)


def _role(holder: Holder, request: said.Register) -> str:
    """A representative's role is the one that needs no delegation; a body looks at it before it holds."""
    represents = request.represents or holder.role is HolderRole.REPRESENTATIVE
    return _REPRESENTATIVE if represents else request.role


def _hash(ticket: str) -> str:
    return sha256(ticket.encode("utf-8", "surrogateescape")).hexdigest()
