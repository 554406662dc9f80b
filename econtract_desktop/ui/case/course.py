"""The course of a contract as six steps, with who and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.contract import Action, Side, State
from econtract_desktop.texts import Texts
from econtract_desktop.ui.contract_words import last_deed, last_return, side_name
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.widgets.stepper import Step

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData, ContractData

_STEPS = (
    ("offer", Action.OFFER),
    ("review", Action.REVIEW),
    ("sign", Action.SIGN),
    ("submit", Action.SUBMIT),
    ("countersign", Action.COUNTERSIGN),
    ("conclude", Action.CONCLUDE),
)


def course(case: CaseData, contract: ContractData, mine: Side, words: tuple[Texts, Formats]) -> tuple[Step, ...]:
    """`mine`: the side of the person who looks."""
    now = _reached(contract)
    return tuple(_step(case, contract, i, now, mine, words) for i in range(len(_STEPS)))


def _reached(contract: ContractData) -> int:
    """The step that is open; past the last one when all is done."""
    if contract.state is State.SIGNING:
        return 3 if not contract.unsigned_contractor_ids else 2
    return {
        State.DRAFTING: 0,
        State.OFFERED: 1,
        State.UNDER_REVIEW: 2,
        State.SUBMITTED: 4,
        State.COUNTERSIGNED: 5,
        State.CONCLUDED: len(_STEPS),
        State.COMPLETED: len(_STEPS),
        State.ARCHIVED: len(_STEPS),
    }.get(contract.state, len(_STEPS) + (contract.concluded_at is None))


def _step(case: CaseData, contract: ContractData, at: int, now: int, mine: Side, words: tuple[Texts, Formats]) -> Step:
    texts, formats = words
    name, action = _STEPS[at]
    title = texts(f"case.step_{name}")
    if now > len(_STEPS):
        return Step(title, "next", (), texts("case.step_spoken_next", title=title))
    details: list[str] = []
    if at < now:
        state = "done"
        deed = last_deed(contract, action, version=contract.version)
        if deed is not None:
            details.append(formats.moment(deed.at))
            version = (
                texts("words.version", version=contract.version) if name == "offer" and contract.version > 1 else ""
            )
            if deed.user and deed.side is not Side.SYSTEM:
                details.append(f"{deed.user}({version})" if version else deed.user)
        elif name == "conclude" and contract.concluded_at is not None:
            details.append(formats.moment(contract.concluded_at))
    elif at == now:
        state = "now"
        ours = contract.turn is mine
        details.append(
            texts("case.your_turn") if ours else texts("case.their_turn", side=side_name(contract.turn, texts))
        )
        if contract.deadline is not None and now in (1, 2, 3):
            details.append(texts("words.until", moment=formats.until(contract.deadline)))
    else:
        state = "next"
        if name == "countersign" and case.body.person:
            details.append(case.body.person)
    details += _returned(contract, at, now, texts)
    spoken = texts(f"case.step_spoken_{state}", title=title) + " " + " ".join(details)
    return Step(title, state, tuple(details), spoken)


def _returned(contract: ContractData, at: int, now: int, texts: Texts) -> list[str]:
    """Under the step a version came back from, or under the first while it is being mended."""
    deed = last_return(contract)
    if deed is None:
        return []
    where = 0 if now == 0 else (1 if deed.action is Action.RETURN else 4)
    return [texts("case.step_returned", version=deed.version)] if at == where else []
