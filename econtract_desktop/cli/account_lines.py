"""How an account and a card's door are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.accounts import AccountData, DoorAnswer


def account_lines(account: AccountData, say: Texts) -> list[str]:
    state = say(f"account.state_{account.state.value}")
    facts = {"id": account.user_id, "user": account.user, "organization": account.organization, "state": state}
    lines = [say("account.line", **facts)]
    if account.contractor_number:
        lines.append("  " + say("account.number", number=account.contractor_number))
    card = account.cards[0]
    lines.append("  " + say("account.card", holder=card.holder, until=card.not_after.date().isoformat()))
    if account.renewal is not None:
        new, kind = account.renewal.card, say(f"account.kind_{account.renewal.kind.value}")
        lines.append("  " + say("account.waits", kind=kind, holder=new.holder, until=new.not_after.date().isoformat()))
    if account.undo_until is not None:
        lines.append("  " + say("account.undo_until", day=account.undo_until.date().isoformat()))
    if account.warns is not None:
        lines.append("  " + say("account.ended" if account.warns == 0 else "account.warns", days=account.warns))
    reasons = [deed.reason for deed in account.history if deed.reason]
    if reasons:
        lines.append("  " + say("account.reason", reason=reasons[-1]))
    return lines


def door_lines(answer: DoorAnswer, say: Texts) -> list[str]:
    lines = [say(f"account.door_{answer.door.value}", holder=answer.card.holder, organization=answer.organization)]
    for way in answer.ways:
        because = say("account.and").join(say(f"account.evidence_{one.value}") for one in way.evidence)
        sure = say(f"account.sure_{way.sureness.value}")
        facts = {"id": way.user_id, "user": way.user or "-", "organization": way.organization}
        lines.append("  " + say("account.way", sure=sure, because=because, **facts))
    if answer.account is not None:
        lines += account_lines(answer.account, say)
    return lines
