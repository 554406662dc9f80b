"""What the contracts of one case are to each other: the original, change 1, 2 ..., unit-price agreement 1, 2 ..., corrections.

One change at a time, one agreement at a time; the current terms are the case's as registered and what every standing contract
changes in them; a correction stands in the corrected one's place. Source: product.md "Contract"; facts.md 1.5 K10–K14, 3.1,
4 row 22; 建設業法19条2項 (changes in writing).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from econtract_core.rules.case import Case
from econtract_core.rules.contract import (
    OPEN,
    Action,
    Actor,
    Change,
    Contract,
    ContractKind,
    Side,
    State,
    check,
    moved,
)
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import ConditionMissing, NotAllowedNow, OtherContractOpen, ValueInvalid
from econtract_core.rules.money import Yen

_SYSTEM = Actor(Side.SYSTEM, "", "", "")
_STANDING = (State.CONCLUDED, State.TERMINATED, State.COMPLETED, State.ARCHIVED)


@dataclass(frozen=True)
class CaseSettings:
    """What a body sets. Both are unverified (facts.md 2.3 and 2.2 name no days for the agreement itself; 14 days is the limit
    for talks about the amount in an example of services [B67])."""

    unit_price_days: int = 14  # from conclusion (of the original, or of a change) to the agreement
    change_needs_agreement: bool = False  # no change n+1 before the agreement that follows change n


@dataclass(frozen=True)
class Terms:
    """Now in force. Money in yen with tax. `on_paper`: contracts concluded (if at all) on paper, whose changes are not in here."""

    amount: Yen
    tax: Yen
    term_from: date | None
    term_to: date
    on_paper: tuple[str, ...] = ()


def is_standing(contract: Contract) -> bool:
    """Its change counts: concluded, and no correction took its place. Moved to paper after its conclusion it still counts."""
    concluded = contract.concluded_at is not None
    return concluded and (contract.state in _STANDING or contract.state is State.MOVED_TO_PAPER)


def original_of(contracts: tuple[Contract, ...]) -> Contract | None:
    """The original that stands (or its correction); None before its conclusion."""
    for contract in contracts:
        if contract.kind is ContractKind.ORIGINAL and is_standing(contract):
            return contract
    return None


def current_terms(case: Case, contracts: tuple[Contract, ...]) -> Terms:
    """The contract amount and term now: as registered, and every concluded change. Source: facts.md 2.2 row 5 [G], 3.3."""
    standing = sorted((c for c in contracts if is_standing(c)), key=lambda c: c.number)
    term_to = case.term_to
    for contract in standing:
        term_to = contract.change.term_to or term_to
    return Terms(
        amount=case.amount + sum(c.change.amount for c in standing),
        tax=case.tax + sum(c.change.tax for c in standing),
        term_from=case.term_from,
        term_to=term_to,
        on_paper=tuple(c.contract_id for c in contracts if c.state is State.MOVED_TO_PAPER and c.concluded_at is None),
    )


def check_change(case: Case, contracts: tuple[Contract, ...], change: Change) -> Terms:
    """The terms as they would be. Raises ValueInvalid where an amount or the term comes out as no contract's may be."""
    now = current_terms(case, contracts)
    new = replace(
        now, amount=now.amount + change.amount, tax=now.tax + change.tax, term_to=change.term_to or now.term_to
    )
    if new.amount <= 0 or not 0 <= new.tax < new.amount:
        raise ValueInvalid(field="amount", problem=f"{new.amount} / {new.tax}")
    if new.term_from is not None and new.term_to < new.term_from:
        raise ValueInvalid(field="term_to", problem="before term_from")
    return new


