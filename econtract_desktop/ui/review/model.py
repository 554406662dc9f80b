"""What the review shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from econtract_core.evidence.verdict import Severity
from econtract_core.rules.contract import Action, Side
from econtract_desktop.texts import Texts
from econtract_desktop.ui.contract_words import next_deed, side_name
from econtract_desktop.ui.review.changes import Changes
from econtract_desktop.ui.widgets.badge import BadgeModel

if TYPE_CHECKING:
    from econtract_core.evidence.verdict import Finding, Inspection
    from econtract_core.messages.cases import CaseData, ContractData
    from econtract_desktop.services.review_contract import Review, ReviewFile

_MOST_LINES = 5
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `tone`: info, ok, warn, err."""

    tone: str
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signer:
    """A person or firm that signs, with where they stand."""

    name: str
    below: str  # side, and the organisation where `name` is a person
    badge: BadgeModel
    mine: bool = False


@dataclass(frozen=True)
class ReviewModel:
    """One document of the set. `deed`: sign, countersign or empty (reading only)."""

    title: str
    case: str
    at: int
    count: int
    checks: tuple[Check, ...]
    signers: tuple[Signer, ...]
    fingerprint: str
    sha256: str
    deed: str
    may_return: bool
    safe: bool


@dataclass(frozen=True)
class SeenModel:
    """How much has been shown, and what is still in the way of signing."""

    done: bool
    words: str
    card: str
    card_in: bool
    ready: bool


def review_model(review: Review, at: int, changes: Changes | None, texts: Texts, *, fingerprint: str) -> ReviewModel:
    """`changes` None: not compared (yet)."""
    file, contract = review.files[at], review.contract
    kind = next_deed(contract).kind
    deed = {"review": "sign", "countersign": "countersign"}.get(kind, "")
    return ReviewModel(
        title=texts("review.document", title=file.document.title, version=contract.version),
        case=review.case.title,
        at=at,
        count=len(review.files),
        checks=(_difference(file, contract, changes, texts), *safety(file.inspection, texts)),
        signers=signers(review.case, contract, texts),
        fingerprint=fingerprint,
        sha256=file.document.current_sha256,
        deed=deed,
        may_return=Action.RETURN in contract.allowed or Action.SEND_BACK in contract.allowed,
        safe=all(f.inspection.safe_to_sign for f in review.files if f.document.needs_signature),
    )


def _difference(file: ReviewFile, contract: ContractData, changes: Changes | None, texts: Texts) -> Check:
    if file.previous is None:
        first = contract.version <= 1
        return Check("info", texts("review.first" if first else "review.no_previous"))
    if not file.changed_from_previous:
        return Check("ok", texts("review.same"))
    if changes is None:
        return Check("info", texts("review.comparing"))
    if not changes.places:
        return Check("warn", texts("review.changed_unseen"), (texts("review.changed_unseen_hint"),))
    lines = []
    for place in changes.places[:_MOST_LINES]:
        mark = _CIRCLED[place.number - 1] if place.number <= len(_CIRCLED) else f"({place.number})"
        if place.old and place.new:
            lines.append(f"{mark} {place.old} → {place.new}")
        elif place.new:
            lines.append(texts("review.added", mark=mark, text=place.new))
        else:
            lines.append(texts("review.taken_out", mark=mark, text=place.old))
    rest = len(changes.places) - _MOST_LINES
    if rest > 0:
        lines.append(texts("review.more", count=rest))
    return Check("info", texts("review.changes", count=len(changes.places)), tuple(lines))


def safety(inspection: Inspection, texts: Texts) -> tuple[Check, ...]:
    """文書の安全, and one entry for what has to be looked at."""
    told = [(f, _finding(f, texts)) for f in inspection.findings if f.severity is not Severity.NOTE]
    refused = tuple(dict.fromkeys(words for f, words in told if f.severity is Severity.REFUSE))
    warned = tuple(dict.fromkeys(words for f, words in told if f.severity is Severity.WARN))
    if not inspection.safe_to_sign:
        return (Check("err", texts("review.unsafe"), refused[:_MOST_LINES] or (texts("review.unsafe_hint"),)),)
    if warned:
        return (Check("warn", texts("review.look_here", count=len(warned)), warned[:_MOST_LINES]),)
    return (Check("ok", texts("review.safe"), (texts("review.safe_hint"),)),)


def _finding(finding: Finding, texts: Texts) -> str:
    words = texts("findings." + finding.code, **dict(finding.facts), where=finding.where)
    page = finding.where.removeprefix("page ")
    return f"{words} {texts('review.on_page', page=page)}" if page.isdigit() else words


def signers(case: CaseData, contract: ContractData, texts: Texts) -> tuple[Signer, ...]:
    """Every member of the contractor, then the officer."""
    done = {s.organization_id: s for s in contract.signatures if s.void_version is None}
    found = []
    may = {Action.SIGN: Side.CONTRACTOR, Action.COUNTERSIGN: Side.OFFICER}
    my_side = next((side for action, side in may.items() if action in contract.allowed), None)
    for side, party in [*((Side.CONTRACTOR, p) for p in case.contractors), (Side.OFFICER, case.body)]:
        signed = done.get(party.organization_id)
        person = signed.user if signed is not None else party.person
        name = person or party.organization
        role = side_name(side, texts)
        below = f"{role} {party.organization}" if person else role
        if signed is not None:
            badge = BadgeModel(texts("review.signed"), "ok", "checkmark_16_regular")
        elif side is my_side:
            badge = BadgeModel(texts("review.your_turn"), "info")
        else:
            badge = BadgeModel(texts("review.later" if side is Side.OFFICER else "review.waiting"))
        found.append(Signer(name, below, badge, mine=side is my_side and signed is None))
    return tuple(found)
