"""Deeds that touch several contracts of one case. The rules are `econtract_core.rules.contracts_of_case`."""

from __future__ import annotations

from dataclasses import replace

from econtract_core.messages.cases import ActOnContract, BeginContract, ChangeData, CorrectContract
from econtract_core.rules import contract as rules
from econtract_core.rules import contracts_of_case as together
from econtract_core.rules.contract import Action, Change, Contract, Side
from econtract_core.rules.errors import NotYourTurn, RevisionConflict, ValueInvalid
from econtract_core.rules.procedures import payments_closed
from econtract_server.repository import cases, procedures
from econtract_server.services.deed import Deed

TOGETHER = frozenset({Action.TERMINATE, Action.MOVE_TO_PAPER})


def begin(deed: Deed, payload: BeginContract | CorrectContract) -> str:
    """A new draft. The case it belongs to. Raises NotYourTurn, NotFound, RevisionConflict and what the rules raise."""
    operation, member = deed.operation, deed.member
    if member.side is not Side.OFFICER:
        raise NotYourTurn(action="begin", side=Side.OFFICER.value)
    if operation.base_revision != 0:
        raise RevisionConflict(expected=operation.base_revision, found=0)
    wrong = None
    if isinstance(payload, CorrectContract):
        wrong = cases.find_contract(deed.session, payload.corrects_id, member.organization_id)
    case_id = wrong.case_id if wrong is not None else payload.case_id  # type: ignore[union-attr]
    case, _ = cases.find_case(deed.session, case_id, member.organization_id)
    present = tuple(cases.contracts_of(deed.session, case_id))
    if isinstance(payload, BeginContract):
        change = _change(payload.change)
        fresh = together.begin(case, present, payload.contract_kind, operation.object_id, change)
    else:
        assert wrong is not None
        fresh = together.begin_correction(case, present, wrong, operation.object_id)
        if payload.change is not None:
            fresh = replace(fresh, change=_change(payload.change))
            together.check_change(case, tuple(c for c in present if c != wrong), fresh.change)
    cases.add_contract(deed.session, fresh)
    return case_id


def act(deed: Deed, one: Contract, payload: ActOnContract) -> str:
    """Terminate, move to paper."""
    rules.check_revision(one, deed.operation.base_revision)
    present = tuple(cases.contracts_of(deed.session, one.case_id))
    if payload.action is Action.TERMINATE:
        original = together.original_of(present)
        if original is None or original.contract_id != one.contract_id:
            raise ValueInvalid(field="object_id", problem="only the original in force can be terminated")
        after = together.terminate(present, deed.member.actor, deed.at, payload.reason)
    else:
        after = together.move_to_paper(present, one.contract_id, deed.member.actor, deed.at, payload.reason)
    _save(deed, present, after)
    return one.case_id


def conclude(deed: Deed, signed: Contract) -> None:
    """契約締結, at once after the countersignature; what it corrects gives way to it."""
    present = tuple(cases.contracts_of(deed.session, signed.case_id))
    _save(deed, present, together.conclude(present, signed.contract_id, deed.at))


def complete_if_closed(deed: Deed, case_id: str) -> None:
    """完了, at once when the last payment is made, or when what was still open beside closed payments has ended."""
    case, _ = cases.find_case(deed.session, case_id, deed.member.organization_id)
    present = tuple(cases.contracts_of(deed.session, case_id))
    closed = payments_closed(case, present, procedures.find(deed.session, case_id))
    if together.may_complete(present, closed):
        _save(deed, present, together.complete(present, closed, deed.at))


def _save(deed: Deed, before: tuple[Contract, ...], after: tuple[Contract, ...]) -> None:
    for old, new in zip(before, after, strict=True):
        if old != new:
            cases.save_contract(deed.session, new, old.revision)


def _change(data: ChangeData) -> Change:
    return Change(data.amount, data.tax, data.term_to)