def begin(
    case: Case,
    contracts: tuple[Contract, ...],
    kind: ContractKind,
    contract_id: str,
    change: Change = Change(),  # noqa: B008 - frozen
    settings: CaseSettings = CaseSettings(),
) -> Contract:
    """A new draft with the next number. Raises OtherContractOpen, ConditionMissing, ValueInvalid.

    A change or agreement needs the concluded original; change n+1 comes after n was concluded or withdrawn (product.md;
    facts.md 3.1). Only a change (or a correction) changes terms.
    """
    if contract_id in {c.contract_id for c in contracts}:
        raise ValueInvalid(field="contract_id", problem="taken")
    same = [c for c in contracts if c.kind is kind]
    _refuse_open(same)
    fresh = Contract(contract_id, case.case_id, kind, 0, case.body_id, case.contractor_ids)
    if kind is ContractKind.ORIGINAL:
        taken = [c for c in same if c.state is not State.WITHDRAWN]
        if taken:
            raise OtherContractOpen(contract=taken[0].contract_id, state=taken[0].state.value)
        return fresh
    _concluded_original(contracts)
    if kind is ContractKind.CHANGE:
        due = unit_price_due(contracts, settings)
        if settings.change_needs_agreement and due is not None:
            raise ConditionMissing(condition="unit_price")
        check_change(case, contracts, change)
    elif change != Change():
        raise ValueInvalid(field="change", problem="a unit-price agreement changes no terms")
    number = max((c.number for c in same), default=0) + 1
    return replace(fresh, number=number, change=change)


def begin_correction(case: Case, contracts: tuple[Contract, ...], wrong: Contract, contract_id: str) -> Contract:
    """訂正: a new document, signed by both, of the same kind and number. The wrong one stands until this is concluded.

    Its `change` is the wrong one's and may be set anew before the offer. Source: facts.md 1.5 K14, 4 row 22 [B37].
    Raises NotAllowedNow, OtherContractOpen, ValueInvalid.
    """
    if contract_id in {c.contract_id for c in contracts}:
        raise ValueInvalid(field="contract_id", problem="taken")
    if wrong.state is not State.CONCLUDED:
        raise NotAllowedNow(action=Action.CORRECT.value, state=wrong.state.value)
    _refuse_open([c for c in contracts if c.kind is wrong.kind])
    fresh = Contract(contract_id, case.case_id, wrong.kind, wrong.number, wrong.body_id, wrong.contractor_ids)
    return replace(fresh, change=wrong.change, corrects_id=wrong.contract_id, lead_signs_last=wrong.lead_signs_last)


def conclude(contracts: tuple[Contract, ...], contract_id: str, at: datetime) -> tuple[Contract, ...]:
    """契約締結 of one of them; what it corrects becomes CORRECTED_BY. The case's contracts as they are afterwards.

    Raises NotAllowedNow, TimestampPending. Source: 会計法29条の8第2項 (both have signed).
    """
    new = _find(contracts, contract_id)
    check(new, Action.CONCLUDE, _SYSTEM)
    after = {contract_id: moved(replace(new, concluded_at=at), Action.CONCLUDE, _SYSTEM, at)}
    if new.corrects_id is not None:
        wrong = _find(contracts, new.corrects_id)
        check(wrong, Action.CORRECT, _SYSTEM)
        after[wrong.contract_id] = moved(replace(wrong, corrected_by_id=contract_id), Action.CORRECT, _SYSTEM, at)
    return _replaced(contracts, after)


def terminate(contracts: tuple[Contract, ...], actor: Actor, at: datetime, reason: str) -> tuple[Contract, ...]:
    """解除 of the original: what is open ends with it, its signatures void and kept. Concluded changes stay as they are.

    Raises ConditionMissing (no concluded original), NotYourTurn, ReasonMissing, OtherContractOpen (one is signed by both and only
    waits to be concluded). Source: facts.md 1.5 K13 [D], 2.2 row 20 [G].
    """
    original = _concluded_original(contracts)
    check(original, Action.TERMINATE, actor, reason)
    _refuse_open([c for c in contracts if c.state is State.COUNTERSIGNED])
    after = {original.contract_id: moved(original, Action.TERMINATE, actor, at, reason)}
    for contract in contracts:
        if contract.state in OPEN:
            after[contract.contract_id] = moved(contract, Action.LAPSE, _SYSTEM, at, reason)
    return _replaced(contracts, after)


