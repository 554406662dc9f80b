"""Registration 利用者登録 and card renewal ICカード更新: what a card opens, applications, and what is done with them.

A card that has no session yet proves itself once, at the door, and gets a ticket: it stands for that card, on that PC, for some
minutes, so that nobody types a PIN for each step. The rules are `econtract_core.rules.registration` and `card_door`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from econtract_core.messages.account import LoginRequest
from econtract_core.messages.base import Identifier, Line, Message, Moment, Sha256Hex, Text
from econtract_core.rules.card_door import Door, Evidence, Sureness
from econtract_core.rules.registration import Access, Action, RenewalKind, Role, State

Ticket = Annotated[str, Field(min_length=20, max_length=100)]
_Short = Annotated[str, Field(max_length=300)]


class CardFacts(Message):
    """What a certificate says, and what became of it."""

    certificate_sha256: Sha256Hex
    holder: _Short
    not_before: Moment
    not_after: Moment
    retired_at: Moment | None = None
    lost_at: Moment | None = None


class RenewalData(Message):
    """A new card that waits for the body's approval."""

    card: CardFacts
    kind: RenewalKind
    asked_at: Moment


class AccountDeed(Message):
    at: Moment
    action: Action
    role: Role
    user: str
    reason: Text = ""


class AccountData(Message):
    """One person's account. `warns`: the card ends within so many days (90, 60, 30; 0: it has ended). `allowed`: what the asking person
    may do with it now. `undo_until`: by when its user may take the registration back; None: it was not made by its user."""

    user_id: Identifier
    user: Line
    role: Line
    organization_id: Identifier
    organization: Line
    corporate_number: str
    contractor_number: str | None
    state: State
    revision: int
    cards: tuple[CardFacts, ...]
    renewal: RenewalData | None = None
    undo_until: Moment | None = None
    merged_into: Identifier | None = None
    warns: int | None = None
    history: tuple[AccountDeed, ...] = ()
    allowed: tuple[Action, ...] = ()


class AccountList(Message):
    accounts: tuple[AccountData, ...]


class Knock(LoginRequest):
    """A card at the door. `contractor_number` 受注者番号 as typed, "" where it was not."""

    contractor_number: Annotated[str, Field(max_length=32)] = ""


class Way(Message):
    """What this card may mean, towards one registered person. `user` is "" where it is not certain that the firm is the card's."""

    door: Door
    sureness: Sureness
    evidence: tuple[Evidence, ...]
    user_id: Identifier
    user: str
    organization_id: Identifier
    organization: Line


class DoorAnswer(Message):
    """`ways`: the surest first. `account`: of whom this card is or was; `access`: what it opens there."""

    ticket: Ticket
    expires: Moment
    card: CardFacts
    organization: _Short
    corporate_number: _Short
    represents: bool
    door: Door
    ways: tuple[Way, ...] = ()
    account: AccountData | None = None
    access: Access = Access.NONE


class Register(Message):
    """利用者登録申請, or the same again after it was given back. `role`: 役職 as it is to be shown; `represents`: 代表者. `firm` and
    `corporate_number` where the card does not say them; `body_id`: who shall look at it, any body where None; `insists`: it is another
    person in spite of a likeness."""

    operation_id: Identifier
    ticket: Ticket
    name: Line
    role: Line
    represents: bool = False
    firm: _Short = ""
    corporate_number: Annotated[str, Field(pattern=r"^([0-9]{13})?$")] = ""
    contractor_number: Annotated[str, Field(max_length=32)] = ""
    body_id: Identifier | None = None
    insists: bool = False


class Renew(Message):
    """ICカード更新: the account of `user_id` gets the card of `new_ticket`. `old_ticket`: the old card, proved as well. `name`, `role`: as they
    are to be shown from now on, "" as before."""

    operation_id: Identifier
    new_ticket: Ticket
    old_ticket: Ticket | None = None
    user_id: Identifier
    renewal: RenewalKind
    name: _Short = ""
    role: _Short = ""


class UndoRegistration(Message):
    """誤った登録の取消し: by the card it was made with."""

    operation_id: Identifier
    ticket: Ticket


class AccountAnswer(Message):
    """The final outcome, the same every time it is sent; `receipt` as of every operation."""

    operation_id: Identifier
    arrived_at: Moment
    account: AccountData
    receipt: Annotated[str, Field(max_length=30_000)] | None = None


class ActOnRegistration(Message):
    """By a body: approve, return (a registration); approve_renewal, return_renewal. The object is the user."""

    kind: Literal["registration.act"] = "registration.act"
    action: Literal[Action.APPROVE, Action.RETURN, Action.APPROVE_RENEWAL, Action.RETURN_RENEWAL]
    reason: Text = ""
