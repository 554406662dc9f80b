"""What the case shows, made from the server's word on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from econtract_core.rules.contract import Action, Side, State
from econtract_core.rules.dates import in_japan
from econtract_desktop.texts import Texts
from econtract_desktop.ui.case.course import course
from econtract_desktop.ui.contract_words import (
    contract_title,
    days_left,
    last_return,
    next_deed,
    side_name,
    state_badge,
)
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.widgets.badge import BadgeModel
from econtract_desktop.ui.widgets.stepper import Step
from econtract_desktop.ui.widgets.task_row import DaysLeft

if TYPE_CHECKING:
    from econtract_core.messages.account import Who
    from econtract_core.messages.cases import CaseData, ContractData, DocumentData

Words = tuple[Texts, Formats]


@dataclass(frozen=True)
class Fact:
    """One value of the header."""

    name: str
    value: str
    strong: bool = False
    whole: bool = True  # never shortened; what is not gives way first


@dataclass(frozen=True)
class NextModel:
    """The side card 次にすること. `kind`: what `acted` tells; `others`: further deeds as (kind, words)."""

    kind: str
    title: str
    text: str
    button: str = ""
    days: DaysLeft | None = None
    others: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class DocumentRow:
    """One document of the set."""

    document_id: str
    title: str
    version: str
    size: str
    signatures: str
    badge: BadgeModel


@dataclass(frozen=True)
class HistoryRow:
    """One deed."""

    at: str
    what: str
    version: str
    who: str
    organization: str
    reason: str


@dataclass(frozen=True)
class ContactRow:
    """One contact."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class CaseModel:
    """Everything on the page."""

    contract_id: str
    crumb: str
    title: str
    badge: BadgeModel
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    next: NextModel
    documents: tuple[DocumentRow, ...]
    history: tuple[HistoryRow, ...]
    contacts: tuple[ContactRow, ...]
    may_edit_contacts: bool


def case_model(case: CaseData, contract: ContractData, who: Who, now: datetime, words: Words) -> CaseModel:
    """For the person who is logged in: `allowed` in the contract is theirs."""
    texts, _ = words
    return CaseModel(
        contract_id=contract.contract_id,
        crumb=contract_title(case, contract, texts),
        title=case.title,
        badge=state_badge(contract, texts),
        facts=_facts(case, who, words),
        steps=course(case, contract, who.side, words),
        next=_next(case, contract, now, words),
        documents=tuple(_document(contract, document, words) for document in contract.documents),
        history=_history(contract, words),
        contacts=tuple(ContactRow(c.name, c.email, c.phone) for c in case.contacts),
        may_edit_contacts=who.side is Side.CONTRACTOR,
    )


def _facts(case: CaseData, who: Who, words: Words) -> tuple[Fact, ...]:
    texts, formats = words
    begins = formats.era(case.term_from) if case.term_from else texts("case.from_conclusion")
    contractor = "、".join(party.organization for party in case.contractors)
    person = case.body.person
    return tuple(
        fact
        for fact in (
            Fact(texts("words.case_number"), case.number),
            Fact(texts("words.side_contractor"), contractor, whole=False)
            if who.side is Side.OFFICER
            else Fact(texts("words.body"), case.body.organization, whole=False),
            Fact(texts("case.amount"), formats.money(case.amount), strong=True),
            Fact(texts("case.term"), f"{begins} – {formats.era(case.term_to)}", whole=False),
            Fact(texts("words.officer"), person),
        )
        if fact.value
    )


def _next(case: CaseData, contract: ContractData, now: datetime, words: Words) -> NextModel:
    texts, formats = words
    deed = next_deed(contract)
    kind = deed.kind
    count = sum(d.needs_signature for d in contract.documents)
    facts: dict[str, object] = {
        "count": count,
        "contract": contract_title(case, contract, texts),
        "side": side_name(contract.turn, texts),
        "day": formats.day(in_japan(contract.concluded_at).date()) if contract.concluded_at else "",
    }
    others: list[tuple[str, str]] = []
    if Action.RETURN in contract.allowed or Action.SEND_BACK in contract.allowed:
        others.append(("return", texts("case.return")))
    if kind != "review" and contract.documents and kind != "countersign":
        others.append(("read", texts("case.read")))
    returned = last_return(contract)
    note = ""
    if returned is not None:
        note = texts(
            "case.returned_note",
            version=returned.version,
            day=formats.moment_day(returned.at),
            who=returned.organization,
            reason=returned.reason,
        )
    if kind == "offer" and returned is not None:
        facts["reason"] = returned.reason
        kind_text = "mend"
    else:
        kind_text = kind
    return NextModel(
        kind=kind,
        title=texts(f"case.next_{kind_text}", **facts),
        text=texts(f"case.next_{kind_text}_text", **facts),
        button="" if kind in ("wait", "withdrawn") else texts(f"case.button_{kind}"),
        days=days_left(contract, now, texts, formats) if kind in ("review", "submit", "countersign", "wait") else None,
        others=tuple(others),
        note=note,
    )


def _document(contract: ContractData, document: DocumentData, words: Words) -> DocumentRow:
    texts, formats = words
    sides = tuple(s.side for s in contract.signatures if document.document_id in s.files and s.void_version is None)
    if not document.needs_signature:
        badge = BadgeModel(texts("case.doc_attached"))
    elif contract.state is State.CONCLUDED:
        badge = BadgeModel(texts("case.doc_both"), "ok", "checkmark_16_regular")
    elif Side.CONTRACTOR in sides:
        badge = BadgeModel(texts("case.doc_signed"), "ok", "checkmark_16_regular")
    else:
        badge = BadgeModel(texts("words.state_offered"), "info", "signature_16_regular")
    signed = " ".join(
        dict.fromkeys(s.user for s in contract.signatures if document.document_id in s.files and s.void_version is None)
    )
    return DocumentRow(
        document_id=document.document_id,
        title=document.title,
        version=texts("words.version", version=contract.version),
        size=formats.size(document.current_size),
        signatures=signed or "—",
        badge=badge,
    )


def _history(contract: ContractData, words: Words) -> tuple[HistoryRow, ...]:
    texts, formats = words
    return tuple(
        HistoryRow(
            at=formats.moment(deed.at),
            what=texts(f"words.deed_{deed.action.value}"),
            version=texts("words.version", version=deed.version) if deed.version else "",
            who=deed.user if deed.side is not Side.SYSTEM else texts("words.side_system"),
            organization=deed.organization if deed.side is not Side.SYSTEM else "",
            reason=deed.reason,
        )
        for deed in reversed(contract.history)
    )