def move_to_paper(
    contracts: tuple[Contract, ...], contract_id: str, actor: Actor, at: datetime, reason: str
) -> tuple[Contract, ...]:
    """紙への切替 of one contract; not while a correction of it is open. Signatures of one that is not concluded are void and kept.

    Source: facts.md 1.5 K13 [D], 4 row 25 [B37]. Raises NotAllowedNow, NotYourTurn, ReasonMissing, OtherContractOpen.
    """
    moving = _find(contracts, contract_id)
    check(moving, Action.MOVE_TO_PAPER, actor, reason)
    _refuse_open([c for c in contracts if c.corrects_id == contract_id])
    return _replaced(contracts, {contract_id: moved(moving, Action.MOVE_TO_PAPER, actor, at, reason)})


def complete(contracts: tuple[Contract, ...], payments_closed: bool, at: datetime) -> tuple[Contract, ...]:
    """完了: every concluded contract of the case, when every payment is closed. Raises ConditionMissing, OtherContractOpen.

    Source: product.md; facts.md 3.1 (COMPLETED: all payments closed).
    """
    _concluded_original(contracts)
    _refuse_open(list(contracts))
    if not payments_closed:
        raise ConditionMissing(condition="payments")
    return _all_at(contracts, State.CONCLUDED, Action.COMPLETE, at)


def may_complete(contracts: tuple[Contract, ...], payments_closed: bool) -> bool:
    """Whether `complete` has all it needs."""
    original = original_of(contracts)
    concluded = original is not None and original.state is State.CONCLUDED
    return payments_closed and concluded and not any(c.state in OPEN for c in contracts)


def archive(contracts: tuple[Contract, ...], at: datetime) -> tuple[Contract, ...]:
    """保管: every completed contract. Raises ConditionMissing where none is. Source: facts.md 3.1 (10 years and more)."""
    if not any(c.state is State.COMPLETED for c in contracts):
        raise ConditionMissing(condition="completed")
    return _all_at(contracts, State.COMPLETED, Action.ARCHIVE, at)


def unit_price_due(contracts: tuple[Contract, ...], settings: CaseSettings) -> date | None:
    """By which day (Japan's) a unit-price agreement is due; None where the latest one covers all that was concluded.

    An agreement covers what was concluded before it: every change asks for a new one (facts.md 1.5 K11 [S]; its days are a setting).
    """
    standing = [c for c in contracts if is_standing(c)]
    agreed = [c.concluded_at for c in standing if c.kind is ContractKind.UNIT_PRICE]
    latest = max((at for at in agreed if at is not None), default=None)
    since = [_terms_since(contracts, c) for c in standing if c.kind is not ContractKind.UNIT_PRICE]
    uncovered = [at for at in since if at is not None and (latest is None or at > latest)]
    return in_japan(min(uncovered)).date() + timedelta(days=settings.unit_price_days) if uncovered else None


def _terms_since(contracts: tuple[Contract, ...], contract: Contract) -> datetime | None:
    """Since when its terms hold: a correction that leaves them as they were does not begin anew."""
    while contract.corrects_id is not None:
        wrong = _find(contracts, contract.corrects_id)
        if wrong.change != contract.change:
            break
        contract = wrong
    return contract.concluded_at


def _concluded_original(contracts: tuple[Contract, ...]) -> Contract:
    original = original_of(contracts)
    if original is None or original.state is not State.CONCLUDED:
        raise ConditionMissing(condition="original")
    return original


def _refuse_open(contracts: list[Contract]) -> None:
    for contract in contracts:
        if contract.state in OPEN:
            raise OtherContractOpen(contract=contract.contract_id, state=contract.state.value)


def _find(contracts: tuple[Contract, ...], contract_id: str) -> Contract:
    for contract in contracts:
        if contract.contract_id == contract_id:
            return contract
    raise ValueInvalid(field="contract_id", problem=contract_id)


def _all_at(contracts: tuple[Contract, ...], state: State, action: Action, at: datetime) -> tuple[Contract, ...]:
    return _replaced(contracts, {c.contract_id: moved(c, action, _SYSTEM, at) for c in contracts if c.state is state})


def _replaced(contracts: tuple[Contract, ...], after: dict[str, Contract]) -> tuple[Contract, ...]:
    return tuple(after.get(c.contract_id, c) for c in contracts)
