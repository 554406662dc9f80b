"""What the home shows, made from the cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from econtract_core.rules.contract import Action, Side
from econtract_core.rules.dates import in_japan
from econtract_desktop.texts import Texts
from econtract_desktop.ui.contract_words import (
    contacts_missing,
    contract_title,
    days_left,
    last_deed,
    last_return,
    next_deed,
    side_name,
    state_badge,
)
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.widgets.badge import BadgeModel
from econtract_desktop.ui.widgets.task_row import TaskModel

if TYPE_CHECKING:
    from econtract_core.messages.account import Who
    from econtract_core.messages.cases import CaseData, ContractData
    from econtract_desktop.ui.waiting_stamps import Stamps

_ICONS = {
    "review": "signature_24_regular",
    "submit": "send_24_regular",
    "offer": "document_edit_24_regular",
    "countersign": "signature_24_regular",
    "contacts": "contact_card_24_regular",
}


@dataclass(frozen=True)
class WaitingModel:
    """One row of 「ほかの人の対応を待っているもの」. `key`: the contract."""

    key: str
    deed: str
    case: str
    person: str
    ours: str
    until: str


@dataclass(frozen=True)
class StampsModel:
    """Signed documents whose timestamps are still missing. `tone`: info, warn where a deadline is near."""

    title: str
    text: str
    tone: str


@dataclass(frozen=True)
class HomeModel:
    """`notice` is one sentence across the page, or empty; `tone` its colour. `loading`: nothing is known yet."""

    date: str
    tasks: tuple[TaskModel, ...] = ()
    waiting: tuple[WaitingModel, ...] = ()
    notice: str = ""
    tone: str = "info"
    loading: bool = False
    empty: str = ""
    stamps: StampsModel | None = None


def stamps_model(stamps: Stamps, words: tuple[Texts, Formats]) -> StampsModel | None:
    """How many wait, since when, until when; None where none does."""
    texts, formats = words
    refused = [signed for signed in stamps.contracts if signed.refused]
    if refused:
        names = "、".join(dict.fromkeys(signed.case for signed in refused))
        return StampsModel(texts("home.stamps_refused"), texts("home.stamps_refused_hint", cases=names), "warn")
    if not stamps.files:
        return None
    oldest = min(waiting.signed_at for waiting in stamps.files)
    facts = {"oldest": formats.moment(oldest), "until": formats.deadline(stamps.files[0].deadline)}
    title = texts("home.stamps", count=len(stamps.files))
    if stamps.warned:
        return StampsModel(title, texts("home.stamps_near", near=len(stamps.warned), **facts), "warn")
    return StampsModel(title, texts("home.stamps_hint", **facts), "info")


def home_model(
    cases: tuple[CaseData, ...], who: Who, now: datetime, words: tuple[Texts, Formats], *, notice: str = ""
) -> HomeModel:
    """Sorted by deadline; the first one has the filled button."""
    texts, formats = words
    tasks: list[tuple[float, TaskModel]] = []
    waiting: list[WaitingModel] = []
    for case in cases:
        for contract in case.contracts:
            deed = next_deed(contract)
            if deed.mine:
                tasks.append((_until(contract, now), _task(case, contract, deed.kind, now, words)))
            elif deed.kind == "wait":
                waiting.append(_waiting(case, contract, words))
        if contacts_missing(case, who):
            tasks.append((8e15, _contacts(case, texts)))
    tasks.sort(key=lambda pair: pair[0])
    models = [replace(model, primary=i == 0) for i, (_, model) in enumerate(tasks)]
    return HomeModel(
        date=formats.day(in_japan(now).date()),
        tasks=tuple(models),
        waiting=tuple(waiting),
        notice=notice,
        empty="" if models else texts("home.empty_officer" if who.side is Side.OFFICER else "home.empty"),
    )


def _until(contract: ContractData, now: datetime) -> float:
    return (contract.deadline - now).total_seconds() if contract.deadline is not None else 4e15


def _task(case: CaseData, contract: ContractData, kind: str, now: datetime, words: tuple[Texts, Formats]) -> TaskModel:
    texts, formats = words
    badge = BadgeModel(texts("words.version", version=contract.version)) if contract.version else None
    returned = last_return(contract)
    title = texts(f"home.task_{kind}", contract=contract_title(case, contract, texts))
    if kind == "offer" and returned is not None:
        title = texts("home.task_mend")
        badge = BadgeModel(texts("words.state_returned"), "warn", "arrow_undo_16_regular")
    elif kind == "countersign":
        badge = BadgeModel(texts("home.contractor_signed"), "ok", "checkmark_16_regular")
    return TaskModel(
        key=f"{kind}:{contract.contract_id}",
        icon=_ICONS[kind],
        title=title,
        case=case.title,
        why=_why(case, contract, kind, words),
        button=texts(f"home.button_{kind}"),
        badge=badge,
        days=days_left(contract, now, texts, formats),
    )


def _why(case: CaseData, contract: ContractData, kind: str, words: tuple[Texts, Formats]) -> str:
    texts, formats = words
    returned = last_return(contract)
    if kind == "offer":
        if returned is not None:
            return texts("home.why_mend", reason=returned.reason)
        return texts("home.why_offer", firm=case.contractors[0].organization if case.contractors else "")
    action = {"review": Action.OFFER, "submit": Action.SIGN, "countersign": Action.SUBMIT}[kind]
    deed = last_deed(contract, action)
    if deed is None:
        return case.body.organization
    return texts(f"home.why_{kind}", organization=deed.organization, person=deed.user, day=formats.moment_day(deed.at))


def _contacts(case: CaseData, texts: Texts) -> TaskModel:
    return TaskModel(
        key=f"contacts:{case.contracts[0].contract_id}",
        icon=_ICONS["contacts"],
        title=texts("home.task_contacts"),
        case=case.title,
        why=texts("home.why_contacts"),
        button=texts("home.button_contacts"),
    )


def _waiting(case: CaseData, contract: ContractData, words: tuple[Texts, Formats]) -> WaitingModel:
    texts, formats = words
    theirs = case.body if contract.turn is Side.OFFICER else (case.contractors[0] if case.contractors else case.body)
    last = contract.history[-1] if contract.history else None
    person = " ".join(part for part in (theirs.organization, theirs.person) if part)
    return WaitingModel(
        key=contract.contract_id,
        deed=state_badge(contract, texts).text,
        case=case.title,
        person=person or side_name(contract.turn, texts),
        ours=texts(f"words.did_{last.action.value}", day=formats.moment_day(last.at)) if last is not None else "—",
        until=formats.until(contract.deadline) if contract.deadline is not None else "—",
    )
