"""What the list of cases shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from econtract_core.rules.contract import Side
from econtract_desktop.texts import Texts
from econtract_desktop.ui.contract_words import state_badge
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.widgets.badge import BadgeModel

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData


@dataclass(frozen=True)
class CaseRow:
    """One line. `key`: the contract that is opened."""

    key: str
    number: str
    title: str
    other: str
    amount: str
    term: str
    badge: BadgeModel


@dataclass(frozen=True)
class CasesModel:
    """`loading`: nothing is known yet. `other`: the heading of the other side's column."""

    rows: tuple[CaseRow, ...]
    other: str
    loading: bool = False


def cases_model(cases: tuple[CaseData, ...] | None, side: Side, texts: Texts, formats: Formats) -> CasesModel:
    """By case number, the newest contract of each."""
    other = texts("words.side_contractor" if side is Side.OFFICER else "words.body")
    rows = []
    for case in cases or ():
        contract = case.contracts[-1]
        party = case.contractors[0] if side is Side.OFFICER and case.contractors else case.body
        rows.append(
            CaseRow(
                key=contract.contract_id,
                number=case.number,
                title=case.title,
                other=party.organization,
                amount=formats.money(case.amount),
                term=texts("words.until", moment=formats.era(case.term_to)),
                badge=state_badge(contract, texts),
            )
        )
    return CasesModel(tuple(rows), other, loading=cases is None)
