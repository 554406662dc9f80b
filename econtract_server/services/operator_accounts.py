"""What the operator 運用担当者 does with accounts: registrations made by mistake are merged, lost cards shut out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from econtract_core.rules import registration as rules
from econtract_core.rules.errors import NotFound, ValueInvalid
from econtract_core.rules.registration import Account, Action, Actor, Role
from econtract_server.repository import accounts, log
from econtract_server.repository.accounts import UserRow
from econtract_server.repository.database import Database
from econtract_server.repository.session import Session
from econtract_server.services.operator import USER, record
from econtract_server.services.registrations import first_account, renewed


@dataclass(frozen=True)
class Line:
    """One account as the operator sees it."""

    user: UserRow
    state: str
    cards: tuple[str, ...]  # SHA-256 of those that open it
    merged_into: str | None


class OperatorAccounts:
    """Thread-safe. `at`: the server's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self) -> tuple[Line, ...]:
        """Everybody, by firm and name."""
        with self._database.reading() as session:
            found = [_line(session, user_id) for user_id in accounts.every_user(session)]
        return tuple(sorted(found, key=lambda line: (line.user.organization, line.user.name, line.user.user_id)))

    def lost(self, user_id: str, at: datetime) -> Line:
        """カードの紛失: it opens nothing from now on. Raises NotFound."""
        with self._database.writing() as session:
            log.begin(session)
            account, seen = _account(session, user_id)
            after = rules.act(account, Action.REPORT_LOST, Actor(Role.OPERATOR, USER), at)
            accounts.save(session, after, seen)
            accounts.retire_cards(session, user_id, at)
            record(session, "operator.account.lost", user_id, {"user_id": user_id}, at)
            return _line(session, user_id)

    def merge(self, duplicate_id: str, into_id: str, at: datetime) -> Line:
        """統合: the duplicate's card becomes the other account's. Raises NotFound, NotAllowedNow, ValueInvalid; also where the duplicate's
        firm has cases of its own, which belong to that firm."""
        with self._database.writing() as session:
            log.begin(session)
            (duplicate, seen), (into, seen_into) = _account(session, duplicate_id), _account(session, into_id)
            other_firm = duplicate.organization_id != into.organization_id
            if other_firm and accounts.bodies_of(session, duplicate.organization_id):
                raise ValueInvalid(field="duplicate", problem="its firm has cases of its own")
            gone, goes_on = rules.merge(duplicate, into, Actor(Role.OPERATOR, USER), at)
            accounts.save(session, gone, seen)
            accounts.save(session, goes_on, seen_into)
            accounts.retire_cards(session, duplicate_id, at)
            renewed(session, goes_on, at)
            said: dict[str, object] = {"duplicate": duplicate_id, "into": into_id}
            record(session, "operator.account.merge", duplicate_id, said, at)
            return _line(session, into_id)


def _account(session: Session, user_id: str) -> tuple[Account, int | None]:
    """(account, its revision on record). Raises NotFound."""
    found = accounts.find(session, user_id)
    return (found, found.revision) if found is not None else (first_account(session, user_id), None)


def _line(session: Session, user_id: str) -> Line:
    row, account = accounts.user_row(session, user_id), accounts.find(session, user_id)
    if row is None:
        raise NotFound(wanted=user_id)
    state = account.state.value if account is not None else rules.State.ACTIVE.value
    merged = account.merged_into if account is not None else None
    return Line(row, state, accounts.current_cards(session, user_id), merged)
