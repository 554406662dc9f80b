"""The board: what one may see of what the operator tells, and what a maintenance window stops."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from math import ceil

from econtract_core.messages.notices import Board, BulletinData
from econtract_core.rules.bulletin import Bulletin, Function, Kind, closed_until, is_shown
from econtract_core.rules.errors import ServerBusy
from econtract_server.repository import bulletins
from econtract_server.repository.registry import Member
from econtract_server.repository.session import Session

LONGEST_WAIT = 3600  # seconds of a Retry-After: a window may be ended early


def board(session: Session, member: Member | None, at: datetime) -> Board:
    """For this member; None: for anybody."""
    side, organization_id = (member.side, member.organization_id) if member is not None else (None, None)
    shown = [b for b in bulletins.not_over(session, at) if is_shown(b, at, side, organization_id)]
    return Board(
        notices=_newest(shown, Kind.NOTICE),
        maintenance=tuple(data_of(b) for b in shown if b.kind is Kind.MAINTENANCE),
        manuals=_newest(shown, Kind.MANUAL),
        faq=_newest(shown, Kind.FAQ),
    )


def refuse_changes(session: Session, at: datetime) -> None:
    """Raises ServerBusy while a window of the whole system is open; `retry_after` is its end, an hour at most."""
    until = closed_until(bulletins.not_over(session, at), Function.SYSTEM, at)
    if until is not None:
        wait = ceil((until - at).total_seconds())
        raise ServerBusy("maintenance", retry_after=min(max(wait, 1), LONGEST_WAIT))


def data_of(bulletin: Bulletin) -> BulletinData:
    return BulletinData.model_validate(asdict(bulletin))


def _newest(shown: list[Bulletin], kind: Kind) -> tuple[BulletinData, ...]:
    return tuple(data_of(b) for b in reversed(shown) if b.kind is kind)
