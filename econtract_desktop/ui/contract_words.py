"""What a contract is called, whose turn it is and what comes next, in words. Shared by the home, the list and the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from econtract_core.rules.contract import OPEN, Action, ContractKind, Side, State
from econtract_core.rules.dates import in_japan
from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.widgets.badge import BadgeModel
from econtract_desktop.ui.widgets.task_row import DaysLeft

if TYPE_CHECKING:
    from econtract_core.messages.account import Who
    from econtract_core.messages.cases import CaseData, ContractData, DeedData

_BADGES = {
    State.DRAFTING: ("neutral", "document_edit_16_regular"),
    State.OFFERED: ("info", "signature_16_regular"),
    State.UNDER_REVIEW: ("info", "signature_16_regular"),
    State.SIGNING: ("info", "signature_16_regular"),
    State.SUBMITTED: ("info", "clock_16_regular"),
    State.COUNTERSIGNED: ("info", "clock_16_regular"),
    State.CONCLUDED: ("ok", "checkmark_16_regular"),
    State.WITHDRAWN: ("neutral", ""),
    State.TERMINATED: ("neutral", ""),
    State.CORRECTED_BY: ("neutral", ""),
    State.MOVED_TO_PAPER: ("neutral", ""),
    State.COMPLETED: ("ok", "checkmark_16_regular"),
    State.ARCHIVED: ("ok", "checkmark_16_regular"),
}


@dataclass(frozen=True)
class NextDeed:
    """`kind`: review, submit, offer, countersign, wait, concluded, withdrawn. `mine`: this person can do it now."""

    kind: str
    mine: bool


def next_deed(contract: ContractData) -> NextDeed:
    """What comes next for the person who asked the server for this contract (`allowed` is theirs)."""
    for kind, action in (
        ("offer", Action.OFFER),
        ("submit", Action.SUBMIT),
        ("review", Action.SIGN),
        ("review", Action.REVIEW),
        ("countersign", Action.COUNTERSIGN),
    ):
        if action in contract.allowed:
            return NextDeed(kind, True)
    if contract.state is State.CONCLUDED:
        return NextDeed("concluded", False)
    if contract.state in OPEN:
        return NextDeed("wait", False)
    return NextDeed("withdrawn", False)


def contacts_missing(case: CaseData, who: Who) -> bool:
    """The contractor has told nobody to write to, and something may still come."""
    live = any(c.state in OPEN for c in case.contracts)
    return who.side is Side.CONTRACTOR and live and not case.contacts


def todo_count(cases: tuple[CaseData, ...], who: Who) -> int:
    """How many things the home page lists as this person's to do."""
    deeds = sum(next_deed(contract).mine for case in cases for contract in case.contracts)
    return deeds + sum(contacts_missing(case, who) for case in cases)


def contract_title(case: CaseData, contract: ContractData, texts: Texts) -> str:
    """工事請負契約書, 変更契約書(第1回) …"""
    if contract.kind is ContractKind.ORIGINAL:
        return texts(f"words.contract_{case.kind.value}")
    return texts(f"words.contract_{contract.kind.value}", number=contract.number)


def state_badge(contract: ContractData, texts: Texts) -> BadgeModel:
    """署名待ち, 提出待ち, 契約締結 …"""
    tone, icon = _BADGES[contract.state]
    key = contract.state.value.lower()
    if contract.state is State.SIGNING and not contract.unsigned_contractor_ids:
        key = "signed"
    if contract.state is State.DRAFTING and last_return(contract) is not None:
        tone, icon, key = "warn", "arrow_undo_16_regular", "returned"
    return BadgeModel(texts(f"words.state_{key}"), tone, icon)


def last_return(contract: ContractData) -> DeedData | None:
    """The deed that gave the version before back."""
    for deed in reversed(contract.history):
        if deed.action in (Action.RETURN, Action.SEND_BACK):
            return deed
    return None


def last_deed(contract: ContractData, *actions: Action, version: int | None = None) -> DeedData | None:
    """The latest deed of one of these kinds, of this version where one is named."""
    for deed in reversed(contract.history):
        if deed.action in actions and version in (None, deed.version):
            return deed
    return None


def side_name(side: Side | None, texts: Texts) -> str:
    """受注者, 発注者"""
    return texts(f"words.side_{side.value}") if side is not None else ""


def days_left(contract: ContractData, now: datetime, texts: Texts, formats: Formats) -> DaysLeft | None:
    """Days by Japan's calendar. The bar is full at the offer."""
    if contract.deadline is None:
        return None
    offered = last_deed(contract, Action.OFFER)
    begins = offered.at if offered is not None else contract.deadline - timedelta(days=14)
    whole = max((contract.deadline - begins).total_seconds(), 1.0)
    rest = (contract.deadline - now).total_seconds()
    days = (in_japan(contract.deadline).date() - in_japan(now).date()).days
    if rest <= 0:
        words = texts("words.days_over")
    elif days == 0:
        words = texts("words.days_today")
    else:
        words = texts("words.days_left" if days != 1 else "words.day_left", days=days)
    until = texts("words.until", moment=formats.until(contract.deadline))
    return DaysLeft(words, rest / whole, days <= 1, until)


def role_name(role: str, texts: Texts) -> str:
    """The server's role in words; one that has no word here is shown as it is."""
    known = ("representative", "agent", "sub_agent", "officer", "inspector", "operator")
    return texts(f"words.role_{role}") if role in known else role
