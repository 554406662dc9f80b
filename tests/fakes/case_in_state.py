"""A case put where a test wants it, past all the steps that lead there: straight into the server's database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

from econtract_core.rules.contract import Side, State
from econtract_core.rules.guarantee import Guarantee, GuaranteeForm, GuaranteeKind
from econtract_core.rules.handover import HandoverNote
from econtract_core.rules.handover import State as HandoverState
from econtract_core.rules.inspection import Claim, Inspected, InspectionRequest, Kind, Result
from econtract_core.rules.inspection import State as RequestState
from econtract_core.rules.invoice import Invoice, InvoiceState, Ledger
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_core.rules.procedures import InvoiceFile, KeptGuarantee, Procedures
from econtract_core.rules.registration import Account, Card, Renewal, RenewalKind
from econtract_core.rules.registration import State as AccountState
from econtract_practice.people import OFFICER
from econtract_server.repository import accounts, cases, procedures, registry
from tests.fakes.server_bench import Running

REVISION = 1  # of everything that is put there


def put_contract(running: Running, case_id: str, state: str) -> None:
    """The case's first contract, at this revision."""
    with running.app.state.office.database.writing() as session:
        (contract,) = cases.contracts_of(session, case_id)
        concluded = datetime(2026, 11, 1, tzinfo=UTC) if state == "CONCLUDED" else None
        cases.save_contract(
            session,
            replace(contract, state=State(state), concluded_at=concluded, revision=REVISION, version=1),
            contract.revision,
        )


def put_account(running: Running, state: str, body_id: str) -> str:
    """A newcomer's, looked at by this body; an ACTIVE one with a renewal that waits. Their identifier."""
    user_id, card = f"u-{uuid4().hex}", uuid4().hex * 2
    began, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    renewal = Renewal(Card(card[::-1], began, ends, "新人"), RenewalKind.LOST, began) if state == "ACTIVE" else None
    firm = registry.Organization(f"o-{uuid4().hex}", "新設計株式会社", Side.CONTRACTOR, "")
    with running.app.state.office.database.writing() as session:
        registry.seed(session, [firm], [])
        accounts.add_user(session, accounts.NewUser(user_id, firm.organization_id, "新人", "代表者"))
        cards = (Card(card, began, ends, "新人"),)
        account = Account(user_id, firm.organization_id, cards, began, AccountState(state), renewal, revision=REVISION)
        accounts.save(session, account, None, body_id)
    return user_id


def put_procedures(running: Running, case_id: str, **states: str) -> dict[str, str]:
    """One of each: `request`, `note` (of another request, that has passed), `guarantee`, `invoice`; their identifiers. `states`: of
    some of them."""
    names = {kind: f"{case_id}-{kind}" for kind in ("request", "note", "guarantee", "invoice")}
    with running.app.state.office.database.writing() as session:
        case, _ = cases.find_case(session, case_id, OFFICER.organization_id)
        found = Inspected(date(2026, 11, 24), Result.REPAIRS, "u-nakamura", repairs="x")
        claim = Claim(completed_on=date(2026, 11, 24))
        request = InspectionRequest(
            names["request"], case_id, Kind.COMPLETION, 1, case.body_id, case.contractor_ids, claim, result=found
        )
        note = HandoverNote(names["note"], case.body_id, case.contractor_ids)
        passed = replace(
            request,
            request_id=names["note"],
            number=2,
            state=RequestState.RESULT_RECEIVED,
            result=replace(found, result=Result.PASSED),
        )
        guarantee = Guarantee(GuaranteeKind.CONTRACT, GuaranteeForm.PAPER, 1, "保証会社", "1", "", date(2030, 1, 1))
        invoice = Invoice(names["invoice"], InvoiceKind.FINAL, 1)
        all_ = Procedures(
            requests=(
                replace(request, state=RequestState(states.get("request", "DRAFT")), revision=REVISION),
                passed,
            ),
            handovers=(replace(note, state=HandoverState(states.get("note", "DRAFT")), revision=REVISION),),
            guarantees=(KeptGuarantee(names["guarantee"], guarantee, "u-yamada", revision=REVISION),),
            ledger=Ledger((replace(invoice, state=InvoiceState(states.get("invoice", "DRAFT"))),)),
            invoices=(InvoiceFile(names["invoice"], revision=REVISION),),
            revision=1,
        )
        procedures.save(session, case_id, all_, 0)
    return names
